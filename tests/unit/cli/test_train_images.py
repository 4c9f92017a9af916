"""`lcpc train image-base` and `lcpc train distribution`: from a config to weights, or one line that says why not."""

import pytest
import torch

from lcpc.cli import main
from lcpc.training import checkpoint

CONFIG = """
images: {qualities: [1, 2], n: 8, m: 16, n_q: 8, m_q: 8, bins: 32, base_steps: 3, warm_steps: 2, base_batch: 2, base_patch: 32,
         bottleneck_steps: 20, distribution_steps: 4, distribution_batch: 2, distribution_versions: 1}
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "Snakefile").touch()
    (tmp_path / "config" / "mine.yaml").write_text(CONFIG)
    monkeypatch.setenv("LCPC_DATA", str(tmp_path / "data"))
    return tmp_path


def train(root, what, *more):
    return main(["train", what, "--run", "mine", "--root", str(root), *more])


def test_a_base_its_neighbour_and_a_distribution_model_are_trained(root):
    assert train(root, "image-base") == 0
    assert train(root, "image-base", "--quality", "2") == 0
    assert train(root, "distribution", "--quality", "2") == 0
    folder = root / "checkpoints" / "mine"
    one, two = (checkpoint.read(folder / f"image_base_q{quality}.pt") for quality in (1, 2))
    assert one["origin"] == "own, N=8 M=16, 3 steps on photos"
    assert two["origin"] == "own, N=8 M=16, 2 steps on photos after quality 1"
    assert checkpoint.read(folder / "distribution_q2.pt")["quality"] == 2


def test_what_is_missing_is_named_with_the_command_that_makes_it(root, capsys):
    assert train(root, "image-base", "--quality", "2") == 2
    assert "quality 2 starts from it; train it first: lcpc train image-base --run mine --quality 1" in capsys.readouterr().err
    assert train(root, "distribution") == 2
    assert "train it first: lcpc train image-base --run mine --quality 1" in capsys.readouterr().err


def test_a_quality_that_the_run_does_not_have_is_refused(root, capsys):
    assert train(root, "image-base", "--quality", "5") == 2
    assert "quality 5 is not among the run's: 1, 2; see images: qualities" in capsys.readouterr().err


def test_a_run_without_images_is_refused(root, capsys):
    (root / "config" / "mine.yaml").write_text("seed: 1\n")
    assert train(root, "image-base") == 2
    assert "run mine codes no images; add `images:` to config/mine.yaml" in capsys.readouterr().err


def test_compressais_weights_are_taken_where_the_run_names_their_folder(root, capsys):
    from compressai.models.google import FactorizedPrior

    (root / "config" / "mine.yaml").write_text(CONFIG.replace("n: 8,", "n: 8, weights: zoo,"))
    assert train(root, "image-base") == 2
    assert "holds 0 files bmshj2018-factorized-prior-1-*.pth.tar, not one" in capsys.readouterr().err
    (root / "data" / "zoo").mkdir(parents=True)
    path = root / "data" / "zoo" / "bmshj2018-factorized-prior-1-0123.pth.tar"
    torch.save(FactorizedPrior(8, 16).state_dict(), path)
    assert train(root, "image-base") == 0
    content = checkpoint.read(root / "checkpoints" / "mine" / "image_base_q1.pt")
    assert (content["origin"], content["weights"], tuple(content["logs"].shape)) == ("compressai", path.name, (16, 32))
    path.write_bytes(b"no weights")
    assert train(root, "image-base") == 2
    assert "can't be read as weights" in capsys.readouterr().err


def test_clouds_still_need_their_number_of_points(root, capsys):
    assert train(root, "pointnet") == 2
    assert "lcpc train pointnet needs --points" in capsys.readouterr().err
