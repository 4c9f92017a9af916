"""Says how long a Snakemake will still take: its output goes through here, as in `make all`.

    snakemake --cores 2 all 2>&1 | python workflow/progress.py

After each `3 of 100 steps (3%) done` it writes about how many minutes are left: the weights of the
jobs that are to come over those that are done, times the minutes so far.
"""

import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

SECONDS = {
    "data": 15, "train_image_base": 30, "train_distribution": 17, "train_classifier": 28,
    "train_proposed": 53, "train_ipdae": 25, "train_reconstruction": 34,
    "evaluate_latent_motion": 44, "evaluate_input_compression": 8, "evaluate_proposed": 6,
    "table": 2, "figure": 2,
}
"""Processor seconds of a job of run demo, by rule."""
OTHER_SECONDS = 4
"""Of a rule that is not listed."""
FEWEST_SECONDS = 60.0
"""Of the weights of what is done, before which an estimate would be a guess."""
COUNT = re.compile(r"^(\w+) +(\d+)$")
DONE = re.compile(r"^Finished jobid: \d+ \(Rule: (\w+)\)")
STEPS = re.compile(r"^\d+ of \d+ steps \(.*\) done")


def with_time_left(lines: Iterable[str], clock: Callable[[], float]) -> Iterator[str]:
    """The lines, with the time left after those that say how many steps are done."""
    to_come: Counter[str] = Counter()
    done_s, began, is_listed = 0.0, clock(), False
    for line in lines:
        is_listed = line.startswith("Job stats") or (is_listed and line.strip() != "")
        if is_listed and (count := COUNT.match(line)) and count[1] != "total":
            to_come[count[1]] = int(count[2])
        elif done := DONE.match(line):
            to_come[done[1]] -= 1
            done_s += SECONDS.get(done[1], OTHER_SECONDS)
        elif STEPS.match(line) and done_s >= FEWEST_SECONDS and to_come.total() > 0:
            left_s = sum(SECONDS.get(rule, OTHER_SECONDS) * n for rule, n in to_come.items())
            line = f"{line.rstrip()}, about {_minutes(left_s / done_s * (clock() - began))} left\n"
        yield line


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else "a minute"


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Snakemake has last words after Ctrl-C
    for text in with_time_left(sys.stdin, time.monotonic):
        sys.stderr.write(text)
        sys.stderr.flush()
