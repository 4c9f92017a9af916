"""Jobs of the image codecs' trainings: one for each quality, and every value that changes weights counts."""

from pathlib import Path

import pytest
from PIL import Image

from lcpc import config
from lcpc.config import images
from lcpc.training import context, distribution, image_base

CONFIG = {"seed": 3, "images": {"qualities": [1, 3, 6], "train": "folder", "train_folder": "photos"}}
NAMES = ("image_base", "distribution")


def jobs(images=None, seed=3, root=Path("nowhere")):
    content = {"seed": seed, "images": {**CONFIG["images"], **(images or {})}}
    settings = config.parse(content, "mine", "config/mine.yaml")
    listed = [*image_base.jobs(settings, root), *distribution.jobs(settings, root)]
    return {job.name: job for job in listed}


def test_each_quality_has_a_base_and_a_distribution_model():
    listed = jobs()
    assert list(listed) == [f"{name}_q{quality}" for name in NAMES for quality in (1, 3, 6)]
    assert listed["image_base_q1"].output == "checkpoints/mine/image_base_q1.pt"
    assert listed["distribution_q3"].inputs == ("checkpoints/mine/image_base_q3.pt",)


def test_a_run_without_images_trains_none():
    settings = config.parse({"seed": 1}, "mine", "config/mine.yaml")
    assert not list(image_base.jobs(settings, Path()))
    assert not list(distribution.jobs(settings, Path()))


def test_a_base_starts_from_the_quality_before_it_where_the_widths_are_the_same():
    listed = jobs()
    assert listed["image_base_q1"].inputs == ()
    assert listed["image_base_q3"].inputs == ("checkpoints/mine/image_base_q1.pt",)
    assert listed["image_base_q6"].inputs == ()
    assert jobs({"warm_steps": 0})["image_base_q3"].inputs == ()


def test_a_base_with_compressais_weights_reads_their_file_and_starts_from_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("LCPC_DATA", str(tmp_path))
    weights = tmp_path / "zoo" / "bmshj2018-factorized-prior-3-0123.pth.tar"
    weights.parent.mkdir()
    weights.touch()
    listed = jobs({"weights": "zoo"})
    assert listed["image_base_q3"].inputs == (str(weights),)
    assert listed["image_base_q1"].inputs == ()
    assert "lambda" not in listed["image_base_q1"].values


def test_wide_transforms_learn_more_slowly_and_their_rate_rises():
    narrow = jobs({"n": 64})["image_base_q1"].values
    assert narrow["learning_rate"] == 1e-3
    assert "warm_up_steps" not in narrow
    listed = jobs({"warm_steps": 600})
    wide, widest, after = (listed[f"image_base_q{quality}"].values for quality in (1, 6, 3))
    assert wide["learning_rate"] == 1e-3 / 2
    assert widest["learning_rate"] == 1e-3 / 3
    assert wide["warm_up_steps"] == widest["warm_up_steps"] == image_base.WARM_UP_STEPS
    assert after["warm_up_steps"] == 60


@pytest.mark.parametrize("change", [
    {"n": 64}, {"m": 96}, {"bins": 64}, {"train": "photos", "train_folder": ""}, {"train_folder": "others"},
    {"train_count": 5}, {"base_steps": 7}, {"base_batch": 3}, {"base_patch": 64},
    {"base_learning_rate": 0.1}, {"base_precision": "bfloat16"}, {"base_start": "spread"}, {"bottleneck_steps": 3}])
def test_every_setting_of_a_base_counts(change):
    assert jobs(change)["image_base_q1"].values != jobs()["image_base_q1"].values


@pytest.mark.parametrize("change", [
    {"n_q": 16}, {"m_q": 8}, {"bins": 64}, {"lambda_q": 0.1}, {"train": "photos", "train_folder": ""},
    {"train_count": 5}, {"base_patch": 64}, {"distribution_steps": 7}, {"distribution_batch": 2},
    {"distribution_learning_rate": 0.1}, {"distribution_versions": 1}, {"distribution_slope": 0.5}])
