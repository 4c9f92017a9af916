"""How the site is built: `make docs`. Pages are Markdown that reads well without it, too."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

project = "lcpc"
author = "the authors of lcpc"
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["attrs_inline"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = "lcpc"
html_theme_options = {"navigation_with_keys": True}
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["_static"]
html_css_files = ["wide.css"]


def columns() -> Iterator[str]:
    """The page of result columns, from their schema."""
    from lcpc.results.schema import kinds

    yield "# Columns of result files\n"
    yield "Rows of a run stand in `results/<run>/<kind>/<name>.csv`; this page is made from their schema.\n"
    for kind, held in sorted(kinds().items()):
        yield f"## {kind}\n\n| column | type | meaning |\n|---|---|---|"
        yield from (f"| `{name}` | {column.kind} | {_cell(column.meaning)} |" for name, column in held.items())
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


(Path(__file__).parent / "columns.md").write_text("\n".join(columns()))
