"""The figure of gain against cost: own points beside the documents', each with its rows."""

import pandas as pd
import pytest

from lcpc.errors import MissingData
from lcpc.figures import gain_against_cost, style
from lcpc.results import schema
from lcpc.results.store import Results, write_rows

RATES = {"bmshj2018-factorized": 0.2, "ideal": 0.18, "proposed": 0.185, "context": 0.15}


def measured(project, with_costs=True):
    folder = project / "results" / "mine"
    for codec, rate in RATES.items():
        row = {**dict.fromkeys(schema.columns("rate_distortion")), "run": "mine", "quality": 2,
               "codec": codec, "images": "kodak", "base": "compressai", "bpp": rate,
               "stream_bpp": None if codec == "ideal" else rate, "evidence": "measured",
               "status": "done"}
        path = folder / "rate_distortion" / f"{codec}_q2.csv"
        write_rows(path, "rate_distortion", pd.DataFrame([row]), {})
    costs = [{**dict.fromkeys(schema.columns("image_cost")), "run": "mine", "codec": codec,
              "quality": 2, "parameters": 9, "macs_per_pixel": 100.0, "encode_s": 3.0,
              "base_encode_s": 2.0, "decode_s": 2.0, "base_decode_s": 4.0, "status": "done"}
             for codec in RATES if codec != "ideal"]
    if with_costs:
        write_rows(folder / "image_cost" / "q2.csv", "image_cost", pd.DataFrame(costs), {})
    return Results(project, "mine")


def test_own_points_are_of_real_streams_and_the_documents_of_printed_multiplications(project):
    points = gain_against_cost.points(measured(project)).set_index("series")
    assert points.loc["context", "gain_percent"] == pytest.approx(-25)
    assert points.loc["context", "encode_ratio"] == 1.5
    assert points.loc["ideal", "gain_percent"] == pytest.approx(-10)
    theirs = points.loc["proposed (published)"]
    assert theirs["gain_percent"] == pytest.approx(-7.13, abs=0.005)
    assert (theirs["macs_per_pixel"], theirs["evidence"]) == (20, "published")


def test_what_goes_beyond_the_documents_says_so(project):
    with style.applied():
        figure = gain_against_cost.draw(gain_against_cost.points(measured(project)))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "context, beyond the documents" in labels
    assert "ours, published" in labels


def test_times_have_a_panel_each_and_no_published_points(project):
    with style.applied():
        figure = gain_against_cost.draw(gain_against_cost.points(measured(project)))
    macs, encoding, decoding = figure.axes
    assert "Encoding" in encoding.get_xlabel()
    assert "Decoding" in decoding.get_xlabel()
    assert any("published" in line.get_label() for line in macs.get_lines())
    for axes, ratio in ((encoding, 1.5), (decoding, 0.5)):
        markers = [line for line in axes.get_lines() if line.get_marker() not in ("", "None")]
        assert {float(line.get_xdata()[0]) for line in markers} == {ratio}
        assert not any("published" in line.get_label() for line in markers)


def test_a_run_without_costs_says_how_to_measure_them(project):
    with pytest.raises(MissingData, match="snakemake --cores 8 figures/mine/gain_against_cost.pdf"):
        gain_against_cost.points(measured(project, with_costs=False))
