"""Trains the codecs `mixed` of one curve and seed; stages and loop are those of `proposed`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from torch import Tensor

from lcpc.config import MixedCurve
from lcpc.fast.mixed import StackedMixedPointCodec
from lcpc.fast.random_numbers import RandomSource
from lcpc.metrics.architectures import LOCAL
from lcpc.models.mixed_codec import MixedPointCodec, MixedShape
from lcpc.trainer.batches import Variation
from lcpc.trainer.curve_training import CurveTraining, curve_loss
from lcpc.trainer.held_out import Loss
from lcpc.training.mixed import SHAPE, optional_settings


@dataclass
class MixedTraining(CurveTraining):
    """One curve and seed; stages and loop are those of `proposed`."""

    curve: MixedCurve
    kind: ClassVar[str] = "mixed"

    def network(self, seed: int) -> MixedPointCodec:
        """A network before training."""
        curve = self.curve
        shape = MixedShape(**{name: getattr(curve, name) for name in SHAPE})
        return MixedPointCodec(
            self.size, len(self.clouds.classes), curve.head_norm, shape, seed=seed
        )

    def coding_content(self, models: Sequence[MixedPointCodec]) -> dict[str, Any]:
        """Trained networks as a checkpoint holds them; their streams need no tables. An encoder
        that they share is written once."""
        states = [model.state_dict() for model in models]
        if self.size == LOCAL:
            shared = {name: value for name, value in states[0].items() if name.startswith("g_a.")}
            states = [{**state, **shared} for state in states]
        return {"models": states}

    def loss_of(self, codec: StackedMixedPointCodec, lambdas: Sequence[float]) -> Loss:
        """What a step minimises, of clouds varied as the curve says."""
        curve, is_local = self.curve, self.size == LOCAL
        vary = Variation(curve.axis_scale_jitter, curve.shift, is_local)
        loss_of_clouds = curve_loss(codec, lambdas, curve.label_smoothing, per_lambda=is_local)

        def loss(
            x: Tensor, label: Tensor, source: RandomSource
        ) -> tuple[Tensor, dict[str, Tensor]]:
            """Loss and report of a batch, which is varied while the codec trains."""
            return loss_of_clouds(vary(x, source) if codec.training else x, label, source)

        return loss

    def _identity(self) -> dict[str, Any]:
        shape = {name: getattr(self.curve, name) for name in SHAPE}
        return {**super()._identity(), "shape": shape, **optional_settings(self.curve)}
