"""The encoder of neighbourhoods that a curve shares equals the plain one: values, gradients, running statistics."""

import pytest
import torch
from torch import nn

from lcpc import fast
from lcpc.fast import local_encoder as shared
from lcpc.models import point_codec
from lcpc.models.local_encoder import LocalEncoder
from lcpc.models.mixed_codec import MixedPointCodec, MixedShape

SHAPE = MixedShape(latents=5, mixing=12, entropy_hidden=9, mixtures=2)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def spread_out(module, seed=0):
    """Norms that do something, gains and biases that differ."""
    rng = generator(seed)
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        if name.endswith("running_var"):
            value.data.uniform_(0.5, 1.5, generator=rng)
        elif value.dim() == 1 and value.is_floating_point():
            nn.init.normal_(value.data, generator=rng)


@pytest.fixture
def encoder():
    model = MixedPointCodec("local", 7, shape=SHAPE, seed=3).g_a.double()
    spread_out(model)
    return model


@pytest.mark.parametrize("floats", [1 << 13, 1 << 30], ids=["a cloud at a time", "all at once"])
@pytest.mark.parametrize("points", [4, 20, 300])
def test_values_gradients_and_statistics_are_those_of_the_plain_encoder(encoder, points, floats, monkeypatch):
    monkeypatch.setattr(shared, "CHUNK", floats)
    x = torch.randn(6, 3, points, dtype=torch.float64, generator=generator())
    weight = torch.randn(2, 6, 512, dtype=torch.float64, generator=generator(1))
    codec = shared.SharedLocalEncoder([encoder, encoder]).train()
    features = codec(x)
    (features * weight).sum().backward()
    plain = encoder.train()(x)
    (plain * weight.sum(0)).sum().backward()
    for row in features:
        torch.testing.assert_close(row, plain)
    for blocks, mlp in zip(codec.mlps, encoder.mlps, strict=True):
        for block, conv, norm in zip(blocks, mlp[::3], mlp[1::3], strict=True):
            torch.testing.assert_close(block.conv.weight.grad[0, 0], conv.weight.grad[..., 0])
            torch.testing.assert_close(block.norm.weight.grad[0], norm.weight.grad)
            torch.testing.assert_close(block.norm.bias.grad[0], norm.bias.grad)
    written = LocalEncoder().double()
    with torch.no_grad():
        codec.write([written])
    for name, value in encoder.state_dict().items():
        if "num_batches" not in name:
            torch.testing.assert_close(written.state_dict()[name], value, msg=name)


def test_evaluation_normalises_by_the_running_statistics(encoder):
    x = torch.randn(3, 3, 40, dtype=torch.float64, generator=generator())
    codec = shared.SharedLocalEncoder([encoder]).eval()
    torch.testing.assert_close(codec(x)[0], encoder.eval()(x))


def test_the_codecs_of_a_curve_train_as_plain_ones_with_one_encoder_would(monkeypatch):
    monkeypatch.setattr(point_codec, "DROPOUT", 0.0)  # drawn in another way
    models = [MixedPointCodec("local", 7, shape=SHAPE, seed=seed).double().train() for seed in range(2)]
    for seed, model in enumerate(models):
        spread_out(model, seed)
        model.g_a = models[0].g_a
    x = torch.randn(6, 3, 50, dtype=torch.float64, generator=generator())
    noise = torch.rand(6, 5, generator=generator(5)).double()
    codec = fast.stack(models).train()
    logits, rate_bits = codec(x, generator(5))
    (logits.square().sum() + rate_bits.sum()).backward()
    monkeypatch.setattr(torch, "rand_like", lambda y: noise)
    for index, model in enumerate(models):
        plain_logits, likelihoods = model(x)
        torch.testing.assert_close(logits[index], plain_logits)
        torch.testing.assert_close(rate_bits[index], -torch.log2(likelihoods).sum(-1))
        (plain_logits.square().sum() - torch.log2(likelihoods).sum()).backward()
        torch.testing.assert_close(codec.gain.grad[index, 0], model.gain.grad)
    first = codec.g_a.mlps[0][0].conv.weight.grad
    torch.testing.assert_close(first[0, 0], models[0].g_a.mlps[0][0].weight.grad[..., 0])


def test_there_and_back_changes_nothing():
    models = [MixedPointCodec("local", 7, shape=SHAPE, seed=1) for _ in range(2)]
    for model, back in zip(models, fast.stack(models).unstack(), strict=True):
        for name, value in model.state_dict().items():
            assert torch.equal(back.state_dict()[name], value), name


def test_codecs_with_different_encoders_are_refused():
    models = [MixedPointCodec("local", 7, shape=SHAPE, seed=seed) for seed in range(2)]
    with pytest.raises(ValueError, match="share one encoder"):
        fast.stack(models)
