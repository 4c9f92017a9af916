"""Kept weights: taken in place of a training of the same values, never of others or altered."""

import json
import os
from types import SimpleNamespace

import pytest
import torch

from lcpc import training
from lcpc.checkpoints import read, save
from lcpc.data import point_clouds
from lcpc.errors import ConfigError, DataError, LcpcError, MissingData
from lcpc.experiments._classification import classifier_of
from lcpc.jobs import JobContext
from lcpc.planning.graph import PlannedJob
from lcpc.planning.plan import taken
from lcpc.results.provenance import file_digest
from lcpc.trainer import kept
from lcpc.training import classifier

RUN = """dataset: {{name: shapes40}}
input_compression: {{points: [16], classifier: {{epochs: {epochs}}}}}
"""
NAME = "pointnet_P16"
FACTS = {"seconds": 7.5, "threads": 2, "device": "", "machine": {"cores": 2}}


def configured(root, epochs=1):
    (root / "Snakefile").touch()
    (root / "config").mkdir(exist_ok=True)
    (root / "config" / "mine.yaml").write_text(RUN.format(epochs=epochs))


@pytest.fixture
def root(tmp_path):
    """A project whose weights are trained and kept."""
    configured(tmp_path)
    weights = tmp_path / "checkpoints" / "mine" / f"{NAME}.pt"
    weights.parent.mkdir(parents=True)
    save(weights, {"kind": "pointnet", "model": {"w": torch.ones(2, 2)}})
    weights.with_suffix(".json").write_text(json.dumps(FACTS))
    (kept,) = training.keep(tmp_path, "mine", [NAME])
    assert kept == tmp_path / "results" / "mine" / "weights" / f"{NAME}.pt"
    return tmp_path


@pytest.fixture
def trained(monkeypatch):
    """Names of the jobs that were trained."""
    names = []
    monkeypatch.setattr(classifier, "run", lambda job, context: names.append(job.name))
    return names


def test_kept_weights_take_the_place_of_a_training(root, trained):
    weights = root / "checkpoints" / "mine" / f"{NAME}.pt"
    before = weights.read_bytes()
    weights.unlink()
    weights.with_suffix(".json").unlink()
    assert training.train(root, "mine", NAME) == weights
    assert weights.read_bytes() == before
    facts = json.loads(weights.with_suffix(".json").read_text())
    assert facts == {**FACTS, "weights": file_digest(weights)}
    weights.unlink()
    assert training.train_together(root, [("mine", NAME)], 1) == {}
    assert weights.read_bytes() == before
    assert trained == []


def test_weights_of_other_settings_are_trained_anew(root, trained):
    configured(root, epochs=2)
    training.train(root, "mine", NAME)
    assert trained == [NAME]


@pytest.mark.parametrize(("digest", "names"), [("a" * 64, []), ("b" * 64, [NAME])])
def test_weights_of_other_clouds_are_trained_anew(root, trained, monkeypatch, digest, names):
    weights = root / "checkpoints" / "mine" / f"{NAME}.pt"
    save(weights, {"kind": "pointnet", "model": {"w": torch.ones(2, 2)}, "dataset_digest": "a" * 64})
    weights.with_suffix(".json").write_text(json.dumps(FACTS))
    training.keep(root, "mine", [NAME])
    monkeypatch.setattr(JobContext, "clouds", lambda self, split: SimpleNamespace(digest=digest))
    training.train(root, "mine", NAME)
    assert trained == names


@pytest.mark.parametrize(("epochs", "digest", "names"), [(1, "a" * 64, []), (2, "a" * 64, [NAME]), (1, "b" * 64, [NAME])])
def test_a_plan_says_beforehand_what_is_taken(root, trained, monkeypatch, epochs, digest, names):
    weights = root / "checkpoints" / "mine" / f"{NAME}.pt"
    save(weights, {"kind": "pointnet", "model": {"w": torch.ones(2, 2)}, "dataset_digest": "a" * 64})
    weights.with_suffix(".json").write_text(json.dumps(FACTS))
    training.keep(root, "mine", [NAME])
    configured(root, epochs)
    monkeypatch.setattr(point_clouds, "load", lambda config, root, split: SimpleNamespace(digest=digest))
    output = f"checkpoints/mine/{NAME}.pt"
    planned = taken(root, [PlannedJob(1, "train_classifier", "", (output,), runs=True)])
    training.train(root, "mine", NAME)
    assert trained == names
    assert planned == ([] if names else [output])


def test_a_plan_takes_no_broken_weights_and_none_of_jobs_that_do_not_run(root):
    output = f"checkpoints/mine/{NAME}.pt"
    assert taken(root, [PlannedJob(1, "train_classifier", "", (output,), runs=False)]) == []
    pending = [PlannedJob(1, "train_classifier", "", (output,), runs=True)]
    assert taken(root, pending) == [output]
    (root / "results" / "mine" / "weights" / f"{NAME}.pt").write_bytes(b"no weights")
    assert taken(root, pending) == []


def test_without_kept_weights_it_trains(root, trained):
    kept.kept_file(root, training.jobs(training.configs.load(root, "mine"), root)[0]).unlink()
    training.train(root, "mine", NAME)
    assert trained == [NAME]


