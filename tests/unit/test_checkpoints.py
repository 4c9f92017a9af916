"""Checkpoints are refused with a reason, and no code in them is run."""

import json
import zipfile

import pytest
import torch

from lcpc import checkpoints
from lcpc.errors import DataError
from lcpc.results.provenance import file_digest


def test_a_broken_checkpoint_is_refused_by_name(tmp_path):
    path = tmp_path / "w.pt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(DataError, match=r"w.pt is no readable checkpoint.*delete it and train again"):
        checkpoints.read(path)


def test_a_pickle_in_a_checkpoint_is_not_run(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    torch.save({"format": checkpoints.FORMAT, "x": Hostile()}, tmp_path / "w.pt")
    with pytest.raises(DataError, match="no readable checkpoint"):
        checkpoints.read(tmp_path / "w.pt")
    assert not (tmp_path / "harm").exists()


def test_weights_that_do_not_fit_are_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"w.pt does not fit the configured network .*; delete it and train again"):
        checkpoints.restore(torch.nn.Linear(2, 2), {"weight": torch.zeros(3, 2)}, tmp_path / "w.pt")


def weights(**changes):
    return {"kind": "mine", "lambdas": [1.0, 2.0], "state": {"weight": torch.zeros(2, 2)}, **changes}


def test_weights_that_are_not_those_of_their_digest_are_refused_wherever_they_are_read(tmp_path):
    path = tmp_path / "w.pt"
    checkpoints.save(path, weights())
    path.with_suffix(".json").write_text(json.dumps({"weights": file_digest(path)}))
    assert checkpoints.read(path)["kind"] == "mine"
    other = tmp_path / "other.pt"
    checkpoints.save(other, weights(lambdas=[3.0]))
    path.write_bytes(other.read_bytes())
    for read in (checkpoints.read, checkpoints.foreign):
        with pytest.raises(DataError, match=r"w\.pt is not the file that its training wrote .*or delete w\.json"):
            read(path)


def test_new_weights_forget_the_digest_of_older_ones_first(tmp_path):
    path = tmp_path / "w.pt"
    path.with_suffix(".json").write_text('{"weights": "older"}')
    checkpoints.save(path, weights())
    assert checkpoints.read(path)["kind"] == "mine"


def test_packed_weights_are_refused_before_they_are_unpacked(tmp_path):
    path = tmp_path / "bomb.pt"
    checkpoints.save(path, weights(state={"weight": torch.zeros(1 << 20)}))
    with zipfile.ZipFile(path) as plain, zipfile.ZipFile(tmp_path / "b.pt", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    assert (tmp_path / "b.pt").stat().st_size < 1 << 16
    with pytest.raises(DataError, match="b.pt is no readable checkpoint .* is packed, which weights never are"):
        checkpoints.read(tmp_path / "b.pt")


def test_types_that_no_weights_need_are_refused(tmp_path):
    torch.save({"format": checkpoints.FORMAT, "x": bytearray(3)}, tmp_path / "w.pt")
    with pytest.raises(DataError, match="names '.*bytearray', which weights never do"):
        checkpoints.read(tmp_path / "w.pt")


@pytest.mark.parametrize(("changes", "words"), [
    ({"kind": "yours"}, "holds 'yours', not 'mine'"),
    ({"lambdas": [1.0, float("nan")]}, "lambdas are not distinct positive numbers"),
    ({"lambdas": [1.0, 1.0]}, "lambdas are not distinct"),
    ({"state": {"weight": torch.tensor([float("inf")])}}, "state are not finite: weight"),
    ({"state": {"weight": torch.zeros(1).expand(1 << 40)}}, "state claim more values than the file holds"),
    ({"state": {"weight": torch.zeros(2, 2).to_sparse()}}, "state are no plain numbers"),
    ({"state": {"weight": 3}}, "state are no tensors by name"),
])
def test_every_field_is_held_to_the_one_schema(changes, words):
    with pytest.raises(DataError, match=f"w.pt.*{words}.*; delete it and train again"):
        checkpoints.require(weights(**changes), "w.pt", "mine", "lambdas", "state")
    checkpoints.require(weights(), "w.pt", "mine", "lambdas", "state")


def test_a_missing_field_is_named():
    with pytest.raises(DataError, match="w.pt has no points"):
        checkpoints.require(weights(), "w.pt", "mine", "points")


def test_no_network_is_built_that_is_larger_than_its_weights(tmp_path):
    def build():
        width = 1 << 40 if torch.empty(()).is_meta else pytest.fail("it was built")
        return torch.nn.Linear(2, width)

    with pytest.raises(DataError, match=r"no weight of shape \[1099511627776, 2\]"):
        checkpoints.restored(build, weights()["state"], "w.pt")
