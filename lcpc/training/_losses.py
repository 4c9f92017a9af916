"""Losses of the documents, one value a network on the lambda axis."""

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, label: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy in nats: logits [L, B, K], label [B] -> [L].

    With `smoothing` e, the target is 1 - e on the label plus e / K on each class.
    """
    networks, batch, _ = logits.shape
    flat = F.cross_entropy(
        logits.flatten(0, 1), label.repeat(networks), reduction="none", label_smoothing=smoothing
    )
    return flat.view(networks, batch).mean(1)


def rate_distortion(rate_bits: Tensor, distortion: Tensor, lambda_: Tensor) -> Tensor:
    """L = R + lambda D: rate_bits [L, B], distortion [L], lambda [L] -> [L]. Source: [MMSP23]."""
    return rate_bits.mean(1) + lambda_ * distortion


def top1_percent(logits: Tensor, label: Tensor) -> Tensor:
    """Top-1 accuracy of a batch, %: logits [L, B, K] -> [L]."""
    return (logits.argmax(-1) == label).float().mean(1) * 100
