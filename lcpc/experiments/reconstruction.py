"""Reconstructions for looking: decoded latents back to points, their Chamfer distance, and pictures of one cloud."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.data.base import PointClouds
from lcpc.errors import DataError
from lcpc.experiments.critical_points import critical_points, example_index
from lcpc.experiments.input_compression import spread
from lcpc.experiments.proposed import through_streams
from lcpc.log import progress
from lcpc.metrics.distortion import chamfer
from lcpc.models.reconstruction import ReconstructionDecoder

if TYPE_CHECKING:
    import pandas

BATCH = 64


@dataclass(frozen=True, eq=False)
class Look:
    """A trained curve, the decoders of some of its members, and which members these are."""

    curve: TrainedCurve
    decoder: ReconstructionDecoder
    members: tuple[int, ...]

    @torch.no_grad()
    def points(self, symbols: NDArray[np.int64]) -> NDArray[np.float32]:
        """Clouds [M, B, P, 3] of symbols [L, B, N] of the whole curve."""
        y_hat = self.curve.network.dequantise(torch.from_numpy(symbols))
        return self.decoder(y_hat[list(self.members)]).numpy()


def look_of(content: Mapping[str, Any], curve: TrainedCurve, codec_digest: str, where: str) -> Look:
    """Decoders of a checkpoint for `curve`. Raises DataError where they belong to other weights or are none."""
    if content.get("kind") != "reconstruction":
        raise DataError(f"{where} holds {content.get('kind')!r}, no reconstruction; train again")
    if content["codec_digest"] != codec_digest:
        raise DataError(f"{where} was trained on other weights of the codec; delete it and train again")
    shape = content["shape"]
    decoder = ReconstructionDecoder(str(shape["size"]), int(shape["members"]), int(shape["points"]), int(shape["seed"]))
    try:
        decoder.load_state_dict(content["state"])
    except RuntimeError as error:
        raise DataError(f"{where} does not fit its own description; train again") from error
    return Look(curve, decoder.eval(), tuple(curve.lambdas.index(value) for value in content["lambdas"]))


def evaluate(look: Look, clouds: PointClouds, wanted: int) -> "pandas.DataFrame":
    """Per-sample rows of `wanted` clouds (0 is all): sample, lambda, rate_bits, stream_bits, chamfer."""
    import pandas

    chosen = spread(len(clouds), wanted)
    frames = []
    for begin in progress(range(0, len(chosen), BATCH), "batches"):
        index = chosen[begin:begin + BATCH]
        frames.append(measured(look, clouds.first(look.curve.points)[index]).assign(
            sample=np.tile(clouds.samples[index], len(look.members))))
    frame = pandas.concat(frames).sort_values(["lambda", "sample"], kind="stable").reset_index(drop=True)
    return frame[["sample", *frame.columns.drop("sample")]]


def measured(look: Look, points: NDArray[np.float32]) -> "pandas.DataFrame":
    """Rows of some clouds [B, P, 3], lambda by lambda."""
    import pandas

    symbols = look.curve.symbols(points)
    rate_bits = look.curve.rate_bits(symbols)
    stream_bits, decoded = through_streams(look.curve, symbols)
    made = look.points(decoded)
    return pandas.concat([pandas.DataFrame({
        "lambda": look.curve.lambdas[member], "rate_bits": rate_bits[member], "stream_bits": stream_bits[member],
        "chamfer": [chamfer(one, cloud) for one, cloud in zip(made[place], points, strict=True)],
    }) for place, member in enumerate(look.members)], ignore_index=True)


def summarise(samples: "pandas.DataFrame") -> "pandas.DataFrame":
    """Means for each lambda: samples, rate_bits, stream_bits, chamfer."""
    grouped = samples.groupby("lambda", sort=True)
    return grouped[["rate_bits", "stream_bits", "chamfer"]].mean().assign(samples=grouped.size()).reset_index()


def example(look: Look, clouds: PointClouds) -> "tuple[pandas.DataFrame, dict[str, NDArray[Any]]]":
    """Rows `example_*` of the figure's cloud, and its picture: reference, critical points and reconstructions."""
    index = example_index(clouds)
    cloud = np.ascontiguousarray(clouds.first(look.curve.points)[index])
    rows = measured(look, cloud[None])
    told = rows.rename(columns={name: f"example_{name}" for name in rows if name != "lambda"})
    told = told.assign(example=str(clouds.samples[index]), example_class=clouds.classes[int(clouds.label[index])])
    found = critical_points(look.curve.network, cloud)
    critical = np.stack([np.isin(np.arange(len(cloud)), found[member]) for member in look.members])
    arrays = {"lambdas": rows["lambda"].to_numpy(float), "cloud": cloud, "critical": critical,
              "made": look.points(look.curve.symbols(cloud[None]))[:, 0]}
    return told, arrays
