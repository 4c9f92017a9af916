"""Costs of entropy models: networks counted, and every picture through all codecs in turn."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from lcpc import config
from lcpc.codecs.context_model import TrainedContext
from lcpc.codecs.distribution_model import TrainedDistribution
from lcpc.entropy.pmf import frequency_tables
from lcpc.experiments import image_complexity, image_cost
from lcpc.models.context_model import ContextModel, ContextShape
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.exact_context import ExactContext, whole_state


@dataclass
class Counter:
    """Notes which pictures it coded."""

    name: str
    model: object = None
    coded: list = field(default_factory=list)

    def encode(self, picture):
        self.coded.append(picture.shape)
        return b""

    def decode(self, stream):
        return stream


def jobs(**images):
    content = {"seed": 1, "figures": ["gain_against_cost"], "images": {"qualities": [2], **images}}
    return list(image_cost.jobs(config.parse(content, "mine", "config/mine.yaml"), Path()))


def test_the_base_and_all_other_codecs_with_streams_are_timed():
    job, = jobs(codecs=["ideal", "context-small", "jpeg"])
    assert job.values["codecs"] == ["bmshj2018-factorized", "context-small"]
    assert job.inputs == ("checkpoints/mine/image_base_q2.pt",
                          "checkpoints/mine/context_small_q2.pt")
    assert job.name == "q2"


def test_runs_that_show_no_costs_time_nothing():
    settings = config.parse({"images": {"qualities": [2]}}, "mine", "config/mine.yaml")
    assert not list(image_cost.jobs(settings, Path()))


def test_each_picture_goes_through_all_codecs_and_the_first_one_twice():
    pictures = [np.zeros((size, 16, 3), np.uint8) for size in (16, 32)]
    codecs = [Counter("a"), Counter("b")]
    times = image_cost.processor_times(codecs, pictures)
    assert codecs[0].coded == codecs[1].coded == [(16, 16, 3), (16, 16, 3), (32, 16, 3)]
    assert set(times) == {"a", "b"}
    assert all(time >= 0 for time in times["a"].values())


def test_multiplications_of_the_distribution_model_are_those_that_its_layers_do():
    shape = DistributionShape(16, 16, 8, 64, groups=8)
    network = DistributionCodec(shape, torch.zeros(16, 64), torch.Generator())
    model = TrainedDistribution(network, frequency_tables([[1.0]], [0]))
    pieces = ((network.h_a_q, torch.zeros(1, 16, 64)), (network.h_s_q, torch.zeros(1, 8, 8)))
    assert model.macs(600) == sum(image_complexity.weights_and_macs(*piece)[1] for piece in pieces)


def test_multiplications_of_the_context_model_are_those_that_its_layers_do():
    shape = ContextShape((1, 2), 3, 4, 2)
    network = ExactContext.of(shape, whole_state(ContextModel(shape)), "here")
    model = TrainedContext(network, 3, np.arange(3), (5, 5))
    done = []

    def count(layer, inputs, output):
        positions = output.numel() // layer.weight.shape[0]
        done.append(layer.weight.numel() * positions)

    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    taps = {id(layer) for group in network.networks for layer in group.taps}
    means = {id(group.whole) for group in network.networks if hasattr(group, "whole")}
    for layer in network.modules():
        if isinstance(layer, kinds) and id(layer) not in taps | means:
            layer.register_forward_hook(count)
    list(model.parts(np.ones((3, 16 * 24), dtype=np.int64), 16, 24))
    # The taps are multiplied without a layer: 16 x 24 positions, their passes' neighbours.
    taps_macs = 16 * 24 * 3 * (1 / 16 * 4 + 2 / 16 * 4 + 1 / 4 * 4 + 1 / 2 * 12)
    assert model.macs(16 * 24) == sum(done) + taps_macs


def test_a_codec_without_networks_costs_none():
    assert image_cost.networks(Counter("a"), [np.zeros((16, 16, 3), np.uint8)]) == {
        "parameters": 0, "macs_per_pixel": 0.0}
