"""Whole curves trained in one pass: exact, and many times faster than training one network after
another.

A curve is one size and P at L lambdas. Its L networks read the same batch, so they are stacked on a
leading *lambda axis*: every weight is [L, ...], every value that they compute [L, B, ...].

    >>> from lcpc import fast
    >>> from lcpc.models.point_codec import PointCodec
    >>> codec = fast.stack([PointCodec("micro"), PointCodec("micro")])
    >>> codec.gain.shape, len(codec.unstack())
    (torch.Size([2, 1, 16]), 2)

Values, gradients and running statistics equal those of the plain networks (tests hold that).
Outside of trainings, lcpc sees plain networks only.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from torch import nn

if TYPE_CHECKING:
    from lcpc.fast.mixed import StackedMixedPointCodec
    from lcpc.fast.networks import (
        StackedPointClassifier,
        StackedPointCodec,
        StackedReconstructionDecoder,
    )
    from lcpc.models.mixed_codec import MixedPointCodec
    from lcpc.models.point_codec import PointClassifier, PointCodec
    from lcpc.models.reconstruction import ReconstructionDecoder


@overload
def stack(models: "Sequence[PointCodec]") -> "StackedPointCodec": ...
@overload
def stack(models: "Sequence[MixedPointCodec]") -> "StackedMixedPointCodec": ...
@overload
def stack(models: "Sequence[PointClassifier]") -> "StackedPointClassifier": ...
@overload
def stack(models: "Sequence[ReconstructionDecoder]") -> "StackedReconstructionDecoder": ...


def stack(models: Sequence[nn.Module]) -> nn.Module:
    """Plain networks of one shape as one trainable network with a leading lambda axis."""
    from lcpc.fast import mixed, networks

    name = f"Stacked{type(models[0]).__name__}"
    stacked: nn.Module = (vars(networks) | vars(mixed))[name](models)
    return stacked
