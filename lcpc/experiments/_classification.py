"""PointNet as classifier of whole or decoded clouds, whatever their number of points."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.checkpoints import require, restored
from lcpc.models.point_codec import PointClassifier

BATCH = 64


def classifier_of(content: Mapping[str, Any], where: str) -> PointClassifier:
    """The network of a checkpoint. Raises DataError naming `where` for other content."""
    require(content, where, "pointnet", "classes", "model")
    classes = content["classes"]
    return restored(lambda: PointClassifier(classes), content["model"], where).eval()


def padded(clouds: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Clouds [P_i, 3] of any sizes as [B, 3, max P_i], filled up with their first points.

    The max-pool over points makes copies of a point change nothing.
    """
    longest = max(len(cloud) for cloud in clouds)
    batch = np.empty((len(clouds), 3, longest), dtype=np.float32)
    for index, cloud in enumerate(clouds):
        batch[index, :, :len(cloud)] = cloud.T
        batch[index, :, len(cloud):] = cloud[0][:, None]
    return batch


@torch.no_grad()
def predict(network: PointClassifier, clouds: Sequence[NDArray[np.float32]]) -> NDArray[np.int64]:
    """Top-1 class of each cloud [P_i, 3], each with at least one point: [n]."""
    order = np.argsort([len(cloud) for cloud in clouds], kind="stable")
    predicted = np.empty(len(clouds), dtype=np.int64)
    for begin in range(0, len(order), BATCH):
        index = order[begin:begin + BATCH]
        x = torch.from_numpy(padded([clouds[i] for i in index]))
        predicted[index] = network(x).argmax(-1).numpy()
    return predicted
