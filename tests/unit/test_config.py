"""A wrong configuration is refused by name; a right one is read as one frozen value."""

import datetime

import pytest
from pydantic import BaseModel, ValidationError

from lcpc import config, registry
from lcpc.errors import ConfigError, MissingData

SHAPES = {"name": "shapes40"}


def parse(**content):
    return config.parse(content, "mine", "config/mine.yaml")


def refused(content) -> str:
    """The one line that refuses a configuration, without the file's name."""
    with pytest.raises(ConfigError) as error:
        config.parse(content, "mine", "config/mine.yaml")
    text = str(error.value)
    assert text.startswith("config/mine.yaml: ")
    assert "\n" not in text
    return text.removeprefix("config/mine.yaml: ")


def test_every_run_of_the_project_is_valid(root):
    runs = sorted(path.stem for path in (root / "config").glob("*.yaml"))
    assert {"published", "demo", "smoke", "workstation"} <= set(runs)
    assert [config.load(root, run).run for run in runs] == runs


def test_an_unknown_key_is_named_with_the_nearest_known_one():
    assert refused({"sead": 3}).startswith("unknown key 'sead'. Did you mean 'seed'?")
    message = refused({"dataset": SHAPES, "proposed": [{"lamdas": [10]}]})
    assert message.startswith("proposed[0]: unknown key 'lamdas'. Did you mean 'lambdas'?")
    message = refused({"dataset": SHAPES, "proposed": [{}, {"training": {"epoch": 1}}]})
    assert message.startswith("proposed[1].training: unknown key 'epoch'. Did you mean 'epochs'?")
    assert refused({"images": {"bin": 16}}).startswith("images: unknown key 'bin'.")


@pytest.mark.parametrize(("content", "message"), [
    ({"seed": "one"}, "seed is 'one'; it must be a whole number"),
    ({"seed": True}, "seed is True; it must be a whole number"),
    ({"seed": 1.0}, "seed is 1.0; it must be a whole number"),
    ({"seed": None}, "seed is None; it must be a whole number"),
    ({"description": 3}, "description is 3; it must be a text"),
    ({"tables": "bd_metrics"}, "tables is 'bd_metrics'; it must be a list"),
    ({"proposed": None}, "proposed is None; it must be a list"),
    ({"proposed": [3]}, "proposed[0] is 3; it must be keys and values"),
    ({"dataset": [1]}, "dataset is [1]; it must be keys and values"),
    ({"tools": {"tmc3": ["a"]}}, "tools.tmc3 is ['a']; it must be a text"),
    ({"latency": {"server_speedup": True}}, "latency.server_speedup is True; it must be a number"),
])
def test_a_value_of_another_type_is_refused(content, message):
    assert refused(content) == message


@pytest.mark.parametrize(("content", "message"), [
    ({"dataset": {"name": "modelnet10"}},
     "dataset.name: there is no 'modelnet10'. Did you mean 'modelnet40'?"),
    ({"tables": ["bd_metric"]}, "tables[0]: there is no 'bd_metric'. Did you mean 'bd_metrics'?"),
    ({"figures": ["reproductions"]},
     "figures[0]: there is no 'reproductions'. Did you mean 'reproduction'?"),
    ({"images": {"codecs": ["jpeg", "jpg"]}},
     "images.codecs[1]: there is no 'jpg'. Did you mean 'jpeg'?"),
    ({"images": {"codecs": ["bmshj2018_factorized"]}},
     "images.codecs[0]: there is no 'bmshj2018_factorized'. "
     "Did you mean 'bmshj2018-factorized'?"),
    ({"latency": {"input_codec": "drako"}},
     "latency.input_codec: there is no 'drako'. Did you mean 'draco'?"),
    ({"dataset": SHAPES, "input_compression": {"codecs": ["draco", "tmc14"]}},
     "input_compression.codecs[1]: there is no 'tmc14'. Did you mean 'tmc13'?"),
    ({"experiments": {"latentmotion": {}}},
     "experiments: there is no 'latentmotion'. Did you mean 'latent_motion'?"),
    ({"experiments": {"latency": {}}},
     "experiments.latency: it has a section of its own; write `latency:`"),
])
def test_a_plug_in_that_is_not_there_is_refused_with_the_nearest(content, message):
    assert refused(content).startswith(message)


def test_a_codec_without_file_is_allowed_with_a_manifest_of_its_outputs():
    inputs = {"codecs": ["mycodec"], "recorded": ["mine/manifest.csv"]}
    settings = parse(dataset=SHAPES, input_compression=inputs)
    assert settings.input_compression.codecs == ("mycodec",)


