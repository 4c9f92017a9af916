"""Rate-accuracy curves as the tables need them: which rows make one curve, what they are worth, which curve is the anchor."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lcpc.errors import MissingData, ResultError
from lcpc.results.store import Results
from lcpc.tables.base import command

if TYPE_CHECKING:
    import pandas

KIND = "rate_accuracy"
DOCUMENTS_DATASET = "modelnet40"
ANCHORS = ("tmc13", "draco")
NAMES = {"tmc13": "TMC13", "draco": "Draco", "modelnet40": "ModelNet40"}

Key = tuple[str, str, int | str]


@dataclass(frozen=True)
class Curves:
    """All rows that are done, by (codec, size, points), and why a curve has none; input codecs pool all (P, S)."""

    rows: "dict[Key, pandas.DataFrame]"
    reasons: dict[Key, str]
    dataset: str

    def anchor(self) -> "pandas.DataFrame | None":
        """Rows of TMC13 where the run has them, else of Draco, else None."""
        return next((self.rows[codec, "", ""] for codec in ANCHORS if (codec, "", "") in self.rows), None)


def published(results: Results) -> Curves:
    """The documents' own curves."""
    frame = results.published("rate_accuracy_modelnet40")
    return Curves(_grouped(frame), {}, DOCUMENTS_DATASET)


def measured(results: Results, stem: str) -> Curves:
    """The run's curves. Raises MissingData where it has no rows, ResultError where they mix data sets."""
    frame = results.measured(KIND)
    if frame.empty:
        raise MissingData(f"results/{results.run}/{KIND} holds no rows; run {command(results, stem)}")
    datasets = sorted(set(frame["dataset"]))
    if len(datasets) > 1:
        raise ResultError(f"results/{results.run}/{KIND} mixes the data sets {', '.join(datasets)}; keep one a run")
    done = (frame["status"] == "done").fillna(False).astype(bool)
    reasons = {key: _why(rows) for key, rows in _grouped(frame[~done]).items()}
    return Curves(_grouped(frame[done]), reasons, str(datasets[0]))


def named(word: str) -> str:
    """A codec or data set as its makers write it."""
    return NAMES.get(word, word)


def evidence_of(frame: "pandas.DataFrame") -> str:
    """Evidence of a curve: measured only where no row of it was recorded elsewhere."""
    kinds = set(frame["evidence"])
    return next((kind for kind in ("published", "recorded") if kind in kinds), "measured")


def points_of(rows: "pandas.DataFrame") -> tuple[Any, Any]:
    """Rates (bits) and top-1 accuracies (%) of a curve's rows, an array [n] each."""
    return rows["rate_bits"].to_numpy(float), rows["top1_percent"].to_numpy(float)


def _grouped(frame: "pandas.DataFrame") -> "dict[Key, pandas.DataFrame]":
    if frame.empty:
        return {}
    learned = frame["codec"] == "proposed"
    sizes, points = frame["size"].where(learned).fillna(""), frame["points"].where(learned).fillna(0)
    groups = frame.groupby([frame["codec"], sizes, points], sort=False)
    return {(str(codec), str(size), int(count) or ""): rows for (codec, size, count), rows in groups}


def _why(rows: "pandas.DataFrame") -> str:
    first = rows.iloc[0]
    return f"{first['status']}: {first['note']}" if isinstance(first["note"], str) else str(first["status"])
