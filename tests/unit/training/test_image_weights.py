"""Weights of the image codecs: from a config to checkpoints, or one sentence that says why not."""

import json

import pytest
import torch

from lcpc import checkpoints
from lcpc.errors import ConfigError, DataError, MissingData
from lcpc.training import train

CONFIG = """
images: {qualities: [1, 2], n: 8, m: 16, n_q: 8, m_q: 8, bins: 32, base_steps: 3, warm_steps: 2,
         base_batch: 2, base_patch: 32, bottleneck_steps: 20, distribution_steps: 4,
         distribution_batch: 2, distribution_versions: 1}
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "Snakefile").touch()
    (tmp_path / "config" / "mine.yaml").write_text(CONFIG)
    monkeypatch.setenv("LCPC_DATA", str(tmp_path / "data"))
    return tmp_path


def weights(root, name):
    return checkpoints.read(root / "checkpoints" / "mine" / f"{name}.pt")


def test_a_base_its_neighbour_and_a_distribution_model_are_trained(root):
    for name in ("image_base_q1", "image_base_q2", "distribution_q2"):
        train(root, "mine", name)
    first, second = weights(root, "image_base_q1"), weights(root, "image_base_q2")
    assert first["origin"] == "own, N=8 M=16, 3 steps on photos"
    assert second["origin"] == "own, N=8 M=16, 2 steps on photos after quality 1"
    assert (first["start_digest"], len(second["start_digest"])) == ("", 64)
    assert weights(root, "distribution_q2")["quality"] == 2


def test_a_finished_training_leaves_no_state_behind_and_says_what_it_took(root):
    train(root, "mine", "image_base_q1")
    folder = root / "checkpoints" / "mine"
    assert not list((folder / "resume").glob("*"))
    assert json.loads((folder / "image_base_q1.json").read_text())["seconds"] > 0


def test_equal_trainings_give_equal_bytes(root):
    path = root / "checkpoints" / "mine" / "image_base_q1.pt"
    train(root, "mine", "image_base_q1")
    first = path.read_bytes()
    path.unlink()
    train(root, "mine", "image_base_q1")
    assert path.read_bytes() == first


@pytest.mark.parametrize("name", ["image_base_q2", "distribution_q1"])
def test_missing_weights_are_named_with_the_command_that_makes_them(root, name):
    with pytest.raises(MissingData, match="train it first: lcpc train image_base_q1 --run mine"):
        train(root, "mine", name)


def test_a_quality_that_the_run_does_not_have_is_refused(root):
    with pytest.raises(ConfigError, match=r"makes no 'image_base_q5'\. Did you mean 'image_base_q"):
        train(root, "mine", "image_base_q5")


def test_compressais_weights_are_taken_where_the_run_names_their_folder(root):
    from compressai.models.google import FactorizedPrior

    (root / "config" / "mine.yaml").write_text(CONFIG.replace("n: 8,", "n: 8, weights: zoo,"))
    message = r"holds 0 files bmshj2018-factorized-prior-1-\*\.pth\.tar, not one"
    with pytest.raises(MissingData, match=message):
        train(root, "mine", "image_base_q1")
    (root / "data" / "zoo").mkdir(parents=True)
    path = root / "data" / "zoo" / "bmshj2018-factorized-prior-1-0123.pth.tar"
    torch.save(FactorizedPrior(8, 16).state_dict(), path)
    train(root, "mine", "image_base_q1")
    content = weights(root, "image_base_q1")
    assert (content["origin"], content["weights"]) == ("compressai", path.name)
    assert tuple(content["logs"].shape) == (16, 32)
    path.write_bytes(b"no weights")
    with pytest.raises(DataError, match="can't be read as weights"):
        train(root, "mine", "image_base_q1")
