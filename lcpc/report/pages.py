"""Fills the templates: every text is escaped by Jinja, whatever a file on disk says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from lcpc.report import axes
from lcpc.report.costs import duration
from lcpc.report.gather import Report
from lcpc.report.marks import SIGNS, Mark
from lcpc.report.products import slug

TEMPLATES = Path(__file__).parent / "templates"
PAGES = {"index": "Overview", "tables": "Tables", "figures": "Figures", "audit": "Audit", "missing": "Missing",
         "compare": "Compare", "costs": "Costs"}


def pages(report: Report) -> Iterator[tuple[str, str]]:
    """Each page as (name of its file, its text); the first page comes last, so that it stands for all of them."""
    environment = _environment()
    for name in reversed(PAGES):
        template = environment.get_template(f"{name}.html")
        yield f"{name}.html", template.render(report=report, page=name, pages=PAGES) + "\n"


def with_code(text: str, kind: str = "quoted") -> Markup:
    """A text whose words between backticks are set as code of one class of the style sheet.

    >>> with_code("run `a<b`", "command")
    Markup('run <code class="command">a&lt;b</code>')
    """
    parts = re.split(r"`([^`]+)`", text)
    return Markup("").join(Markup('<code class="{}">{}</code>').format(kind, part) if index % 2 else escape(part)
                           for index, part in enumerate(parts))


def _environment() -> Environment:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(with_code=with_code, slug=slug, duration=duration, count=_count)
    shared: dict[str, Any] = {"axes": axes, "all_marks": [Mark(verdict) for verdict in SIGNS]}
    environment.globals.update(shared)
    return environment


def _count(number: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 table`, `2 tables`, `no tables`."""
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number or 'no'} {noun}" if number < 1000 else f"{number:,} {noun}"
