"""Rows are verified from their weights and streams alone, and whatever was altered is caught."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from lcpc import config, experiments
from lcpc.audit import evidence, verify, verify_clouds
from lcpc.audit.files import TableCache
from lcpc.cli import main
from lcpc.codecs.shipped import base
from lcpc.data import store
from lcpc.errors import MissingData
from lcpc.experiments import proposed
from lcpc.results.csv_file import csv_bytes, gzipped
from lcpc.results.provenance import file_digest

ROWS = "results/mine/rate_accuracy/proposed_micro_P32"


@pytest.fixture(scope="module")
def measured(trained, evaluate, tmp_path_factory):
    """A clone with rows, weights and streams, without data and checkpoints."""
    evaluate(proposed, trained, "mine", "rate_accuracy/proposed_micro_P32")
    root = tmp_path_factory.mktemp("measured")
    for folder in ("config", "results"):
        shutil.copytree(trained / folder, root / folder)
    return root


@pytest.fixture
def clone(measured, tmp_path):
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    return tmp_path


def said(root, **options):
    lines = []
    return verify.verify(root, "mine", say=lines.append, **options), "\n".join(lines)


def differences(root):
    holds, text = said(root)
    assert not holds
    return [line for line in text.splitlines() if "DIFFERENT" in line]


def arrays_of(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def record(root, *files):
    """Write the digests of altered files into the provenance, as a forger would."""
    path = (root / ROWS).with_suffix(".json")
    content = json.loads(path.read_text())
    for file in files:
        content["shipped"][file] = file_digest(root / file)
    path.write_text(json.dumps(content))


def alter_streams(root, change):
    """Change the array of all streams' bytes, with digests that follow."""
    path = root / f"{ROWS}.streams.npz"
    streams = base.read_streams(path)
    by_lambda = {lambda_: list(row) for lambda_, row in streams.by_lambda.items()}
    change(by_lambda)
    weights = (root / f"{ROWS}.weights.npz").read_bytes()
    path.write_bytes(base.streams_file(streams.samples, streams.label, by_lambda, weights))
    record(root, f"{ROWS}.streams.npz")


def alter_rows(root, column, value):
    path = root / f"{ROWS}.csv"
    rows = pd.read_csv(path)
    rows[column] = rows[column].astype(object)
    rows.loc[1, column] = value
    path.write_bytes(csv_bytes(rows))


def test_rows_of_a_clone_without_data_hold(clone):
    holds, text = said(clone)
    assert holds, text
    assert "120 streams" in text
    assert "mine: 1 of 1 curves can be decoded here" in text
    assert "none of them different" in text


def test_two_curves_at_a_time_are_said_in_order(clone, monkeypatch):
    jobs = list(experiments.jobs(config.load(clone, "mine"), clone))
    monkeypatch.setattr(experiments, "jobs", lambda *_: jobs * 2)
    holds, text = said(clone, threads=2)
    assert holds, text
    assert text.count("120 streams of") == 2
    assert "mine: 2 of 2 curves can be decoded here: 240 streams" in text


def test_streams_made_anew_from_the_data_set_hold(clone, trained):
    shutil.copytree(trained / "data", clone / "data")
    holds, text = said(clone, encode=True)
    assert holds, text
    path = clone / "data" / "mine" / "test.npz"
    clouds = store.read(path)
    points = clouds.points.copy()
    points[7] = points[8]
    arrays = arrays_of(path)
    path.write_bytes(store.npz_bytes({**arrays, "points": points}))
    holds, text = said(clone, encode=True)
    assert not holds
    assert "1 streams made anew: c7" in text


def test_the_command_ends_with_1_where_something_differs(clone, capsys):
    (clone / "Snakefile").touch()
    words = ["verify", "--run", "mine", "--root", str(clone)]
    assert main(words) == 0
    alter_rows(clone, "top1_percent", 99.0)
    assert main(words) == 1
    assert "top1_percent is" in capsys.readouterr().out


def test_rows_that_are_named_are_verified_alone(clone, capsys):
    (clone / "Snakefile").touch()
    words = ["verify", "--run", "mine", "--root", str(clone)]
    name = next(path for path in clone.glob("results/mine/*/*.streams.npz"))
    name = f"{name.parent.name}/{name.name.removesuffix('.streams.npz')}"
    assert main([*words, name]) == 0
    shown = capsys.readouterr().out
    assert f"results/mine/{name}:" in shown
    assert "1 of 1 curves can be decoded here" in shown
    assert main([*words, "rate_accuracy/none"]) == 2
    assert "run mine makes no 'rate_accuracy/none'. " in capsys.readouterr().err
    (clone / "results" / "mine" / f"{name}.csv").unlink()
    assert main([*words, name]) == 2
    assert f"{name}.csv is not there; `lcpc evaluate {name} --run mine` makes it" in capsys.readouterr().err


