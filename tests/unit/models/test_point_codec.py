"""The point codec keeps the documents' shapes and symmetries, and its fast forms equal the plain ones."""

import pytest
import torch

from lcpc.models.point_codec import PointClassifier, PointCodec, Shape
from lcpc.models.point_encoder import ENCODERS, Block, PointEncoder, PooledBlock
from lcpc.models.stacked import channel_shuffle

SIZES = ["full", "lite", "micro"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pair(c_in, c_out, groups, members, dtype=torch.float64):
    """A pooled block and a plain one with the same weights, some BN scales negative."""
    fast = PooledBlock(members, c_in, c_out, groups, 1, generator()).to(dtype)
    torch.nn.init.normal_(fast.norm.weight, generator=generator(1))
    torch.nn.init.normal_(fast.norm.bias, generator=generator(2))
    plain = Block(members, c_in, c_out, groups, 1, generator()).to(dtype)
    plain.load_state_dict(fast.state_dict())
    return fast, plain


@pytest.mark.parametrize(("c_in", "c_out", "groups", "members"), [(3, 16, 1, 3), (8, 16, 4, 2), (16, 64, 1, 1)])
@pytest.mark.parametrize("points", [1, 7, 40])
@pytest.mark.parametrize("training", [True, False])
def test_the_pooled_block_equals_conv_norm_relu_max_and_its_gradients(c_in, c_out, groups, members, points, training):
    fast, plain = (block.train(training) for block in pair(c_in, c_out, groups, members))
    h = torch.randn(members, 5, c_in, points, dtype=torch.float64, generator=generator(3))
    weight = torch.randn(members, 5, c_out, dtype=torch.float64, generator=generator(4))
    inputs = [h.clone().requires_grad_(), h.clone().requires_grad_()]
    values = [fast(inputs[0]), plain(inputs[1]).amax(-1)]
    for value in values:
        (value * weight).sum().backward()
    torch.testing.assert_close(values[0], values[1], rtol=0, atol=1e-12)
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=0, atol=1e-11)
    for ours, theirs in zip(fast.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=1e-10)
    for ours, theirs in zip(fast.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES)
def test_latents_do_not_depend_on_the_order_of_points(size):
    codec = PointCodec(Shape(size, 2)).eval()
    x = torch.randn(3, 3, 50, generator=generator())
    shuffled = x[:, :, torch.randperm(50, generator=generator(1))]
    torch.testing.assert_close(codec.analyse(x), codec.analyse(shuffled), rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", SIZES)
def test_shapes_are_those_of_table_1(size):
    codec = PointCodec(Shape(size, 2))
    latent = ENCODERS[size].channels[-1]
    x = torch.randn(4, 3, 20, generator=generator())
    logits, rate_bits = codec(x, generator())
    assert codec.analyse(x).shape == (2, 4, latent)
    assert (logits.shape, rate_bits.shape) == ((2, 4, 40), (2, 4))
    assert (rate_bits > 0).all()


def test_members_start_equal_and_never_touch_each_other():
    codec = PointCodec(Shape("lite", 3))
    x = torch.randn(6, 3, 20, generator=generator())
    logits, rate_bits = codec(x, generator(5))
    torch.testing.assert_close(logits[0], logits[2])
    (logits[1].square().sum() + rate_bits[1].sum()).backward()
    for name, parameter in codec.named_parameters():
        if parameter.grad is not None:
            by_member = parameter.grad.reshape(3, -1).abs().sum(1)
            assert by_member[0] == 0, name
            assert by_member[2] == 0, name


def test_one_member_alone_computes_what_it_computes_in_company():
    x = torch.randn(6, 3, 20, generator=generator())
    together = PointCodec(Shape("micro", 4))(x, generator(5))
    alone = PointCodec(Shape("micro", 1))(x, generator(5))
    for ours, theirs in zip(together, alone, strict=True):
        torch.testing.assert_close(ours[2], theirs[0], rtol=1e-5, atol=1e-5)


def test_the_channel_shuffle_interleaves_groups():
    h = torch.arange(6.0).view(1, 1, 6, 1)
    assert channel_shuffle(h, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]


def test_a_shuffle_stands_between_consecutive_grouped_convolutions_only():
    shuffles = [block.shuffle for block in PointEncoder(ENCODERS["lite"], 1, generator()).blocks]
    assert shuffles == [1, 1, 1, 1, 2]


def test_medians_solve_the_cumulative_at_one_half():
    codec = PointCodec(Shape("micro", 2))
    codec.settle()
    logits = codec.bottleneck.logits_cumulative(codec.median.view(-1, 1, 1))
    assert logits.abs().max() < 1e-3


def test_likelihoods_of_all_symbols_sum_to_one():
    codec = PointCodec(Shape("micro", 2))
    codec.settle()
    first = torch.full((2, 16), -400.0)
    total = codec.bottleneck.probabilities(codec.median, first, 801).sum(1)
    torch.testing.assert_close(total, torch.ones(2, 16), rtol=0, atol=2e-3)


def test_training_noise_follows_from_its_generator():
    codec = PointCodec(Shape("micro", 1)).train()
    x = torch.randn(4, 3, 20, generator=generator())
    first, again, other = (codec(x, generator(seed))[1] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_classifier_sees_the_set_of_points_only():
    network = PointClassifier().eval()
    x = torch.randn(2, 3, 30, generator=generator())
    repeated = torch.cat([x, x[:, :, :1].expand(-1, -1, 12)], dim=2)
    torch.testing.assert_close(network(x, generator()), network(repeated, generator()), rtol=0, atol=1e-4)
