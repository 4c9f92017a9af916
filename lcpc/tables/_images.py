"""Shared by the tables of image codecs: a run's rates by method and quality, and why some lack."""

from collections.abc import Sequence

from lcpc.metrics.intervals import Floats
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base

KIND = "rate_distortion"
STATIC = "bmshj2018-factorized"
IMAGE_SETS = {"photos": "the embedded photographs", "kodak": "Kodak"}


def measured(results: Results) -> DataFrame:
    """Done rows of learned codecs, by the method names of the published points."""
    frame = results.measured(KIND)
    is_done = (frame["status"] == "done").fillna(False).astype(bool)
    done = frame[is_done & frame["bpp"].notna()]
    return done.assign(method=done["codec"].replace({STATIC: "static"}), bpp_estimated=done["bpp"],
                       bpp_side_information=done["side_bpp"])


def with_all(rows: DataFrame, methods: Sequence[str]) -> DataFrame:
    """Rows of the qualities at which all of `methods` are measured; `rows` hold no other method."""
    counts = rows.groupby("quality")["method"].transform("nunique")
    return rows[counts == len(methods)]


def as_replicate(rows: DataFrame, column: str = "bpp_estimated") -> DataFrame:
    """Rates of rows as they are: a single line, a column for the index of each row."""
    return rows[[column]].T


def by_quality(rates: DataFrame, rows: DataFrame, method: str) -> Floats:
    """Rates of a method in every replicate, by quality: [B, qualities]."""
    of_method = rows[rows["method"] == method].sort_values("quality")
    return rates[of_method.index].to_numpy(float)


def missing(results: Results, stem: str, rows: DataFrame, lacking: str) -> str:
    """Why a run has no number of the methods `lacking`, and what fills it."""
    command = base.command(results, stem)
    if rows.empty:
        return (f"run {results.run} has no rows of image codecs; ask for them in "
                f"config/{results.run}.yaml (images:), then {command}; {base.PUBLISHED_ALONE} "
                f"`snakemake --cores 8 tables/{PUBLISHED}/{stem}.csv`")
    return (f"run {results.run} has no rows of {lacking}; ask for them in "
            f"config/{results.run}.yaml (images: codecs, qualities), then {command}")


def remark(rows: DataFrame) -> str:
    """Images, weights and qualities of measured numbers."""
    if rows.empty:
        return ""
    images = " and ".join(IMAGE_SETS.get(name, name) for name in rows["images"].unique())
    bases = "; ".join(rows["base"].dropna().unique())
    qualities = sorted(set(rows["quality"]))
    noun = "quality" if len(qualities) == 1 else "qualities"
    return f"Measured: {noun} {', '.join(map(str, qualities))} on {images}, base: {bases}."
