"""A measurement in a process of its own, so that none meets what another left in memory, and the machine in words."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lcpc.errors import LcpcError

if TYPE_CHECKING:
    from lcpc.training.bench import Case, Timing

AGAIN = "import sys; from lcpc.cli import main; sys.exit(main(sys.argv[1:]))"
TIMEOUT_S = 900


def options(case: "Case", seconds: float) -> list[str]:
    """What both `lcpc bench step` and the plain loop are asked with."""
    return ["--size", case.size, "--points", str(case.points), "--batch", str(case.batch), "--threads", str(case.threads),
            "--seconds", str(seconds)]


def step(case: "Case", seconds: float) -> "Timing":
    """`lcpc bench step` of a case."""
    more = ["--lambdas", str(case.lambdas), "--latents", str(case.latents)]
    return child(["-c", AGAIN, "bench", "step", *more, *options(case, seconds)])


def child(words: Sequence[str]) -> "Timing":
    """What a Python process says in its last line. Raises LcpcError with its last words where it fails."""
    from lcpc.training.bench import Timing

    line = [sys.executable, "-W", "ignore", *words]
    done = subprocess.run(line, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        last = done.stderr.strip()[-400:] or "it said nothing"
        raise LcpcError(f"a benchmark's process ended with {done.returncode}: {last}")
    return Timing(**json.loads(done.stdout.splitlines()[-1]))


def machine() -> Iterator[str]:
    """The machine as the first lines of a table's page."""
    from lcpc.results import provenance

    here = provenance.machine()
    yield f"Machine: {here['cores']} cores, {here['processor']}, {here['system']}."
    yield ""
