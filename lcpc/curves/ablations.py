"""How far the recipes of `ablation:` lie from the whole recipe, and from the published curve.

A recipe is compared with the whole one seed by seed, since both begin with the same weights, and
over the same clouds; a value is the mean over seeds. Its interval draws clouds and seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lcpc import curves
from lcpc.config.ablation import SETTINGS, WHOLE
from lcpc.curves import trainings
from lcpc.curves.resampling import ResampledCurve, ResampledTraining, require_same_clouds, rounded
from lcpc.metrics import bjontegaard, intervals
from lcpc.metrics.intervals import Floats, Replicates
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results

KIND = "ablation"
ORDER = (WHOLE, *(f"without_{setting}" for setting in SETTINGS))
HIGHEST = "highest top-1 accuracy of the curve, mean over seeds"
STEADY = ("Pareto fronts carried flat, PCHIP over log10 rate, mean over {low:.3g} to {high:.3g} "
          "bits, {where}, or from where the later curve begins; mean over seeds")
OVERLAP = ("overlap BD-rate against all settings: Pareto fronts, PCHIP of log10 rate over "
           "accuracy, mean over the accuracies that both curves cover; mean over seeds")
ITSELF = "it is what the others are compared with"
NOT_PUBLISHED = "the documents publish no curve of this size and P"
OTHER_CLOUDS = f"the published curves are of {curves.DOCUMENTS_LABEL}, these of other clouds"


class Recipe:
    """A recipe of a size at P: its rows of all seeds, those of the whole recipe, and the published
    curve, None without one to compare with.

    anchor: the whole recipe, whose curve is resampled once for all others.
    """

    def __init__(self, results: Results, rows: DataFrame, whole: DataFrame,
                 published: DataFrame | None, anchor: "Recipe | None" = None) -> None:
        self.rows, self.whole, self.published = rows, whole, published
        self._anchor = anchor or self
        first = rows.iloc[0]
        self.size, self.points = str(first["size"]), int(first["points"])
        self.name = str(first["recipe"])
        self._results = results

    @property
    def is_whole(self) -> bool:
        """Whether it leaves nothing out."""
        return self.name == WHOLE

    @cached_property
    def curve(self) -> ResampledCurve:
        """Its trainings in every replicate."""
        return ResampledCurve(self._results, self.rows)

    def require_whole(self) -> None:
        """Raises ValueError for the whole recipe itself, or where that lacks a seed."""
        if self.is_whole:
            raise ValueError(ITSELF)
        missing = set(self.rows["seed"]) - set(self.whole["seed"])
        if missing:
            name = f"{self.size}_P{self.points}_{WHOLE}"
            raise ValueError(f"{name} has no rows of seed {min(missing)} to compare with; evaluate "
                             f"ablation/{name}")

    def whole_rows(self, rows: DataFrame) -> DataFrame:
        """Rows of the whole recipe with the seed of these."""
        return self.whole[self.whole["seed"] == rows["seed"].iloc[0]]

    def whole_training(self, training: ResampledTraining) -> ResampledTraining:
        """The training of the whole recipe with the same seed, in every replicate. Raises
        MissingData where it was tested on other clouds."""
        (seed,) = set(training.rows["seed"])
        (anchor,) = (other for other in self._anchor.curve.trainings
                     if set(other.rows["seed"]) == {seed})
        require_same_clouds(anchor, training)
        return anchor


@dataclass(frozen=True)
class Span:
    """A fixed range of rates (bits), and what it is of."""

    low: float
    high: float
    where: str

    @property
    def recipe(self) -> str:
        """The recipe of a steady BD-accuracy over it, in words."""
        return STEADY.format(low=self.low, high=self.high, where=self.where)


def span_of(rows: DataFrame, where: str) -> Span:
    """The range from the lowest to the highest rate of rows."""
    return Span(float(rows["rate_bits"].min()), float(rows["rate_bits"].max()), where)


class Quantity:
    """A number of a recipe: of the rows of one seed, and of one training in every replicate."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @property
    def formula(self) -> str:
        """How it is worked out, in words."""
        raise NotImplementedError

    @property
    def frames(self) -> list[DataFrame]:
        """Rows that it is worked out from."""
        return [self.recipe.rows]

    def of_rows(self, rows: DataFrame) -> float:
        """Its value for the rows of one seed."""
        raise NotImplementedError

    def of_training(self, training: ResampledTraining) -> Floats:
        """Its value in every replicate of one seed, [B]."""
        raise NotImplementedError

    def require(self) -> None:
        """Raises ValueError where there is nothing to compare with."""

    def value(self) -> float:
        """Mean over seeds. Raises ValueError where it has none."""
        self.require()
        return trainings.mean(self.of_rows, self.recipe.rows)

    def ends(self) -> tuple[float, float]:
        """The 95 % interval over clouds and seeds. Raises ValueError or MissingData without one."""
        self.require()
        low, high = intervals.interval(self.recipe.curve.replicates(self.of_training))
        return rounded(low), rounded(high)


