"""A run's configuration is refused by name where it is wrong, and read as one frozen value where it is right."""

import dataclasses

import pytest

from lcpc import config
from lcpc.errors import ConfigError, MissingData


def parse(**content):
    return config.parse(content, "mine", "config/mine.yaml")


def test_every_run_of_the_project_is_valid(root):
    runs = sorted(path.stem for path in (root / "config").glob("*.yaml"))
    assert {"published", "demo", "smoke", "workstation"} <= set(runs)
    assert [config.load(root, run).run for run in runs] == runs


def test_an_unknown_key_is_named_with_the_nearest_known_one():
    with pytest.raises(ConfigError, match=r"config/mine.yaml: proposed\[0\]: unknown key 'lamdas'. Did you mean 'lambdas'\?"):
        parse(dataset={"name": "shapes40"}, proposed=[{"lamdas": [10]}])


def test_an_unknown_size_is_refused_with_those_that_exist():
    with pytest.raises(ConfigError, match=r"'mikro' is not known. Did you mean 'micro'\?"):
        parse(dataset={"name": "shapes40"}, proposed=[{"sizes": ["mikro"]}])


@pytest.mark.parametrize(("content", "message"), [
    ({"seed": "one"}, "seed: expected int, found 'one'"),
    ({"seed": True}, "seed: expected int, found True"),
    ({"tables": "bd_metrics"}, "tables: expected a list"),
    ({"dataset": {"name": "modelnet10"}}, "'modelnet10' is not known"),
    ({"proposed": [{"points": [1024]}]}, "names no dataset"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [0]}]}, "expected positive numbers"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"training": {"batch": 1}}]}, "needs at least 2"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"training": {"schedule": "plateau"}}]}, "schedule"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"training": {"held_out": 1.0}}]}, r"held_out lies in \[0, 1\)"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"training": {"patience": 5}}]}, "patience is 5; .* needs held_out"),
    ({"dataset": {"name": "shapes40"}, "input_compression": {"scales": [3]}}, "3 is not known"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [8], "start_points": 16}]}, "trains no micro codec at P=16"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [8], "start_points": 8}]}, "P=8 would start from itself"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [8], "start_points": -8}]}, "expected positive numbers"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"active_channels": -1}]}, "active_channels is -1.0; it is 0 or more"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"prune_latents": True}]}, "start_points is not set, but prune_latents"),
    ({"dataset": {"name": "shapes40"}, "proposed": [
        {"sizes": ["lite"], "points": [16]}, {"sizes": ["lite"], "points": [8], "start_points": 16, "prune_latents": True}]},
     "can't leave out channels of lite"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [16], "warm_epochs": 1, "start_points": 16}]}, "two starts"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [8], "start_points": 16}, {"points": [16], "lambdas": [10]}]},
     "micro has other lambdas"),
    ({"dataset": {"name": "shapes40"}, "proposed": [{"points": [8], "start_points": 16}, {"points": [16], "start_points": 8}]},
     "would start from itself"),
])
def test_a_value_outside_its_range_is_refused_before_any_work(content, message):
    with pytest.raises(ConfigError, match=message):
        parse(**content)


def test_a_file_that_is_no_mapping_is_refused():
    with pytest.raises(ConfigError, match="expected keys and values"):
        config.parse(["a"], "mine", "config/mine.yaml")


def test_a_run_that_does_not_exist_names_the_nearest(root):
    with pytest.raises(MissingData, match=r"there is no run 'dmo'. Did you mean 'demo'\?"):
        config.load(root, "dmo")


def test_broken_yaml_names_the_file(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text("run: [")
    with pytest.raises(ConfigError, match=r"config/mine.yaml is no YAML"):
        config.load(tmp_path, "mine")


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse().seed = 2  # type: ignore[misc]


def test_a_curve_that_the_run_does_not_train_is_refused_with_those_it_does():
    settings = parse(dataset={"name": "shapes40"}, proposed=[{"sizes": ["micro"], "points": [64]}])
    assert settings.curve("micro", 64).points == (64,)
    with pytest.raises(ConfigError, match="trains no lite codec at P=64; it has: micro P=64"):
        settings.curve("lite", 64)
