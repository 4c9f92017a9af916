"""Stacked codecs with mixed channels equal the plain ones: values, gradients, and there and back."""

import pytest
import torch
from torch import nn

from lcpc import fast
from lcpc.models import point_codec
from lcpc.models.mixed_codec import MixedPointCodec, MixedShape

SHAPES = {
    "both": MixedShape(latents=5, mixing=12, entropy_hidden=9, mixtures=2),
    "joint model alone": MixedShape(mixing=0, entropy_hidden=9, mixtures=2),
    "mixing alone": MixedShape(latents=5, mixing=12, context=False, mixtures=2),
}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def codecs(shape, size="micro"):
    models = [MixedPointCodec(size, 7, shape=shape, seed=index) for index in range(2)]
    for index, model in enumerate(models):
        rng = generator(index)
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if name.endswith("running_var"):
                value.data.uniform_(0.5, 1.5, generator=rng)
            elif value.dim() == 1 and value.is_floating_point():
                nn.init.normal_(value.data, generator=rng)
    return models


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("size", ["micro", "lite"])
def test_stacked_codecs_train_as_each_plain_codec_does(size, shape, monkeypatch):
    monkeypatch.setattr(point_codec, "DROPOUT", 0.0)  # drawn in another way
    models = [model.double().train() for model in codecs(shape, size)]
    codec = fast.stack(models).train()
    x = torch.randn(6, 3, 20, dtype=torch.float64, generator=generator())
    noise = torch.rand(6, len(models[0].gain), generator=generator(5))
    logits, rate_bits = codec(x, generator(5))
    (logits.square().sum() + rate_bits.sum()).backward()
    written = codec.unstack()
    for index, model in enumerate(models):
        monkeypatch.setattr(torch, "rand_like", lambda y: noise.to(y.dtype))
        plain_logits, likelihoods = model(x)
        plain_bits = -torch.log2(likelihoods).sum(-1)
        torch.testing.assert_close(logits[index], plain_logits)
        torch.testing.assert_close(rate_bits[index], plain_bits)
        (plain_logits.square().sum() + plain_bits.sum()).backward()
        torch.testing.assert_close(codec.gain.grad[index, 0], model.gain.grad)
        for layer, plain in zip(codec.entropy_model.layers, model.entropy_model.network[::2], strict=True):
            torch.testing.assert_close(layer.weight.grad[index].T, plain.weight.grad)
            torch.testing.assert_close(layer.bias.grad[index, 0], plain.bias.grad)
        for layer, plain in zip(codec.mixing.linear, model.mixing[::3], strict=True):
            torch.testing.assert_close(layer.weight.grad[index].T, plain.weight.grad)
        for name, value in written[index].state_dict().items():
            if "num_batches" not in name:
                torch.testing.assert_close(value, model.state_dict()[name], msg=name)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_there_and_back_changes_nothing(shape):
    models = codecs(shape)
    for model, back in zip(models, fast.stack(models).unstack(), strict=True):
        for name, value in model.state_dict().items():
            assert torch.equal(back.state_dict()[name], value), name
