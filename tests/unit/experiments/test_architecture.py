"""Layers read off built networks: all of them, in their order, and nothing that the network does not do."""

from dataclasses import replace
from itertools import pairwise

import pandas as pd
import pytest
import torch
from torch import nn

from lcpc import config
from lcpc.experiments import _architecture as networks
from lcpc.experiments import architecture, complexity
from lcpc.jobs import JobContext
from lcpc.metrics.architectures import POINT_ENCODERS
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.layers import LayerDescription, LayerTracer, TracedLayer
from lcpc.models.point_codec import PointCodec
from lcpc.results.store import Results

WIDTHS = config.ImageNetwork(n=8, m=16, n_q=8, m_q=8, bins=64)
MICRO = architecture.PointSetting("micro", 32)


def kinds(steps):
    return [step.layer.kind for step in steps]


def test_the_layers_of_micro_are_those_of_the_paper():
    assert kinds(networks.codec_layers(MICRO)) == [
        "Conv1d", "BN", "ReLU", "max-pool", "gain", "entropy bottleneck", "gain",
        "Linear", "BN", "ReLU", "Linear", "BN", "ReLU", "dropout", "Linear"]


def test_a_plain_last_layer_has_no_norm_and_no_relu_behind_it():
    found = kinds(networks.codec_layers(replace(MICRO, head_norm=False)))
    assert found[-5:] == ["BN", "ReLU", "Linear", "dropout", "Linear"]


@pytest.mark.parametrize("size", ["full", "lite", "micro"])
def test_widths_and_groups_of_the_encoder_are_those_that_it_was_built_with(size):
    steps = networks.codec_layers(architecture.PointSetting(size, 32))
    found = [step.layer for step in steps if step.layer.kind == "Conv1d"]
    assert tuple((layer.after[0], layer.groups) for layer in found) == POINT_ENCODERS[size]
    assert all(layer.after[1] == 32 for layer in found)


def test_a_channel_shuffle_stands_between_two_grouped_convolutions_only():
    found = kinds(networks.codec_layers(architecture.PointSetting("lite", 32)))
    assert found.count("channel shuffle") == 1
    assert found[found.index("channel shuffle") + 1] == "Conv1d"
    assert "channel shuffle" not in kinds(networks.codec_layers(architecture.PointSetting("full", 32)))


def test_constants_are_read_where_they_are_used():
    steps = networks.codec_layers(MICRO)
    assert [step.layer.setting for step in steps if step.layer.kind == "gain"] == [10.0, 10.0]
    assert [step.layer.setting for step in steps if step.layer.kind == "dropout"] == [pytest.approx(0.3)]


def test_every_layer_takes_up_where_the_last_one_ended():
    for steps in (networks.codec_layers(MICRO), networks.reconstruction_layers(MICRO),
                  networks.factorized_layers(WIDTHS)):
        for one, other in pairwise(steps):
            assert other.layer.before == one.layer.after


def test_the_reconstruction_network_is_detached_and_ends_in_points():
    steps = networks.reconstruction_layers(MICRO)
    assert kinds(steps)[0] == "detach"
    assert [step.layer.after[-1] for step in steps if step.layer.kind == "Linear"] == [64, 64, 256, 96]
    assert steps[-1].layer == LayerDescription("reshape", (96,), (32, 3))


def test_weights_are_counted_as_they_are():
    codec = PointCodec("lite")
    found = sum(step.layer.weights for step in networks.codec_layers(architecture.PointSetting("lite", 32)))
    assert found == sum(layer.weight.numel() for layer in codec.modules() if isinstance(layer, nn.Conv1d | nn.Linear))


def test_the_distribution_model_sees_the_default_distributions_twice():
    steps = networks.distribution_layers(WIDTHS, 0.0)
    found = kinds(steps)
    assert (found[:2], found[-2:]) == (["default", "gain"], ["default", "softmax"])
    assert [step.layer.after for step in steps if "Conv" in step.layer.kind] == [
        (8, 64), (8, 32), (8, 16), (8, 8), (8, 8), (8, 8), (8, 16), (8, 32), (8, 64), (16, 64)]


