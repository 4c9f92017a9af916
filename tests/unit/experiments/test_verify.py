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
    lines = differences(clone)
    assert any(f"lambda 1000: {column} is" in line for line in lines)


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
    header["sha256"] = base.digest_of(none["lengths"], b"")
    path.write_bytes(store.npz_bytes(arrays_of(path) | {"header": np.array(json.dumps(header))}))
    record(clone, f"{ROWS}.streams.npz")
    assert any("it holds no streams" in line for line in differences(clone))


def test_a_lambda_twice_is_caught_where_all_digests_follow(clone):
    path = clone / f"{ROWS}.streams.npz"
    arrays = arrays_of(path)
    header = json.loads(str(arrays["header"]))
    header["lambdas"] = [header["lambdas"][1]] + header["lambdas"]
    lengths = arrays["lengths"]
    one = arrays["streams"][lengths[0].sum():lengths[:2].sum()]
    arrays["lengths"] = np.concatenate([lengths[1:2], lengths])
    arrays["streams"] = np.concatenate([one, arrays["streams"]])
    header["sha256"] = base.digest_of(arrays["lengths"], arrays["streams"].tobytes())
    path.write_bytes(store.npz_bytes(arrays | {"header": np.array(json.dumps(header))}))
    record(clone, f"{ROWS}.streams.npz")
    assert any("the streams have a lambda twice" in line for line in differences(clone))


@pytest.mark.parametrize("ending", ["weights.npz", "streams.npz"])
def test_a_missing_file_is_caught_here_and_by_the_audit(clone, ending):
    (clone / f"{ROWS}.{ending}").unlink()
    assert any(f"{ending} is not there" in line for line in differences(clone))
    flaws = evidence._row_flaws(TableCache(clone), f"{ROWS}.csv", "again")
    assert [flaw.verdict for flaw in flaws] == ["drift"]


def forget_streams(clone):
    """Rows as if weights and streams had never come with them."""
    for ending in ("weights.npz", "streams.npz"):
        (clone / f"{ROWS}.{ending}").unlink()
    path = (clone / ROWS).with_suffix(".json")
    content = json.loads(path.read_text())
    del content["shipped"]
    path.write_text(json.dumps(content))


def test_rows_that_were_never_shipped_are_counted_apart(clone):
    forget_streams(clone)
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


def header_of(root, ending):
    return json.loads(str(arrays_of(root / f"{ROWS}.{ending}")["header"]))


def forge(root, *, rows=None, samples=None, streams=None, weights=None, provenance=None):
    """Change any of the files of a curve, and write all digests anew, as a careful forger would.

    rows, samples: frames to frames. streams: arrays, to be changed in place. weights: the header's
    changes. provenance: its content, to be changed in place.
    """
    for ending, read, change in (("csv", bytes, rows), ("samples.csv.gz", gzipped, samples)):
        if change:
            path = root / f"{ROWS}.{ending}"
            digits = 6 if ending != "csv" else 9
            path.write_bytes(read(csv_bytes(change(pd.read_csv(path)), digits=digits)))
    path = root / f"{ROWS}.weights.npz"
    if weights:
        header = np.array(json.dumps({**header_of(root, "weights.npz"), **weights}))
        path.write_bytes(store.npz_bytes({**arrays_of(path), "header": header}))
    arrays = arrays_of(root / f"{ROWS}.streams.npz")
    header = json.loads(str(arrays.pop("header")))
    if streams:
        streams(arrays, header)
    header |= {"sha256": base.digest_of(arrays["lengths"], arrays["streams"].tobytes()),
               "weights": file_digest(path)}
    text = {"header": np.array(json.dumps(header))}
    (root / f"{ROWS}.streams.npz").write_bytes(store.npz_bytes(text | arrays))
    content = json.loads((root / f"{ROWS}.json").read_text())
    if provenance:
        provenance(content)
    (root / f"{ROWS}.json").write_text(json.dumps(content))
    record(root, f"{ROWS}.streams.npz", f"{ROWS}.weights.npz")


def chosen(places):
    """Changes that leave samples out, or take them twice, in samples and streams alike."""
    def streams(arrays, header):
        ends = np.cumsum(arrays["lengths"])
        bounds = zip([0, *ends[:-1]], ends, strict=True)
        pieces = [arrays["streams"][begin:end] for begin, end in bounds]
        count = len(arrays["samples"])
        kept = [row * count + place for row in range(len(arrays["lengths"])) for place in places]
        arrays["streams"] = np.concatenate([pieces[place] for place in kept])
        for name in ("samples", "label"):
            arrays[name] = arrays[name][places]
        arrays["lengths"] = arrays["lengths"][:, places]

    def samples(frame):
        return pd.concat([group.iloc[places] for _, group in frame.groupby("lambda")])

    return {"streams": streams, "samples": samples, "rows": None}