def test_every_setting_of_a_distribution_model_counts(change):
    assert jobs(change)["distribution_q1"].values != jobs()["distribution_q1"].values


@pytest.mark.parametrize("change", [{"test": "kodak"}, {"codecs": ["ideal"]}, {"examples": ["a"]},
                                    {"qualities": [1, 3]}])
def test_what_is_measured_later_does_not_count(change):
    for name in NAMES:
        assert jobs(change)[f"{name}_q3"].values == jobs()[f"{name}_q3"].values


def test_a_setting_of_the_distribution_model_leaves_the_base_alone():
    changed = jobs({"distribution_steps": 7, "lambda_q": 0.5, "n_q": 16})
    assert changed["image_base_q1"].values == jobs()["image_base_q1"].values


def test_the_seed_counts():
    for name in NAMES:
        assert jobs(seed=4)[f"{name}_q1"].values != jobs()[f"{name}_q1"].values


def test_a_changed_lambda_counts_for_its_own_quality(monkeypatch):
    before = jobs()
    monkeypatch.setattr(images, "LAMBDAS", (*images.LAMBDAS[:2], 0.007, *images.LAMBDAS[3:]))
    after = jobs()
    assert after["image_base_q3"].values != before["image_base_q3"].values
    assert after["image_base_q1"].values == before["image_base_q1"].values


@pytest.mark.parametrize(("module", "constant"), [
    (image_base, "CLIP_NORM"), (image_base, "DENSITY_RATE"), (image_base, "FINAL_RATE_FRACTION"),
    (image_base, "BOTTLENECK_RATE"), (image_base, "BETAS"), (distribution, "CLIP_NORM"),
    (distribution, "DENSITY_RATE"), (distribution, "BETAS"), (distribution, "WARM_UP_STEPS"),
    (distribution, "FINAL_RATE_FRACTION"), (distribution, "TARGET_POSITIONS"),
    (distribution, "START_PIECES")])
def test_a_changed_constant_of_a_training_counts(module, constant, monkeypatch):
    name = f"{module.__name__.rsplit('.', 1)[1]}_q1"
    before = jobs()[name].values
    monkeypatch.setattr(module, constant, "another")
    assert jobs()[name].values != before


def test_own_photographs_are_inputs_of_both_trainings_and_hidden_ones_are_not(tmp_path, monkeypatch):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    folder = tmp_path / "data" / "photos"
    folder.mkdir(parents=True)
    for name in ("b.png", "a.png", "._a.png"):
        Image.new("RGB", (16, 16)).save(folder / name)
    photographs = ("data/photos/a.png", "data/photos/b.png")
    listed = jobs(root=tmp_path)
    assert listed["image_base_q1"].inputs == photographs
    assert listed["distribution_q1"].inputs == ("checkpoints/mine/image_base_q1.pt", *photographs)


def test_context_models_are_trained_where_a_codec_needs_them():
    def listed(**images):
        content = {**CONFIG, "images": {**CONFIG["images"], **images}}
        settings = config.parse(content, "mine", "config/mine.yaml")
        return {job.name: job for job in context.jobs(settings, Path())}

    assert not listed()
    asked = listed(codecs=["context-small"])
    assert list(asked) == ["context_small_q1", "context_small_q3", "context_small_q6"]
    assert asked["context_small_q3"].inputs == ("checkpoints/mine/image_base_q3.pt",)
    for change in ({"context_steps": 7}, {"context_batch": 7}, {"context_versions": 7},
                   {"context_learning_rate": 7}):
        changed = listed(codecs=["context-small"], **change)["context_small_q1"]
        assert changed.values != asked["context_small_q1"].values
    assert set(listed(codecs=["context-adaptive"])) == {"context_q1", "context_q3", "context_q6"}
    large = listed(codecs=["context"])["context_q1"]
    assert large.values["hidden"] > asked["context_small_q1"].values["hidden"]


def test_a_note_on_foreign_weights_counts():
    noted = jobs({"weights": "zoo", "weights_note": "rounded"})["image_base_q1"].values
    assert noted != jobs({"weights": "zoo"})["image_base_q1"].values
