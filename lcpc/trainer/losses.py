"""Losses of the documents, one value a network on the lambda axis."""

import torch
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


def chamfer(made: Tensor, reference: Tensor) -> Tensor:
    """Chamfer distance, mean over a batch: made [L, B, P, 3], reference [B, Q, 3] -> [L].

    Mean squared distance of each point to the nearest of the other cloud, both ways added. The
    search for the nearest needs no gradient (k-d trees, seven times faster here than all
    distances); the pairs are differentiated.
    """
    to_reference, to_made = nearest(made.detach(), reference)
    references = reference.expand(len(made), -1, -1, -1)
    there = (made - _taken(references, to_reference)).square().sum(-1)
    back = (reference - _taken(made, to_made)).square().sum(-1)
    return there.mean((1, 2)) + back.mean((1, 2))


def nearest(made: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    """For each point the number of the nearest of the other cloud: [L, B, P] into the reference,
    [L, B, Q] back."""
    from scipy.spatial import cKDTree

    to_reference = torch.empty(made.shape[:3], dtype=torch.long)
    to_made = torch.empty(len(made), *reference.shape[:2], dtype=torch.long)
    for index, cloud in enumerate(reference.numpy()):
        tree = cKDTree(cloud)
        for network, points in enumerate(made[:, index].numpy()):
            to_reference[network, index] = torch.from_numpy(tree.query(points)[1])
            to_made[network, index] = torch.from_numpy(cKDTree(points).query(cloud)[1])
    return to_reference, to_made


def _taken(points: Tensor, index: Tensor) -> Tensor:
    """Points [L, B, P, 3] by their numbers [L, B, Q]: [L, B, Q, 3]."""
    return points.gather(2, index.unsqueeze(-1).expand(-1, -1, -1, 3))
