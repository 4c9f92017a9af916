"""Table 2.3 from the layers themselves: built modules give the printed counts."""

import pytest

from lcpc.experiments import image_complexity
from lcpc.metrics import architectures
from lcpc.metrics.complexity import macs_per_pixel, weight_count


@pytest.fixture(scope="module")
def rows():
    return image_complexity.counted().set_index("configuration")


@pytest.mark.parametrize(("configuration", "weights", "macs"), [
    ("(M_y,N_q,M_q,K,G,B)=(192,32,16,15,8,256)", 28_800, 10.46875),
    ("(M_y,N_q,M_q,K,G,B)=(320,64,32,15,8,1024)", 97_280, 125.8333),
    ("(N,M)=(128,192)", 1_040_384, 1364.0), ("(N,M)=(192,320)", 2_396_160, 3285.0)])
def test_both_sides_have_the_printed_weights_and_macs(configuration, weights, macs, rows):
    row = rows.loc[configuration]
    for side in ("analysis", "synthesis"):
        assert row[f"{side}_params"] == weights
        assert row[f"{side}_macs_per_pixel"] == pytest.approx(macs, abs=5e-4)


def test_the_built_distribution_model_is_the_described_one(rows):
    described = architectures.distribution_analysis(192, 32, 16)
    row = rows.loc["(M_y,N_q,M_q,K,G,B)=(192,32,16,15,8,256)"]
    assert row["analysis_params"] == weight_count(described)
    assert row["analysis_macs_per_pixel"] == pytest.approx(
        macs_per_pixel(described, (256,), (512, 768))
    )


def test_totals_are_those_of_the_base_with_and_without_the_model(rows):
    low = rows.loc["(M_y,N_q,M_q,K,G,B)=(192,32,16,15,8,256)"]
    assert low["total_params_without"] == architectures.factorized_model_parameters(128, 192)
    assert low["total_params_with"] - low["total_params_without"] == 2 * 28_800
    assert rows.loc["(N,M)=(128,192)"].isna()["total_params_with"]
