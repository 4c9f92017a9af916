"""What each setting of the recipe is worth: the curve without it beside the whole recipe's."""

from collections.abc import Mapping

from lcpc import curves
from lcpc.config.ablation import label_of
from lcpc.curves import ablations
from lcpc.curves.ablations import AbovePublished, Change, MaxAccuracy, Quantity, RateChange, Recipe
from lcpc.errors import MissingData
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.samples import sources_of
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables import base
from lcpc.tables._intervals import NO_CLOUDS, OF_CLOUDS, columns

CAPTION = ("The recipe of the proposed codec without one setting at a time: highest top-1 "
           "accuracy, steady BD-accuracy and overlap BD-rate against the recipe with all settings, "
           "and steady BD-accuracy against the published curve, with 95 % intervals over test "
           "clouds and seeds")
READS = (ablations.KIND,)
KEY = ["size", "points", "recipe"]
QUANTITIES: Mapping[str, type[Quantity]] = {
    "max_accuracy_percent": MaxAccuracy,
    "steady_change_points": Change,
    "overlap_bd_rate_percent": RateChange,
    "above_published_points": AbovePublished,
}
HIGHEST = "max_accuracy_percent"
COLUMNS = [*KEY, *(name for quantity in QUANTITIES for name in (quantity, *columns([quantity]))),
           "evidence", f"recomputed_{HIGHEST}", base.SEEDS, "note"]
NOT_MEASURED = "the documents train with one recipe"
OF_CURVE = "highest top-1 accuracy of the published curve"
NOTES = [
    "Changes are those of the curve without the setting, seed by seed: below zero accuracy, or "
    "above zero rate, says that the setting helps.",
    "Steady BD-accuracy: Pareto fronts carried flat, PCHIP over log10 rate, over the rates of the "
    "recipe with all settings, or of the published curve.",
    f"In brackets: 95 % intervals, {OF_CLOUDS} and of the seeds, the same for all recipes; the "
    "published curve stays as it is. Seeds differ in their initial weights and see the same "
    "batches.",
]


def build(results: Results) -> Table:
    """One row a recipe that the run measured; else the published curves, one a row."""
    rows = [_row(recipe) for recipe in ablations.recipes(results)]
    if not rows:
        documents = curves.published(results).rows
        rows = [_published_row(str(size), points, curve)
                for (codec, size, points), curve in documents.items() if codec == curves.PROPOSED]
    return Table("ablation", CAPTION, KEY, COLUMNS, rows, NOTES)


def _published_row(size: str, points: int | str, curve: DataFrame) -> dict[str, Cell]:
    highest = base.number(curves.max_accuracy(curve), OF_CURVE, curve)
    compared = [name for name in QUANTITIES if name != HIGHEST]
    row = {"size": text(size), "points": text(points), "recipe": text(PUBLISHED),
           HIGHEST: highest, **base.absent(compared, NOT_MEASURED),
           **base.absent(columns(list(QUANTITIES)), NO_CLOUDS), "evidence": text(PUBLISHED),
           f"recomputed_{HIGHEST}": highest, base.SEEDS: base.seeds(None), "note": text("")}
    return {name: row[name] for name in COLUMNS}


def _row(recipe: Recipe) -> dict[str, Cell]:
    row = {"size": text(recipe.size), "points": text(recipe.points),
           "recipe": text(label_of(recipe.name)),
           "evidence": text(curves.evidence_of(recipe.rows)),
           f"recomputed_{HIGHEST}": _published_highest(recipe),
           base.SEEDS: base.seeds(recipe.rows), "note": text("")}
    for name, kind in QUANTITIES.items():
        cells = _cells(kind(recipe))
        row |= dict(zip((name, *columns([name])), cells, strict=True))
    return row


def _published_highest(recipe: Recipe) -> Cell:
    if recipe.published is None:
        return Cell(missing=ablations.NOT_PUBLISHED)
    return base.number(curves.max_accuracy(recipe.published), OF_CURVE, recipe.published)


def _cells(quantity: Quantity) -> tuple[Cell, Cell, Cell]:
    """The value and both ends of its interval, each with its origin or the reason why not."""
    try:
        value = base.number(quantity.value(), quantity.formula, *quantity.frames)
    except ValueError as error:
        missing = Cell(missing=str(error))
        return missing, missing, missing
    try:
        ends = quantity.ends()
    except (MissingData, ValueError) as error:
        missing = Cell(missing=f"no interval: {error}")
        return value, missing, missing
    formula = f"{quantity.formula}, end of the 95 % interval: {OF_CLOUDS} and of the seeds"
    sources = tuple(dict.fromkeys(source for frame in quantity.frames
                                  for source in _of_clouds(frame)))
    low, high = (Cell(end, formula, sources) for end in ends)
    return value, low, high


def _of_clouds(frame: DataFrame) -> tuple[Source, ...]:
    """Files of single clouds of measured rows; the published ones have none."""
    return sources_of(frame[frame["evidence"] != PUBLISHED])
