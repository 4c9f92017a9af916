"""Times of image codecs: one job for all, a row a setting, and why a format is skipped."""

from pathlib import Path

import numpy as np
import pytest

from lcpc import config
from lcpc.codecs.formats._plugin import PluginCodec
from lcpc.experiments import image_times
from lcpc.jobs import JobContext

IMAGES = {"qualities": [1], "codecs": ["bmshj2018-factorized", "ideal", "jpeg", "heic"]}


def settings(**content):
    return config.parse({"seed": 1, "images": IMAGES, **content}, "mine", "config/mine.yaml")


def test_all_codecs_with_streams_are_timed_in_one_job():
    job, = image_times.jobs(settings(figures=["image_codec_times"]), Path())
    assert job.values["codecs"] == ["bmshj2018-factorized", "jpeg", "heic"]
    assert job.inputs == ("checkpoints/mine/image_base_q1.pt",)
    assert job.output == "results/mine/image_times/codecs.csv"


def test_runs_that_show_no_times_measure_none():
    assert not list(image_times.jobs(settings(), Path()))


def test_formats_have_a_row_a_setting_and_a_missing_one_says_why(monkeypatch, root):
    content = {"figures": ["image_codec_times"], "images": {"codecs": ["jpeg", "heic"]}}
    mine = settings(**content)
    job, = image_times.jobs(mine, Path())
    monkeypatch.setattr(PluginCodec, "missing", lambda codec: f"{codec.package} is not installed")
    measured = image_times.run(job, JobContext(root, mine))
    frame = measured.frame.set_index(["codec", "quality"])
    assert len(measured.provenance["load_average"]) == 3
    assert list(frame.loc["jpeg"].index) == [5, 25, 50, 75, 95]
    assert (frame.loc["jpeg"][["encode_s_per_megapixel", "decode_s_per_megapixel"]] > 0).all(None)
    assert set(frame.loc["heic", "status"]) == {"skipped"}
    assert frame.loc[("heic", 1), "note"] == "pillow-heif is not installed"


def test_times_are_of_a_megapixel_and_the_median_of_the_turns(monkeypatch):
    class Codec:
        name, origin, quality, setting = "a", "", 1, ""

    turns = [(0.5, 0.25), (0.6, 0.25), (9.0, 0.5), (0.4, 0.25), (0.5, 0.25)]
    monkeypatch.setattr(image_times, "processor_seconds", lambda codecs, pictures: [turns])
    row, = image_times._timed([Codec()], [np.zeros((500, 1000, 3), np.uint8)])
    assert row["turns"] == len(turns)
    assert row["encode_s_per_megapixel"] == pytest.approx(1.0)
    assert row["low_encode_s_per_megapixel"] == pytest.approx(0.8)
    assert row["high_encode_s_per_megapixel"] == pytest.approx(18.0)
    assert row["decode_s_per_megapixel"] == pytest.approx(0.5)
    assert row["high_decode_s_per_megapixel"] == pytest.approx(1.0)


def test_a_turn_counts_all_pictures_alike(monkeypatch):
    class Codec:
        name, origin, quality, setting = "a", "", 1, ""

    def in_turns(codecs, pictures):
        """A second for 100 lines, five for 200."""
        return [[({100: 1.0, 200: 5.0}[len(picture)], 1.0) for picture in pictures]]

    monkeypatch.setattr(image_times, "processor_seconds", in_turns)
    pictures = [np.zeros((height, 1000, 3), np.uint8) for height in (100, 200)]
    row, = image_times._timed([Codec()], pictures)
    assert row["image_count"] == 2
    assert row["encode_s_per_megapixel"] == pytest.approx((10 + 25) / 2)
    assert row["low_encode_s_per_megapixel"] == row["high_encode_s_per_megapixel"]
