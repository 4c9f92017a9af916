"""Writes the folder report/<run>/: pages, style sheet and script, and copies of the files that the pages link to."""

from collections.abc import Sequence
from pathlib import Path

from lcpc.report.gather import Report, gather
from lcpc.report.pages import pages
from lcpc.results.store import write_whole

ASSETS = Path(__file__).parent / "assets"
FILES = "files"
"""Folder of the copies; what an earlier report left in it is removed."""


def build(root: Path, run: str, compared: Sequence[str] | None = None) -> list[Path]:
    """Write report/<run>/ and return its files, index.html last. Equal files on disk give equal bytes.

    `compared` names runs to hold this one against; None takes all whose tables are there. Raises MissingData for a run
    that is not there; a table or figure that is missing or broken is told on the pages with its reason.
    """
    report, folder = gather(root, run, compared), root / "report" / run
    written = [_copy(root / source, folder / FILES / source) for source in copied(report)]
    _prune(folder / FILES, written)
    for asset in sorted(ASSETS.iterdir()):
        written.append(_copy(asset, folder / asset.name))
    for name, text in pages(report):
        write_whole(folder / name, text)
        written.append(folder / name)
    return written


def copied(report: Report) -> list[str]:
    """Files that the pages link to, relative to the project, each once."""
    own = [f"{product.folder}/{product.stem}.{kind}" for product, kinds in report.shown for kind in kinds]
    pairs = [f"figures/{run}/{stem}.png" for pair in report.comparisons for stem in pair.figures
             for run in (pair.run, pair.other)]
    return list(dict.fromkeys((*own, *pairs)))


def _copy(source: Path, target: Path) -> Path:
    write_whole(target, source.read_bytes())
    return target


def _prune(folder: Path, kept: Sequence[Path]) -> None:
    for path in set(folder.rglob("*")) - set(kept):
        if path.is_file() or path.is_symlink():
            path.unlink()
