"""Training a whole curve equals training each lambda alone, and a killed run ends where an unbroken one does."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import checkpoints, config
from lcpc.codecs.point_clouds.proposed import load
from lcpc.data.base import clouds
from lcpc.errors import ConfigError, DataError, MissingData
from lcpc.jobs import JobContext
from lcpc.models.point_codec import PointCodec
from lcpc.results.fingerprint import reached
from lcpc.results.provenance import file_digest
from lcpc.trainer import cloud_training
from lcpc.trainer.cloud_training import clip_each
from lcpc.trainer.curve_training import StartWeights
from lcpc.training import proposed

GAIN = [[0.9954741597175598, 0.9954490065574646, 0.9954590201377869],
        [1.0007672309875488, 1.002724051475525, 1.0037299394607544]]
HEADS = [13.258198527593677, 13.258270676852762, 13.25843622835152, 13.258408074262316]
"""First gains of the first and last lambda, and squares of the last layer's weights, of a recorded training."""


def same(one, other):
    """Whether two checkpoints hold the same networks."""
    pairs = zip(one["models"], other["models"], strict=True)
    return all(torch.equal(value, b[name]) for a, b in pairs for name, value in a.items())


def test_a_training_gives_the_numbers_that_it_gave_before_the_networks_became_plain(tmp_path, train_curve):
    # Recorded from the stacked networks of before: micro, P = 64, 2 epochs.
    rng = np.random.default_rng(0)
    points = rng.normal(size=(60, 96, 3)).astype(np.float32)
    points /= np.linalg.norm(points, axis=2).max(axis=1)[:, None, None]
    label = np.arange(60) % 40
    points[..., 0] *= (0.2 + 0.02 * label)[:, None].astype(np.float32)
    names = tuple(f"k{i}" for i in range(40))
    data = clouds("shapes40", names, "train", points, label, np.array([f"c{i}" for i in range(60)]), {})
    settings = config.parse({"dataset": {"name": "shapes40"}, "proposed": [{
        "sizes": ["micro"], "points": [64], "lambdas": [10, 40, 320, 4000], "training": {"epochs": 2, "batch": 16}}],
    }, "mine", "config/mine.yaml")
    context = ContextOf(tmp_path, settings, data)
    job = next(iter(proposed.jobs(settings, tmp_path)))
    proposed.run(job, context)
    models = checkpoints.read(tmp_path / job.output)["models"]
    assert [model["gain"][:3].tolist() for model in (models[0], models[3])] == [pytest.approx(row, rel=1e-5) for row in GAIN]
    heads = [model["h.7.weight"].double().square().sum().item() for model in models]
    assert heads == pytest.approx(HEADS, rel=1e-6)


class ContextOf(JobContext):
    """A context whose clouds are given."""

    def __init__(self, root, settings, data):
        super().__init__(root, settings)
        object.__setattr__(self, "data", data)

    def clouds(self, split):
        return self.data


def test_a_lambda_trained_in_company_ends_where_it_ends_alone(tmp_path, train_curve):
    together = train_curve(tmp_path, [10, 80, 1000])["models"][1]
    alone = train_curve(tmp_path, [80])["models"][0]
    for linear, norm in ((0, 1), (3, 4)):  # batch norm takes these biases off again: Adam makes steps of their rounding
        for state in (together, alone):
            state[f"h.{norm}.running_mean"] -= state.pop(f"h.{linear}.bias")
    for name, value in alone.items():
        torch.testing.assert_close(together[name], value, rtol=1e-3, atol=1e-4, msg=name)


@pytest.mark.parametrize("classes", [2, 45])
def test_networks_have_as_many_outputs_as_the_data_set_has_classes(tmp_path, train_curve, make_clouds, classes):
    data = make_clouds(classes, count=2 * classes)
    codec = load(train_curve(tmp_path, data=data, epochs=1), "w.pt")
    cloud = data.points[0, :16]
    stream = codec.encode(cloud, 10.0)
    assert codec.classify(codec.decode(stream, 10.0)[None], 10.0).shape == (1, classes)


def test_a_killed_training_ends_with_the_same_weights(tmp_path, train_curve, killed):
    whole = train_curve(tmp_path / "a", checkpoint_minutes=0.0)
    began = killed(2)
    with pytest.raises(KeyboardInterrupt):
        train_curve(tmp_path / "b", checkpoint_minutes=0.0)
    assert (tmp_path / "b" / "resume.pt").is_file()
    resumed = train_curve(tmp_path / "b", checkpoint_minutes=0.0)
    assert began == [0, 1, 2, 2]
    assert same(whole, resumed)


@pytest.mark.parametrize("at", [1, 3])
def test_a_warm_start_killed_in_either_part_ends_with_the_same_weights(tmp_path, train_curve, killed, at):
    options = {"stages": {"warm_epochs": 2}, "checkpoint_minutes": 0.0}
    whole = train_curve(tmp_path / "a", **options)
    began = killed(at)
    with pytest.raises(KeyboardInterrupt):
        train_curve(tmp_path / "b", **options)
    again = train_curve(tmp_path / "b", **options)
    assert len(began) == 2 + 3 + 1, "an epoch of the warm start or of the curve ran twice"
    assert again["warm_epochs"] == 2
    assert not list((tmp_path / "b").iterdir())
    assert same(whole, again)


