"""Tables of image codecs: a run's numbers beside print and published points, or a reason."""

import numpy as np
import pandas as pd
import pytest

from lcpc.results import schema
from lcpc.results.csv_file import csv_bytes, gzipped
from lcpc.results.store import Results, write_rows, write_whole
from lcpc.tables import complexity_image, rate_savings, rate_savings_per_quality

RATES = {"bmshj2018-factorized": 0.2, "ideal": 0.18, "balcilar2022": 0.19, "proposed": 0.185}
OWN = "own, N=64 M=192, 3000 steps on bsds500"


@pytest.fixture
def images(project):
    """Writes rows of image codecs: images(qualities, codecs) -> Results of run `mine`."""

    def write(qualities=(1, 2), codecs=tuple(RATES), **more) -> Results:
        for codec in codecs:
            for quality in qualities:
                row = {**dict.fromkeys(schema.columns("rate_distortion")), "run": "mine", "images": "kodak",
                       "codec": codec, "base": OWN,
                       "quality": quality, "image_count": 24, "bpp": RATES[codec] * quality,
                       "side_bpp": 0.002 if codec == "proposed" else 0.0, "psnr_rgb_db": 28.0,
                       "evidence": "measured", "status": "done", **more}
                path = project / "results" / "mine" / "rate_distortion" / f"{codec}_q{quality}.csv"
                write_rows(path, "rate_distortion", pd.DataFrame([row]), {})
        return Results(project, "mine")

    return write


def row(table, **key):
    return next(row for row in table.rows
                if all(row[name].value == value for name, value in key.items()))


def test_gap_and_gain_are_changes_of_the_measured_rates(images) -> None:
    found = row(rate_savings.build(images()), method="proposed", quality=1)
    assert found["gap_percent"].value == pytest.approx(-10)
    assert found["gain_percent"].value == pytest.approx(-7.5)
    assert found["evidence"].value == "measured"
    assert {source.file for source in found["gain_percent"].sources} == {
        f"results/mine/rate_distortion/{codec}_q1.csv"
        for codec in ("bmshj2018-factorized", "proposed")}
    assert found["printed_gain_percent"].value == -7.66
    assert found["recomputed_gain_percent"].value == pytest.approx(-7.66, abs=0.005)


def test_a_measured_row_says_images_base_and_qualities(images) -> None:
    table = rate_savings.build(images())
    assert row(table, quality=1,
               method="balcilar2022")["note"].value == f"Measured: quality 1 on Kodak, base: {OWN}."
    assert row(table,
               quality="*")["note"].value == f"Measured: qualities 1, 2 on Kodak, base: {OWN}."


def test_a_method_without_rows_says_so_and_keeps_the_recomputed_value(images) -> None:
    table = rate_savings.build(images(codecs=("bmshj2018-factorized", "ideal", "proposed")))
    cell = row(table, method="balcilar2022")["gain_percent"]
    assert cell.missing == ("run mine has no rows of balcilar2022 at quality 1; ask for them in "
                            "config/mine.yaml (images: "
                            "codecs, qualities), then `snakemake --cores 8 "
                            "tables/mine/rate_savings.csv`")
    assert row(table, method="balcilar2022")["recomputed_gain_percent"].value < 0
    assert row(table, method="proposed", quality=1)["gain_percent"].value is not None


def test_the_mean_takes_only_qualities_at_which_all_methods_are_measured(images) -> None:
    images(qualities=(1, 2))
    table = rate_savings.build(images(qualities=(3,), codecs=("bmshj2018-factorized", "ideal")))
    found = row(table, method="proposed", quality="*")
    assert found["note"].value == f"Measured: qualities 1, 2 on Kodak, base: {OWN}."
    assert found["gap_percent"].value == pytest.approx(-10)
    assert not any("q3" in source.file for source in found["gap_percent"].sources)


def test_the_interval_of_a_gap_is_that_of_pairs_of_images(images) -> None:
    results = images()
    scale = np.linspace(0.5, 1.5, 24)
    for codec, rate in RATES.items():
        for quality in (1, 2):
            frame = pd.DataFrame({"image": [f"kodim{n:02}" for n in range(24)], "quality": quality,
                                  "bpp": rate * quality * scale, "side_bpp": 0.002})
            path = results.folder / "rate_distortion" / f"{codec}_q{quality}.samples.csv.gz"
            write_whole(path, gzipped(csv_bytes(frame)))
    found = row(rate_savings.build(results), method="proposed", quality=1)
    assert found["low_gap_percent"].value == pytest.approx(-10)  # as every image has this gap
    assert found["high_gap_share_percent"].value == pytest.approx(75)
    rates = row(rate_savings_per_quality.build(results), quality=1)
    assert rates["low_static_bpp"].value < 0.2 < rates["high_static_bpp"].value
    assert rates["low_side_information_bpp"].value == pytest.approx(0.002)
    assert "resamplings of the test images" in rates["low_static_bpp"].formula


def test_without_rows_of_single_images_a_gap_has_no_interval_and_says_why(images) -> None:
    cell = row(rate_savings.build(images()), method="proposed", quality=1)["low_gap_percent"]
    assert "samples.csv.gz is not there, so that nothing can be resampled" in cell.missing


def test_every_quality_has_its_rates_and_the_mean_is_over_those_measured(images) -> None:
    table = rate_savings_per_quality.build(images())
    first, mean = row(table, quality=1), row(table, quality="mean")
    assert first["static_bpp"].value == pytest.approx(0.2)
    assert first["potential_gain_bpp"].value == pytest.approx(-0.02)
    assert first["side_information_bpp"].value == pytest.approx(0.002)
    assert mean["static_bpp"].value == pytest.approx(0.3)
    assert mean["gain_percent"].value == pytest.approx(-7.5)
    assert mean["recomputed_gain_percent"].value == pytest.approx(-6.95, abs=0.005)


def test_a_quality_that_the_run_does_not_measure_says_which_command_fills_it(images) -> None:
    cell = row(rate_savings_per_quality.build(images()), quality=7)["static_bpp"]
    assert cell.missing.startswith("run mine has no rows of static and ideal and proposed at "
                                   "quality 7; ask for them in")


def test_skipped_rows_are_no_measurements(images) -> None:
    table = rate_savings.build(images(status="skipped", bpp=None))
    assert (
        "run mine has no rows of image codecs"
        in row(table, method="proposed", quality=1)["gap_percent"].missing
    )


def test_complexity_counted_on_built_modules_takes_the_place_of_the_description(project) -> None:
    described = complexity_image.build(Results(project, "published"))
    settings = str(described.rows[0]["configuration"].value)
    counts = {"analysis_params": 28_800, "analysis_macs_per_pixel": 10.46875,
              "synthesis_params": 28_800,
              "synthesis_macs_per_pixel": 10.46875, "total_params_without": 2_997_571,
              "total_params_with": 3_055_171}
    path = project / "results" / "mine" / "image_complexity" / "image_codec.csv"
    rows = pd.DataFrame([{"run": "mine", "model": "proposed", "configuration": settings, **counts,
                          "evidence": "measured", "status": "done", "note": ""}])
    write_rows(path, "image_complexity", rows, {})
    table = complexity_image.build(Results(project, "mine"))
    first, last = table.rows[0], table.rows[-1]
    assert {name: first[name].value for name in counts} == counts
    assert (
        first["analysis_params"].sources[0].file == "results/mine/image_complexity/image_codec.csv"
    )
    assert (first["note"].value, last["note"].value) == ("counted on the built modules", "")
    assert all(np.isclose(first[name].value, described.rows[0][name].value) for name in counts)
