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
    rates = [{"codec": "jpeg", "quality": quality, "setting": f"quality={quality} 4:2:0",
              "stream_bpp": quality / 50, "psnr_rgb_db": 25 + quality / 10}
             for quality in (10, 50, 90)]
    base = {"codec": "bmshj2018-factorized", "base": "own", "quality": 1, "stream_bpp": 0.2,
            "bpp": 0.2, "psnr_rgb_db": 28.0}
    write_rows(folder / "rate_distortion/jpeg.csv", "rate_distortion",
               rows_of("rate_distortion", rates), {})
    write_rows(folder / "rate_distortion/bmshj2018-factorized_q1.csv", "rate_distortion",
               rows_of("rate_distortion", [base]), {})
    context = {**base, "codec": "context", "stream_bpp": 0.15}
    write_rows(folder / "rate_distortion/context_q1.csv", "rate_distortion",
               rows_of("rate_distortion", [context]), {})
    times = [{"codec": codec, "quality": quality, "encode_s_per_megapixel": seconds,
              "low_encode_s_per_megapixel": 0.9 * seconds,
              "high_encode_s_per_megapixel": 1.2 * seconds, "decode_s_per_megapixel": seconds / 2,
              "low_decode_s_per_megapixel": 0.4 * seconds,
              "high_decode_s_per_megapixel": 0.6 * seconds}
             for codec, quality, seconds in (
                 ("jpeg", 10, 0.02), ("jpeg", 90, 0.04), ("bmshj2018-factorized", 1, 3.0), ("context", 1, 5.0))]
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


@pytest.fixture
def figure(project):
    with style.applied():
        return image_codec_times.draw(image_codec_times.points(measured(project)))


def test_three_panels_show_quality_and_both_times(figure):
    quality, encode, decode = figure.axes
    assert encode.get_yscale() == decode.get_yscale() == "log"
    assert sorted(len(line.get_xdata()) for line in quality.get_lines()) == [1, 1, 3]
    assert sorted(len(line.get_xdata()) for line in encode.get_lines()) == [1, 1, 2]


def test_bars_go_from_the_fastest_to_the_slowest_turn(figure):
    _, encode, decode = figure.axes
    ends = [tuple(bar[:, 1]) for lines in encode.collections for bar in lines.get_segments()]
    assert sorted(ends) == [pytest.approx(pair) for pair in (
        (0.018, 0.024), (0.036, 0.048), (2.7, 3.6), (4.5, 6.0))]
    assert sum(len(lines.get_segments()) for lines in decode.collections) == 4


def test_formats_are_hollow_with_their_settings_and_context_is_beyond_the_documents(figure):
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Learned", "bmshj2018-factorized, own base",
                      "Learned, beyond the documents", "context",
                      "File formats", "JPEG, 4:2:0"]
    faces = {line.get_label(): line.get_markerfacecolor() for line in figure.axes[0].get_lines()}
    assert [label for label, face in faces.items() if face == "white"] == ["JPEG, 4:2:0"]


def test_a_run_without_times_says_how_to_measure_them(project):
    with pytest.raises(MissingData, match="snakemake --cores 8 figures/mine/image_codec_times.pdf"):
        image_codec_times.points(measured(project, with_times=False))
