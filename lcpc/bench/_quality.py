"""Rate, accuracy and loss of stacked codecs on clouds, rounded but without streams."""

from typing import TYPE_CHECKING

from lcpc.data.base import PointClouds

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.fast.networks import StackedPointCodec

BATCH = 64


def quality(codec: "StackedPointCodec", clouds: PointClouds, points: int,
            lambdas: tuple[float, ...]) -> "tuple[Tensor, Tensor, Tensor]":
    """Means over the clouds of (rate in bits, top-1 accuracy in %, loss): [L] each."""
    import torch

    from lcpc.trainer.losses import cross_entropy, rate_distortion, top1_percent

    codec.eval()
    bottleneck = codec.entropy_bottleneck
    bottleneck.solve_medians()
    unused, total = torch.Generator(), torch.zeros(3, len(lambdas))
    x = torch.from_numpy(clouds.first(points)).transpose(1, 2)
    label = torch.from_numpy(clouds.label)
    with torch.no_grad():
        for part, truth in zip(x.split(BATCH), label.split(BATCH), strict=True):
            y_hat = bottleneck.dequantise(bottleneck.symbols(codec.analyse(part.contiguous())))
            logits, rate_bits = codec.classify(y_hat, unused), codec.channel_bits(y_hat).sum(2)
            loss = rate_distortion(rate_bits, cross_entropy(logits, truth), torch.tensor(lambdas))
            total += torch.stack([rate_bits.mean(1), top1_percent(logits, truth), loss]) * len(part)
    rate, top1, loss = total / len(clouds)
    return rate, top1, loss
