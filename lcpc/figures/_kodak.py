"""Shared by the image figures: the documents' points on Kodak, a run's own rows, MS-SSIM in dB."""

from collections.abc import Sequence

import numpy

from lcpc.errors import MissingData
from lcpc.figures import _rows, style
from lcpc.figures._types import Array, DataFrame, Series
from lcpc.figures.style import LineStyle
from lcpc.registry import load, names
from lcpc.results.frames import concat
from lcpc.results.store import PUBLISHED, Results

KIND = "rate_distortion"
PACKAGE = "lcpc.codecs.images"
DOCUMENTS_IMAGES = "kodak"
METHOD_STYLES = {
    "static": LineStyle("static", "#444444", "s"),
    "balcilar2022": LineStyle("Balcilar 2022", "#aa4499", "D"),
    "proposed": LineStyle("ours", "#d55e00", "o"),
    "ideal": LineStyle("ideal", "#0072b2", "", (0, (3, 1.4))),
}
"""Encoding distributions of the documents' base, in the order of figures."""
STATIC = {"bmshj2018-factorized": "static"}
"""The codec whose distributions are static is called so beside what adapts them."""
BEYOND = ", beyond the documents"
"""Ends the labels of codecs that the documents do not have."""
OWN_BASE = "own"
"""What column `base` begins with where a run trained its base itself."""


def measured(results: Results, stem: str) -> DataFrame:
    """Done rows of image codecs. Raises MissingData with the command, or why they are skipped."""
    frame = results.measured(KIND)
    done = _rows.done(frame)
    if done.empty:
        reasons = f" ({frame['note'].iloc[0]})" if len(frame) else ""
        raise MissingData(
            f"run {results.run} has no rows of image codecs to show in {stem}{reasons}; ask for "
            f"them in config/{results.run}.yaml (images:), then {_rows.command(results, stem)}; "
            f"for the published points `snakemake --cores 8 figures/{PUBLISHED}/{stem}.pdf`")
    return done


def with_published(points: DataFrame, published: DataFrame, name: str) -> DataFrame:
    """Measured points, with the published ones where both are on Kodak.

    `series`: column `name` and the run.
    """
    frames = [points.assign(_run=points["run"])]
    if set(points["images"]) == {DOCUMENTS_IMAGES}:
        frames.append(published.assign(_run=PUBLISHED))
    frame = concat(frames)
    names, runs = frame[name].astype("string"), frame["_run"].astype("string")
    return frame.assign(series=names + " (" + runs + ")")


def on_own_base(points: DataFrame) -> bool:
    """Whether measured points are on a base that the run trained itself."""
    is_own = points["base"].astype("string").str.startswith(OWN_BASE)
    return bool(is_own.fillna(False).any())


def learned_styles() -> dict[str, LineStyle]:
    """Styles of learned codecs by their names in rows: label, colour and marker of their files."""
    modules = [load(PACKAGE, name) for name in names(PACKAGE)]
    return {module.NAME: LineStyle(module.LABEL, module.COLOUR, module.MARKER)
            for module in modules}


def method_styles(methods: Sequence[str]) -> dict[str, LineStyle]:
    """Styles of methods by their names in rows, in the order of all figures."""
    return style.with_spares(sorted(methods, key=rank), {**learned_styles(), **METHOD_STYLES})


def rank(method: str) -> tuple[int, str]:
    """Place of a method or codec in figures: the documents' in their order, others by name."""
    documents, method = list(METHOD_STYLES), STATIC.get(method, method)
    return (documents.index(method) if method in documents else len(documents), method)


def decibel(ms_ssim: Series) -> Array:
    """MS-SSIM in dB: -10 log10(1 - MS-SSIM)."""
    return -10 * numpy.log10(1 - ms_ssim.to_numpy(float))
