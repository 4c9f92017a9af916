"""Rate-accuracy curves of tables and figures: which rows form a curve, fronts and names.

A learned codec has one curve for each size and P; a codec that compresses the input has one, over
all its P and scales. Codecs are found by their rows, so a codec that lcpc has never heard of has a
curve too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from lcpc.curves import comparable
from lcpc.errors import ConfigError, MissingData, ResultError
from lcpc.metrics.pareto import pareto_front
from lcpc.registry import load
from lcpc.results.frames import DataFrame
from lcpc.results.store import PUBLISHED, Results

KIND = "rate_accuracy"
PROPOSED = "proposed"
SIZES = ("full", "lite", "micro")
ANCHORS = (("tmc13", "", ""), ("draco", "", ""))
"""Curves that BD values are taken against; the first that a run has."""
DOCUMENTS_DATASET = "modelnet40"
DOCUMENTS_LABEL = "ModelNet40"
CODECS = "lcpc.codecs.point_clouds"

CurveKey = tuple[str, str, int | str]
"""(codec, size, points); size and points are "" for codecs that compress the input."""


@dataclass(frozen=True)
class Curves:
    """Done rows of each curve, `reasons` why a curve has none; all on one data set.

    limits: why a curve on the documents' data set is not held against print, as `measured on 100 of
    the 2,468 test clouds`; own codecs included, since they are read beside the documents'.
    """

    rows: Mapping[CurveKey, DataFrame]
    reasons: Mapping[CurveKey, str]
    dataset: str
    limits: Mapping[CurveKey, str] = field(default_factory=dict)

    def anchor(self) -> DataFrame | None:
        """Rows of TMC13 where the run has them, else of Draco, else None."""
        return next((self.rows[key] for key in ANCHORS if key in self.rows), None)

    @property
    def comparable(self) -> bool:
        """Whether the curves are on the data set of the documents and compare with print."""
        return self.dataset == DOCUMENTS_DATASET

    @property
    def anchor_limit(self) -> str:
        """Why no BD value is held against print, though the anchor is that of the documents."""
        limit = self.limits.get(ANCHORS[0])
        return f"the anchor {codec_label(ANCHORS[0][0])} is {limit}" if limit else ""

    def limit_notes(self) -> list[str]:
        """Sentences on the curves and BD values that are not held against print."""
        notes = comparable.grouped_notes(
            {curve_label(key): limit for key, limit in self.limits.items()})
        if self.anchor_limit:
            notes.append(f"BD values are not held against print: {self.anchor_limit}.")
        return notes


def published(results: Results) -> Curves:
    """The documents' curves."""
    return Curves(grouped(published_rows(results)), {}, DOCUMENTS_DATASET)


def measured(results: Results, command: str) -> Curves:
    """The run's curves. Raises as `measured_rows` does."""
    frame = measured_rows(results, command)
    is_done = _is_done(frame)
    reasons = {key: _reason(rows) for key, rows in grouped(frame[~is_done]).items()}
    rows, dataset = grouped(frame[is_done]), str(frame["dataset"].iloc[0])
    limits = _limits(results, rows) if dataset == DOCUMENTS_DATASET else {}
    return Curves(rows, reasons, dataset, limits)


def _limits(results: Results, rows: Mapping[CurveKey, DataFrame]) -> dict[CurveKey, str]:
    """What measured curves lack beside the documents'."""
    settings = comparable.document_settings(results, published_rows(results))
    reasons = {key: comparable.reason(curve, settings) for key, curve in rows.items()}
    return {key: reason for key, reason in reasons.items() if reason}


def published_rows(results: Results) -> DataFrame:
    """The documents' points, with run, dataset and evidence as measured rows have them."""
    frame = results.published("rate_accuracy_modelnet40")
    return frame.assign(run=PUBLISHED, dataset=DOCUMENTS_DATASET, evidence=PUBLISHED)


def base_layer_rows(results: Results) -> DataFrame:
    """Points of the base layer of PCS 2024, whose rate is its own."""
    rows = results.published("rate_accuracy_scalable_modelnet40")
    rows = rows[rows["base_rate_bits"] > 0]
    return rows.assign(rate_bits=rows["base_rate_bits"])


def measured_rows(results: Results, command: str) -> DataFrame:
    """All rows of a run, done or not; `command` is the one that makes them.

    Raises MissingData where there are none, ResultError where they mix data sets.
    """
    frame = results.measured(KIND)
    folder = f"results/{results.run}/{KIND}"
    if frame.empty:
        raise MissingData(f"{folder} holds no rows; run {command}")
    datasets = sorted(set(frame["dataset"]))
    if len(datasets) > 1:
        raise ResultError(f"{folder} mixes the data sets {', '.join(datasets)}; keep one a run")
    return frame


def done(frame: DataFrame) -> DataFrame:
    """Rows with status done."""
    return frame[_is_done(frame)]


def grouped(frame: DataFrame) -> dict[CurveKey, DataFrame]:
    """Rows by curve, in the order in which the curves first occur."""
    if frame.empty:
        return {}
    is_learned = frame["codec"] == PROPOSED
    sizes = frame["size"].where(is_learned).fillna("")
    points = frame["points"].where(is_learned).fillna(0)
    groups = frame.groupby([frame["codec"], sizes, points], sort=False)
    return {(str(codec), str(size), int(count) or ""): rows
            for (codec, size, count), rows in groups}


def front(rows: DataFrame) -> DataFrame:
    """Rows on the Pareto front of rate and accuracy, by increasing rate; empty for no rows."""
    return rows if rows.empty else rows.iloc[pareto_front(rows["rate_bits"], rows["top1_percent"])]


def arrays(rows: DataFrame) -> tuple[Any, Any]:
    """Rates (bits) and top-1 accuracies (%) of a curve's rows, an array [n] each."""
    return rows["rate_bits"].to_numpy(float), rows["top1_percent"].to_numpy(float)


def max_accuracy(rows: DataFrame) -> float:
    """Highest top-1 accuracy of the rows of one training, %."""
    return float(rows["top1_percent"].max())


def evidence_of(rows: DataFrame) -> str:
    """Evidence of a curve: measured only where no row of it was recorded elsewhere or published."""
    kinds = set(rows["evidence"])
    return next((kind for kind in (PUBLISHED, "recorded") if kind in kinds), "measured")


def codec_plugin(codec: str) -> ModuleType | None:
    """The plug-in of a codec by its name in rows; None for a codec of a manifest alone."""
    try:
        return load(CODECS, codec)
    except ConfigError:
        return None


def codec_label(codec: str) -> str:
    """A codec as its makers write it: LABEL of its plug-in, else its name."""
    return str(getattr(codec_plugin(codec), "LABEL", codec))


def curve_label(key: CurveKey) -> str:
    """A curve in words, such as `micro P=64` or `TMC13`."""
    codec, size, points = key
    return f"{size} P={points}" if codec == PROPOSED else codec_label(codec)


def dataset_label(dataset: str) -> str:
    """A data set as its makers write it."""
    return DOCUMENTS_LABEL if dataset == DOCUMENTS_DATASET else dataset


def _is_done(frame: DataFrame) -> Any:
    return (frame["status"] == "done").fillna(False).astype(bool)


def _reason(rows: DataFrame) -> str:
    status, note = rows["status"].iloc[0], rows["note"].iloc[0]
    return f"{status}: {note}" if isinstance(note, str) else str(status)
