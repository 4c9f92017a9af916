"""The point codec keeps the documents' shapes and symmetries, and its fast forms equal the plain ones."""

import pytest
import torch

from lcpc.models.point_codec import PointClassifier, PointCodec, Shape
from lcpc.models.point_encoder import ENCODERS, PointEncoder, Widths

SIZES = ["full", "lite", "micro"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


class PlainEncoder(torch.nn.Module):
    """What anyone would write: convolutions, batch norms, ReLUs, shuffles, a max over points; member 0 of `encoder`."""

    def __init__(self, encoder):
        super().__init__()
        self.layers = torch.nn.ModuleList()
        for block in encoder.blocks:
            conv = torch.nn.Conv1d(block.conv.c_in, block.conv.c_out, 1, groups=block.conv.groups, bias=False)
            conv.weight.data = block.conv.weight[0].flatten(0, 1).unsqueeze(-1).detach().clone()
            norm = torch.nn.BatchNorm1d(block.conv.c_out, dtype=torch.float64)
            norm.load_state_dict({name: value[0] for name, value in block.norm.state_dict().items()}, strict=False)
            self.layers.append(torch.nn.ModuleDict({"conv": conv, "norm": norm}))
        self.shuffles = [block.shuffle for block in encoder.blocks]

    def forward(self, x):
        for shuffle, layer in zip(self.shuffles, self.layers, strict=True):
            x = torch.relu(layer["norm"](layer["conv"](channel_shuffled(x, shuffle))))
        return x.amax(-1)


def channel_shuffled(x, groups):
    return x.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


def encoder(widths, members=1, dtype=torch.float64):
    """An encoder whose BN scales and shifts are random, some negative, the same for all members."""
    made = PointEncoder(widths, members, generator()).to(dtype)
    for block in made.blocks:
        for value, seed in ((block.norm.weight, 1), (block.norm.bias, 2)):
            value.data = torch.randn(value[0].shape, generator=generator(seed), dtype=dtype).expand_as(value).clone()
    return made


SMALL = [Widths((5, 7, 9), (1, 1, 1)), Widths((8, 8, 16, 16, 32), (1, 1, 1, 2, 4)), Widths((6,), (1,)), Widths((4, 70), (1, 1))]


@pytest.mark.parametrize("widths", SMALL)
@pytest.mark.parametrize("points", [1, 7, 100, 512])
@pytest.mark.parametrize("training", [True, False])
def test_the_encoder_equals_plain_layers_in_values_gradients_and_running_statistics(widths, points, training):
    ours = encoder(widths, members=3).train(training)
    plain = PlainEncoder(ours).train(training)
    x = torch.randn(4, 3, points, dtype=torch.float64, generator=generator(3))
    weight = torch.randn(4, widths.channels[-1], dtype=torch.float64, generator=generator(4))
    pooled, expected = ours(x), plain(x)
    torch.testing.assert_close(pooled[1], expected, rtol=0, atol=1e-11)
    (pooled * weight).sum().backward()
    (expected * weight).sum().backward()
    for block, layer in zip(ours.blocks, plain.layers, strict=True):
        wanted = layer["conv"].weight.grad.view_as(block.conv.weight[0])
        torch.testing.assert_close(block.conv.weight.grad[2], wanted, rtol=0, atol=1e-9)
        torch.testing.assert_close(block.norm.weight.grad[2], layer["norm"].weight.grad, rtol=0, atol=1e-9)
        torch.testing.assert_close(block.norm.bias.grad[2], layer["norm"].bias.grad, rtol=0, atol=1e-9)
        torch.testing.assert_close(block.norm.running_mean[1], layer["norm"].running_mean, rtol=0, atol=1e-12)
        torch.testing.assert_close(block.norm.running_var[1], layer["norm"].running_var, rtol=0, atol=1e-12)


@pytest.mark.parametrize("widths", SMALL[:2])
def test_members_and_clouds_worked_on_in_pieces_equal_all_worked_on_together(widths, monkeypatch):
    x = torch.randn(4, 3, 30, dtype=torch.float64, generator=generator(3))
    results = []
    for activations in (1, 500, 1 << 30):
        monkeypatch.setattr("lcpc.models.point_encoder.CHUNK", activations)
        monkeypatch.setattr("lcpc.models.point_encoder.ACTIVATIONS", activations)
        ours = encoder(widths, members=3)
        pooled = ours(x)
        pooled.square().sum().backward()
        results.append([pooled, *(parameter.grad for parameter in ours.parameters()), *ours.buffers()])
    for alone, few, together in zip(*results, strict=True):
        torch.testing.assert_close(alone, together, rtol=0, atol=1e-11)
        torch.testing.assert_close(few, together, rtol=0, atol=1e-11)


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


def test_a_shuffle_stands_between_consecutive_grouped_convolutions_only():
    shuffles = [block.shuffle for block in PointEncoder(ENCODERS["lite"], 1, generator()).blocks]
    assert shuffles == [1, 1, 1, 1, 2]


def test_medians_solve_the_cumulative_at_one_half():
    codec = PointCodec(Shape("micro", 2))
    codec.settle()
    logits = codec.bottleneck.logits_cumulative(codec.median.view(1, -1))
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
