"""Series of the report have the colours and markers of the printed figures."""

import importlib

from lcpc.figures import rate_accuracy_input_compression, rate_accuracy_micro
from lcpc.report import series_styles

ROW = {"size": "", "points": "", "evidence": "measured"}


def codec_rows(*codecs):
    return [{**ROW, "series": f"{codec} (mine)", "codec": codec} for codec in codecs]


def test_a_codec_has_the_colour_of_its_plug_in():
    draco = importlib.import_module("lcpc.codecs.point_clouds.draco")
    styles = series_styles.of_series(codec_rows("draco"), rate_accuracy_input_compression)
    assert styles["draco (mine)"].colour == draco.COLOUR
    assert list(series_styles.SHAPES)[styles["draco (mine)"].marker] == draco.MARKER


def test_a_recorded_codec_with_a_name_of_its_own_has_a_colour_of_its_own():
    rows = codec_rows("tmc13", "draco", "mycodec")
    styles = series_styles.of_series(rows, rate_accuracy_input_compression)
    assert styles["mycodec (mine)"].label == "mycodec (mine)"
    assert len({drawn.colour for drawn in styles.values()}) == 3


def test_published_series_beside_measured_ones_are_hollow_and_curves_of_many_points_come_first():
    row = {**ROW, "codec": "proposed", "size": "micro"}
    rows = [{**row, "series": "P=8", "points": "8"}, {**row, "series": "P=64", "points": "64"},
            {**row, "series": "P=64 (published)", "points": "64", "evidence": "published"}]
    styles = series_styles.of_series(rows, rate_accuracy_micro)
    order = sorted(styles, key=lambda name: series_styles.legend_order(name, styles[name]))
    assert order == ["P=64", "P=8", "P=64 (published)"]
    assert [styles[name].is_hollow for name in order] == [False, False, True]
    assert styles["P=64"].colour == styles["P=64 (published)"].colour != styles["P=8"].colour
