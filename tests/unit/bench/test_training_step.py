"""`lcpc bench` measures both programs, counts arithmetic as the documents do, and says plainly what is missing."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import torch

from lcpc.bench import _timing, growth, training_step
from lcpc.bench._timing import Case, TrainingStep, macs, measure
from lcpc.cli import main
from lcpc.errors import LcpcError
from lcpc.models.layers import weighted_layers
from lcpc.models.point_codec import PointCodec


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_macs_are_three_times_the_forward_pass_less_the_first_input_gradient(size):
    codec = PointCodec(size)
    encoder, decoder = ([layer.weights for layer in weighted_layers(part)] for part in (codec.g_a, codec.h))
    expected = 2 * 8 * (64 * (3 * sum(encoder) - encoder[0]) + 3 * sum(decoder))
    assert macs(Case(size, 64, lambdas=2, batch=8)) == expected


def test_a_measurement_counts_whole_steps_and_memory():
    timing = measure(Case("micro", 16, lambdas=2, batch=4), steps=3, seconds=0)
    assert timing.steps >= 3
    assert 0 < timing.least_s <= timing.median_s
    assert timing.memory_mib >= 0


def test_a_case_is_measured_in_a_process_of_its_own():
    assert _timing.in_own_process(Case("micro", 8, 2, 4), seconds=0).steps >= 5


def test_a_pruned_curve_has_fewer_latents():
    assert TrainingStep(Case("micro", 8, 2, 4, latents=3)).codec.gain.shape == (2, 1, 3)


def test_the_plain_loop_has_the_parameters_of_the_codec(root):
    code = ("import sys, json; sys.path.insert(0, sys.argv[1]); import plain_loop as p\n"
            "print(json.dumps({s: sum(v.numel() for n, v in p.plain_codec(s).named_parameters() if 'quantiles' not in n) "
            "for s in ('full', 'lite', 'micro')}))")
    words = [sys.executable, "-W", "ignore", "-c", code, str(root / "benchmarks")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    for size, count in json.loads(done.stdout).items():
        assert count == sum(value.numel() for value in PointCodec(size).parameters()), size


def test_the_table_names_machine_cores_and_ratio(monkeypatch, capsys, root):
    monkeypatch.setattr(training_step, "cases", lambda threads, only: [Case("micro", 8, 2, 4)])
    assert main(["--root", str(root), "bench", "training_step", "--rounds", "1", "--seconds", "0"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Machine: ")
    row = out.strip().splitlines()[-1]
    _, case, cores, plain, fast, ratio, *_ = (cell.strip() for cell in row.split("|"))
    assert (case, cores) == ("micro, P=8, 2 lambdas, batch 4", "1")
    assert float(ratio) == pytest.approx(float(plain) / float(fast), rel=0.1)


def test_growth_is_held_against_the_arithmetic_limit(monkeypatch, capsys):
    monkeypatch.setattr(growth, "cases", lambda only: [Case("micro", 8)])
    assert main(["bench", "growth", "--seconds", "0"]) == 0
    machine, _, product, *_, row = capsys.readouterr().out.strip().splitlines()
    assert machine.startswith("Machine: ")
    assert product.endswith("GFLOP/s.")
    assert row.startswith("| micro, P=8, 1 lambda, batch 32 | ")


def test_a_missing_plain_loop_is_named_with_the_way_out(tmp_path, capsys, root):
    shutil.copytree(root / "config", tmp_path / "config")
    (tmp_path / "Snakefile").touch()
    assert main(["--root", str(tmp_path), "bench", "training_step"]) == 2
    assert re.search(r"plain_loop\.py is not there: .* --root", capsys.readouterr().err)


def test_a_process_that_fails_tells_its_last_words():
    with pytest.raises(LcpcError, match="ended with 3: last words"):
        _timing.child(["-c", "import sys; sys.stderr.write('last words'); sys.exit(3)"])


def test_a_fixed_seed_makes_every_measurement_train_the_same_network():
    weights = []
    for _ in range(2):
        step = TrainingStep(Case("micro", 8, 1, 4))
        step()
        weights.append(step.codec.gain.detach().clone())
    assert torch.equal(*weights)
