"""`lcpc evaluate` for images: rows with their provenance, skipped formats, and errors that name the way out."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import features

from lcpc.cli import main
from lcpc.data.images import Photo
from lcpc.models.image_factorized import ImageBase
from lcpc.results.store import Results
from lcpc.training import image_bottleneck

CONFIG = "images: {qualities: [2], n: 8, m: 16, codecs: [bmshj2018-factorized, ideal, jpeg, avif]}\n"


def pictures(root, images):
    """Two small photographs in the place of the run's own."""
    y, x = np.mgrid[:170, :200]
    noise = np.random.default_rng(1).integers(0, 40, (170, 200, 3))
    one = np.clip(np.stack([x, y, (x + y) // 2], -1) + noise, 0, 255).astype(np.uint8)
    return Photo("one", one, "d1", "free"), Photo("two", one[::-1, :180].copy(), "d2", "free")


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(CONFIG)
    monkeypatch.setattr("lcpc.cli._images.photos", pictures)
    return tmp_path


@pytest.fixture
def base(root):
    """Weights of an untrained base, which codes as well as any other for a test."""
    path = root / "checkpoints" / "mine" / "image_base_q2.pt"
    image_bottleneck.write(ImageBase(8, 16, seed=1), {"quality": 2, "origin": "own, untrained"}, 64, path)
    return path


def evaluate(root, *words):
    return main(["evaluate", *words, "--run", "mine", "--root", str(root)])


def rows(root):
    return Results(root, "mine").measured("rate_distortion")


def test_a_file_format_is_measured_at_all_of_its_settings(root):
    assert evaluate(root, "image-codec", "--codec", "jpeg") == 0
    found = rows(root)
    assert found["quality"].tolist() == list(range(5, 100, 5))
    assert found["stream_bpp"].is_monotonic_increasing
    assert found["bpp"].isna().all()
    assert set(found["images"]) == {"photos"}
    samples = pd.read_csv(root / "results/mine/rate_distortion/jpeg.samples.csv.gz")
    assert samples.groupby("quality")["stream_bpp"].mean().tolist() == pytest.approx(found["stream_bpp"].tolist(), rel=1e-5)
    told = json.loads((root / "results/mine/rate_distortion/jpeg.json").read_text())
    assert told["images"] == {"one": "d1", "two": "d2"}
    assert set(told["seconds_an_image"]) == {"encode_s", "decode_s"}
    assert {"pillow", "jpg"} == set(told["libraries"])
    assert not {"encode_s", "decode_s"} & set(samples)


def test_a_format_that_pillow_lacks_is_one_skipped_row_with_the_way_out(root, monkeypatch):
    monkeypatch.setattr(features, "check", lambda feature: False)
    assert evaluate(root, "image-codec", "--codec", "avif") == 0
    found = rows(root).iloc[0]
    assert found["status"] == "skipped"
    assert "pip install --force-reinstall -r envs/requirements.txt" in found["note"]
    assert pd.isna(found["stream_bpp"])


def test_a_learned_codec_says_whose_weights_it_stands_on(root, base):
    assert evaluate(root, "image-codec", "--codec", "bmshj2018-factorized", "--quality", "2") == 0
    assert evaluate(root, "image-codec", "--codec", "ideal") == 0
    found = rows(root).set_index("codec")
    assert set(found["base"]) == {"own, untrained"}
    assert found.loc["bmshj2018-factorized", "stream_bpp"] == pytest.approx(found.loc["bmshj2018-factorized", "bpp"], rel=0.05)
    assert found.loc["ideal", "bpp"] <= found.loc["bmshj2018-factorized", "bpp"]
    assert pd.isna(found.loc["ideal", "stream_bpp"])
    assert found.loc["ideal", "psnr_rgb_db"] == found.loc["bmshj2018-factorized", "psnr_rgb_db"]
    told = json.loads((root / "results/mine/rate_distortion/ideal_q2.json").read_text())
    assert list(told["inputs"]) == ["checkpoints/mine/image_base_q2.pt"]


@pytest.mark.parametrize(("words", "told"), [
    (("image-codec", "--codec", "jpg"), "does not measure the image codec 'jpg'. Did you mean 'jpeg'?"),
    (("image-codec", "--codec", "webp"), "run mine does not measure the image codec 'webp'"),
    (("image-codec", "--codec", "ideal", "--quality", "7"), "quality 7 is not among the run's: 2"),
    (("image-codec", "--codec", "ideal"), "train it first: lcpc train image-base --run mine --quality 2")])
def test_what_can_t_be_measured_is_told_with_the_way_out(words, told, root, capsys):
    assert evaluate(root, *words) != 0
    assert told in capsys.readouterr().err


def test_a_run_without_images_says_which_key_is_missing(root, capsys):
    (root / "config" / "mine.yaml").write_text("seed: 1\n")
    assert evaluate(root, "image-codec", "--codec", "jpeg") != 0
    assert "add `images:` to config/mine.yaml" in capsys.readouterr().err


def test_layers_are_counted_without_weights(root):
    assert evaluate(root, "image-complexity") == 0
    found = Results(root, "mine").measured("image_complexity")
    assert found["analysis_params"].tolist() == [28_800, 97_280, 1_040_384, 2_396_160]