def test_the_units_of_the_distribution_model_are_those_that_the_run_trains():
    own = [step.layer for step in networks.distribution_layers(WIDTHS, 0.75) if "ReLU" in step.layer.kind]
    assert [(layer.kind, layer.setting) for layer in own] == [("leaky ReLU", 0.75)] * 8
    assert kinds(networks.distribution_layers(WIDTHS, 0.0)).count("ReLU") == 8


def test_a_layer_that_is_put_in_is_seen():
    codec = DistributionCodec(DistributionShape(16, 8, 8, 64), torch.zeros(16, 64), torch.Generator().manual_seed(1))
    codec.h_a_q = nn.Sequential(*codec.h_a_q, nn.ReLU(), nn.Conv1d(8, 8, 3, padding=1))
    with torch.no_grad(), LayerTracer(codec) as tracer:
        codec.analyse(torch.zeros(1, 16, 64))
    assert tracer.layers[-2:] == [TracedLayer("h_a_q.12", LayerDescription("ReLU", (8, 8), (8, 8))),
                                TracedLayer("h_a_q.13", LayerDescription("Conv1d", (8, 8), (8, 8), (3,), 1, 1, 192))]


def test_an_unknown_layer_is_refused_by_name():
    network = nn.Sequential(nn.Linear(2, 2), nn.Hardtanh())
    with pytest.raises(TypeError, match="Hardtanh is no layer that can be read; add it to READERS in lcpc.models.layers"), \
            LayerTracer(network):
        network(torch.zeros(1, 2))


def test_hooks_are_gone_after_the_trace():
    network = nn.Sequential(nn.Linear(2, 2))
    with LayerTracer(network) as tracer:
        network(torch.zeros(1, 2))
    network(torch.zeros(1, 2))
    assert len(tracer.layers) == 1


def test_a_run_shows_its_sizes_at_their_largest_p_and_its_own_image_widths(tmp_path):
    settings = config.parse({"dataset": {}, "proposed": [{"sizes": ["micro"], "points": [64, 256], "head_norm": False}],
                             "images": {"qualities": [1, 6], "n": 64}}, "mine", "mine.yaml")
    assert architecture.point_settings(settings, tmp_path)[-1] == architecture.PointSetting("micro", 256, head_norm=False)
    assert list(architecture.image_networks(settings)) == ["own 1", "own 2"]
    assert architecture.image_slope(settings) == config.Images().distribution_slope
    published = settings.model_copy(update={"images": None})
    assert list(architecture.image_networks(published)) == ["low", "high"]
    assert architecture.image_slope(published) == 0.0


@pytest.mark.parametrize("run", ["published", "workstation"])
def test_the_committed_rows_are_those_of_the_networks_as_they_are_now(root, run):
    # Where this fails, a layer or a setting has changed: `lcpc evaluate architecture/networks --run ...`, and draw the figures.
    settings = config.load(root, run)
    now = networks.layers(architecture.point_settings(settings, root), architecture.image_networks(settings),
                          architecture.image_slope(settings))
    kept = Results(root, run).measured("architecture")[list(now.columns)]
    pd.testing.assert_frame_equal(kept, now.replace("", None).astype(kept.dtypes))


def test_a_run_is_asked_for_its_layers_where_a_figure_reads_them(root, monkeypatch):
    settings = config.load(root, "published")
    assert architecture.is_read(settings, "no such kind") is False
    monkeypatch.setattr(architecture, "is_read", lambda config, kind: kind == "architecture")
    job, = architecture.jobs(settings, root)
    assert job.output == "results/published/architecture/networks.csv"
    assert [cloud["size"] for cloud in job.values["point_clouds"]] == ["full", "lite", "micro"]


def test_networks_have_as_many_classes_as_the_run_s_own_data(tmp_path, monkeypatch):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    for name in ("box", "cone", "ball"):
        (tmp_path / "data" / "mine" / name / "train").mkdir(parents=True)
    content = {"dataset": {"name": "folder", "folder": "mine"}, "proposed": [{"sizes": ["micro"]}],
               "tables": ["layer_sizes"]}
    settings = config.parse(content, "mine", "mine.yaml")
    assert {setting.classes for setting in architecture.point_settings(settings, tmp_path)} == {3}
    (job,) = complexity.jobs(settings, tmp_path)
    frame = complexity.run(job, JobContext(tmp_path, settings)).frame
    assert frame["decoder_layer_sizes"].tolist() == ["512 256 3"]
