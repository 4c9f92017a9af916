"""A recipe without one of its settings differs from the whole recipe in that setting alone."""

import itertools

import pytest
import torch

from lcpc import checkpoints, config
from lcpc.config.ablation import OFF, SETTINGS
from lcpc.data import store
from lcpc.errors import ConfigError
from lcpc.jobs import JobContext
from lcpc.trainer.batches import augment
from lcpc.trainer.loop import round_generator
from lcpc.training import ablation, proposed

TRAINING = {"epochs": 2, "batch": 8, "average_decay": 0.9, "weight_decay": 0.02, "rotation_degrees": 3, "point_jitter": 0.01}
CURVE = {"sizes": ["micro"], "points": [16], "lambdas": [10, 80], "seeds": [1, 2], "latent_rate_factor": 10,
         "training": TRAINING}


def parsed(**changes):
    content = {"dataset": {"name": "shapes40", "stored_points": 32}, "ablation": [{**CURVE, **changes}]}
    return config.parse(content, "mine", "config/mine.yaml")


def flat(curve):
    plain = config.plain(curve)
    return {**plain, **plain["training"], "training": None}


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_recipe_leaves_out_its_own_setting_and_no_other(setting):
    recipe = parsed().ablation_of("micro", 16)
    whole, changed = (flat(recipe.curve("micro", 16, name)) for name in ("all", f"without_{setting}"))
    key, value = OFF[setting]
    assert {name for name in whole if whole[name] != changed[name]} == {key}
    assert changed[key] == value


def test_every_setting_is_left_out_in_a_job_of_its_own(tmp_path):
    jobs = list(ablation.jobs(parsed(points=[8, 16]), tmp_path))
    assert [job.name for job in jobs[:3]] == [
        "ablation_micro_P8_all", "ablation_micro_P8_without_fresh_points", "ablation_micro_P8_without_scale"]
    assert len({job.name for job in jobs}) == len(jobs) == 2 * (1 + len(SETTINGS))
    assert (jobs[0].title, jobs[5].title) == ("micro at P=8, all settings", "micro at P=8, without weight decay")
    assert all(first.values != second.values for first, second in itertools.pairwise(jobs))


@pytest.mark.parametrize(("changes", "message"), [
    ({"training": {**TRAINING, "weight_decay": 0}}, "weight_decay is not in the recipe"),
    ({"head_norm": False}, "head_norm is not in the recipe"),
    ({"without": ["dropout"]}, "dropout"),
    ({"without": []}, "without"),
])
def test_a_setting_that_is_not_there_cannot_be_left_out(changes, message):
    with pytest.raises(ConfigError, match=message):
        parsed(**changes)


def test_a_size_and_p_without_a_recipe_are_named():
    with pytest.raises(ConfigError, match="no recipe of lite at P=16"):
        parsed().ablation_of("lite", 16)


@pytest.mark.parametrize("count", [16, 32])
def test_without_fresh_points_each_epoch_sees_the_first_points_of_each_cloud(small, count):
    training = config.Training(scale_jitter=0.0, fresh_points=False)
    clouds = torch.from_numpy(small.points)
    for epoch in (0, 1):
        x = augment(clouds, count, training, round_generator(0, epoch))
        assert torch.equal(x.transpose(1, 2), clouds[:, :count])


def test_fresh_points_differ_from_epoch_to_epoch(small):
    clouds = torch.from_numpy(small.points)
    training = config.Training(scale_jitter=0.0)
    first, second = (augment(clouds, 16, training, round_generator(0, epoch)) for epoch in (0, 1))
    assert not torch.equal(first, second)


@pytest.fixture
def project(tmp_path, small):
    """A context with the recipe, and a curve of `proposed` with the same settings."""
    store.save(small, tmp_path / "data" / "mine" / "train.npz")
    settings = parsed(without=["head_norm", "fresh_points"])
    same = config.parse({"dataset": {"name": "shapes40", "stored_points": 32}, "proposed": [CURVE]},
                        "mine", "config/mine.yaml")
    return JobContext(tmp_path, settings.model_copy(update={"proposed": same.proposed}))


def test_the_whole_recipe_trains_what_proposed_trains(project):
    for training in (ablation, proposed):
        for job in training.jobs(project.config, project.root):
            training.run(job, project)
    whole, as_proposed, plain_head, same_points = (
        checkpoints.read(project.weights(name)) for name in (
            "ablation_micro_P16_all", "proposed_micro_P16", "ablation_micro_P16_without_head_norm",
            "ablation_micro_P16_without_fresh_points"))
    assert len(whole["models"]) == 4
    assert {name for name in whole if name not in ("models", "tables") and whole[name] != as_proposed[name]} == set()
    assert all(torch.equal(value, other[name]) for model, other in zip(whole["models"], as_proposed["models"], strict=True)
               for name, value in model.items())
    assert (plain_head["head_norm"], same_points["training"]["fresh_points"]) == (False, False)
    assert not torch.equal(whole["models"][0]["gain"], same_points["models"][0]["gain"])
