"""The point codec keeps the documents' shapes and symmetries."""

import pytest
import torch
from torch import nn

from lcpc.metrics.architectures import POINT_ENCODERS
from lcpc.models.point_codec import PointClassifier, PointCodec

SIZES = ["full", "lite", "micro"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("size", SIZES)
def test_latents_do_not_depend_on_the_order_of_points(size):
    codec = PointCodec(size).eval()
    x = torch.randn(3, 3, 50, generator=generator())
    shuffled = x[:, :, torch.randperm(50, generator=generator(1))]
    torch.testing.assert_close(codec.analyse(x), codec.analyse(shuffled), rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("classes", [2, 40, 45])
def test_shapes_are_those_of_table_1_and_of_the_classes(size, classes):
    codec = PointCodec(size, classes)
    latents = POINT_ENCODERS[size][-1][0]
    logits, likelihoods = codec(torch.randn(4, 3, 20, generator=generator()))
    assert (logits.shape, likelihoods.shape) == ((4, classes), (4, latents))
    assert ((likelihoods > 0) & (likelihoods <= 1)).all()


def test_a_shuffle_comes_between_consecutive_grouped_convolutions_only():
    kinds = [type(layer) for layer in PointCodec("lite").g_a]
    assert kinds.count(nn.ChannelShuffle) == 1
    assert kinds[kinds.index(nn.ChannelShuffle) + 1] is nn.Conv1d
    assert nn.ChannelShuffle not in [type(layer) for layer in PointCodec("full").g_a]


def test_the_plain_last_layer_has_no_norm_and_no_relu_before_the_dropout():
    kinds = [type(layer).__name__ for layer in PointCodec("micro", head_norm=False).h]
    assert kinds == ["Linear", "BatchNorm1d", "ReLU", "Linear", "Dropout", "Linear"]


def test_training_adds_noise_and_evaluation_rounds_around_the_medians():
    codec = PointCodec("micro")
    x = torch.randn(4, 3, 20, generator=generator())
    y = codec.analyse(x)
    noisy, _ = codec.entropy_bottleneck(y)
    assert 0 < (noisy - y).abs().max() <= 0.5
    codec.eval()
    codec.entropy_bottleneck.medians.fill_(0.25)
    y_hat, likelihoods = codec.entropy_bottleneck(y)
    torch.testing.assert_close(y_hat, torch.round(y - 0.25) + 0.25)
    torch.testing.assert_close(codec.rate_bits(y_hat).float(), -likelihoods.log2().sum(1))


def test_initial_weights_follow_from_the_seed_alone():
    torch.manual_seed(1)
    first = PointCodec("lite", seed=3).state_dict()
    torch.manual_seed(2)
    again, other = PointCodec("lite", seed=3).state_dict(), PointCodec("lite", seed=4).state_dict()
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not torch.equal(first["h.0.weight"], other["h.0.weight"])


def test_the_classifier_sees_the_set_of_points_only():
    network = PointClassifier(5).eval()
    x = torch.randn(2, 3, 30, generator=generator())
    repeated = torch.cat([x, x[:, :, :1].expand(-1, -1, 12)], dim=2)
    torch.testing.assert_close(network(x), network(repeated), rtol=0, atol=1e-4)
