"""Shared by the tables of image codecs: a run's own rates by method and quality, and the words for those it lacks."""

from typing import TYPE_CHECKING

from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base

if TYPE_CHECKING:
    import pandas

KIND = "rate_distortion"
STATIC = "bmshj2018-factorized"
IMAGE_SETS = {"photos": "the embedded photographs", "kodak": "Kodak"}


def measured(results: Results) -> "pandas.DataFrame":
    """Done rows of learned codecs, under the names that the published points have; empty where the run has none."""
    frame = results.measured(KIND)
    done = frame[(frame["status"] == "done").fillna(False).astype(bool) & frame["bpp"].notna()]
    return done.assign(method=done["codec"].replace({STATIC: "static"}), bpp_estimated=done["bpp"],
                       bpp_side_information=done["side_bpp"])


def lacking(results: Results, stem: str, rows: "pandas.DataFrame", what: str) -> str:
    """Why a run has no number for `what`, and what fills it."""
    if rows.empty:
        return (f"run {results.run} has no rows of image codecs; ask for them in config/{results.run}.yaml (images:), then "
                f"{base.command(results, stem)}; {base.PUBLISHED_ALONE} `snakemake --cores 8 tables/{PUBLISHED}/{stem}.csv`")
    return (f"run {results.run} has no rows of {what}; ask for them in config/{results.run}.yaml (images: codecs, qualities), "
            f"then {base.command(results, stem)}")


def remark(rows: "pandas.DataFrame") -> str:
    """What a reader has to know of measured numbers: the images, the weights, and which qualities they are."""
    if rows.empty:
        return ""
    images = " and ".join(IMAGE_SETS.get(name, name) for name in dict.fromkeys(rows["images"]))
    bases = "; ".join(dict.fromkeys(rows["base"].dropna()))
    qualities = sorted(set(rows["quality"]))
    which = f"quality {qualities[0]}" if len(qualities) == 1 else f"qualities {', '.join(map(str, qualities))}"
    return f"Measured: {which} on {images}, base: {bases}."