@pytest.mark.parametrize(("content", "message"), [
    ({"sizes": ["mikro"]}, "sizes[0]: 'mikro' is not known. Did you mean 'micro'?"),
    ({"points": [0]}, "points[0] is 0; it must be greater than 0"),
    ({"points": []}, "points is []; it must have at least 1 item"),
    ({"training": {"epochs": 0}}, "training.epochs is 0; it must be greater than 0"),
    ({"training": {"batch": 1}}, "training.batch is 1; it must be greater than or equal to 2"),
    ({"training": {"schedule": "plateau"}},
     "training.schedule: 'plateau' is not known. Known: cosine"),
    ({"training": {"held_out": 1.0}}, "training.held_out is 1.0; it must be less than 1"),
    ({"training": {"patience": 5}}, "training.patience is 5, but needs held_out"),
    ({"points": [8], "start_points": -8},
     "start_points is -8; it must be greater than or equal to 0"),
    ({"active_channels": -1}, "active_channels is -1; it must be greater than or equal to 0"),
    ({"prune_latents": True}, "start_points is not set, but prune_latents"),
    ({"sizes": ["lite"], "start_points": 16, "prune_latents": True},
     "prune_latents can't leave out"),
    ({"warm_epochs": 1, "start_points": 16}, "start_points and warm_epochs are two starts"),
])
def test_a_curve_that_cannot_be_trained_is_refused(content, message):
    assert refused({"dataset": SHAPES, "proposed": [content]}).startswith(f"proposed[0].{message}")


@pytest.mark.parametrize(("curves", "message"), [
    ([{"points": [8], "start_points": 16}],
     "run mine trains no micro codec at P=16; it has: micro P=8"),
    ([{"points": [8], "start_points": 8}],
     "proposed[0].start_points: micro at P=8 would start from itself"),
    ([{"points": [8], "start_points": 16}, {"points": [16], "lambdas": [10]}],
     "proposed[0].start_points is 16, but micro has other lambdas"),
    ([{"points": [8], "start_points": 16}, {"points": [16], "start_points": 8}],
     "proposed[0].start_points: micro at P=16 would start from itself"),
])
def test_a_curve_starts_from_one_that_is_trained_before(curves, message):
    assert refused({"dataset": SHAPES, "proposed": curves}).startswith(message)


@pytest.mark.parametrize(("content", "message"), [
    ({"proposed": [{"points": [1024]}]}, "dataset: the run measures codecs but names no dataset"),
    ({"dataset": SHAPES, "input_compression": {"scales": [3]}},
     "input_compression.scales[0]: 3 is not known"),
    ({"dataset": SHAPES, "proposed": [{}], "reconstruction": {"lambdas": [15]}},
     "reconstruction.lambdas[0]: 15 is no lambda of micro at P=1024. Did you mean '14'?"),
    ({"latency": {}}, "run mine trains no micro codec; it has: none"),
    ({"images": {"qualities": [1, 1]}}, "images.qualities: [1, 1] names a quality twice"),
    ({"images": {"qualities": []}}, "images.qualities is []; it must have at least 1 item"),
    ({"images": {"qualities": [9]}}, "images.qualities[0]: 9 is not known. Known: 1, 2, 3"),
    ({"images": {"m": 20}}, "images.m is 20; it must be a multiple of 16"),
    ({"images": {"base_patch": 0}}, "images.base_patch is 0; it must be greater than 0"),
    ({"images": {"distribution_slope": 0.3}},
     "images.distribution_slope is 0.3; it must be a multiple of 0.125"),
    ({"images": {"test": "folder"}}, "images.test is 'folder', but a set of images is measured"),
    ({"images": {"train": "kodak"}}, "images.train: 'kodak' is not known. Known: photos, folder"),
    ({"images": {"train": "folder"}},
     "images.train_folder: `train: folder` and `train_folder:` belong together"),
    ({"dataset": {"name": "folder"}}, "dataset.folder is empty, but name `folder` needs `folder:`"),
])
def test_keys_that_do_not_fit_together_are_refused(content, message):
    assert refused(content).startswith(message)


@pytest.mark.parametrize(("value", "message"), [
    (float("inf"), "is inf; it must be a finite number"),
    (float("nan"), "is nan; it must be a finite number"),
    (10**4000, "is a number of about 4000 digits; it must be below 2^63"),
    (datetime.date(2020, 1, 2), "is a date, datetime.date(2020, 1, 2); write a text in quotes"),
    (b"a", "is a bytes, b'a'; write a text in quotes"),
])
@pytest.mark.parametrize("key", ["latency.server_speedup", "description", "experiments.anything"])
def test_what_no_result_can_depend_on_is_refused_by_name(key, value, message):
    content = value
    for name in reversed(key.split(".")):
        content = {name: content}
    assert refused(content).startswith(f"{key} {message}")


