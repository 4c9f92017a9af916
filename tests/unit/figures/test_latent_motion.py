"""The latent motion figures show what the rows say, and say what to run where there are none."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from lcpc.data.store import npz_bytes
from lcpc.errors import MissingData, ResultError
from lcpc.figures import (
    _latent,
    latent_motion_problem,
    latent_motion_random,
    latent_motion_residuals,
    latent_motion_transforms,
)
from lcpc.figures.render import render
from lcpc.registry import load
from lcpc.results import schema
from lcpc.results.store import Results, csv_bytes, gzipped, write_rows

STEMS = ("problem", "residuals", "transforms", "random")
VALUES = {"translation": np.arange(-30, 31), "rotation": np.arange(-10, 11),
          "scale": np.arange(80, 126) / 100,
          "shear": np.arange(-10, 11)}
LAYERS = {"conv": 2, "deep": 16}


def rows_of(network, weights, **more):
    shared = {**dict.fromkeys(schema.columns("latent_motion")), "run": "demo", "images": "photos",
              "size_px": 64, "network": network,
              "weights": weights, "samples": 9, "empty": 0, "empty_field": 0, "seed": 1,
              "evidence": "measured",
              "status": "done"}
    rows = [{**shared, "layer": layer, "stride": stride, "transform": transform, "value": value,
             "nrmse": 0.0 if value % stride == 0 else 0.03, **more}
            for layer, stride in LAYERS.items() for transform, values in VALUES.items()
            for value in values]
    rows += [{**shared, "layer": layer, "stride": stride, "transform": "random", "nrmse": 0.02,
              **more}
             for layer, stride in LAYERS.items()]
    return pd.DataFrame(rows)


def arrays_of():
    rng = np.random.default_rng(0)
    masks = np.ones((4, 8, 8), bool)
    masks[0, :, :3] = False
    return {"field_frames": rng.integers(0, 255, (2, 64, 64, 3), dtype=np.uint8),
            "field_layer": np.array("conv"),
            "field_tensors": rng.random((2, 4, 16, 16)).astype(np.float16),
            "image": np.array("cat"),
            "residual_images": rng.integers(0, 255, (5, 64, 64, 3), dtype=np.uint8),
            "residual_masks": masks,
            "residual_tensors": np.ones((5, 9, 8, 8), np.float16),
            "residual_predicted": np.full((4, 9, 8, 8), 1.5, np.float16),
            "residual_names": np.array(["translate", "rotate", "stretch", "shear"]),
            "residual_layer": np.array("deep"),
            "residual_span": np.array(10.0)}


def write(project, network="efficientnet_lite0", weights="trained", pictures=True, draws=9, **more):
    target = project / "results" / "demo" / "latent_motion" / f"{network}_{weights}.csv"
    rng = np.random.default_rng(1)
    samples = pd.DataFrame([{"image": "cat", "layer": layer, "nrmse": rng.uniform(0.01, 0.03)}
                            for layer in LAYERS for _ in range(draws)])
    write_rows(target, "latent_motion", rows_of(network, weights, **more), {}, samples)
    if pictures:
        arrow = {"x": 5, "y": 7, "match_x": -2, "match_y": 1, "expected_x": -1.8, "expected_y": 1.2}
        vectors = pd.DataFrame([{"where": where, **arrow} for where in ("frame", "latent")])
        target.with_suffix(".npz").write_bytes(npz_bytes(arrays_of()))
        target.with_suffix(".vectors.csv.gz").write_bytes(gzipped(csv_bytes(vectors)))
    return Results(project, "demo")


@pytest.mark.parametrize("stem", STEMS)
def test_the_figure_is_drawn_whole_names_its_sources_and_keeps_its_bytes(stem, project, tmp_path):
    write(project)
    results = write(project, weights="untrained", pictures=False)
    first, second = (render(f"latent_motion_{stem}", results, tmp_path / folder)
                     for folder in ("one", "two"))
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    told = json.loads(first[0].read_text())
    assert told["caption"] == load("lcpc.figures", f"latent_motion_{stem}").CAPTION
    assert all((project / file).is_file() for file in told["sources"])
    assert all(told["series"].values())
    assert pd.read_csv(first[-1]).columns[0] == "series"


@pytest.mark.parametrize("stem", STEMS)
def test_without_rows_the_command_is_named(stem, project):
    module = load("lcpc.figures", f"latent_motion_{stem}")
    with pytest.raises(MissingData,
                       match=r"holds no measured rows; run `lcpc evaluate latent_motion/[a-z0-9_]*_trained --run "
                             r"demo`"):
        module.points(Results(project, "demo"))
    with pytest.raises(MissingData, match=f"figures/demo/latent_motion_{stem}.pdf"):
        module.points(Results(project, "published"))


def test_a_run_whose_networks_were_all_skipped_says_why(project):
    results = write(project, "resnet34", nrmse=None, status="skipped",
                    note="no trained weights of resnet34")
    with pytest.raises(MissingData, match="holds no measured rows: no trained weights of resnet34"):
        latent_motion_transforms.points(results)


def test_the_documents_networks_come_first_where_they_are_trained(project):
    write(project, "efficientnet_lite0")
    results = write(project, "resnet34", weights="untrained")
    assert set(latent_motion_transforms.points(results)["network"]) == {"efficientnet_lite0"}
    results = write(project, "resnet34")
    assert set(latent_motion_transforms.points(results)["network"]) == {"resnet34"}


def test_the_four_panels_show_every_point_and_circle_the_whole_latent_steps(project):
    points = latent_motion_transforms.points(write(project))
    figure = latent_motion_transforms.draw(points)
    panels = {axes.get_xlabel(): axes for axes in figure.axes}
    assert list(panels) == list(latent_motion_transforms.PANELS.values())
    shift = panels["Translation (px)"].get_lines()
    assert [len(line.get_xdata()) for line in shift[:2]] == [61, 61]
    circles = [line.get_xdata().tolist() for line in shift if line.get_marker() == "o"]
    assert circles == [list(range(-30, 31, 2)), [-16, 0, 16]]


def test_dips_of_coarse_layers_stand_out_before_those_of_fine_ones(project):
    points = latent_motion_transforms.points(write(project))
    shift = next(axes for axes in latent_motion_transforms.draw(points).axes
                 if axes.get_xlabel() == "Translation (px)")
    fine, coarse = shift.get_lines()[:2]
    assert (fine.get_label(), coarse.get_label()) == ("conv (s = 2)", "deep (s = 16)")
    assert coarse.get_linewidth() > 1.5 * fine.get_linewidth()
    assert coarse.get_zorder() > fine.get_zorder()


def test_a_network_shares_its_scale_with_its_control(project):
    for weights, factor in (("trained", 1.0), ("untrained", 0.5)):
        write(project, weights=weights, pictures=False)
        path = project / "results/demo/latent_motion" / f"efficientnet_lite0_{weights}.csv"
        rows = pd.read_csv(path)
        rows.assign(nrmse=rows["nrmse"] * factor).to_csv(path, index=False)
    drawn = latent_motion_transforms.draw(latent_motion_transforms.points(Results(project, "demo")))
    tops = [axes.get_ylim()[1] for axes in drawn.axes]
    assert tops == pytest.approx([1.05 * 0.03] * 8)


@pytest.mark.parametrize("name", ["transforms", "random"])
def test_the_image_codec_has_a_figure_of_its_own(name, project):
    results = write(project)
    classifier, codec = (load("lcpc.figures", f"latent_motion_{name}{ending}")
                         for ending in ("", "_codec"))
    with pytest.raises(MissingData, match="latent_motion/factorized_trained --run demo"):
        codec.points(results)
    results = write(project, "factorized")
    assert set(classifier.points(results)["network"].dropna()) == {"efficientnet_lite0"}
    assert set(codec.points(results)["network"].dropna()) == {"factorized"}


def test_the_control_has_panels_of_its_own_and_says_so(project):
    write(project)
    points = latent_motion_transforms.points(write(project, weights="untrained"))
    titles = [axes.get_title(loc="left") for axes in latent_motion_transforms.draw(points).axes]
    assert sum("EfficientNet-Lite0, trained" in title for title in titles) == 1
    assert sum("untrained (control)" in title for title in titles) == 1


def test_densities_have_unit_area_and_the_bound_is_the_printed_one(project):
    points = latent_motion_random.points(write(project))
    for _, curve in points[points["kind"] == "density"].groupby("layer"):
        inside = curve["density"].mean() * (curve["nrmse"].max() - curve["nrmse"].min())
        assert inside == pytest.approx(1, abs=0.1)
    bound = points[points["kind"] == "bound"].iloc[0]
    assert (bound["nrmse"], bound["evidence"]) == (0.04, "published")
    assert points[points["kind"] == "mean"]["nrmse"].tolist() == [0.02, 0.02]
    axes = latent_motion_random.draw(points).axes[0]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert re.fullmatch(r"conv \(s = 2\): mean 0.020 \[0.0\d\d, 0.0\d\d\]", labels[0])


def test_too_few_draws_for_a_density_are_refused(project):
    with pytest.raises(ResultError, match="has 2 draws, too few for a density"):
        latent_motion_random.points(write(project, draws=2))


def test_residuals_weigh_only_what_the_mask_keeps(project):
    points = latent_motion_residuals.points(write(project))
    assert points["valid_percent"].tolist() == [62.5, 100, 100, 100]
    assert points["nrmse_shown"].tolist() == pytest.approx([0.05] * 4)


def test_arrows_point_where_the_content_went(project):
    figure = latent_motion_problem.draw(latent_motion_problem.points(write(project)))
    second = next(axes for axes in figure.axes if axes.get_title() == "second frame (cat)")
    expected, found = (item for item in second.collections if hasattr(item, "U"))
    assert (found.U.tolist(), found.V.tolist()) == ([2.0], [-1.0])
    assert (expected.U.tolist(), expected.V.tolist()) == ([1.8], [-1.2])


def test_broken_or_missing_pictures_name_the_command(project):
    results = write(project, pictures=False)
    with pytest.raises(MissingData,
                       match=r"efficientnet_lite0_trained.npz is not in .* run `lcpc evaluate "
                             r"latent_motion"):
        latent_motion_residuals.points(results)
    (results.folder / "latent_motion" / "efficientnet_lite0_trained.npz").write_bytes(b"PK broken")
    with pytest.raises(ResultError, match="run `lcpc evaluate latent_motion/[a-z0-9_]*_trained --run demo`"):
        latent_motion_residuals.points(results)


def test_layers_keep_their_style_and_more_layers_than_colours_can_be_drawn():
    rows = pd.DataFrame({"network": "resnet34", "layer": [f"l{index}" for index in range(9)],
                         "stride": 2})
    styles = _latent.layer_styles(rows)
    assert styles["resnet34", "l0"].colour == styles["resnet34", "l7"].colour
    assert len({look.colour for look in styles.values()}) == 7


def test_the_documents_networks_share_a_panel_and_any_other_has_its_own():
    rows = pd.DataFrame([(network, weights) for network in ("resnet34", "densenet121", "factorized")
                             for weights in ("trained", "untrained")],
                        columns=["network", "weights"])
    assert _latent.panels(rows) == [(["resnet34", "densenet121"], "trained"),
                                    (["resnet34", "densenet121"], "untrained"),
                                    (["factorized"], "trained"), (["factorized"], "untrained")]


def test_the_first_trained_classifier_is_shown_without_the_codec():
    names = ["efficientnet_lite0", "efficientnet_lite0", "factorized", "resnet34"]
    done = pd.DataFrame({"network": names, "weights": ["trained", "untrained", "trained",
                                                       "untrained"]})
    assert _latent.shown(done) == ["efficientnet_lite0"]
    assert _latent.shown(done.assign(weights="untrained")) == ["efficientnet_lite0"]
