"""The figure of image codecs on three axes: rates and qualities of rows, times of one job."""

import pandas as pd
import pytest

from lcpc.errors import MissingData
from lcpc.figures import image_codec_times, style
from lcpc.results import schema
from lcpc.results.store import Results, write_rows


def rows_of(kind, lines):
    empty = {**dict.fromkeys(schema.columns(kind)), "run": "mine", "images": "kodak",
             "evidence": "measured", "status": "done"}
    return pd.DataFrame([{**empty, **line} for line in lines])


def measured(project, with_times=True):
    folder = project / "results" / "mine"
    rates = [{"codec": "jpeg", "quality": quality, "stream_bpp": quality / 50,
              "psnr_rgb_db": 25 + quality / 10} for quality in (10, 50, 90)]
    base = {"codec": "bmshj2018-factorized", "base": "own", "quality": 1, "stream_bpp": 0.2,
            "bpp": 0.2, "psnr_rgb_db": 28.0}
    write_rows(folder / "rate_distortion/jpeg.csv", "rate_distortion",
               rows_of("rate_distortion", rates), {})
    write_rows(folder / "rate_distortion/bmshj2018-factorized_q1.csv", "rate_distortion",
               rows_of("rate_distortion", [base]), {})
    times = [{"codec": codec, "quality": quality, "encode_s_per_megapixel": seconds,
              "decode_s_per_megapixel": seconds / 2}
             for codec, quality, seconds in (
                 ("jpeg", 10, 0.02), ("jpeg", 90, 0.04), ("bmshj2018-factorized", 1, 3.0))]
    skipped = {"codec": "heic", "quality": 1, "status": "skipped", "note": "not installed"}
    if with_times:
        write_rows(folder / "image_times/codecs.csv", "image_times",
                   rows_of("image_times", [*times, skipped]), {})
    return Results(project, "mine")


def test_times_meet_the_rates_of_their_setting_and_others_have_none(project):
    points = image_codec_times.points(measured(project)).set_index(["codec", "quality"])
    assert points.loc[("jpeg", 90), "encode_s_per_megapixel"] == 0.04
    assert points.loc[("jpeg", 90), "bpp"] == pytest.approx(1.8)
    assert pd.isna(points.loc[("jpeg", 50), "decode_s_per_megapixel"])
    assert points.loc[("bmshj2018-factorized", 1), "decode_s_per_megapixel"] == 1.5
    assert "heic" not in points.index.get_level_values("codec")


def test_three_panels_show_quality_and_both_times(project):
    with style.applied():
        figure = image_codec_times.draw(image_codec_times.points(measured(project)))
    quality, encode, decode = figure.axes
    assert encode.get_yscale() == decode.get_yscale() == "log"
    assert sorted(len(line.get_xdata()) for line in quality.get_lines()) == [1, 3]
    assert sorted(len(line.get_xdata()) for line in encode.get_lines()) == [1, 2]
    labels = {text.get_text() for text in figure.legends[0].get_texts()}
    assert labels == {"JPEG", "bmshj2018-factorized, own base"}


def test_a_run_without_times_says_how_to_measure_them(project):
    with pytest.raises(MissingData, match="snakemake --cores 8 figures/mine/image_codec_times.pdf"):
        image_codec_times.points(measured(project, with_times=False))
