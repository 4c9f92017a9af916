"""`lcpc bench` measures both programs, counts arithmetic as the documents do, and says plainly what is missing."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lcpc.cli import _bench_child, bench, main
from lcpc.errors import LcpcError
from lcpc.metrics.architectures import point_decoder
from lcpc.models.describe import encoder_layers
from lcpc.models.point_codec import PointCodec, Shape
from lcpc.training.bench import Case, macs, measure

ROOT = Path(__file__).parents[3]
PLAIN = ROOT / "benchmarks" / "plain_loop.py"


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_macs_are_three_times_the_forward_pass_less_the_first_input_gradient(size):
    layers = encoder_layers(PointCodec(Shape(size, 1)))
    point = sum(layer.weights for layer in layers)
    head = sum(layer.weights for layer in point_decoder(layers[-1].outputs))
    assert macs(Case(size, 64, lambdas=2, batch=8)) == 2 * 8 * (64 * (3 * point - layers[0].weights) + 3 * head)


def test_a_measurement_counts_whole_steps_and_memory():
    timing = measure(Case("micro", 16, lambdas=2, batch=4), steps=3, seconds=0)
    assert timing.steps >= 3
    assert 0 < timing.least_s <= timing.median_s
    assert timing.memory_mib >= 0


def test_one_case_comes_as_a_line_of_json(capsys):
    assert main(["bench", "step", "--size", "micro", "--points", "8", "--seconds", "0", "--threads", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] >= 5


def test_the_plain_loop_has_the_parameters_of_the_codec_but_for_what_batch_norm_makes_idle():
    code = ("import sys, json; sys.path.insert(0, sys.argv[1]); import plain_loop as p\n"
            "print(json.dumps({s: sum(v.numel() for n, v in p.PlainCodec(s).named_parameters() if 'quantiles' not in n) "
            "for s in p.ENCODERS}))")
    words = [sys.executable, "-W", "ignore", "-c", code, str(PLAIN.parent)]
    told = subprocess.run(words, capture_output=True, text=True, check=True)
    for size, count in json.loads(told.stdout).items():
        assert count == sum(value.numel() for value in PointCodec(Shape(size, 1)).parameters()), size


def test_the_table_names_machine_cores_and_ratio(monkeypatch, capsys):
    monkeypatch.setattr(bench, "cases", lambda threads, only: [Case("micro", 8, 2, 4)])
    assert main(["--root", str(ROOT), "bench", "--rounds", "1", "--seconds", "0"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Machine: ")
    row = out.strip().splitlines()[-1]
    _, what, cores, plain, own, ratio, *_ = (cell.strip() for cell in row.split("|"))
    assert (what, cores) == ("micro, P=8, 2 lambdas, batch 4", "1")
    assert float(ratio) == pytest.approx(float(plain) / float(own), rel=0.1)


def test_a_warm_start_is_held_against_training_from_scratch_on_clouds_that_nobody_trained_on(tmp_path, capsys):
    (tmp_path / "config").mkdir()
    (tmp_path / "Snakefile").touch()
    (tmp_path / "config" / "mine.yaml").write_text(
        "dataset: {train_per_class: 3, test_per_class: 1, stored_points: 32}\n"
        "proposed: [{points: [16], lambdas: [10, 1000], training: {batch: 8}}]\n")
    assert main(["--root", str(tmp_path), "data", "--run", "mine"]) == 0
    capsys.readouterr()
    assert main(["--root", str(tmp_path), "bench", "warm", "--run", "mine", "--size", "micro", "--points", "16",
                 "--epochs", "4"]) == 0
    told, _, _, _, *lines = capsys.readouterr().out.strip().splitlines()
    assert told == "micro, P=16, run mine: 108 clouds to train on, 12 held out"
    assert [line.split("|")[1].strip() for line in lines] == ["0, 4", "0, 2", "2, 2"]
    assert all(float(line.split("|")[2]) >= 0 and float(line.split("|")[4]) > 0 for line in lines)


def test_a_missing_plain_loop_is_named_with_the_way_out(tmp_path, capsys):
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "Snakefile").touch()
    assert main(["--root", str(tmp_path), "bench"]) == 2
    assert re.search(r"plain_loop\.py is not there: .* --root", capsys.readouterr().err)


def test_a_process_that_fails_tells_its_last_words(capsys):
    with pytest.raises(LcpcError, match="ended with 3: last words"):
        _bench_child.child(["-c", "import sys; sys.stderr.write('last words'); sys.exit(3)"])


def test_a_fixed_seed_makes_every_measurement_train_the_same_network():
    weights = []
    for _ in range(2):
        step = __import__("lcpc.training.bench", fromlist=["_Step"])._Step(Case("micro", 8, 1, 4))
        step()
        weights.append(step.codec.gain.detach().clone())
    assert torch.equal(*weights)
