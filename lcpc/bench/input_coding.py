"""Milliseconds of the processor to encode and to decode a cloud, by codecs of the cloud itself.

At all settings of each codec at one P, of test clouds spread over the split: medians. Trained
codecs need their weights; `lcpc train` takes those that the repository keeps.
"""

import argparse
import statistics
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from lcpc.bench import _options
from lcpc.bench._timing import machine_lines
from lcpc.codecs.point_clouds.base import Cloud, PointCloudCodec
from lcpc.data.base import spread
from lcpc.errors import MissingData
from lcpc.experiments.input_compression import codec_of

HEADS = ("codec", "setting", "bytes", "encode, ms", "decode, ms")

arguments = partial(_options.add, run="workstation", points=1024, clouds=20, threads=1)


def run(options: argparse.Namespace) -> Iterator[str]:
    """A line for each codec and setting; codecs that can't run here are named."""
    context = _options.job_context(options)
    clouds = context.clouds("test")
    chosen = clouds.first(options.points)[spread(len(clouds), options.clouds)]
    yield from machine_lines()
    yield f"Medians of {len(chosen)} test clouds of {options.points:,} points."
    yield ""
    yield f"| {' | '.join(HEADS)} |"
    yield "|---|---|--:|--:|--:|"
    inputs = context.config.input_compression
    for name in inputs.codecs if inputs else ():
        try:
            codec = codec_of(name, options.points, context, clouds)
            reason = codec.missing() if codec else "its outputs are only recorded"
        except MissingData as missing:
            codec, reason = None, str(missing)
        if codec and not reason:
            yield from lines(codec, list(chosen))
        else:
            yield f"| {name} | {reason} | | | |"


def lines(codec: PointCloudCodec, clouds: Sequence[Cloud]) -> Iterator[str]:
    """A line for each setting of a codec."""
    for setting in codec.settings:
        coded = [seconds(codec, cloud, setting) for cloud in [clouds[0], *clouds]][1:]
        sizes, encode, decode = zip(*coded, strict=True)
        cells = [codec.name, str(setting), f"{statistics.median(sizes):.0f}"]
        cells += [f"{1000 * statistics.median(times):.1f}" for times in (encode, decode)]
        yield f"| {' | '.join(cells)} |"


def seconds(codec: PointCloudCodec, cloud: Cloud, setting: Any) -> tuple[int, float, float]:
    """(bytes, seconds to encode, seconds to decode) of a cloud [P, 3]."""
    started = time.process_time()
    stream = codec.encode(cloud, setting)
    between = time.process_time()
    codec.decode(stream, setting)
    return len(stream), between - started, time.process_time() - between
