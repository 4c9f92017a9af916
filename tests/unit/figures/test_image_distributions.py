"""Encoding distributions: heatmaps and curves show the distributions of the model."""

import numpy as np
import pandas as pd
import pytest

from lcpc.data.store import npz_bytes
from lcpc.errors import MissingData
from lcpc.figures import (
    _distributions,
    distribution_heatmap_explained,
    distribution_heatmaps_adaptive,
    distribution_heatmaps_static,
    factorized_model,
    static_suboptimality,
    style,
)
from lcpc.results import schema
from lcpc.results.store import Results, write_rows, write_whole

CHANNELS, BINS = 24, np.arange(-16, 17)
MODULES = [distribution_heatmap_explained, distribution_heatmaps_adaptive,
           distribution_heatmaps_static, factorized_model,
           static_suboptimality]


def laplace(scales):
    p = np.exp(-np.abs(BINS)[None] / np.asarray(scales)[:, None])
    return p / p.sum(axis=1, keepdims=True)


def written(project, images=("one", "two"), quality=1):
    scales = np.geomspace(4, 0.05, CHANNELS)
    p = np.stack([laplace(scales * (0.5 if index == 0 else 2.0)) for index in range(len(images))])
    pictures = {f"picture_{index}": np.full((30, 40, 3), 60 + 90 * index, np.uint8)
                for index in range(len(images))}
    arrays = {"bins": BINS, "p": p.astype(np.float32), "static": laplace(scales).astype(np.float32),
              "p_hat": p.astype(np.float32), **pictures}
    rows = [{**dict.fromkeys(schema.columns("image_distributions")), "run": "mine",
             "images": "photos", "base": "own",
             "quality": quality, "image": image, "channels": CHANNELS, "latent_height": 32,
             "latent_width": 48, "bins": 256,
             "ideal_bpp": 0.10, "static_bpp": 0.12, "proposed_bpp": 0.11, "seed": 1,
             "evidence": "measured",
             "status": "done"} for image in images]
    path = project / "results" / "mine" / "image_distributions" / f"q{quality}.csv"
    write_rows(path, "image_distributions", pd.DataFrame(rows), {})
    write_whole(path.with_suffix(".npz"), npz_bytes(arrays))
    return Results(project, "mine")


@pytest.fixture
def results(project):
    return written(project)


def test_a_heatmap_shows_the_rate_of_the_distributions_that_it_shows(results):
    static = distribution_heatmaps_static.points(results)
    adapted = distribution_heatmaps_adaptive.points(results)
    assert list(static["series"]) == ["one p", "one static", "two p", "two static"]
    assert list(static["bpp"]) == [0.10, 0.12, 0.10, 0.12]
    assert list(adapted["bpp"]) == [0.10, 0.11, 0.10, 0.11]
    assert set(static["evidence"]) == {"measured"}


def test_bits_are_clipped_at_ten_and_never_infinite():
    assert _distributions.bits(np.array([1.0, 0.25, 2.0**-12,
                                         0.0])).tolist() == [0.0, 2.0, 10.0, 10.0]


def test_channels_stand_in_the_order_of_their_static_entropy_and_those_that_never_vary_are_left_out(
        results):
    held = _distributions.shown(results, "x")
    assert _distributions.order(held).tolist() == list(range(CHANNELS - 2))[::-1]
    label = f"channel, by entropy ({CHANNELS - 2} of {CHANNELS} vary)"
    assert _distributions.channel_label(held) == label


def test_an_image_that_needs_a_channel_keeps_it_in_the_heatmap(results):
    held = _distributions.shown(results, "x")
    held.arrays["p"][1, -1] = 1 / len(BINS)
    assert CHANNELS - 1 in _distributions.order(held)


def test_the_lowest_quality_is_shown(project):
    written(project, quality=3)
    assert set(distribution_heatmaps_static.points(written(project, quality=2))["quality"]) == {2}


def test_the_shown_channel_is_the_one_that_serves_the_worse_served_image_worst(project):
    results = written(project)
    held = _distributions.shown(results, "x")
    points = static_suboptimality.points(results)
    assert set(points["channel"]) == {static_suboptimality.telling_channel(held)}
    lost = points.dropna(subset=["lost_bits"]).groupby("series")["lost_bits"].first()
    assert set(lost.index) == {"one", "two"}
    assert (lost > 0).all()


def test_an_image_that_the_static_distribution_fits_loses_nothing(project):
    results = written(project)
    held = _distributions.shown(results, "x")
    held.arrays["p"][:] = held.arrays["static"]
    static = static_suboptimality.smoothed(held.arrays["static"])
    lost = static_suboptimality.kl_divergence_bits(held.arrays["p"][0], static)
    assert np.abs(lost).max() < 1e-6


def test_the_cube_has_four_channels_from_wide_to_narrow_and_the_size_of_the_latent(results):
    points = factorized_model.points(results)
    spread = [float((rows["probability"] * rows["value"] ** 2).sum())
        for _, rows in points.groupby("series", sort=False)]
    assert len(spread) == len(factorized_model.PLACES)
    assert spread == sorted(spread, reverse=True)
    with style.applied():
        words = [text.get_text() for text in factorized_model.draw(points).axes[0].texts]
    assert words == ["$W_y$ = 48", "$H_y$ = 32", "$M_y$ = 24"]


def test_the_names_of_the_channels_stand_on_no_bar_and_the_axis_says_what_it_counts(results):
    with style.applied():
        figure = factorized_model.draw(factorized_model.points(results))
        figure.draw_without_rendering()
    drawn = figure.axes[1:]
    for axes in drawn:
        name = axes.title.get_window_extent()
        assert not [bar for other in drawn for bar in other.patches
                    if bar.get_window_extent().overlaps(name)]
    assert drawn[0].get_xlabel() == "value − median"


def test_the_explained_column_holds_minus_log2_of_the_bars(results):
    points = distribution_heatmap_explained.points(results)
    kept = points[points["probability"] > 2.0**-10]
    assert np.allclose(kept["bits"], -np.log2(kept["probability"].astype(float)), atol=1e-5)
    assert points["probability"].sum() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("images", [("one", "two"), ("alone",)])
def test_a_figure_can_be_drawn_of_one_image_and_of_two(module, images, project):
    with style.applied():
        figure = module.draw(module.points(written(project, images)))
        figure.canvas.draw()
    assert figure.axes


@pytest.mark.parametrize("module", MODULES)
def test_a_run_without_distributions_says_what_makes_them(module, project):
    with pytest.raises(MissingData,
                       match=rf"`snakemake --cores 8 figures/mine/{module.STEM}\.pdf`"):
        module.points(Results(project, "mine"))


@pytest.mark.parametrize("module", MODULES)
def test_a_lost_picture_is_told(module, results):
    next((results.root / "results" / "mine" / "image_distributions").glob("*.npz")).unlink()
    with pytest.raises(MissingData, match="evaluate again"):
        module.points(results)
