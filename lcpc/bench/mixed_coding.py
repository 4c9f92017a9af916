"""Milliseconds that the codec `mixed` takes to encode and to decode a cloud, one at a time."""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lcpc import config as configs
from lcpc.context import Context

WARM_UP = 20
"""Clouds that are coded before times count."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument(
        "--run", default="beyond", help="run whose weights are used (default: beyond)"
    )
    parser.add_argument(
        "--clouds", type=int, default=200, help="test clouds that are coded (default: 200)"
    )


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each curve of the run, on one core."""
    from lcpc.codecs.trained import mixed_codec_of
    from lcpc.training._process import prepare_process

    prepare_process(1)
    root = Path(options.root)
    context = Context(root, configs.load(root, options.run))
    clouds = context.clouds("test")
    yield "| codec | P | seed | encode, ms | decode, ms |"
    yield "|---|--:|--:|--:|--:|"
    for curve in context.config.mixed:
        for size in curve.sizes:
            for points in curve.points:
                for seed in curve.seeds:
                    codec, _ = mixed_codec_of(
                        context, size, points, seed, clouds, curve.variant
                    )
                    setting = statistics.median_low(codec.settings)
                    inputs = [cloud.copy() for cloud in clouds.first(points)[:options.clouds]]
                    streams = [codec.encode(cloud, setting) for cloud in inputs]
                    encode_ms = median_ms(codec.encode, inputs, setting)
                    decode_ms = median_ms(codec.decode, streams, setting)
                    label = curve.label_of(size)
                    yield f"| {label} | {points} | {seed} | {encode_ms:.2f} | {decode_ms:.2f} |"


def median_ms(call: Callable[[Any, float], object], values: Sequence[Any],
              setting: float) -> float:
    """Median time of `call` over the values, in milliseconds."""
    for value in values[:WARM_UP]:
        call(value, setting)
    times = []
    for value in values:
        begin = time.perf_counter()
        call(value, setting)
        times.append(1e3 * (time.perf_counter() - begin))
    return statistics.median(times)
