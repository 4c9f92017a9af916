"""A table as a small self-contained page: light and dark, one class for each kind of evidence.

The templates are in this module, not in files beside it, so that a change of theirs is a change
of code.
"""

import html
from functools import cache
from typing import TYPE_CHECKING, Any

from lcpc.layout.table import Layout

if TYPE_CHECKING:
    from jinja2 import Environment

GRID = """
{%- macro head(column, interactive) -%}
{% if interactive %} scope="col" data-index="{{ column.index }}"{% endif %}
{%- endmacro %}

{% macro grid(layout, interactive=false) -%}
<thead>
<tr>{% for heading in layout.headings %}
{% if heading.is_group %}
<th{% if interactive %} scope="colgroup"{% endif %} class="group" colspan="
{{- heading.columns|length }}">{{ heading.title }}</th>
{%- else %}
<th{{ head(heading.columns[0], interactive) }}{% if layout.is_grouped %} rowspan="2"{% endif %}
{% if heading.columns[0].is_number %} class="number"{% endif %}>{{ heading.title }}</th>
{%- endif %}{% endfor %}</tr>
{% if layout.is_grouped %}
<tr>{% for heading in layout.headings if heading.is_group %}{% for column in heading.columns %}
<th{{ head(column, interactive) }} class="evidence {{ column.group }}
{%- if column.is_number %} number{% endif %}">
{%- if interactive %}<span class="sr">{{ heading.title }}, </span>{% endif %}{{ column.group }}</th>
{%- endfor %}{% endfor %}</tr>
{% endif %}
</thead>
<tbody>
{% for line in layout.lines %}
<tr{% if line.begins_part %} class="part"{% endif %}>{% for field in line.fields %}
{{ caller(line, field) }}{% endfor %}</tr>
{% endfor %}
</tbody>
{%- endmacro %}
"""
"""`grid`: head and body of a table; the caller writes cells; `interactive` is for the report."""
PAGE = """
{%- from "grid.html" import grid -%}
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ table.stem }}</title>
<style>
{{ style }}
</style>
<div class="wide">
<table>
<caption>{{ table.caption }}</caption>
{% call(line, field) grid(layout) %}
{% set kind = "measured" if field.kind == "published" else field.kind %}
{% set classes = [kind, "number" if field.column.is_number else ""]|select|join(" ") %}
<td{% if classes %} class="{{ classes }}"{% endif %}>{{ field.text }}
{%- if field.note %}<sup><a href="#note-{{ field.note }}">{{ field.note }}</a></sup>{% endif %}</td>
{%- endcall %}

</table>
</div>
{% if layout.legend %}
<p class="legend">{{ layout.legend }}</p>
{% endif %}
{% for note in table.notes %}
<p class="notes">{{ note }}</p>
{% endfor %}
{% if layout.notes %}
<ol class="notes">
{% for note in layout.notes %}
<li id="note-{{ loop.index }}">{{ note }}</li>
{% endfor %}
</ol>
{% endif %}
</html>
"""
STYLE = """
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #fff; --faint: #666; --rule: #bbb; \
--ours: #eef4fb; --link: #0b5394 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --paper: #16181b; --faint: #a3a3a3; --rule: #4a4d52; --ours: #1e2a38; \
--link: #8ab8e6 } }
body { margin: 1.5rem auto; padding: 0 1rem; max-width: 75rem; \
font: 15px/1.45 system-ui, sans-serif }
body { color: var(--ink); background: var(--paper) }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption, .legend, .notes { text-align: left; max-width: 50rem }
caption { font-weight: 600; padding-bottom: .5rem }
.legend, .notes { color: var(--faint); font-size: 13px }
thead { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink) }
tbody { border-bottom: 2px solid var(--ink) }
th, td { padding: .15rem .6rem; text-align: left; white-space: nowrap }
thead th { font-weight: 600; vertical-align: bottom }
th.group { text-align: center; border-bottom: 1px solid var(--rule) }
th.evidence { font-weight: 400; font-size: 13px }
.number { text-align: right }
tbody tr.part td { border-top: 1px solid var(--rule) }
.printed { color: var(--faint) }
.recomputed { font-style: italic }
td.measured, td.recorded, td.counted { background: var(--ours) }
td.recorded { text-decoration: underline dotted }
td.missing { color: var(--faint) }
sup a { color: var(--link); text-decoration: none }
""".strip()
TEMPLATES = {"grid.html": GRID, "page.html": PAGE}


def page(layout: Layout) -> str:
    """The whole page; nothing in it is loaded from elsewhere."""
    from markupsafe import Markup

    template = _environment().get_template("page.html")
    return template.render(layout=layout, table=layout.table, style=Markup(STYLE)) + "\n"


@cache
def _environment() -> "Environment":
    from jinja2 import DictLoader, Environment, StrictUndefined

    return Environment(loader=DictLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True,
                       lstrip_blocks=True, autoescape=True, finalize=_escaped)


def _escaped(value: Any) -> Any:
    """Text of a table as HTML, quotes as the standard library writes them."""
    from markupsafe import Markup

    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))
