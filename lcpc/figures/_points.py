"""Points of the rate-accuracy figures: published and measured curves, PointNet without compression, the ideal bound."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData, ResultError
from lcpc.metrics.blahut_arimoto import hamming_distortion, rate_distortion_curve
from lcpc.metrics.pareto import pareto_front
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import pandas

DOCUMENTS_DATASET = "modelnet40"
KINDS = {
    "run": "string", "codec": "string", "size": "string", "points": "Int64", "lambda": "Float64", "scale": "Int64",
    "dataset": "string", "rate_bits": "float64", "top1_percent": "float64", "evidence": "string", "_file": "string",
    "_line": "Int64",
}
INPUT_CODECS = ("tmc13", "octattention", "ipdae", "draco", "draco-best")
REFERENCES = ("tmc13", "draco")
OFFICIAL = {"with transforms": "official PointNet accuracy with input and feature transforms",
            "no transforms": "official PointNet accuracy without transforms"}
BOUND_SLOPES_NATS = (1.0, 16.0, 60)
BOUND_DIGITS = 6


def of_size(results: Results, size: str, rates: tuple[float, float]) -> "pandas.DataFrame":
    """All that the figure of one size shows; `rates` are the ends of its axis. Raises MissingData where a run lacks it."""
    stem = f"rate_accuracy_{size}"
    rows = measured(results, stem)
    own = proposed(rows, size)
    theirs = [proposed(published(results), size), front(published(results), "tmc13")]
    if results.run == PUBLISHED:
        return series([*theirs, bound(results), *official(results, rates)])
    if own.empty:
        raise MissingData(f"run {results.run} has no {size} codec to show; ask for it in config/{results.run}.yaml, "
                          f"then {command(results, stem)}")
    shown = [found for codec in REFERENCES if (found := front(rows, codec))["rate_bits"].min() < rates[1]]
    reference = shown[0] if shown else own.iloc[:0]
    if not on_documents_dataset(own):
        return series([own, reference, bound(results, uniform=True), *judge(results, rates)])
    compared = theirs[0][theirs[0]["points"].isin(own["points"])]
    return series([own, reference, compared, theirs[1], bound(results), *official(results, rates), *judge(results, rates)])


def of_input_codecs(results: Results, rates: tuple[float, float]) -> "pandas.DataFrame":
    """Fronts of all codecs that compress the input. Raises MissingData where a run measured none."""
    stem = "rate_accuracy_input_compression"
    rows = measured(results, stem)
    own = [front(rows, codec) for codec in INPUT_CODECS]
    theirs = [front(published(results), codec) for codec in INPUT_CODECS]
    if results.run == PUBLISHED:
        return series([*theirs, bound(results), *official(results, rates)])
    if all(curve.empty for curve in own):
        raise MissingData(f"run {results.run} has no input codec to show; ask for one in config/{results.run}.yaml, "
                          f"then {command(results, stem)}")
    if not on_documents_dataset(rows):
        return series([*own, bound(results, uniform=True), *judge(results, rates)])
    return series([*own, *theirs, bound(results), *official(results, rates), *judge(results, rates)])


def measured(results: Results, stem: str) -> "pandas.DataFrame":
    """Done rows of the run; none in run `published`. Raises MissingData or ResultError where a run has no usable rows."""
    frame = results.measured("rate_accuracy")
    if results.run != PUBLISHED and frame.empty:
        raise MissingData(f"results/{results.run}/rate_accuracy holds no rows; run {command(results, stem)}")
    datasets = sorted(set(frame["dataset"]))
    if len(datasets) > 1:
        raise ResultError(f"results/{results.run}/rate_accuracy mixes the data sets {', '.join(datasets)}; keep one a run")
    return typed(done(frame))


def published(results: Results) -> "pandas.DataFrame":
    """The documents' points, all on ModelNet40."""
    frame = results.published("rate_accuracy_modelnet40")
    return typed(frame.assign(run=PUBLISHED, dataset=DOCUMENTS_DATASET, evidence=PUBLISHED))


def command(results: Results, stem: str) -> str:
    """The command that makes a figure of a run and all that it needs."""
    return f"`snakemake --cores 8 figures/{results.run}/{stem}.pdf`"


