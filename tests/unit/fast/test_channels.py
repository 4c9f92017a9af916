"""Channels of the latent: few active at the start, unused ones pruned and put back."""

import copy

import pytest
import torch

from lcpc import fast
from lcpc.errors import ConfigError
from lcpc.fast.channels import channels_in_use, freeze_unused, limit_active, prune, restore_pruned
from lcpc.models.point_codec import PointCodec


def generator(seed):
    return torch.Generator().manual_seed(seed)


def test_the_channels_of_most_rate_stay_active_and_an_inactive_one_has_a_gradient():
    codec = fast.stack([PointCodec("lite")] * 2)
    x = torch.randn(40, 3, 20, generator=generator(1))
    for _ in range(50):  # running statistics
        codec(x, generator(2))
    wide = codec.g_a(x)[1].detach().mean(0).topk(5).indices.sort().values
    with torch.no_grad():
        codec.gain[1, 0, wide] = 50.0  # far out, where the untrained densities give many bits
    before = copy.deepcopy(codec.state_dict())
    limit_active(codec, x, [32, 5], generator(3))
    assert codec.training
    assert torch.equal(codec.gain[0], before["gain"][0]), "all of them are asked for"
    is_active = codec.gain[1, 0] > 0.001
    assert torch.equal(torch.where(is_active)[0], wide)
    logits, rate_bits = codec(x, generator(2))
    (logits.square().mean() + rate_bits.mean()).backward()
    assert (codec.gain.grad[1, 0][~is_active] != 0).all()
    assert (codec.gain_decoder.grad[1, 0][~is_active] != 0).all()


def test_channels_that_code_one_symbol_only_are_not_in_use(with_channels):
    models, x = with_channels(3, 0, 9)
    assert channels_in_use(fast.stack(models), x).sum(1).tolist() == [3, 0, 9]


def test_a_pruned_codec_is_the_whole_one_in_its_channels_and_goes_back_to_where_it_was(with_channels):
    models, x = with_channels(3, 0, 9)
    in_use = torch.zeros(3, 16, dtype=torch.bool)
    for index, numbers in enumerate(([2, 7, 11], [], range(1, 10))):
        in_use[index, list(numbers)] = True
    parts, channels = prune(models, in_use)
    assert channels.shape == (3, 9)
    assert channels[2].tolist() == list(range(1, 10))
    for model, part, numbers, used in zip(models, parts, channels, in_use, strict=True):
        y, y_part = model.analyse(x), part.eval().analyse(x)
        expected = torch.where(used[numbers], y[:, numbers], 0.0)
        torch.testing.assert_close(y_part, expected, rtol=1e-6, atol=1e-6)
    y_hat = torch.randn(4, 16, generator=generator(4))
    whole, part = (model.entropy_bottleneck.likelihood for model in (models[2], parts[2]))
    torch.testing.assert_close(part(y_hat[:, 1:10]), whole(y_hat)[:, 1:10])

    before = [copy.deepcopy(model.state_dict()) for model in models]
    restore_pruned(models, parts, channels)
    for model, state, used in zip(models, before, in_use, strict=True):
        for name, value in model.state_dict().items():
            expected = state[name] * used if name in ("gain", "gain_decoder") else state[name]
            assert torch.equal(value, expected), name
        silent = model.classify(model.analyse(x))
        part, numbers = parts[models.index(model)], channels[models.index(model)]
        torch.testing.assert_close(part.classify(model.analyse(x)[:, numbers]), silent)


def test_every_channel_in_use_makes_the_part_the_whole(with_channels):
    models, x = with_channels(16, 16)
    parts, channels = prune(models, channels_in_use(fast.stack(models), x))
    assert channels.tolist() == [list(range(16))] * 2
    for name, value in models[0].state_dict().items():
        assert torch.equal(parts[0].state_dict()[name], value), name


def test_gains_of_unused_channels_stay_0_in_training(with_channels):
    models, x = with_channels(2, 5)
    parts, _ = prune(models, channels_in_use(fast.stack(models), x))
    codec = fast.stack(parts).train()
    freeze_unused(codec)
    optimizer = torch.optim.AdamW(codec.parameters(), 0.1)
    for _ in range(3):
        optimizer.zero_grad()
        logits, rate_bits = codec(x, generator(2))
        (logits.square().mean() + rate_bits.mean()).backward()
        optimizer.step()
    assert (codec.gain != 0).sum((1, 2)).tolist() == [2, 5]


def test_no_channel_is_left_out_of_a_convolution_in_groups():
    with pytest.raises(ConfigError, match="last convolution of lite has 4 groups"):
        prune([PointCodec("lite")], torch.ones(1, 32, dtype=torch.bool))
