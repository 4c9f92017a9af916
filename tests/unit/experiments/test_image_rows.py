"""Rows of image codecs with their provenance, skipped formats, and errors that name the way out."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import features

from lcpc import checkpoints, experiments
from lcpc.data.images import Photo
from lcpc.errors import ConfigError, MissingData
from lcpc.models.image_factorized import ImageBase
from lcpc.results.store import Results
from lcpc.training._image_bottleneck import base_content

CONFIG = """
images: {qualities: [2], n: 8, m: 16, codecs: [bmshj2018-factorized, ideal, jpeg, avif]}
tables: [complexity_image]
"""


def pictures(context):
    """Two small photographs in the place of the run's own."""
    y, x = np.mgrid[:170, :200]
    noise = np.random.default_rng(1).integers(0, 40, (170, 200, 3))
    one = np.clip(np.stack([x, y, (x + y) // 2], -1) + noise, 0, 255).astype(np.uint8)
    return Photo("one", one, "d1", "free"), Photo("two", one[::-1, :180].copy(), "d2", "free")


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(CONFIG)
    monkeypatch.setattr("lcpc.experiments.image_codec.photos", pictures)
    return tmp_path


@pytest.fixture
def base(root):
    """Weights of an untrained base, which codes as well as any other for a test."""
    path = root / "checkpoints" / "mine" / "image_base_q2.pt"
    description = {"quality": 2, "origin": "own, untrained"}
    checkpoints.save(path, base_content(ImageBase(8, 16, seed=1), description, 64))
    return path


def evaluate(root, name):
    experiments.evaluate(root, "mine", name)


def rows(root):
    return Results(root, "mine").measured("rate_distortion")


def test_a_file_format_is_measured_at_all_of_its_settings(root):
    evaluate(root, "rate_distortion/jpeg")
    frame = rows(root)
    assert frame["quality"].tolist() == list(range(5, 100, 5))
    assert frame["stream_bpp"].is_monotonic_increasing
    assert frame["bpp"].isna().all()
    assert set(frame["images"]) == {"photos"}
    samples = pd.read_csv(root / "results/mine/rate_distortion/jpeg.samples.csv.gz")
    assert samples.groupby("quality")["stream_bpp"].mean().tolist() == pytest.approx(
        frame["stream_bpp"].tolist(), rel=1e-5
    )
    provenance = json.loads((root / "results/mine/rate_distortion/jpeg.json").read_text())
    assert provenance["images"] == {"one": "d1", "two": "d2"}
    assert set(provenance["seconds_an_image"]) == {"encode_s", "decode_s"}
    assert {"pillow", "jpg"} == set(provenance["libraries"])
    assert not {"encode_s", "decode_s"} & set(samples)


def test_a_format_that_pillow_lacks_is_one_skipped_row_with_the_way_out(root, monkeypatch):
    monkeypatch.setattr(features, "check", lambda feature: False)
    evaluate(root, "rate_distortion/avif")
    frame = rows(root).iloc[0]
    assert frame["status"] == "skipped"
    assert "pip install --force-reinstall -r envs/requirements.txt" in frame["note"]
    assert pd.isna(frame["stream_bpp"])


def test_a_learned_codec_says_whose_weights_it_stands_on(root, base):
    evaluate(root, "rate_distortion/bmshj2018-factorized_q2")
    evaluate(root, "rate_distortion/ideal_q2")
    codecs = rows(root).set_index("codec")
    static, ideal = codecs.loc["bmshj2018-factorized"], codecs.loc["ideal"]
    assert set(codecs["base"]) == {"own, untrained"}
    assert static["stream_bpp"] == pytest.approx(static["bpp"], rel=0.05)
    assert ideal["bpp"] <= static["bpp"]
    assert pd.isna(ideal["stream_bpp"])
    assert ideal["psnr_rgb_db"] == static["psnr_rgb_db"]
    provenance = json.loads((root / "results/mine/rate_distortion/ideal_q2.json").read_text())
    assert list(provenance["inputs"]) == ["checkpoints/mine/image_base_q2.pt"]


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        (
            "rate_distortion/jpg",
            ConfigError,
            "makes no 'rate_distortion/jpg'. Did you mean 'rate_distortion/jpeg'",
        ),
        ("rate_distortion/webp", ConfigError, "run mine makes no 'rate_distortion/webp'"),
        ("rate_distortion/ideal_q7", ConfigError, "Did you mean 'rate_distortion/ideal_q2'"),
        (
            "rate_distortion/ideal_q2",
            MissingData,
            "train it first: lcpc train image_base_q2 --run mine",
        ),
    ],
)
def test_what_can_t_be_measured_is_refused_with_the_way_out(name, error, message, root):
    with pytest.raises(error, match=message):
        evaluate(root, name)


def test_layers_are_counted_without_weights(root):
    evaluate(root, "image_complexity/image_codec")
    counted = Results(root, "mine").measured("image_complexity")
    assert counted["analysis_params"].tolist() == [28_800, 97_280, 1_040_384, 2_396_160]
