"""A run: its sections, and the checks of one section against another."""

import re
from collections.abc import Mapping
from itertools import product
from typing import Annotated, Any, Self

from pydantic import AfterValidator, model_validator

from lcpc.config.ablation import Ablation
from lcpc.config.base import Section, known_in
from lcpc.config.curves import Curve, MixedCurve
from lcpc.config.images import Images, LatentMotion
from lcpc.config.input_compression import InputCompression
from lcpc.config.point_clouds import Dataset, Latency, Reconstruction
from lcpc.errors import ConfigError, did_you_mean

TableStem = Annotated[str, known_in("lcpc.tables", also=("audit",))]
FigureStem = Annotated[str, known_in("lcpc.figures")]


def run_name(name: str) -> str:
    """`name` as it is. Raises ValueError unless it can name a file: no slash, no double dot."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name):
        raise ValueError("it must be letters, digits, -, _ and single dots between them")
    return name


class Tools(Section):
    """`tools:` names programs that no package index has."""

    tmc3: str = ""
    """Path of TMC13's `tmc3`; empty looks at LCPC_TMC3, then PATH."""


class Config(Section):
    """Top-level keys. All that changes a number is said here, and kept in the provenance of each
    result."""

    run: Annotated[str, AfterValidator(run_name)]
    """Name of the run; need not be written, and must be that of the file."""
    description: str = ""
    """One sentence on what the run is for."""
    seed: int = 1
    """All random numbers follow from it and from the identity of what they are for, never from the
    order of work."""
    dataset: Dataset | None = None
    """The clouds; a run that measures nothing has none."""
    proposed: tuple[Curve, ...] = ()
    """List of curves of the proposed codec."""
    mixed: tuple[MixedCurve, ...] = ()
    """List of curves of the codec `mixed`, beyond the documents."""
    ablation: tuple[Ablation, ...] = ()
    """List of recipes of the proposed codec whose settings are left out one by one."""
    input_compression: InputCompression | None = None
    """The input compression baselines."""
    reconstruction: Reconstruction | None = None
    """Decoders that show what a trained codec keeps; a run without it trains none."""
    latency: Latency | None = None
    """Encode, decode and classify times; a run without it measures none."""
    latent_motion: LatentMotion | None = None
    """Latent space motion; a run without it measures none."""
    images: Images | None = None
    """Image codecs; a run without it measures none."""
    experiments: Mapping[str, Mapping[str, Any]] = {}
    """Other experiments by name, each with its own settings: files of `lcpc/experiments/` that have
    no section here; see docs/add_experiment.md."""
    tools: Tools = Tools()
    """External programs."""
    tables: tuple[TableStem, ...] = ()
    """Stems of the tables that the run makes; `audit` is one of them."""
    figures: tuple[FigureStem, ...] = ()
    """Stems of the figures that the run makes."""

    @model_validator(mode="after")
    def _sections_fit_together(self) -> Self:
        """Raises ValueError or ConfigError whose text begins with the key."""
        measures_codecs = (self.proposed or self.mixed or self.ablation
                           or self.input_compression)
        if measures_codecs and self.dataset is None:
            raise ValueError("dataset: the run measures codecs but names no dataset; "
                             "add `dataset: {name: shapes40}`")
        for index, curve in enumerate(self.proposed):
            if curve.start_points:
                self._check_start(curve, f"proposed[{index}].start_points")
        for index, mixed in enumerate(self.mixed):
            if mixed.start_points:
                self._check_mixed_start(mixed, f"mixed[{index}].start_points")
        self._check_mixed_names()
        if self.reconstruction is not None:
            self._check_lambdas(self.reconstruction)
        if self.latency is not None:
            self.curves_of(self.latency)
        return self

    def _check_start(self, curve: Curve, key: str) -> None:
        """The curve to start from is trained, has the same lambdas, and starts from another one."""
        for size in curve.sizes:
            start = self.curve(size, curve.start_points)
            if (start.lambdas, start.head_norm) != (curve.lambdas, curve.head_norm):
                raise ValueError(f"{key} is {curve.start_points}, but {size} has other lambdas or "
                                 "another head_norm there")
            ancestors = [curve.start_points]
            while (before := self.curve(size, ancestors[-1]).start_points):
                if before in ancestors:
                    raise ValueError(f"{key}: {size} at P={before} would start from itself")
                ancestors.append(before)

    def _check_mixed_start(self, curve: MixedCurve, key: str) -> None:
        """The curve to start from is trained at fewer points, and is the same network."""
        for size, seed in product(curve.sizes, curve.seeds):
            start = self.mixed_curve(size, curve.start_points, seed, curve.variant)
            if start.network != curve.network:
                raise ValueError(f"{key} is {curve.start_points}, but {size} has other lambdas or "
                                 "another network there")
        if curve.start_points >= min(curve.points):
            raise ValueError(f"{key} is {curve.start_points}; start from fewer points than "
                             f"{min(curve.points)}")

    def _check_lambdas(self, reconstruction: Reconstruction) -> None:
        for size, points in self.curves_of(reconstruction):
            known = [f"{value:g}" for value in self.curve(size, points).lambdas]
            for index, value in enumerate(reconstruction.lambdas):
                if f"{value:g}" not in known:
                    raise ValueError(f"reconstruction.lambdas[{index}]: {value:g} is no lambda of "
                                     f"{size} at P={points}. {did_you_mean(f'{value:g}', known)}")

    def curves_of(self, section: Reconstruction | Latency) -> list[tuple[str, int]]:
        """(size, P) of the curves that `reconstruction:` or `latency:` asks for.

        Raises ConfigError where the run does not train one of them.
        """
        pairs: list[tuple[str, int]] = []
        for size in section.sizes:
            pairs += [(size, points) for points in section.points or (self.largest(size),)]
        for pair in pairs:
            self.curve(*pair)
        return pairs

    def largest(self, size: str) -> int:
        """The largest P that `size` is trained at. Raises ConfigError if it is not trained."""
        trained = [max(curve.points) for curve in self.proposed if size in curve.sizes]
        if not trained:
            raise ConfigError(f"run {self.run} trains no {size} codec; it has: {self._trained()}")
        return max(trained)

    def curve(self, size: str, points: int) -> Curve:
        """The curve that trains `size` at `points`. Raises ConfigError if the run has none."""
        for curve in self.proposed:
            if size in curve.sizes and points in curve.points:
                return curve
        raise ConfigError(f"run {self.run} trains no {size} codec at P={points}; "
                          f"it has: {self._trained()}")

    def mixed_curve(self, size: str, points: int, seed: int, variant: str = "") -> MixedCurve:
        """The curve of `mixed:` that trains a size at P with a seed, of a variant. Raises
        ConfigError without one."""
        for curve in self.mixed:
            is_same = curve.variant == variant and size in curve.sizes
            if is_same and points in curve.points and seed in curve.seeds:
                return curve
        name = f"{variant} {size}".strip()
        raise ConfigError(f"run {self.run} trains no mixed {name} codec at P={points} with seed "
                          f"{seed}; ask for it in `mixed:`")

    def ablation_of(self, size: str, points: int) -> Ablation:
        """The recipe of `ablation:` for a size at P. Raises ConfigError without one."""
        for ablation in self.ablation:
            if size in ablation.sizes and points in ablation.points:
                return ablation
        raise ConfigError(f"run {self.run} has no recipe of {size} at P={points} to leave settings "
                          "out of; ask for it in `ablation:`")

    def _check_mixed_names(self) -> None:
        """No two curves of `mixed:` have the same size, P, seed and variant."""
        seen: set[str] = set()
        for index, curve in enumerate(self.mixed):
            for size, points, seed in product(curve.sizes, curve.points, curve.seeds):
                name = curve.name_of(size, points, seed)
                if name in seen:
                    raise ValueError(f"mixed[{index}]: {size} at P={points} with seed {seed} is "
                                     "there already; give it a `variant`")
                seen.add(name)

    def _trained(self) -> str:
        pairs: set[tuple[str, int]] = set()
        for curve in self.proposed:
            pairs.update(product(curve.sizes, curve.points))
        return ", ".join(sorted(f"{size} P={points}" for size, points in pairs)) or "none"