def test_a_number_of_five_thousand_digits_is_refused_with_the_file(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(f"seed: {'9' * 5000}\n")
    with pytest.raises(ConfigError, match="config/mine.yaml is no YAML.*digits"):
        config.load(tmp_path, "mine")


@pytest.mark.parametrize("depth", [150, 5000])
def test_deep_nesting_is_refused(tmp_path, depth):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text("proposed: " + "[" * depth + "]" * depth)
    with pytest.raises(ConfigError, match="config/mine.yaml.* nested"):
        config.load(tmp_path, "mine")


def test_a_key_that_is_no_text_is_refused():
    assert refused({"dataset": {1: 2}}) == "dataset.key 1 is no text; write it in quotes"


def test_a_long_value_is_shown_by_its_beginning():
    assert len(refused({"tools": {"tmc3": [9] * 1000}})) < 200


@pytest.mark.parametrize("run", ["../demo", "a/b", "a..b", "", ".hidden", "a\nb", "/etc/passwd"])
def test_a_run_that_names_no_file_of_the_folder_is_refused(root, run):
    with pytest.raises(ConfigError, match="run is .*; it must be letters, digits"):
        config.load(root, run)
    with pytest.raises(ConfigError, match="mine.yaml: run is .*; it must be letters, digits"):
        config.parse({"run": run}, "mine", "mine.yaml")


def test_a_run_that_says_another_name_is_refused():
    assert refused({"run": "other"}) == "run is 'other', but the file's name says 'mine'"


def test_a_file_that_is_no_mapping_is_refused():
    assert refused(["a"]) == "expected keys and values, found list"


def test_a_run_that_does_not_exist_names_the_nearest(root):
    with pytest.raises(MissingData, match=r"there is no run 'dmo'. Did you mean 'demo'\?"):
        config.load(root, "dmo")


@pytest.mark.parametrize("text", [b"run: [", b"description: \xff", b"run: 'a", b"seed: 2020-13-45"])
def test_broken_yaml_names_the_file(tmp_path, text):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_bytes(text)
    with pytest.raises(ConfigError, match=r"config/mine.yaml is no YAML"):
        config.load(tmp_path, "mine")


def test_a_configuration_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        parse().seed = 2


def test_whole_numbers_are_numbers_and_lists_are_tuples():
    settings = parse(dataset=SHAPES, proposed=[{"lambdas": [10, 20.5], "points": [8, 16]}])
    assert settings.proposed[0].lambdas == (10.0, 20.5)
    assert isinstance(settings.proposed[0].lambdas[0], float)
    assert settings.proposed[0].points == (8, 16)


def test_a_plain_configuration_reads_back_as_the_same():
    settings = parse(dataset=SHAPES, proposed=[{}], images={}, experiments={})
    assert config.Config.model_validate(config.plain(settings)) == settings


def test_a_curve_that_the_run_does_not_train_is_refused_with_those_it_does():
    settings = parse(dataset=SHAPES, proposed=[{"sizes": ["micro"], "points": [64]}])
    assert settings.curve("micro", 64).points == (64,)
    with pytest.raises(ConfigError, match="trains no lite codec at P=64; it has: micro P=64"):
        settings.curve("lite", 64)


def test_sections_ask_for_their_points_or_the_largest():
    settings = parse(dataset=SHAPES, proposed=[{"points": [8, 64]}], latency={"sizes": ["micro"]})
    assert settings.curves_of(settings.latency) == [("micro", 64)]


def test_an_experiment_checks_its_own_settings(monkeypatch):
    class Settings(BaseModel, extra="forbid"):
        noise: float = 0.1

    experiment = type("Experiment", (), {"Settings": Settings})
    monkeypatch.setattr(registry, "names", lambda package: ["noise_robustness"])
    monkeypatch.setattr(registry, "load", lambda package, name: experiment)
    kept = parse(experiments={"noise_robustness": {"noise": 0.2}}).experiments["noise_robustness"]
    assert Settings(**kept).noise == 0.2
    message = refused({"experiments": {"noise_robustness": {"nois": 1}}})
    assert message.startswith("experiments.noise_robustness: unknown key 'nois'. "
                              "Did you mean 'noise'?")
    message = refused({"experiments": {"noise_robustness": {"noise": "much"}}})
    assert message.startswith("experiments.noise_robustness.noise is 'much'; ")