def proposed(frame: "pandas.DataFrame", size: str) -> "pandas.DataFrame":
    """Points of one size of the proposed codec."""
    return frame[(frame["codec"] == "proposed") & (frame["size"] == size).fillna(False)]


def front(frame: "pandas.DataFrame", codec: str) -> "pandas.DataFrame":
    """Pareto front of an input codec over all its points and scales; empty where it has none."""
    rows = frame[frame["codec"] == codec]
    return rows if rows.empty else rows.iloc[pareto_front(rows["rate_bits"], rows["top1_percent"])]


def on_documents_dataset(frame: "pandas.DataFrame") -> bool:
    """Whether the rows stand on the data set of the documents, so that both may share a figure."""
    return set(frame["dataset"]) == {DOCUMENTS_DATASET}


def official(results: Results, rates: tuple[float, float]) -> "list[pandas.DataFrame]":
    """PointNet as its authors report it, with and without transforms, as level lines over `rates`."""
    claims = results.printed("headline_claims")
    found = {which: claims[claims["claim"] == claim] for which, claim in OFFICIAL.items()}
    return [_level(rows.assign(size=which, top1_percent=rows["value"], run=PUBLISHED, dataset=DOCUMENTS_DATASET,
                               evidence=PUBLISHED), rates) for which, rows in found.items()]


def judge(results: Results, rates: tuple[float, float]) -> "list[pandas.DataFrame]":
    """The run's own PointNet on uncompressed clouds at its highest P, as a level line; none where it trained none."""
    rows = done(results.measured("classifier"))
    return [] if rows.empty else [_level(rows[rows["points"] == rows["points"].max()].iloc[:1], rates)]


def bound(results: Results, uniform: bool = False) -> "pandas.DataFrame":
    """The ideal bound, sampled: no codec stands to its left. `uniform`: 40 equally likely classes, not the test split's."""
    import numpy
    import pandas

    counts = results.published("modelnet40_test_class_counts")
    prior = numpy.ones(len(counts)) if uniform else counts["count"].to_numpy(float)
    curve = rate_distortion_curve(prior, hamming_distortion(len(prior)), numpy.geomspace(*BOUND_SLOPES_NATS))
    frame = pandas.DataFrame(curve).assign(codec="ideal", size="uniform" if uniform else "test", run=PUBLISHED,
                                           evidence=PUBLISHED, _file=counts["_file"].iloc[0])
    frame = frame.assign(top1_percent=100 * (1 - frame["distortion"]), dataset=None if uniform else DOCUMENTS_DATASET)
    kept = typed(frame[frame["rate_bits"] > 0])
    return kept.round({"rate_bits": BOUND_DIGITS, "top1_percent": BOUND_DIGITS})  # last bits differ between processors


def done(frame: "pandas.DataFrame") -> "pandas.DataFrame":
    """Rows whose status is done."""
    return frame[(frame["status"] == "done").fillna(False).astype(bool)]


def series(frames: "list[pandas.DataFrame]") -> "pandas.DataFrame":
    """All frames in one, with a first column that names the curve of each point."""
    import pandas

    frame = pandas.concat([one for one in frames if not one.empty], ignore_index=True)
    parts = zip(frame["codec"], frame["size"].fillna(""), frame["points"].where(frame["codec"].isin(["proposed", "pointnet"])),
                frame["run"], strict=True)
    words = [" ".join([codec, *([size] if size else []), *([] if pandas.isna(count) else [f"P={count}"]), f"({run})"])
             for codec, size, count, run in parts]
    return pandas.concat([pandas.Series(words, name="series", dtype="string"), frame], axis=1)


def typed(frame: "pandas.DataFrame") -> "pandas.DataFrame":
    """The columns of `KINDS` in their types; those that a frame does not have are empty."""
    import pandas

    return frame.assign(**{name: pandas.NA for name in KINDS if name not in frame})[list(KINDS)].astype(KINDS)


def _level(row: "pandas.DataFrame", rates: tuple[float, float]) -> "pandas.DataFrame":
    import pandas

    return pandas.concat([typed(row.assign(codec="pointnet", rate_bits=rate)) for rate in rates], ignore_index=True)
