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
    """The page of result columns, from the experiments that make the rows."""
    from lcpc import registry
    from lcpc.experiments import PACKAGE

    experiments = [registry.load(PACKAGE, name) for name in registry.names(PACKAGE)]
    kinds = {experiment.KIND: experiment.COLUMNS for experiment in experiments}
    yield "# Columns of result files\n"
    yield "Rows of a run are in `results/<run>/<kind>/<name>.csv`."
    yield "This page is made from the experiments, the files of `lcpc/experiments/`.\n"
    for kind in sorted(kinds):
        yield f"## {kind}\n\n| column | type | meaning |\n|---|---|---|"
        for name, column in kinds[kind].items():
            meaning = column.meaning.replace("|", "\\|")
            yield f"| `{name}` | {column.kind} | {meaning} |"
        yield ""


(Path(__file__).parent / "columns.md").write_text("\n".join(columns()))
