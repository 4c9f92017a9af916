"""What the order of decoding costs a context model: bits of photographs held out, and steps.

    lattice        the codec's: five passes over the positions of a group, from coarse to fine
    checkerboard   two passes: every other position, then those amid them
    groups         one pass: no position sees another of its group
    line by line   each position sees those above it and to its left; all of a diagonal at once,
                   a wavefront; no codec of lcpc decodes so

One small model is trained for each, on the same latents by the same steps; the multiplications
differ with the neighbours that are seen. All positions of a step are decoded at once;
`context_decoding` measures in which time. No test image is looked at.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lcpc.bench import _options
from lcpc.bench._timing import machine_lines
from lcpc.jobs import Job, JobContext, job_named
from lcpc.training import context as training
from lcpc.training.context import held_out_gains

if TYPE_CHECKING:
    from lcpc.models.context_model import Pass

MODEL = "context_small"
HEIGHT, WIDTH = 32, 48
"""Of the latent of a picture of 768 x 512 pixels."""

arguments = partial(_options.add, run="zoo", quality=2, steps=2000, threads=2)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each order."""
    context = _options.job_context(options)
    jobs = list(training.jobs(context.config, context.root))
    job = job_named(jobs, f"{MODEL}_q{options.quality}", options.run)
    yield from machine_lines()
    yield (f"Base of quality {options.quality} of run {options.run}, {options.steps:,} steps each; "
           f"rates of every {job.values['held_out']}th photograph, which is held out, against the "
           "static distributions.")
    yield ""
    yield "| order | steps of a 768 x 512 picture | multiply-accumulates a pixel | rate, % |"
    yield "|---|--:|--:|--:|"
    yield from lines(job, context, {**job.values, "steps": options.steps})


def orders() -> "Mapping[str, Sequence[Pass]]":
    """Passes by what the order is called."""
    from lcpc.models.context_model import ODD, PASSES, WINDOW, Pass

    even = Pass(((0, 0), (1, 1)), 2, ())
    odd = Pass(((0, 1), (1, 0)), 2, ODD)
    every = ((0, 0),)
    before = tuple(offset for offset in WINDOW if offset < (0, 0))
    return {"lattice": PASSES, "checkerboard": (even, odd), "groups": (Pass(every, 1, ()),),
            "line by line": (Pass(every, 1, before),)}


def lines(job: Job, context: JobContext, settings: Mapping[str, Any]) -> Iterator[str]:
    """A line for each order."""
    from lcpc.models.context_model import macs_per_position
    from lcpc.models.image_factorized import STEP

    known = orders()
    for words, model, gain in held_out_gains(job, context, settings, known):
        macs = macs_per_position(model.shape, known[words]) / STEP**2
        steps = len(model.shape.groups) * steps_of(known[words])
        yield f"| {words} | {steps} | {macs:.0f} | {gain:+.2f} |"


def steps_of(passes: "Sequence[Pass]") -> int:
    """Steps of a group: its passes, or diagonals."""
    from lcpc.bench._diagonals import diagonals

    return diagonals(HEIGHT, WIDTH) if sees_itself(passes) else len(passes)


def sees_itself(passes: "Sequence[Pass]") -> bool:
    """Whether positions see others of their own pass."""
    return len(passes) == 1 and bool(passes[0].offsets)
