"""A PointNet as judge: top-1 class of whole or decoded clouds, whatever their number of points."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.errors import DataError
from lcpc.models.point_codec import PointClassifier

BATCH = 64


def classifier_of(content: Mapping[str, Any], where: str) -> PointClassifier:
    """The network of a checkpoint. Raises DataError naming `where` for one that holds something else."""
    if content.get("kind") != "pointnet":
        raise DataError(f"{where} holds {content.get('kind')!r}, no PointNet; train again")
    network = PointClassifier(int(content["shape"]["seed"]))
    try:
        network.load_state_dict(content["state"])
    except RuntimeError as error:
        raise DataError(f"{where} does not fit its own description; train again") from error
    return network.eval()


def padded(clouds: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Clouds [P_i, 3] of any sizes as [B, 3, max P_i]: the first point fills up, which a max-pool does not see."""
    longest = max(len(cloud) for cloud in clouds)
    return np.stack([np.concatenate([c, np.repeat(c[:1], longest - len(c), axis=0)]).T for c in clouds])


@torch.no_grad()
def predict(network: PointClassifier, clouds: Sequence[NDArray[np.float32]]) -> NDArray[np.int64]:
    """Top-1 class of each cloud [P_i, 3], each with at least one point: [n]."""
    unused = torch.Generator()
    order = np.argsort([len(cloud) for cloud in clouds], kind="stable")
    predicted = np.empty(len(clouds), dtype=np.int64)
    for begin in range(0, len(order), BATCH):
        index = order[begin:begin + BATCH]
        x = torch.from_numpy(padded([clouds[i] for i in index]).astype(np.float32))
        predicted[index] = network(x, unused)[0].argmax(-1).numpy()
    return predicted