def test_altered_kept_weights_are_refused_by_name(root, trained):
    kept = root / "results" / "mine" / "weights" / f"{NAME}.pt"
    facts = {**json.loads(kept.with_suffix(".json").read_text()), "weights": "0" * 64}
    kept.with_suffix(".json").write_text(json.dumps(facts))
    with pytest.raises(DataError, match=f"weights/{NAME}.pt is not the file"):
        training.train(root, "mine", NAME)
    del facts["weights"]
    kept.with_suffix(".json").write_text(json.dumps(facts))
    with pytest.raises(DataError, match=rf"weights/{NAME}.pt has no digest in {NAME}\.json"):
        training.train(root, "mine", NAME)
    kept.write_bytes(b"no weights")
    with pytest.raises(DataError, match=f"weights/{NAME}.pt"):
        training.train(root, "mine", NAME)
    assert trained == []


def altered(kept, change):
    """Kept weights changed by someone who writes their digest anew."""
    content = torch.load(kept, weights_only=True)
    facts = json.loads(kept.with_suffix(".json").read_text())
    change(content, facts)
    torch.save(content, kept)
    kept.with_suffix(".json").write_text(json.dumps({**facts, "weights": file_digest(kept)}))


ONES = torch.ones(2, 2)
HOSTILE = {
    "values that are none": (lambda content, facts: content.update(model={"w": ONES * float("nan")}), "are not finite"),
    "too many values": (lambda content, facts: content.update(model={"w": ONES[:1, :1].expand(9, 9)}), "claim more values"),
    "no tensors": (lambda content, facts: content.update(model={"w": "x"}), "no tensors by name"),
    "no weights": (lambda content, facts: content.update(model=3), "no tensors by name"),
    "another format": (lambda content, facts: content.pop("format"), "was not written by this version"),
    "a large file": (lambda content, facts: content.update(model={"w": torch.ones(1500, 1500)}), "a repository keeps at most"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_kept_weights_are_refused_by_name_though_their_digest_is_right(root, trained, case):
    change, reason = HOSTILE[case]
    altered(root / "results" / "mine" / "weights" / f"{NAME}.pt", change)
    before = (root / "checkpoints" / "mine" / f"{NAME}.pt").read_bytes()
    with pytest.raises(DataError, match=f"weights/{NAME}.pt.*{reason}"):
        training.train(root, "mine", NAME)
    assert trained == []
    assert (root / "checkpoints" / "mine" / f"{NAME}.pt").read_bytes() == before


@pytest.mark.parametrize("text", ["[]", "{", '{"weights": 5}', '{"weights": "\\ud800"}', ""])
def test_facts_beside_kept_weights_that_are_none_are_refused_by_name(root, trained, text):
    kept = root / "results" / "mine" / "weights" / f"{NAME}.pt"
    kept.with_suffix(".json").write_text(text)
    with pytest.raises(LcpcError, match=f"weights/{NAME}"):
        training.train(root, "mine", NAME)
    assert trained == []


def test_weights_that_run_code_are_never_kept_or_taken(root, trained, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'was_run'}",)

    kept = root / "results" / "mine" / "weights" / f"{NAME}.pt"
    altered(kept, lambda content, facts: content.update(model={"w": ONES}))
    torch.save({"format": "lcpc-checkpoint-2", "kind": "pointnet", "model": Evil()}, kept)
    facts = json.loads(kept.with_suffix(".json").read_text())
    kept.with_suffix(".json").write_text(json.dumps({**facts, "weights": file_digest(kept)}))
    with pytest.raises(DataError, match=f"weights/{NAME}.pt is no readable checkpoint"):
        training.train(root, "mine", NAME)
    (root / "checkpoints" / "mine" / f"{NAME}.pt").write_bytes(kept.read_bytes())
    with pytest.raises(DataError, match=f"{NAME}.pt is no readable checkpoint"):
        training.keep(root, "mine", [NAME])
    assert not (tmp_path / "was_run").exists()


def test_kept_weights_do_not_write_through_a_link(root):
    outside = root / "outside.pt"
    outside.write_bytes(b"theirs")
    kept = root / "results" / "mine" / "weights" / f"{NAME}.pt"
    kept.unlink()
    kept.symlink_to(outside)
    training.keep(root, "mine", [NAME])
    assert outside.read_bytes() == b"theirs"
    assert not kept.is_symlink()


def test_what_can_t_be_kept_is_refused(root, monkeypatch):
    monkeypatch.setattr(kept, "MOST_BYTES", 10)
    with pytest.raises(DataError, match="a repository keeps at most 10"):
        training.keep(root, "mine", [NAME])
    (root / "checkpoints" / "mine" / f"{NAME}.pt").unlink()
    with pytest.raises(MissingData, match=f"lcpc train {NAME} --run mine"):
        training.keep(root, "mine", [NAME])
    with pytest.raises(ConfigError, match="makes no 'pointnet_P32'"):
        training.keep(root, "mine", ["pointnet_P32"])


def test_matrices_of_a_classifier_take_16_bits_and_load(tmp_path, make_clouds):
    settings = training.configs.parse(
        {"dataset": {"name": "shapes40"}, "input_compression": {"points": [16], "classifier": {"epochs": 1}}},
        "mine", "config/mine.yaml").input_compression.classifier
    content, _ = classifier.train(settings, 16, make_clouds(2, count=8), 1, tmp_path / "r.pt")
    for name, value in content["model"].items():
        if value.is_floating_point():
            assert value.dtype == (torch.float16 if value.dim() > 1 else torch.float32), name
    save(tmp_path / "w.pt", content)
    network = classifier_of(read(tmp_path / "w.pt"), "w.pt")
    loaded = network.state_dict()
    assert all(torch.equal(loaded[name], value.to(loaded[name].dtype)) for name, value in content["model"].items())
    assert all(value.dtype != torch.float16 for value in loaded.values())
