"""Layers read off built networks: all of them, in their order, and nothing that the network does not do."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
import torch
from torch import nn

from lcpc import config
from lcpc.experiments import architecture
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.point_codec import PointCodec, Shape
from lcpc.models.point_encoder import ENCODERS
from lcpc.models.watch import Layer, Step, Watch
from lcpc.results.store import Results

MICRO = architecture.PointSetting("micro", 32)


def kinds(steps):
    return [step.layer.kind for step in steps]


def test_the_layers_of_micro_are_those_of_the_paper():
    assert kinds(architecture.codec_steps(MICRO)) == [
        "Conv1d", "BN", "ReLU", "max-pool", "gain", "entropy bottleneck", "gain",
        "Linear", "BN", "ReLU", "Linear", "BN", "ReLU", "dropout", "Linear"]


def test_a_plain_last_layer_has_no_norm_and_no_relu_behind_it():
    found = kinds(architecture.codec_steps(replace(MICRO, head_norm=False)))
    assert found[-5:] == ["BN", "ReLU", "Linear", "dropout", "Linear"]


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_widths_and_groups_of_the_encoder_are_those_that_it_was_built_with(size):
    steps = architecture.codec_steps(architecture.PointSetting(size, 32))
    found = [step.layer for step in steps if step.layer.kind == "Conv1d"]
    assert tuple(layer.behind[0] for layer in found) == ENCODERS[size].channels
    assert tuple(layer.groups for layer in found) == ENCODERS[size].groups
    assert all(layer.behind[1] == 32 for layer in found)


def test_a_channel_shuffle_stands_between_two_grouped_convolutions_only():
    found = kinds(architecture.codec_steps(architecture.PointSetting("lite", 32)))
    assert found.count("channel shuffle") == 1
    assert found[found.index("channel shuffle") + 1] == "Conv1d"
    assert "channel shuffle" not in kinds(architecture.codec_steps(architecture.PointSetting("full", 32)))


def test_constants_are_read_where_they_are_used():
    steps = architecture.codec_steps(MICRO)
    assert [step.layer.setting for step in steps if step.layer.kind == "gain"] == [10.0, 10.0]
    assert [step.layer.setting for step in steps if step.layer.kind == "dropout"] == [pytest.approx(0.3)]


def test_every_layer_takes_up_where_the_last_one_ended():
    for steps in (architecture.codec_steps(MICRO), architecture.reconstruction_steps(MICRO),
                  architecture.factorized_steps(config.ImageNetwork(n=8, m=16, n_q=8, m_q=8, bins=64))):
        for one, other in pairwise(steps):
            assert other.layer.before == one.layer.behind


def test_the_reconstruction_network_is_detached_and_ends_in_points():
    steps = architecture.reconstruction_steps(MICRO)
    assert kinds(steps)[0] == "detach"
    assert [step.layer.behind[-1] for step in steps if step.layer.kind == "Linear"] == [64, 64, 256, 96]
    assert steps[-1].layer == Layer("reshape", (96,), (32, 3))


def test_weights_are_counted_as_they_are():
    codec = PointCodec(Shape("lite", 1))
    found = sum(step.layer.weights for step in architecture.codec_steps(architecture.PointSetting("lite", 32)))
    assert found == sum(value.numel() for name, value in codec.named_parameters()
                        if name.endswith(("conv.weight",)) or ("linear" in name and name.endswith("weight")))


def test_the_distribution_model_sees_the_default_distributions_twice():
    steps = architecture.distribution_steps(config.ImageNetwork(n=8, m=16, n_q=8, m_q=8, bins=64), 0.0)
    found = kinds(steps)
    assert (found[:2], found[-2:]) == (["default", "gain"], ["default", "softmax"])
    assert [step.layer.behind for step in steps if "Conv" in step.layer.kind] == [
        (8, 64), (8, 32), (8, 16), (8, 8), (8, 8), (8, 8), (8, 16), (8, 32), (8, 64), (16, 64)]


def test_the_units_of_the_distribution_model_are_those_that_the_run_trains():
    network = config.ImageNetwork(n=8, m=16, n_q=8, m_q=8, bins=64)
    own = [step.layer for step in architecture.distribution_steps(network, 0.75) if "ReLU" in step.layer.kind]
    assert [(layer.kind, layer.setting) for layer in own] == [("leaky ReLU", 0.75)] * 8
    assert kinds(architecture.distribution_steps(network, 0.0)).count("ReLU") == 8


def test_a_layer_that_is_put_in_is_seen():
    codec = DistributionCodec(DistributionShape(16, 8, 8, 64), torch.zeros(16, 64), torch.Generator().manual_seed(1))
    codec.h_a_q = nn.Sequential(*codec.h_a_q, nn.ReLU(), nn.Conv1d(8, 8, 3, padding=1))
    with torch.no_grad(), Watch(codec, 1) as watch:
        codec.analyse(torch.zeros(1, 16, 64))
    assert watch.steps[-2:] == [Step("h_a_q.12", Layer("ReLU", (8, 8), (8, 8))),
                                Step("h_a_q.13", Layer("Conv1d", (8, 8), (8, 8), (3,), 1, 1, 192))]


def test_an_unknown_layer_is_refused_by_name():
    network = nn.Sequential(nn.Linear(2, 2), nn.Hardtanh())
    with pytest.raises(TypeError, match="Hardtanh is no layer that can be read; add it to READERS in lcpc.models.watch"), \
            Watch(network, 1):
        network(torch.zeros(1, 2))


def test_hooks_are_gone_when_the_watch_is_over():
    network = nn.Sequential(nn.Linear(2, 2))
    with Watch(network, 1) as watch:
        network(torch.zeros(1, 2))
    network(torch.zeros(1, 2))
    assert len(watch.steps) == 1


def test_a_run_shows_its_sizes_at_their_largest_p_and_its_own_image_widths():
    settings = config.parse({"dataset": {}, "proposed": [{"sizes": ["micro"], "points": [64, 256], "head_norm": False}],
                             "images": {"qualities": [1, 6], "n": 64}}, "mine", "mine.yaml")
    assert architecture.point_settings(settings)[-1] == architecture.PointSetting("micro", 256, head_norm=False)
    assert list(architecture.image_networks(settings)) == ["own 1", "own 2"]
    assert architecture.image_slope(settings) == config.Images().distribution_slope
    published = settings.model_copy(update={"images": None})
    assert list(architecture.image_networks(published)) == ["low", "high"]
    assert architecture.image_slope(published) == 0.0


@pytest.mark.parametrize("run", ["published", "workstation"])
def test_the_committed_rows_are_those_of_the_networks_as_they_are_now(root, run):
    # Where this fails, a layer or a setting has changed: `lcpc evaluate architecture --run ...`, and draw the figures again.
    now = architecture.of_run(config.load(root, run))
    kept = Results(root, run).measured("architecture")[list(now.columns)]
    wanted = now.replace("", None).astype(kept.dtypes)
    pd.testing.assert_frame_equal(kept, wanted)
