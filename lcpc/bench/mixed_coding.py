"""Milliseconds a cloud of the codec `mixed`, as it is shipped: one at a time and many at once.

Times are of the processor, all threads together, so that other programs on a machine matter less.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc import config as configs
from lcpc import experiments
from lcpc.bench import _options
from lcpc.codecs.shipped import base
from lcpc.codecs.shipped.base import ShippedCurve, symbols_of
from lcpc.jobs import Job, JobContext

WARM_UP = 20
"""Clouds that are coded before times count."""
ROUNDS = 3
"""How often all clouds are coded at once; the least time counts."""
KIND = "mixed"
HEADS = ("codec", "P", "seed", "lambda", "encoder", "encode", "decode", "encoder of all",
         "encode all", "decode all")

arguments = partial(_options.add, run="beyond", clouds=200, together=2468)


def run(options: argparse.Namespace) -> Iterator[str]:
    """A line for each shipped curve of the run: ms a cloud of the encoder up to y, of making the
    stream, and of decoding it, of single clouds (median) and of many at once (mean)."""
    root = Path(options.root)
    context = JobContext(root, configs.load(root, options.run))
    clouds = context.clouds("test")
    yield f"| {' | '.join(HEADS)} |"
    yield f"|---|{'--:|' * (len(HEADS) - 1)}"
    for job, weights in shipped_curves(context):
        codec = base.read_weights(weights)
        lambda_ = statistics.median_low(codec.header["lambdas"])
        points = np.ascontiguousarray(clouds.first(job.options["points"]))
        times = [*alone_ms(codec, points[:options.clouds], lambda_),
                 *together_ms(codec, points[:options.together], lambda_)]
        label = " ".join(filter(None, (job.options["size"], job.options.get("variant", ""))))
        about = (label, job.options["points"], job.options["seed"], f"{lambda_:g}")
        yield f"| {' | '.join(map(str, about))} | {' | '.join(f'{ms:.3f}' for ms in times)} |"


def shipped_curves(context: JobContext) -> Iterator[tuple[Job, Path]]:
    """Jobs of curves that have a file of weights, and that file."""
    for job in experiments.jobs(context.config, context.root):
        if job.plugin.rsplit(".", 1)[1] == KIND:
            weights = context.root / experiments.shipped(job)[0]
            if weights.is_file():
                yield job, weights


def alone_ms(codec: ShippedCurve, points: NDArray[np.float32],
             lambda_: float) -> tuple[float, float, float]:
    """Encoder, encode and decode of clouds [n, P, 3] one at a time: medians."""
    symbols = [symbols_of(codec.latents(cloud[None], lambda_)) for cloud in points]
    streams = [codec.encode(each, lambda_) for each in symbols]
    return (median_ms(lambda cloud: codec.latents(cloud[None], lambda_), list(points)),
            median_ms(lambda each: codec.encode(each, lambda_), symbols),
            median_ms(lambda stream: codec.decode(stream, lambda_), streams))


def together_ms(codec: ShippedCurve, points: NDArray[np.float32],
                lambda_: float) -> tuple[float, float, float]:
    """Encoder, encode and decode of clouds [n, P, 3] at once: means."""
    begin = time.process_time()  # the first call: an encoder may keep the features of its clouds
    latents = codec.latents(points, lambda_)
    encoder = 1e3 * (time.process_time() - begin)
    symbols = symbols_of(latents)
    streams = codec.encode(symbols, lambda_)
    encode = min(time_ms(codec.encode, symbols, lambda_) for _ in range(ROUNDS))
    decode = min(time_ms(codec.decode, streams, lambda_) for _ in range(ROUNDS))
    count = len(points)
    return encoder / count, encode / count, decode / count


def median_ms(call: Callable[[Any], object], values: Sequence[Any]) -> float:
    """Median time of `call` over the values, in milliseconds."""
    for value in values[:WARM_UP]:
        call(value)
    return statistics.median(time_ms(call, value) for value in values)


def time_ms(call: Callable[..., object], *values: object) -> float:
    """Processor time of a call, in milliseconds."""
    begin = time.process_time()
    call(*values)
    return 1e3 * (time.process_time() - begin)
