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


FORMATS = ("jpeg", "jpeg2000", "webp", "avif", "jpegxl", "heic")
ZOO = ROOT / "results" / "zoo"


@pytest.mark.parametrize("codec", FORMATS)
def test_more_bits_of_a_file_format_give_a_better_picture(codec) -> None:
    rows = pd.read_csv(ZOO / "rate_distortion" / f"{codec}.csv").sort_values("stream_bpp")
    assert set(rows["status"]) == {"done"}
    assert len(rows) >= 11
    assert rows["psnr_rgb_db"].is_monotonic_increasing
    assert rows["ms_ssim_db"].is_monotonic_increasing


@pytest.mark.parametrize("codec", ["jpeg", "jpeg2000", "webp", "avif"])
def test_two_runs_measure_the_same_of_a_file_format(codec) -> None:
    ours, theirs = (pd.read_csv(ROOT / "results" / run / "rate_distortion" / f"{codec}.csv").drop(columns="run")
                    for run in ("zoo", "workstation"))
    pd.testing.assert_frame_equal(ours, theirs)


def test_times_are_of_codecs_and_settings_with_rates_and_their_turns_agree() -> None:
    times = pd.read_csv(ZOO / "image_times" / "codecs.csv")
    assert set(times["status"]) == {"done"}
    assert set(times["codec"]) == {*FORMATS, *STREAMED}
    files = (ZOO / "rate_distortion").glob("*.csv")
    rates = pd.concat([pd.read_csv(file) for file in files])
    settings = set(zip(rates["codec"], rates["quality"], rates["setting"].fillna(""), strict=True))
    assert set(zip(times["codec"], times["quality"], times["setting"].fillna(""), strict=True)) <= settings
    for way in ("encode", "decode"):
        low, middle, high = (times[f"{end}{way}_s_per_megapixel"] for end in ("low_", "", "high_"))
        assert (low > 0).all()
        assert (low <= middle).all()
        assert (middle <= high).all()
        assert (middle / low).max() < 1.5


def test_there_are_rows_on_kodak_to_look_at() -> None:
    assert any("workstation" in str(case.id) for case in CASES)
