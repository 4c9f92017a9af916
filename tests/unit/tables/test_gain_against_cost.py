"""Gain against cost: what a run measures beside the documents' points, each with its origin."""

import pandas as pd
import pytest

from lcpc.results import schema
from lcpc.results.store import Results, write_rows
from lcpc.tables import gain_against_cost

RATES = {"bmshj2018-factorized": (0.2, 0.201), "ideal": (0.18, None), "context": (0.15, 0.1507)}


@pytest.fixture
def zoo(project):
    folder = project / "results" / "mine"
    for codec, (bpp, stream_bpp) in RATES.items():
        row = {**dict.fromkeys(schema.columns("rate_distortion")), "run": "mine", "quality": 2,
               "codec": codec, "images": "kodak", "base": "compressai (a note)", "bpp": bpp,
               "stream_bpp": stream_bpp, "evidence": "measured", "status": "done"}
        path = folder / "rate_distortion" / f"{codec}_q2.csv"
        write_rows(path, "rate_distortion", pd.DataFrame([row]), {})
    cost = {**dict.fromkeys(schema.columns("image_cost")), "run": "mine", "codec": "context",
            "quality": 2, "parameters": 9, "macs_per_pixel": 100.5, "encode_s": 3.0,
            "base_encode_s": 2.0, "decode_s": 2.0, "base_decode_s": 4.0, "status": "done",
            "evidence": "measured"}
    write_rows(folder / "image_cost" / "q2.csv", "image_cost", pd.DataFrame([cost]), {})
    return Results(project, "mine")


def test_gains_are_against_the_static_rates_and_times_against_the_bases(zoo):
    ideal, context = gain_against_cost.build(zoo).rows
    values = {name: cell.value for name, cell in context.items()}
    assert values["gain_percent"] == pytest.approx(-25)
    assert values["stream_gain_percent"] == pytest.approx(100 * (0.1507 / 0.201 - 1))
    assert (values["encode_ratio"], values["decode_ratio"]) == (1.5, 0.5)
    assert (values["macs_per_pixel"], values["parameters"]) == (100.5, 9)
    assert values["note"] == "beyond the documents"
    assert context["recomputed_gain_percent"].missing == "the documents print no such number"
    assert ideal["stream_gain_percent"].missing == "a bound and no codec: it has no stream"
    assert ideal["recomputed_gain_percent"].value == pytest.approx(-8.66, abs=0.005)
    assert ideal["note"].value == ""


def test_a_table_says_whose_weights_it_stands_on(zoo):
    assert gain_against_cost.build(zoo).notes == (
        "Measured: quality 2 on Kodak, base: compressai (a note).",)


def test_the_documents_points_are_recomputed_without_a_run(published):
    rows = gain_against_cost.build(published).rows
    assert {row["codec"].value for row in rows} == {"ideal", "balcilar2022", "proposed"}
    proposed = next(row for row in rows if row["codec"].value == "proposed")
    assert proposed["printed_macs_per_pixel"].value == 20
    assert proposed["macs_per_pixel"].missing == "run published measures nothing"


def test_a_run_without_such_rows_says_how_to_measure_them(project):
    row = gain_against_cost.build(Results(project, "mine")).rows[0]
    assert "ask for them in config/mine.yaml" in row["gain_percent"].missing
