"""How far each measured curve lies from the documents' own curve of the same codec: at its top, and at equal rate."""

from typing import TYPE_CHECKING

from lcpc.metrics import bjontegaard
from lcpc.metrics.difference import Difference, accuracy_difference
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results
from lcpc.tables import _curves, base
from lcpc.tables._curves import Curves, Key, points_of
from lcpc.tables.bd_metrics import SELECTION, absence

if TYPE_CHECKING:
    import pandas

CAPTION = ("How far each measured curve lies from the published curve of the same codec, size and P: positive accuracies and "
           "negative BD-rates are better than the documents")
KEY = ["codec", "size", "points"]
AT_EQUAL_RATE = {
    "first_rate_bits": "lowest rate that both curves cover",
    "last_rate_bits": "highest rate that both curves cover",
    "mean_difference_points": "mean difference at equal rate, over log rate",
    "least_difference_points": "least difference at equal rate",
    "least_at_bits": "rate of the least difference",
    "greatest_difference_points": "greatest difference at equal rate",
    "greatest_at_bits": "rate of the greatest difference",
}
QUANTITIES = ["max_difference_points", "bd_rate_against_published_percent", *AT_EQUAL_RATE]
COLUMNS = [*KEY, *QUANTITIES, "evidence", "note"]
RULE = "Pareto fronts joined by straight lines over log rate, nothing carried beyond their ends"


def build(results: Results) -> Table:
    """One row a curve that the documents publish."""
    theirs = _curves.published(results)
    own = None if base.published_only(results) else _curves.measured(results, "reproduction")
    rows = [_row(results, key, rows, own) for key, rows in theirs.rows.items()]
    notes = [f"Differences are measured less published. At equal rate: {RULE}.",
             "BD-rate here: of the measured curve against the published one, not against TMC13; neither is extended."]
    return Table("reproduction", CAPTION, KEY, COLUMNS, rows, [*notes, SELECTION] if own else notes)


def _row(results: Results, key: Key, theirs: "pandas.DataFrame", own: Curves | None) -> dict[str, Cell]:
    labels = {name: text(value) for name, value in zip(KEY, key, strict=True)}
    why = _absence(results, key, own)
    if why or own is None:
        return {**labels, **base.absent([*QUANTITIES, "evidence"], why), "note": text("")}
    mine = own.rows[key]
    return {**labels, **_cells(theirs, mine), "evidence": text(_curves.evidence_of(mine)), "note": text("")}


def _absence(results: Results, key: Key, own: Curves | None) -> str:
    """Why a curve compares with nothing; empty where it does."""
    if own is None:
        return f"run {results.run} measures nothing; `snakemake --cores 8 tables/workstation/reproduction.csv` compares a run"
    if own.dataset != _curves.DOCUMENTS_DATASET:
        return f"measured on {own.dataset}, which does not compare with print (ModelNet40); see run workstation"
    return "" if key in own.rows else own.reasons.get(key) or absence(results, "reproduction", key[0])


def _cells(theirs: "pandas.DataFrame", mine: "pandas.DataFrame") -> dict[str, Cell]:
    top = base.number(float(mine["top1_percent"].max()) - float(theirs["top1_percent"].max()),
                      "highest top-1 accuracy, measured less published", theirs, mine)
    both = (*points_of(theirs), *points_of(mine))
    try:
        distance = base.number(bjontegaard.bd_rate_percent(*both, extend=False),
                               "BD-rate against the published curve: Pareto fronts, Akima over log10 rate", theirs, mine)
    except ValueError as error:
        distance = Cell(missing=f"no BD-rate: {error}")
    try:
        found = _at_equal_rate(accuracy_difference(*both), theirs, mine)
    except ValueError as error:
        found = base.absent(list(AT_EQUAL_RATE), f"no difference: {error}")
    return {"max_difference_points": top, "bd_rate_against_published_percent": distance, **found}


def _at_equal_rate(found: Difference, *frames: "pandas.DataFrame") -> dict[str, Cell]:
    values = (found.first_rate, found.last_rate, found.mean, found.least, found.least_rate, found.greatest, found.greatest_rate)
    return {name: base.number(value, f"{what}: {RULE}", *frames)
            for (name, what), value in zip(AT_EQUAL_RATE.items(), values, strict=True)}
