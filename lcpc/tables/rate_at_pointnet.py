"""The thesis' "bits for 87.1 %": what codecs spend for the accuracy of PointNet by itself."""

from lcpc import curves
from lcpc.curves import PROPOSED, CurveKey, Curves
from lcpc.results.cells import Table
from lcpc.results.store import Results
from lcpc.tables import base
from lcpc.tables._intervals import OF_CLOUDS
from lcpc.tables._rate_at import COLUMNS, KEY, RateTable

CAPTION = ("Bits that buy 87.1 % top-1 accuracy, that of PointNet without transforms on clouds as "
           "they are: the proposed codec, full at P = 1024, and TMC13")
READS = ("rate_accuracy",)
TARGET_PERCENT = 87.1
RATES = RateTable("rate_at_pointnet", TARGET_PERCENT,
                  f"rate where the Pareto front of the curve reaches {TARGET_PERCENT:g} %, on a "
                  "straight line between its points")
CURVES: dict[str, CurveKey] = {"full": (PROPOSED, "full", 1024), "tmc13": ("tmc13", "", "")}


def build(results: Results) -> Table:
    """One row for each codec whose bits the thesis prints."""
    printed = results.printed("rate_at_87_1_percent")
    documents = curves.published(results)
    measured = base.measured_curves(results, RATES.stem)
    rows = []
    for codec in map(str, printed["codec"]):
        key = CURVES[codec]
        recomputed = RATES.rate(key, documents, base.PUBLISHED_NOWHERE)
        of_run = RATES.of_run(results, key, measured, recomputed)
        shown = (measured or documents).rows.get(key)
        rows.append(RATES.row(codec, printed, recomputed, of_run, shown,
                              shown if measured else None))
    return Table(RATES.stem, CAPTION, KEY, COLUMNS, rows, _notes(measured))


def _notes(measured: Curves | None) -> list[str]:
    if measured is None:
        return []
    if not measured.comparable:
        return [f"Measured: data set {measured.dataset}; not comparable with print (ModelNet40)."]
    return ["Measured: data set ModelNet40.", *measured.limit_notes(),
            f"In brackets: 95 % intervals, {OF_CLOUDS}.", *base.seeds_notes(measured)]
