"""The walk counts a file that is given a number or gives it back, wherever a plain container holds it."""

import importlib.util

import numpy as np
import pandas as pd
import pytest
import torch

from lcpc import curves
from lcpc.metrics.pareto import pareto_front


@pytest.fixture(scope="module")
def walk(root):
    spec = importlib.util.spec_from_file_location("walk", root / "benchmarks" / "walk.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Hidden:
    def __init__(self):
        self.lambda_ = 320.0


@pytest.mark.parametrize("value", [
    320.0, np.float64(320), [1.0, (2.0, 320.0)], {"lambdas": [320.0]}, {320.0: "model"}, np.array([[1.0, 320.0]]),
    torch.tensor([20.0, 320.0]), pd.DataFrame({"lambda": [20.0, 320.0]}), pd.Series([320.0])])
def test_a_number_is_seen_in_plain_containers(walk, value):
    assert 320.0 in set(walk.numbers(value))


@pytest.mark.parametrize("value", [320, "320.0", Hidden(), [[[[[[320.0]]]]]], np.full(5000, 320.0), None])
def test_a_number_in_another_object_is_not_seen_before_it_is_taken_out(walk, value):
    assert 320.0 not in set(walk.numbers(value))


def test_files_that_are_given_the_number_count_and_others_do_not(walk):
    rates, accuracies = [10.0, 320.0], [50.0, 60.0]
    rows = pd.DataFrame({"rate_bits": rates, "top1_percent": accuracies})
    steps = walk.Walk({320.0})
    steps.follow(lambda: [curves.arrays(rows), curves.codec_label("draco")])
    assert steps.carriers == {"curves/__init__.py"}
    steps.follow(lambda: pareto_front(rates, accuracies))
    assert steps.carriers == {"curves/__init__.py", "metrics/pareto.py"}
    other = walk.Walk({7.0})
    other.follow(lambda: pareto_front(rates, accuracies))
    assert set(other.stays) == {"metrics/pareto.py"}
    assert not other.carriers


def test_a_step_within_the_command_line_is_no_return(walk):
    steps = ["cli/__init__.py", "cli/options.py", "cli/__init__.py", "log.py", "cli/__init__.py",
             "jobs.py", "training/__init__.py", "cli/stations.py"]
    assert walk.returns(steps) == 2
