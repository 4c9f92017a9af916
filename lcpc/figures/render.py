"""Writes a figure: pdf and png, its points as csv, and a json that says which rows they are."""

import io
from pathlib import Path
from types import ModuleType
from typing import Any

from lcpc import config
from lcpc.curves import trainings
from lcpc.figures import _rows, style
from lcpc.figures._types import DataFrame, Figure
from lcpc.registry import load
from lcpc.results.fingerprint import code_digest
from lcpc.results.provenance import file_digest
from lcpc.results.store import Results, csv_bytes, write_json, write_whole

ORIGIN = ["_file", "_line", trainings.OTHERS]
WITHHELD = _rows.WITHHELD
METADATA: dict[str, dict[str, Any]] = {
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": "lcpc", "Producer": None},
    "png": {"Software": None},
}


def write_figure(root: Path, run: str, stem: str) -> list[Path]:
    """Draw a figure of a run and write it to figures/<run>/; the paths.

    Raises ConfigError for an unknown run or figure.
    """
    config.load(root, run)
    return render(stem, Results(root, run), root / "figures" / run)


def render(stem: str, results: Results, folder: Path) -> list[Path]:
    """Write `<stem>.json`, `.pdf`, `.png` and, last, `.csv` to `folder`, and return their paths.

    Equal rows give equal bytes. Raises ResultError or MissingData, saying what to run, where the
    run has nothing to show.
    """
    module = load("lcpc.figures", stem)
    points = module.points(results)
    with style.applied():
        figure = module.draw(points)
        pictures = {kind: saved(figure, kind) for kind in METADATA}
    paths = {kind: folder / f"{stem}.{kind}" for kind in ("json", *METADATA, "csv")}
    write_json(paths["json"], provenance(stem, module, points, results.root))
    for kind, picture in pictures.items():
        write_whole(paths[kind], picture)
    write_whole(paths["csv"], points_csv(points))
    return list(paths.values())


def points_csv(points: DataFrame) -> bytes:
    """The csv of a figure: its points, six significant digits, without their origin, and without
    columns of `points.attrs[WITHHELD]`."""
    left_out = [*ORIGIN, *points.attrs.get(WITHHELD, ())]
    return csv_bytes(points.drop(columns=left_out, errors="ignore"), digits=6)


def saved(figure: Figure, kind: str) -> bytes:
    """The figure as a file of one kind, without dates or versions."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata=METADATA[kind])
    return buffer.getvalue()


def provenance(stem: str, module: ModuleType, points: DataFrame, root: Path) -> dict[str, Any]:
    """Which lines of which files each series shows, and digests of files and code.

    The caption is the module's, or that of `points.attrs` if it depends on the run.
    """
    files = {*points["_file"], *(file for file, _ in _rows.others(points))}
    sources = {file: file_digest(root / file) for file in sorted(files)}
    series = {str(name): origin(rows) for name, rows in points.groupby("series", sort=True)}
    return {
        "stem": stem,
        "caption": points.attrs.get("caption", module.CAPTION),
        "code": code_digest(f"lcpc.figures.{stem}", "lcpc.figures.render"),
        "sources": sources,
        "series": series,
    }


def origin(rows: DataFrame) -> list[dict[str, Any]]:
    """Files and lines of some points; no lines where a point is made of the whole file."""
    lines_of: dict[str, set[int]] = {}
    for file, lines in rows.groupby("_file", sort=True)["_line"]:
        lines_of.setdefault(str(file), set()).update(int(line) for line in lines.dropna())
    for file, line in _rows.others(rows):
        lines_of.setdefault(file, set()).add(line)
    return [{"file": file, "lines": sorted(lines)} for file, lines in sorted(lines_of.items())]
