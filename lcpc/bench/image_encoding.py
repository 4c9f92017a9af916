"""What adapting the distributions adds to the time that the base takes to encode a picture.

Times are those of experiment `image_cost`, over all pictures of a run, whether or not a table of
the run shows costs.
"""

import argparse
from collections.abc import Iterator
from functools import partial

from lcpc.bench import _options
from lcpc.experiments import image_codec, image_cost
from lcpc.jobs import JobContext

STATIC, ADAPTIVE = "bmshj2018-factorized", "proposed"

arguments = partial(_options.add, run="workstation", threads=1, rounds=3)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each quality of the run."""
    yield from table(_options.job_context(options), options.rounds)


def table(context: JobContext, rounds: int) -> Iterator[str]:
    """Lines of Markdown, one for each quality of the run."""
    pictures = [photo.rgb for photo in image_codec.photos(context)]
    yield "| quality | base, ms | adapting adds, ms | % |"
    yield "|---|---|---|---|"
    for quality in image_codec.images_of(context.config).qualities:
        codecs = [image_codec.learned(context, name, quality) for name in (STATIC, ADAPTIVE)]
        times = image_cost.processor_times(codecs, pictures * rounds)
        base_ms, adaptive_ms = (1e3 * times[codec.name]["encode_s"] for codec in codecs)
        added_ms = adaptive_ms - base_ms
        yield f"| {quality} | {base_ms:.1f} | {added_ms:.1f} | {100 * added_ms / base_ms:.1f} |"