def means_again(root):
    """Rows that follow from the samples."""
    means = proposed.summarise(pd.read_csv(root / f"{ROWS}.samples.csv.gz"))
    path = root / f"{ROWS}.csv"
    rows = pd.read_csv(path)
    for column in ("samples", "rate_bits", "stream_bits", "top1_percent"):
        rows[column] = means[column]
    path.write_bytes(csv_bytes(rows))


def right_labels(root):
    """All labels are what was predicted at the last lambda."""
    frame = pd.read_csv(root / f"{ROWS}.samples.csv.gz")
    predicted = frame[frame["lambda"] == frame["lambda"].max()]["predicted"].to_numpy()
    count = len(frame) // len(predicted)
    forge(root, samples=lambda frame: frame.assign(label=np.tile(predicted, count)),
          streams=lambda arrays, header: arrays.update(label=predicted))
    means_again(root)


def renamed(root, new):
    forge(root, samples=lambda frame: frame.assign(sample=frame["sample"].map(new)),
          streams=lambda arrays, header: arrays.update(
              samples=np.array([new(name) for name in arrays["samples"].tolist()])))


def classes_in_another_order(root):
    """Of samples that are named after their classes."""
    arrays = arrays_of(root / f"{ROWS}.streams.npz")
    label = dict(zip(arrays["samples"].tolist(), arrays["label"].tolist(), strict=True))
    renamed(root, lambda name: f"{'abcde'[label[name]]}_{name[1:]}")
    assert said(root)[0]
    forge(root, weights={"classes": list("bacde")})


def without_a_lambda(root):
    """A point of the curve that lacks everywhere but in the weights."""
    def streams(arrays, header):
        first = arrays["lengths"][0].sum()
        arrays["streams"], arrays["lengths"] = arrays["streams"][first:], arrays["lengths"][1:]
        header["lambdas"] = header["lambdas"][1:]

    forge(root, rows=lambda rows: rows.iloc[1:], streams=streams,
          samples=lambda frame: frame[frame["lambda"] != frame["lambda"].min()])


def all_of(root, **fields):
    forge(root, rows=lambda rows: rows.assign(**fields))


def of_dataset(root, name):
    training = header_of(root, "weights.npz")["training"]
    forge(root, rows=lambda rows: rows.assign(dataset=name),
          weights={"training": {**training, "dataset": name}},
          provenance=lambda content: content.update(dataset=name))


def of_lambdas(root, scale):
    """Everything says another lambda."""
    def multiplied(frame):
        return frame.assign(**{"lambda": frame["lambda"] * scale})

    path = root / f"{ROWS}.weights.npz"
    arrays = arrays_of(path)
    header = json.loads(str(arrays.pop("header")))
    new = {f"{value:g}": f"{value * scale:g}" for value in header["lambdas"]}
    named = {f"{new[name.partition('.')[0]]}.{name.partition('.')[2]}": array
             for name, array in arrays.items()}
    header["lambdas"] = [value * scale for value in header["lambdas"]]
    path.write_bytes(store.npz_bytes({"header": np.array(json.dumps(header)), **named}))
    forge(root, rows=multiplied, samples=multiplied, streams=lambda arrays, streams_header:
          streams_header.update(lambdas=header["lambdas"]))


def training_of(root, **fields):
    training = header_of(root, "weights.npz")["training"]
    forge(root, weights={"training": {**training, **fields}})


def said_of(root, **fields):
    forge(root, provenance=lambda content: content.update(fields))


def swapped_lambdas(root):
    """Weights of two lambdas that change places."""
    path = root / f"{ROWS}.weights.npz"
    arrays = arrays_of(path)
    header = json.loads(str(arrays.pop("header")))
    one, two = (f"{value:g}" for value in header["lambdas"][:2])
    other = {one: two, two: one}
    swapped = {f"{other[name.partition('.')[0]]}.{name.partition('.')[2]}": array
               for name, array in arrays.items()}
    path.write_bytes(store.npz_bytes({"header": np.array(json.dumps(header)), **swapped}))
    forge(root)


def swapped_streams(root):
    """Streams of two lambdas that change places."""
    def streams(arrays, header):
        lengths = arrays["lengths"]
        middle = lengths[0].sum()
        arrays["streams"] = np.concatenate([arrays["streams"][middle:], arrays["streams"][:middle]])
        arrays["lengths"] = lengths[::-1].copy()

    forge(root, streams=streams)


def twice(root):
    forge(root, **chosen([*range(60), 3, 3, 3]))
    means_again(root)


