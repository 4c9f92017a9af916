"""Writes the folder report/<run>/: pages, style sheet, script, and copies of linked files."""

from collections.abc import Sequence
from pathlib import Path

from lcpc.report.figureview import FigureView
from lcpc.report.gather import RunReport, gather
from lcpc.report.pages import pages
from lcpc.report.tableview import TableView
from lcpc.results.store import write_whole

ASSETS = Path(__file__).parent / "assets"
FILES, THUMBNAILS = "files", "thumbnails"
"""Folders of copies and of small pictures; what an earlier report left in them is removed."""


def build(root: Path, run: str, compared: Sequence[str] | None = None) -> list[Path]:
    """Write report/<run>/ and return its files, index.html last; equal files give equal bytes.

    `compared` names runs to compare with; None takes all whose tables are there. Raises MissingData
    for a run that is not there; the pages say why a table or figure is missing or broken.
    """
    report, folder = gather(root, run, compared), root / "report" / run
    written = [_copy(root / source, folder / FILES / source) for source in copied(report)]
    for figure in report.figures:
        thumbnail = folder / THUMBNAILS / f"{figure.product.stem}.webp"
        write_whole(thumbnail, figure.picture.thumbnail)
        written.append(thumbnail)
    for copies in (FILES, THUMBNAILS):
        _prune(folder / copies, written)
    for asset in sorted(ASSETS.iterdir()):
        written.append(_copy(asset, folder / asset.name))
    for name, text in pages(report):
        write_whole(folder / name, text)
        written.append(folder / name)
    return written


def copied(report: RunReport) -> list[str]:
    """Files that the pages link to, relative to the project, each once."""
    views: list[TableView | FigureView] = [*report.tables, *report.figures]
    files = [view.product.path(kind) for view in views for kind in view.kinds]
    for pair in report.comparisons:
        for stem in pair.figures:
            files += [f"figures/{pair.run}/{stem}.png", f"figures/{pair.other}/{stem}.png"]
    return list(dict.fromkeys(files))


def _copy(source: Path, target: Path) -> Path:
    write_whole(target, source.read_bytes())
    return target


def _prune(folder: Path, kept: Sequence[Path]) -> None:
    for path in set(folder.rglob("*")) - set(kept):
        if path.is_file() or path.is_symlink():
            path.unlink()
