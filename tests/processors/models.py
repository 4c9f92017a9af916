"""What codecs compute in whole numbers: the tables and streams of kept weights."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lcpc import checkpoints
from lcpc.codecs.context_model import TrainedContext
from lcpc.codecs.point_clouds import ipdae, octattention
from lcpc.entropy.pmf import ARRAYS, FrequencyTables
from lcpc.models import context_model, distribution_codec
from lcpc.models.exact_context import ExactContext
from tests.processors.clouds import made_up

Content = dict[str, Any]
HEIGHT, WIDTH = 6, 5
"""Positions of the latent that the context model sees."""


def whole_numbers(root: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Name, and bytes, of what each codec makes."""
    for file, make in MAKERS.items():
        content = checkpoints.read(root / file)
        yield f"integers by {file.removeprefix('results/')}", make(content)


def of_context(content: Content) -> list[bytes]:
    """Tables of all values of a made-up latent, after those before them."""
    network = ExactContext.of(context_model.shape_of(content["shape"]), content["state"], "kept")
    channels = content["channels"].numpy().astype(np.int64)
    model = TrainedContext(network, int(channels.max()) + 1, channels,
                           tuple(map(int, content["largest"])))
    symbols = np.random.default_rng(1).integers(-3, 4, (model.m, HEIGHT * WIDTH))
    return [text for _, tables in model.parts(symbols, HEIGHT, WIDTH) for text in of_tables(tables)]


def of_distribution(content: Content) -> list[bytes]:
    """log2 of p_hat of a made-up q."""
    shape = distribution_codec.shape_of(content["shape"])
    flat = torch.zeros(shape.m_y, shape.bins)
    network = distribution_codec.DistributionCodec(shape, flat, torch.Generator())
    checkpoints.restore(network, content["state"], "kept")
    q_hat = np.random.default_rng(1).integers(-9, 10, (1, shape.m_q, shape.positions))
    return [network.eval().exact()(torch.from_numpy(q_hat)).numpy().tobytes()]


def of_octattention(content: Content) -> list[bytes]:
    """A stream, and what it decodes to."""
    codec = octattention.load(content, "kept")
    stream = codec.encode(made_up().points[0, :64], 32)
    return [stream, codec.decode(stream, 32).tobytes()]


def of_ipdae(content: Content) -> list[bytes]:
    """Tables of the latents of all patches of made-up centroids."""
    model = ipdae.load(content, "kept").entropy_model
    return of_tables(model.tables(made_up().points[0, :16].astype(np.float64)))


def of_tables(tables: FrequencyTables) -> list[bytes]:
    """All numbers of some tables."""
    return [getattr(tables, name).astype("<i8").tobytes() for name in ARRAYS]


MAKERS: dict[str, Callable[[Content], list[bytes]]] = {
    "results/zoo/weights/context_q2.pt": of_context,
    "results/zoo/weights/distribution_q2.pt": of_distribution,
    "results/workstation/weights/octattention.pt": of_octattention,
    "results/workstation/weights/ipdae_K16.pt": of_ipdae,
}
