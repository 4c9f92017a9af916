"""What `make all` says while it works: how many steps are done, and how long the others will take."""

import itertools
import runpy
import subprocess
import sys
from pathlib import Path

from lcpc import registry

SCRIPT = Path(__file__).parents[2] / "workflow" / "progress.py"
WEIGHTS = runpy.run_path(str(SCRIPT))
OUTPUT = """Job stats:
job               count
--------------  -------
train_proposed        2
figure                5
total                 7

[Fri Nov 27 20:56:23 2026]
Finished jobid: 3 (Rule: train_proposed)
1 of 7 steps (14%) done
Finished jobid: 2 (Rule: train_proposed)
2 of 7 steps (28%) done
Finished jobid: 1 (Rule: figure)
3 of 7 steps (42%) done
"""


def test_the_time_left_follows_from_what_is_done_and_what_is_to_come():
    clock = itertools.chain([0.0], itertools.count(3600.0, 60.0)).__next__
    said = list(WEIGHTS["with_time_left"](OUTPUT.splitlines(keepends=True), clock))
    training, figure = WEIGHTS["SECONDS"]["train_proposed"], WEIGHTS["SECONDS"]["figure"]
    left_min = 3600 / 60 * 5 * figure / (2 * training)
    assert "1 of 7 steps (14%) done\n" in said  # too little is done to say more
    assert f"2 of 7 steps (28%) done, about {left_min:.0f} min left\n" in said
    assert [line.split(",")[0].strip() for line in said] == [
        line.strip() for line in OUTPUT.splitlines()]


def test_nothing_is_left_after_the_last_step():
    output = OUTPUT.replace("figure                5", "figure                1").replace("of 7 steps (42%)", "of 3 steps (100%)")
    clock = itertools.chain([0.0], itertools.count(3600.0, 60.0)).__next__
    said = list(WEIGHTS["with_time_left"](output.splitlines(keepends=True), clock))
    assert said[-1] == "3 of 3 steps (100%) done\n"


def test_every_rule_that_has_a_weight_is_there():
    trainings = {f"train_{name}" for name in registry.names("lcpc.training")}
    evaluations = {f"evaluate_{name}" for name in registry.names("lcpc.experiments")}
    assert set(WEIGHTS["SECONDS"]) <= trainings | evaluations | {"data", "table", "figure"}


def test_lines_that_it_does_not_know_pass_as_they_are():
    done = subprocess.run([sys.executable, SCRIPT], input="lcpc: no such run\n", text=True,
                          capture_output=True, check=True)
    assert done.stderr == "lcpc: no such run\n"
