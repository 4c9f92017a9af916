"""Table II: what each codec reaches at most, and its mean distance to TMC13 along the rate and along the accuracy."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lcpc.metrics import bjontegaard
from lcpc.registry import load
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _curves, base
from lcpc.tables._curves import Curves, Key, points_of

if TYPE_CHECKING:
    import pandas

CAPTION = ("Rate-accuracy of point cloud codecs for classification: maximum top-1 accuracy, "
           "BD-rate and BD-accuracy against the anchor")
KEY = ["codec", "size", "points"]
QUANTITIES = ["max_accuracy_percent", "bd_rate_percent", "bd_accuracy_percent"]
COLUMNS = base.comparison_columns(KEY, QUANTITIES)
RECIPE = "Pareto front, extended at its last accuracy to the anchor's highest rate, Akima over log10 rate"
SELECTION = ("The documents pick each epoch on the test split; lcpc picks no epoch by it, which alone may cost a point of "
             "accuracy.")
RECORDED = "Evidence recorded: streams made elsewhere, of which only the sizes are known; the accuracies are measured."


def build(results: Results) -> Table:
    """One row a curve that the documents print or the run measured."""
    printed = results.printed("table_2_bd_metrics")
    recomputed = _curves.published(results)
    own = None if base.published_only(results) else _curves.measured(results, "bd_metrics")
    notes = [f"Printed and recomputed: anchor TMC13, data set ModelNet40. BD recipe: {RECIPE}."]
    notes += measured_notes(own) if own else []
    rows = [_row(results, key, printed, recomputed, own) for key in _keys(printed, own)]
    return Table("bd_metrics", CAPTION, KEY, COLUMNS, rows, notes)


def measured_notes(own: Curves) -> list[str]:
    """In words: the anchor and data set of the measured values, and whether they compare with print."""
    anchor = own.anchor()
    if anchor is None:
        return []
    codec = str(anchor["codec"].iloc[0])
    notes = [f"Measured: anchor {_curves.named(codec)}, data set {_curves.named(own.dataset)}."]
    if own.dataset != _curves.DOCUMENTS_DATASET:
        notes.append(f"Measured values stand on {own.dataset} and do not compare with print, which stands on ModelNet40.")
    elif codec != "tmc13":
        notes.append("Measured BD values have another anchor than print and do not compare with it; accuracies do.")
    if any(_curves.evidence_of(rows) == "recorded" for rows in own.rows.values()):
        notes.append(RECORDED)
    return [*notes, SELECTION] if own.dataset == _curves.DOCUMENTS_DATASET else notes


def _keys(printed: "pandas.DataFrame", own: Curves | None) -> list[Key]:
    listed: list[Key] = [(row.codec, "", "") if row.size != row.size else (row.codec, row.size, int(row.points))
                         for row in printed.itertuples()]
    extra = sorted(key for key in ({**own.rows, **own.reasons} if own else {}) if key not in listed)
    at = next((index for index, key in enumerate(listed) if key[0] == "proposed"), len(listed))
    baselines = [key for key in extra if key[0] != "proposed"]
    return [*listed[:at], *baselines, *listed[at:], *(key for key in extra if key[0] == "proposed")]


def _row(results: Results, key: Key, printed: "pandas.DataFrame", recomputed: Curves, own: Curves | None) -> dict[str, Cell]:
    labels = {name: text(value) for name, value in zip(KEY, key, strict=True)}
    told = base.copied(base.select(printed, codec=key[0], size=key[1] or None, points=key[2] or None), QUANTITIES)
    again = _cells(key, recomputed, base.PUBLISHED_NOWHERE)
    if own is None:
        return base.comparison_row(labels, again, text("published"), told, again)
    why = own.reasons.get(key) or absence(results, "bd_metrics", key[0])
    evidence = text(_curves.evidence_of(own.rows[key])) if key in own.rows else Cell(missing=why)
    note = " ".join([*measured_notes(own)[:1], *_beyond(key, own)]) if key in own.rows else ""
    return base.comparison_row(labels, _cells(key, own, why), evidence, told, again, note)


def _beyond(key: Key, own: Curves) -> Iterator[str]:
    """In words: a BD-accuracy that stands on the extension alone, and what it is where the interpolation can't overshoot."""
    anchor, rows = own.anchor(), own.rows[key]
    if anchor is None or rows is anchor:
        return
    try:
        first, last = bjontegaard.front(*points_of(anchor))[0][0], bjontegaard.front(*points_of(rows))[0][-1]
        steady = bjontegaard.bd_accuracy_points(*points_of(anchor), *points_of(rows), method="pchip")
    except ValueError:
        return  # the cell says why there is none
    if last < first:
        yield (f"BD-accuracy: the curve ends at {last:.1f} bits and the anchor begins at {first:.1f}, so that it stands on the "
               f"extension alone, where Akima may overshoot; by PCHIP, which can't, it is {steady:.1f}.")


def absence(results: Results, stem: str, codec: str = "proposed") -> str:
    """Why a curve has no measured value, and the command that fills it."""
    if codec != "proposed" and not hasattr(load("lcpc.codecs.point_clouds", codec), "codec"):
        return (f"{codec} runs outside lcpc: name a manifest of its outputs in input_compression.recorded (docs/recorded.md), "
                f"then {base.command(results, stem)}")
    return (f"run {results.run} has no rows of this curve; ask for it in config/{results.run}.yaml, "
            f"then {base.command(results, stem)}")


def _cells(key: Key, curves: Curves, why: str) -> dict[str, Cell]:
    rows, anchor = curves.rows.get(key), curves.anchor()
    if rows is None:
        return base.absent(QUANTITIES, why)
    best = base.number(float(rows["top1_percent"].max()), "highest top-1 accuracy of the curve", rows)
    rate = _distance(bjontegaard.bd_rate_percent, "BD-rate", rows, anchor)
    accuracy = _distance(bjontegaard.bd_accuracy_points, "BD-accuracy", rows, anchor)
    return dict(zip(QUANTITIES, (best, rate, accuracy), strict=True))


def _distance(metric: Callable[..., float], name: str, rows: "pandas.DataFrame", anchor: "pandas.DataFrame | None") -> Cell:
    if anchor is None:
        return Cell(missing="no anchor: the run has neither TMC13 nor Draco rows; add one to its input_compression.codecs")
    formula = f"{name} against {_curves.named(str(anchor['codec'].iloc[0]))}: {RECIPE}"
    if rows is anchor:
        return base.number(0.0, f"{formula}; the anchor itself", anchor)
    try:
        return base.number(metric(*points_of(anchor), *points_of(rows)), formula, anchor, rows)
    except ValueError as error:
        return Cell(missing=f"no {name}: {error}")