def fewer(root):
    forge(root, **chosen(list(range(40))))
    means_again(root)


def another_order(root):
    forge(root, streams=chosen([*range(1, 60), 0])["streams"])


def more_rows(root):
    shutil.copyfile(root / f"{ROWS}.csv", root / "results/mine/rate_accuracy/proposed_micro_P64.csv")


def cut(root):
    forge(root, streams=lambda arrays, header: arrays.update(streams=arrays["streams"][:-1]))


def one_longer(root):
    """A byte that goes over from one stream to the next."""
    def streams(arrays, header):
        arrays["lengths"][0, :2] += np.array([1, -1], "<i4").astype("<u4")

    forge(root, streams=streams)


FORGED = {
    "a sample three times more": (twice, "samples come twice"),
    "fewer samples": (fewer, "counts other samples in a class"),
    "samples in another order": (another_order, "other samples than its streams"),
    "labels that make it right": (right_labels, "counts other samples in a class"),
    "labels of no class": (
        lambda root: forge(root, streams=lambda arrays, header: arrays.update(
            label=arrays["label"] + 5)), "labels are not classes 0 to 4"),
    "names of other classes": (lambda root: renamed(root, "e_{}".format),
                               "named after another class than their label: 'e_c0'"),
    "other classes": (lambda root: forge(root, weights={"classes": list("abxde")}),
                      "counts other samples in a class"),
    "classes in another order": (classes_in_another_order, "named after another class than their"),
    "a point left out": (without_a_lambda, "its lambdas are not those of the run's config"),
    "other lambdas": (lambda root: of_lambdas(root, 2), "its lambdas are not those of the run's"),
    "weights of lambdas that change places": (swapped_lambdas, "lambda 10: "),
    "streams of lambdas that change places": (swapped_streams, "lambda 10: "),
    "a stream that lacks a byte": (cut, "its labels or bytes do not fit its samples"),
    "a byte of the next stream": (one_longer, "lambda 10: "),
    "rows of another P": (lambda root: all_of(root, points=64), "points is '64', that of its job"),
    "rows of another size": (lambda root: all_of(root, size="full"), "size is 'full', that of its"),
    "rows of another seed": (lambda root: all_of(root, seed=2), "seed is '2', that of its job"),
    "rows of another codec": (lambda root: all_of(root, codec="mixed"), "the rows of another"),
    "rows of another run": (lambda root: all_of(root, run="best"), "run is 'best', in its json"),
    "rows of other data": (lambda root: all_of(root, dataset="modelnet40"), "dataset is 'modelnet40'"),
    "all of other data": (lambda root: of_dataset(root, "modelnet40"),
                          "its dataset is 'modelnet40', that of the run's config 'shapes40'"),
    "rows that are skipped": (lambda root: all_of(root, status="skipped"), "is 'skipped' and"),
    "rows of no measurement": (lambda root: all_of(root, evidence="recorded"), "'recorded'"),
    "weights of another P": (lambda root: forge(root, weights={"points": 64}), "weights are of points 64"),
    "weights of another size": (lambda root: forge(root, weights={"size": "lite"}),
                                "weights are of size 'lite'"),
    "weights of another checkpoint": (lambda root: training_of(root, weights="0" * 64),
                                      "the weights are from another checkpoint"),
    "weights of other data": (lambda root: training_of(root, dataset_digest="0" * 64),
                              "the weights are from dataset_digest '0000"),
    "weights of another run": (lambda root: training_of(root, run="best"), "the weights are from run 'best'"),
    "another seed of the run": (lambda root: said_of(root, seed=5), "its seed is 5, that of the run's"),
    "another run": (lambda root: said_of(root, run="best"), "its run is 'best', that of the run's"),
    "another command": (lambda root: said_of(root, command="lcpc evaluate rate_accuracy/other --run mine"),
                        "which does not make rate_accuracy/proposed_micro_P32 of run mine"),
    "other settings": (lambda root: said_of(root, values={"seed": 1}), "its values are not those"),
    "counts of classes": (lambda root: said_of(root, class_counts={"a": 60}), "counts other samples"),
    "rows that nobody asked for": (more_rows, "config/mine.yaml asks for no such rows"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_curve_is_caught_where_all_digests_follow(clone, case):
    change, reason = FORGED[case]
    change(clone)
    assert reason in "\n".join(differences(clone))


def test_a_forger_who_changes_nothing_is_no_difference(clone):
    forge(clone)
    assert said(clone)[0]


def test_curves_without_streams_are_named(clone):
    forget_streams(clone)
    assert "so that nobody can decode them: proposed_micro_P32" in said(clone)[1]