def test_a_state_of_another_training_does_not_hide_the_warm_start(tmp_path, train_curve):
    other = {"identity": {"kind": "other"}, "round": 3}
    checkpoints.save(tmp_path / "a" / "resume.pt", other)
    results = [train_curve(tmp_path / name, stages={"warm_epochs": 2}) for name in ("a", "b")]
    assert same(*results)


def beginnings(monkeypatch):
    """The networks with which each training begins, none of which is done."""
    began = []

    def begin(self, seconds=0.0):
        began.append(self.network.unstack())
        return seconds

    monkeypatch.setattr(cloud_training.CloudTraining, "fit", begin)
    return began


def test_a_curve_at_another_p_goes_on_from_each_lambda_s_own_weights(tmp_path, train_curve, monkeypatch):
    before = load(train_curve(tmp_path, epochs=1), "w.pt")
    began = beginnings(monkeypatch)
    models = list(before.models.values())
    after = train_curve(tmp_path, points=8, stages={"start_points": 16}, start=StartWeights(models, "digest"))
    assert (after["start_points"], after["start"]) == (16, "digest")
    for model, first in zip(models, began[0], strict=True):
        for name, value in model.state_dict().items():
            assert torch.equal(first.state_dict()[name], value), name


def starting(tmp_path, lambdas):
    """A run whose curve at P = 8 starts from the one at P = 16, and the job of that."""
    settings = config.parse({"dataset": {"name": "shapes40"}, "proposed": [
        {"sizes": ["micro"], "points": [16], "lambdas": lambdas},
        {"sizes": ["micro"], "points": [8], "lambdas": lambdas, "start_points": 16},
    ]}, "mine", "config/mine.yaml")
    return settings, list(proposed.jobs(settings, tmp_path))[1]


def test_a_curve_without_the_weights_it_starts_from_says_which_to_train(small, tmp_path):
    settings, job = starting(tmp_path, [10, 80])
    with pytest.raises(MissingData, match="proposed_micro_P16.pt is not there.* lcpc train proposed_micro_P16 --run mine"):
        proposed.run(job, ContextOf(tmp_path, settings, small))


def test_weights_of_other_lambdas_are_no_start(small, tmp_path, train_curve):
    settings, job = starting(tmp_path, [10, 81])
    path = tmp_path / "checkpoints" / "mine" / "proposed_micro_P16.pt"
    checkpoints.save(path, train_curve(tmp_path, epochs=1))
    with pytest.raises(DataError, match="proposed_micro_P16.pt holds other lambdas"):
        proposed.run(job, ContextOf(tmp_path, settings, small))
    settings, job = starting(tmp_path, [10, 80])
    assert proposed.start_of(JobContext(tmp_path, settings), "micro", settings.curve("micro", 8)).digest == file_digest(path)


def test_gains_and_densities_learn_faster_by_their_factor_and_the_rest_does_not(small, tmp_path, train_curve):
    def moved(factor):
        made = train_curve(tmp_path, [10], epochs=1, batch=len(small), schedule="constant",
                           stages={"latent_rate_factor": factor})
        start = PointCodec("micro", made["classes"], made["head_norm"], seed=5).state_dict()
        return {name: (made["models"][0][name] - value).abs().max().item() for name, value in start.items()}

    once, faster = moved(1.0), moved(10.0)
    for name in ("gain", "gain_decoder", "entropy_bottleneck.matrices.0", "entropy_bottleneck.biases.2"):
        assert faster[name] == pytest.approx(10 * once[name], rel=1e-3), name  # Adam's first step has its rate's length
    for name in ("g_a.0.weight", "h.0.weight"):
        assert faster[name] == once[name] > 0, name


def test_each_lambda_starts_with_a_multiple_of_its_root_of_channels(tmp_path, train_curve, monkeypatch):
    began = beginnings(monkeypatch)
    made = train_curve(tmp_path, [4, 16], stages={"active_channels": 1.5})
    assert made["active_channels"] == 1.5
    fresh = PointCodec("micro", 5, seed=5).state_dict()
    for model, count in zip(began[0], (3, 6), strict=True):
        state = model.state_dict()
        for name, inactive in (("gain", 0.001), ("gain_decoder", 0.1)):
            values = state.pop(name)
            assert (values == 1).sum() == count, name
            assert values[values != 1].tolist() == pytest.approx([inactive] * (16 - count)), name
        assert all(torch.equal(value, fresh[name]) for name, value in state.items())


@pytest.fixture
def pruning(with_channels):
    """Options of a curve at P = 8 that starts from networks of 4 and 12 used channels."""
    models, _ = with_channels(4, 12)
    return lambda: {"points": 8, "stages": {"start_points": 16, "prune_latents": True}, "checkpoint_minutes": 0.0,
                    "start": StartWeights(copy.deepcopy(models), "digest")}


