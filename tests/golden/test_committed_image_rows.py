"""What holds for the rows of image codecs on one base: streams cost the estimate, none beats the ideal, all decode alike."""

from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
ORDER_0 = ("bmshj2018-factorized", "balcilar2022", "proposed")
"""Codecs with one distribution a channel; the ideal bounds no others."""
STREAMED = (*ORDER_0, "context", "context-small", "context-adaptive")
FOLDERS = sorted(ROOT.glob("results/*/rate_distortion"))
CASES = [pytest.param(ideal.parent, ideal.stem.removeprefix("ideal_"), id=f"{ideal.parts[-3]}-{ideal.stem}")
         for folder in FOLDERS for ideal in sorted(folder.glob("ideal_q*.csv"))]
KODAK_PIXELS = 512 * 768


def samples(folder: Path, codec: str, quality: str) -> pd.DataFrame:
    path = folder / f"{codec}_{quality}.samples.csv.gz"
    if not path.is_file():
        pytest.skip(f"the run has no rows of {codec} at {quality}")
    return pd.read_csv(path).set_index("image")


@pytest.mark.parametrize("codec", STREAMED)
@pytest.mark.parametrize(("folder", "quality"), CASES)
def test_streams_of_images_as_large_as_kodaks_cost_the_estimate_within_half_a_percent(folder, quality, codec) -> None:
    found = samples(folder, codec, quality)
    large = found[found["height_px"] * found["width_px"] >= KODAK_PIXELS]
    if large.empty:
        pytest.skip("no image of the run is as large as Kodak's")
    assert (large["stream_bpp"] / large["bpp"]).between(0.995, 1.005).all(), (large["stream_bpp"] / large["bpp"]).max()


@pytest.mark.parametrize("codec", ORDER_0)
@pytest.mark.parametrize(("folder", "quality"), CASES)
def test_the_ideal_is_cheaper_than_every_method_before_its_side_information(folder, quality, codec) -> None:
    found, ideal = samples(folder, codec, quality), samples(folder, "ideal", quality)
    assert list(found.index) == list(ideal.index)
    assert (found["bpp"] - found["side_bpp"] >= ideal["bpp"]).all()


@pytest.mark.parametrize("codec", STREAMED)
@pytest.mark.parametrize(("folder", "quality"), CASES)
def test_all_methods_on_a_base_give_the_same_pictures(folder, quality, codec) -> None:
    found, ideal = samples(folder, codec, quality), samples(folder, "ideal", quality)
    assert found[["psnr_rgb_db", "ms_ssim_db"]].equals(ideal[["psnr_rgb_db", "ms_ssim_db"]])


def test_there_are_rows_on_kodak_to_look_at() -> None:
    assert any("workstation" in str(case.id) for case in CASES)