def test_a_flipped_byte_of_the_file_is_caught(clone):
    path = clone / f"{ROWS}.streams.npz"
    content = bytearray(path.read_bytes())
    content[-len(content) // 3] ^= 1
    path.write_bytes(content)
    assert differences(clone)


def test_a_flipped_byte_of_a_stream_is_caught_where_all_digests_follow(clone):
    def flip(by_lambda):
        stream = by_lambda[1000.0][5]
        by_lambda[1000.0][5] = bytes([stream[0] ^ 16]) + stream[1:]

    alter_streams(clone, flip)
    assert any("c5" in line for line in differences(clone))


def test_streams_that_change_places_are_caught_where_all_digests_follow(clone):
    def swap(by_lambda):
        row = by_lambda[1000.0]
        first = next(place for place in range(1, len(row)) if row[place] != row[0])
        row[0], row[first] = row[first], row[0]

    alter_streams(clone, swap)
    assert any("rates: c0" in line for line in differences(clone))


def test_a_swapped_weight_is_caught_where_all_digests_follow(clone):
    path = clone / f"{ROWS}.weights.npz"
    arrays = arrays_of(path)
    rows = arrays["1000.decoder.2.weight"]
    rows[[0, 1]] = rows[[1, 0]]
    path.write_bytes(store.npz_bytes(arrays))
    assert any("weights.npz is not that of the rows' provenance" in line
               for line in differences(clone))
    record(clone, f"{ROWS}.weights.npz")
    alter_streams(clone, lambda by_lambda: None)
    assert any("classes" in line for line in differences(clone))


@pytest.mark.parametrize(("column", "value"), [("rate_bits", 30.123), ("stream_bits", 32.0),
                                               ("top1_percent", 61.0), ("samples", 59)])
def test_a_changed_row_is_caught(clone, column, value):
    alter_rows(clone, column, value)
    (line,) = differences(clone)
    assert f"lambda 1000: {column} is" in line


@pytest.mark.parametrize(("column", "kind"), [("predicted", "classes"), ("label", "labels"),
                                              ("rate_bits", "rates"),
                                              ("stream_bits", "sizes of streams")])
def test_a_changed_row_of_a_sample_is_caught(clone, column, kind):
    path = clone / f"{ROWS}.samples.csv.gz"
    samples = pd.read_csv(path)
    samples.loc[70, column] = (samples.loc[70, column] + 1) % 5 + 1
    path.write_bytes(gzipped(csv_bytes(samples, digits=6)))
    assert any(f"lambda 1000: 1 {kind}: c10" in line for line in differences(clone))


def test_samples_of_a_lambda_without_streams_are_caught(clone):
    path = clone / f"{ROWS}.samples.csv.gz"
    samples = pd.read_csv(path)
    more = samples[samples["lambda"] == 1000].assign(**{"lambda": 2000})
    path.write_bytes(gzipped(csv_bytes(pd.concat([samples, more]), digits=6)))
    (line,) = differences(clone)
    assert "the samples have other lambdas than the streams" in line


def test_rows_and_streams_of_no_lambda_are_caught(clone):
    for file, read in ((f"{ROWS}.csv", bytes), (f"{ROWS}.samples.csv.gz", gzipped)):
        path = clone / file
        path.write_bytes(read(csv_bytes(pd.read_csv(path).iloc[:0])))
    path = clone / f"{ROWS}.streams.npz"
    streams = base.read_streams(path)
    weights = (clone / f"{ROWS}.weights.npz").read_bytes()
    arrays = arrays_of(path)
    path.write_bytes(base.streams_file(streams.samples, streams.label, {}, weights))
    none = {"lengths": arrays["lengths"][:0]}
    path.write_bytes(store.npz_bytes(arrays_of(path) | none))
    header = json.loads(str(arrays_of(path)["header"]))
    header["sha256"] = base._digest(none["lengths"], b"")
    path.write_bytes(store.npz_bytes(arrays_of(path) | {"header": np.array(json.dumps(header))}))
    record(clone, f"{ROWS}.streams.npz")
    (line,) = differences(clone)
    assert "it holds no streams" in line


def test_a_lambda_twice_is_caught_where_all_digests_follow(clone):
    path = clone / f"{ROWS}.streams.npz"
    arrays = arrays_of(path)
    header = json.loads(str(arrays["header"]))
    header["lambdas"] = [header["lambdas"][1]] + header["lambdas"]
    lengths = arrays["lengths"]
    one = arrays["streams"][lengths[0].sum():lengths[:2].sum()]
    arrays["lengths"] = np.concatenate([lengths[1:2], lengths])
    arrays["streams"] = np.concatenate([one, arrays["streams"]])
    header["sha256"] = base._digest(arrays["lengths"], arrays["streams"].tobytes())
    path.write_bytes(store.npz_bytes(arrays | {"header": np.array(json.dumps(header))}))
    record(clone, f"{ROWS}.streams.npz")
    (line,) = differences(clone)
    assert "the streams have a lambda twice" in line


@pytest.mark.parametrize("ending", ["weights.npz", "streams.npz"])
def test_a_missing_file_is_caught_here_and_by_the_audit(clone, ending):
    (clone / f"{ROWS}.{ending}").unlink()
    assert any(f"{ending} is not there" in line for line in differences(clone))
    flaws = evidence._row_flaws(TableCache(clone), f"{ROWS}.csv", "again")
    assert [flaw.verdict for flaw in flaws] == ["drift"]


def test_rows_that_were_never_shipped_are_counted_apart(clone):
    for ending in ("weights.npz", "streams.npz"):
        (clone / f"{ROWS}.{ending}").unlink()
    path = (clone / ROWS).with_suffix(".json")
    content = json.loads(path.read_text())
    del content["shipped"]
    path.write_text(json.dumps(content))
    holds, text = said(clone)
    assert holds
    assert "mine: 0 of 1 curves can be decoded here" in text


def test_a_class_may_differ_only_where_two_logits_are_as_good_as_equal():
    logits = np.array([[1.0, 0.99999, -8], [1.0, 0.99, -8], [1, 2, 3], [1, 2, 3]], np.float32)
    predicted = np.array([1, 1, 2, 7])
    assert verify_clouds._reach_largest(logits, predicted).tolist() == [True, False, True, False]


def test_a_run_without_streams_says_so(clone):
    shutil.rmtree(clone / "results/mine")
    holds, text = said(clone)
    assert holds
    assert text == "run mine ships no streams: none of its rows come with weights and streams to decode"


def test_streams_can_not_be_made_anew_without_the_data_set(clone):
    with pytest.raises(MissingData, match=r"test\.npz is not there"):
        verify.verify(clone, "mine", encode=True)