def test_a_pruned_curve_trains_what_its_start_uses_and_nothing_else(tmp_path, train_curve, pruning, make_clouds):
    options = pruning()
    start = copy.deepcopy(options["start"].models)
    made = train_curve(tmp_path, data=make_clouds(40), **options)
    assert made["prune_latents"] is True
    for model, before, count in zip(made["models"], start, (4, 12), strict=True):
        for name in ("gain", "gain_decoder"):
            assert (model[name] != 0).sum() == count, name
            assert (model[name][:4] != before.state_dict()[name][:4]).all(), name
        weight, old = model["g_a.0.weight"], before.state_dict()["g_a.0.weight"]
        assert (weight[:4] != old[:4]).all()
        assert torch.equal(weight[12:], old[12:])
    assert len(made["tables"]) == 2


def test_a_pruned_curve_that_was_killed_ends_with_the_same_weights(tmp_path, train_curve, pruning, killed, make_clouds):
    data = make_clouds(40)
    whole = train_curve(tmp_path / "a", data=data, **pruning())
    began = killed(2)
    with pytest.raises(KeyboardInterrupt):
        train_curve(tmp_path / "b", data=data, **pruning())
    assert same(whole, train_curve(tmp_path / "b", data=data, **pruning()))
    assert began == [0, 1, 2, 2]


def test_averaged_weights_differ_from_the_last_ones(tmp_path, train_curve):
    last, average = (train_curve(tmp_path, [80], average_decay=decay) for decay in (0.0, 0.9))
    assert not same(last, average)


def test_more_points_than_stored_are_refused(tmp_path, train_curve):
    with pytest.raises(ConfigError, match="P=64, but the clouds of shapes40 hold 32"):
        train_curve(tmp_path, points=64)


def test_gradients_are_clipped_a_network():
    parameter = torch.zeros(2, 3, requires_grad=True)
    parameter.grad = torch.tensor([[3.0, 4.0, 0.0], [0.1, 0.0, 0.0]])
    clip_each([parameter], 2, 1.0)
    assert parameter.grad[0].norm() == pytest.approx(1.0, abs=1e-5)
    assert parameter.grad[1].tolist() == pytest.approx([0.1, 0, 0])


def test_gradients_of_shared_weights_are_clipped_as_those_of_one_more_network():
    shared, own = torch.zeros(1, 3, requires_grad=True), torch.zeros(2, 2, requires_grad=True)
    shared.grad = torch.tensor([[30.0, 40.0, 0.0]])
    own.grad = torch.tensor([[0.3, 0.4], [3.0, 4.0]])
    clip_each([shared, own], 2, 1.0)
    assert shared.grad[0].tolist() == pytest.approx([0.6, 0.8, 0], abs=1e-5)
    assert own.grad[0].tolist() == pytest.approx([0.3, 0.4])
    assert own.grad[1].tolist() == pytest.approx([0.6, 0.8], abs=1e-5)


def values_of(**options):
    content = {"dataset": {"name": "shapes40"}, "proposed": [{"sizes": ["micro"], "points": [16], **options}]}
    settings = config.parse(content, "mine", "config/mine.yaml")
    return next(iter(proposed.jobs(settings, Path()))).values


@pytest.mark.parametrize("options", [
    {"training": {"learning_rate": 2e-3}}, {"training": {"clip_norm": 2.0}}, {"training": {"epochs": 7}},
    {"lambdas": [10]}, {"head_norm": False}, {"latent_rate_factor": 2.0},
])
def test_every_setting_counts_for_a_job_given_or_not(options):
    assert values_of(**options) != values_of()
    assert values_of()["training"]["learning_rate"] == config.Training().learning_rate, "defaults are values too"


def test_how_often_a_training_saves_does_not_count():
    assert values_of(training={"checkpoint_minutes": 9.0}) == values_of()


@pytest.mark.parametrize("module", ["lcpc.models.point_codec", "lcpc.models.bottleneck", "lcpc.fast.networks",
                                    "lcpc.trainer.losses", "lcpc.trainer.loop", "lcpc.metrics.architectures"])
def test_the_constants_of_a_training_are_in_the_code_that_its_job_depends_on(module):
    assert module in reached("lcpc.training.proposed")


def test_jobs_say_their_inputs_threads_and_work():
    settings = config.parse({"dataset": {"name": "shapes40", "train_per_class": 2}, "proposed": [
        {"sizes": ["micro", "full"], "points": [16], "lambdas": [10, 80], "training": {"epochs": 3}},
        {"sizes": ["micro"], "points": [8], "lambdas": [10, 80], "start_points": 16},
    ]}, "mine", "config/mine.yaml")
    micro, full, other = proposed.jobs(settings, Path())
    assert (micro.name, micro.threads, full.threads) == ("proposed_micro_P16", 1, 2)
    assert micro.work == 3 * 80 * 16 * 16 * 2
    assert full.work == micro.work / 16 * (64 + 64 + 64 + 128 + 1024)
    assert micro.inputs == ("data/mine/train.npz",)
    assert other.inputs == ("data/mine/train.npz", "checkpoints/mine/proposed_micro_P16.pt")
