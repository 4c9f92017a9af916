"""What part of the ideal's gap a distribution model saves on photographs held out of its training.

    share = (static - adapted - side information) / (static - ideal)

With a run's settings, and with one of them changed at a time: steps, widths, versions of the
photographs. So it shows what holds a model back, and looks at no test image.
"""

import argparse
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from lcpc.bench import _options
from lcpc.bench._timing import machine_lines
from lcpc.jobs import Job, JobContext, job_named
from lcpc.training import distribution

HELD_OUT = 10
"""One photograph of so many is not trained on."""
CHANGES: Mapping[str, Mapping[str, int]] = {
    "as the run": {}, "4 x the steps": {"steps": 4}, "N_q and M_q twice": {"n_q": 2, "m_q": 2},
    "3 x the versions": {"versions": 3},
    "3 x the versions, 4 x the steps": {"versions": 3, "steps": 4}}
"""Factors on settings, by what they are called."""

arguments = partial(_options.add, run="zoo", quality=2, device="cpu", threads=2)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each change."""
    context = _options.job_context(options)
    jobs = list(distribution.jobs(context.config, context.root))
    job = job_named(jobs, f"distribution_q{options.quality}", options.run)
    yield from machine_lines()
    yield (f"Base of quality {options.quality} of run {options.run}: every {HELD_OUT}th photograph "
           "is held out. Side information counts as beside a 768 x 512 picture.")
    yield ""
    yield ("| settings | ideal, % | adapted, % | side information, % | share, % "
           "| of photographs trained on, % |")
    yield "|---|--:|--:|--:|--:|--:|"
    yield from lines(job, context)


def lines(job: Job, context: JobContext) -> Iterator[str]:
    """A line for each change."""
    changes = [{name: job.values[name] * factor for name, factor in factors.items()}
               for factors in CHANGES.values()]
    results = distribution.held_out_bits(job, context, changes, HELD_OUT)
    for words, (held_out, seen) in zip(CHANGES, results, strict=True):
        yield _line(words, held_out, share_percent(seen))


def share_percent(sums: Mapping[str, float]) -> float:
    """Part of the ideal's gap that is saved, side information paid."""
    saved = sums["static"] - sums["adapted"] - sums["side"]
    return 100 * saved / (sums["static"] - sums["ideal"])


def _line(words: str, sums: Mapping[str, float], share_of_trained: float) -> str:
    static: float = sums["static"]
    changes = (f"{100 * (sums[name] / static - 1):+.2f}" for name in ("ideal", "adapted"))
    side = 100 * sums["side"] / static
    cells: list[Any] = [words, *changes, f"{side:.2f}", f"{share_percent(sums):.1f}",
                        f"{share_of_trained:.1f}"]
    return f"| {' | '.join(cells)} |"
