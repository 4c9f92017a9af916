"""Fills the templates: every text is escaped by Jinja, whatever a file on disk says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from lcpc.layout.html import GRID
from lcpc.planning.words import duration
from lcpc.report import axes, titles
from lcpc.report.gather import RunReport
from lcpc.report.products import slug
from lcpc.report.series_styles import SHAPES
from lcpc.report.verdict_badges import VERDICTS, Badge

TEMPLATES = Path(__file__).parent / "templates"
PAGES = {"index": "Overview", "tables": "Tables", "figures": "Figures", "audit": "Audit",
         "missing": "Missing", "compare": "Compare", "costs": "Costs"}


def pages(report: RunReport) -> Iterator[tuple[str, str]]:
    """Each page as (file name, text); index.html comes last: where it is there, all are."""
    environment = _environment()
    for name in reversed(PAGES):
        template = environment.get_template(f"{name}.html")
        yield f"{name}.html", template.render(report=report, page=name, pages=PAGES) + "\n"


def with_code(text: str, kind: str = "quoted") -> Markup:
    """A text whose words between backticks are set as code of one class of the style sheet.

    >>> with_code("run `a<b`", "command")
    Markup('run <code class="command">a&lt;b</code>')
    """
    parts = [escape(part) for part in re.split(r"`([^`]+)`", text)]
    parts[1::2] = [Markup('<code class="{}">{}</code>').format(kind, part) for part in parts[1::2]]
    return Markup("").join(parts)


def _environment() -> Environment:
    loader = ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader({"grid.html": GRID})])
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(with_code=with_code, slug=slug, duration=duration, count=_count,
                               title_of=titles.of_stem)
    shared: dict[str, Any] = {"axes": axes, "markers": list(SHAPES.values()),
                              "all_badges": [Badge(verdict) for verdict in VERDICTS]}
    environment.globals.update(shared)
    return environment


def _count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 table`, `2 tables`, `no tables`."""
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {noun}" if number else f"no {noun}"
