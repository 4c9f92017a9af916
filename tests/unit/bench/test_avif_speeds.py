"""`lcpc bench avif_speeds`: lines a speed, PSNR against the curve of the rows' own speed."""

import numpy as np
import pytest

from lcpc.bench import avif_speeds
from lcpc.cli import main
from lcpc.codecs.formats import avif

HAS_AVIF = pytest.mark.skipif(bool(avif.codec(50).missing()), reason=avif.codec(50).missing())


@pytest.fixture(scope="module")
def pictures():
    """Two smooth pictures with noise, uint8 [48, 64, 3]."""
    rng = np.random.default_rng(1)
    ramps = np.linspace(40, 200, 48)[:, None, None] + np.linspace(0, 40, 64)[:, None]
    noisy = ramps + rng.normal(0, 6, (2, 48, 64, 3))
    return list(noisy.clip(0, 255).astype(np.uint8))


@HAS_AVIF
def test_the_speed_is_a_setting_of_the_codec_and_reaches_the_encoder(pictures):
    streams = [avif.codec(40, speed).encode(pictures[0]) for speed in (avif.SPEED, 10)]
    assert streams[0] == avif.codec(40).encode(pictures[0])
    assert streams[0] != streams[1]
    assert avif.codec(40, 10).setting.endswith("speed=10")


@HAS_AVIF
def test_a_point_is_the_mean_of_real_streams(pictures):
    codec = avif.codec(40)
    point = avif_speeds.mean(codec, pictures)
    streams = [codec.encode(picture) for picture in pictures]
    assert point.bpp == pytest.approx(8 * np.mean([len(stream) for stream in streams]) / (48 * 64))
    errors = [np.mean((codec.decode(stream) - picture.astype(float))**2)
              for stream, picture in zip(streams, pictures, strict=True)]
    assert point.psnr_db == pytest.approx(np.mean(10 * np.log10(255**2 / np.array(errors))))
    assert point.encode_s > 0


@HAS_AVIF
def test_the_usual_speed_comes_first_and_lies_on_its_own_curve(pictures):
    cells = [line.strip("| ").split(" | ") for line in avif_speeds.lines(pictures, [10])]
    levels = [str(quality) for quality in avif_speeds.QUALITIES]
    assert [row[0] for row in cells] == ["6"] * len(levels) + ["10"] * len(levels)
    assert [row[1] for row in cells] == levels * 2
    assert {float(row[4]) for row in cells[:len(levels)]} == {0.0}
    assert any(float(row[4]) for row in cells[len(levels):])


@pytest.mark.parametrize(("words", "message"), [
    (["--speeds", "11"], "--speeds 11: name speeds from 0 to 10"),
    (["--pictures", "0"], "--pictures 0: name at least one"),
])
def test_settings_out_of_range_are_refused(words, message, root, capsys):
    assert main(["--root", str(root), "bench", "avif_speeds", *words]) != 0
    assert message in capsys.readouterr().err