class MaxAccuracy(Quantity):
    """Highest accuracy of the curve, %."""

    formula = HIGHEST

    def of_rows(self, rows: DataFrame) -> float:
        """The highest of the rows."""
        return curves.max_accuracy(rows)

    def of_training(self, training: ResampledTraining) -> Floats:
        """The highest accuracy in every replicate: [B]."""
        return intervals.max_accuracies(training.points)


class Change(Quantity):
    """Steady BD-accuracy against the whole recipe, points: negative where the setting helps."""

    @cached_property
    def span(self) -> Span:
        """The rates of the whole recipe."""
        return span_of(self.recipe.whole, "the rates of all settings")

    @property
    def formula(self) -> str:
        """The recipe and its range."""
        return f"steady BD-accuracy against all settings: {self.span.recipe}"

    @property
    def frames(self) -> list[DataFrame]:
        """Rows of both recipes."""
        return [self.recipe.rows, self.recipe.whole]

    def require(self) -> None:
        """Raises ValueError for the whole recipe, or without it."""
        self.recipe.require_whole()

    def of_rows(self, rows: DataFrame) -> float:
        """The change against the whole recipe with the same seed."""
        whole = self.recipe.whole_rows(rows)
        return bjontegaard.steady_bd_accuracy(*curves.arrays(whole), *curves.arrays(rows),
                                              self.span.low, self.span.high)

    def of_training(self, training: ResampledTraining) -> Floats:
        """The change in every replicate, against the same seed on the same clouds: [B]."""
        return _steady(self.recipe.whole_training(training).points, training.points, self.span)


class RateChange(Change):
    """Overlap BD-rate against the whole recipe, %: positive where the setting helps."""

    formula = OVERLAP

    def of_rows(self, rows: DataFrame) -> float:
        """The change against the whole recipe with the same seed."""
        whole = self.recipe.whole_rows(rows)
        return bjontegaard.overlap_bd_rate(*curves.arrays(whole), *curves.arrays(rows))

    def of_training(self, training: ResampledTraining) -> Floats:
        """The change in every replicate, against the same seed on the same clouds: [B]."""
        pair = (self.recipe.whole_training(training).points, training.points)
        return intervals.overlap_bd_rates(*(intervals.interpolated(points, 0.0) for points in pair))


class AbovePublished(Quantity):
    """Steady BD-accuracy against the published curve of the size and P, points."""

    @property
    def anchor(self) -> DataFrame:
        """The published curve. Raises ValueError without one to compare with."""
        if set(self.recipe.rows["dataset"]) != {curves.DOCUMENTS_DATASET}:
            raise ValueError(OTHER_CLOUDS)
        if self.recipe.published is None:
            raise ValueError(NOT_PUBLISHED)
        return self.recipe.published

    @cached_property
    def span(self) -> Span:
        """The rates of the published curve."""
        return span_of(self.anchor, "the rates of the published curve")

    @property
    def formula(self) -> str:
        """The recipe and its range."""
        return f"steady BD-accuracy against the published curve: {self.span.recipe}"

    @property
    def frames(self) -> list[DataFrame]:
        """Own rows and the published ones."""
        return [self.recipe.rows, self.anchor]

    def require(self) -> None:
        """Raises ValueError without a published curve."""
        _ = self.anchor

    def of_rows(self, rows: DataFrame) -> float:
        """The distance of one seed's rows to the published curve."""
        return bjontegaard.steady_bd_accuracy(*curves.arrays(self.anchor), *curves.arrays(rows),
                                              self.span.low, self.span.high)

    def of_training(self, training: ResampledTraining) -> Floats:
        """The same in every replicate, [B]; the published curve is not resampled."""
        count = len(training.points.rate_bits)
        fixed = [np.tile(values, (count, 1)) for values in curves.arrays(self.anchor)]
        return _steady(Replicates(*fixed), training.points, self.span)


def recipes(results: Results) -> Iterator[Recipe]:
    """The run's recipes by size, P and the order of SETTINGS."""
    rows = curves.done(results.measured(KIND))
    documents = curves.published(results).rows
    groups = {(str(size), int(points)): group
              for (size, points), group in rows.groupby(["size", "points"])}
    smallest_first = sorted(groups, key=lambda key: (-curves.SIZES.index(key[0]), key[1]))
    for size, points in smallest_first:
        group, published = groups[size, points], documents.get((curves.PROPOSED, size, points))
        whole = group[group["recipe"] == WHOLE]
        of_recipe = {str(name): seeds for name, seeds in group.groupby("recipe")}
        anchor: Recipe | None = None
        for name in sorted(of_recipe, key=_rank):  # the whole recipe comes first
            recipe = Recipe(results, of_recipe[name], whole, published, anchor)
            anchor = recipe if recipe.is_whole else anchor
            yield recipe


def _rank(recipe: str) -> int:
    return ORDER.index(recipe) if recipe in ORDER else len(ORDER)


def _steady(anchor: Replicates, curve: Replicates, span: Span) -> Floats:
    first, second = (intervals.interpolated(points, span.high) for points in (anchor, curve))
    return intervals.steady_bd_accuracies(first, second, span.low, span.high)
