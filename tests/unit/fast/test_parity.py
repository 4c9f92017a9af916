"""Stacked networks equal the plain ones: values, gradients, running statistics, and there and back."""

import pytest
import torch
from torch import nn

from lcpc import fast
from lcpc.fast.encoder import StackedEncoder
from lcpc.models import point_codec
from lcpc.models.point_codec import MaxPool, PointClassifier, PointCodec
from lcpc.models.reconstruction import ReconstructionDecoder

SIZES = ["full", "lite", "micro"]
WIDTHS = {
    "plain": [(5, 1), (7, 1), (9, 1)],
    "lite": [(8, 1), (8, 1), (16, 1), (16, 2), (32, 4)],
    "micro": [(6, 1)],
    "wide": [(4, 1), (70, 1)],
}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def randomise(network, seed):
    """Norms with random scales, some negative, shifts and statistics; random gains."""
    rng = generator(seed)
    for name, value in [*network.named_parameters(), *network.named_buffers()]:
        if name.endswith("running_var"):
            value.data.uniform_(0.5, 1.5, generator=rng)
        elif value.dim() == 1 and value.is_floating_point():
            nn.init.normal_(value.data, generator=rng)
    return network


def transforms(monkeypatch, widths, count, dtype=torch.float64):
    monkeypatch.setitem(point_codec.POINT_ENCODERS, "test", WIDTHS[widths])
    made = [point_codec.analysis_transform("test") for _ in range(count)]
    for index, transform in enumerate(made):
        point_codec.draw_weights(transform, index)
        randomise(transform, index)
    return [transform.to(dtype) for transform in made]


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("points", [1, 7, 100, 512])
@pytest.mark.parametrize("training", [True, False])
def test_the_encoder_equals_plain_layers_in_values_gradients_and_running_statistics(
        widths, points, training, monkeypatch):
    plain = transforms(monkeypatch, widths, 3)
    stacked = StackedEncoder(plain).train(training)
    x = torch.randn(4, 3, points, dtype=torch.float64, generator=generator(3))
    weight = torch.randn(4, WIDTHS[widths][-1][0], dtype=torch.float64, generator=generator(4))
    pooled = stacked(x)
    (pooled * weight).sum().backward()
    written = transforms(monkeypatch, widths, 3)
    stacked.write([transform.requires_grad_(False) for transform in written])
    for index, transform in enumerate(plain):
        expected = transform.train(training)(x)
        torch.testing.assert_close(pooled[index], expected, rtol=0, atol=1e-11)
        (expected * weight).sum().backward()
        norms = [layer for layer in transform if isinstance(layer, nn.BatchNorm1d)]
        convolutions = [layer for layer in transform if isinstance(layer, nn.Conv1d)]
        for block, conv, norm in zip(stacked.blocks, convolutions, norms, strict=True):
            gradient = conv.weight.grad.view_as(block.conv.weight[index])
            torch.testing.assert_close(block.conv.weight.grad[index], gradient, rtol=0, atol=1e-9)
            torch.testing.assert_close(block.norm.weight.grad[index], norm.weight.grad, rtol=0, atol=1e-9)
            torch.testing.assert_close(block.norm.bias.grad[index], norm.bias.grad, rtol=0, atol=1e-9)
        for name, value in written[index].state_dict().items():
            if "num_batches" not in name:
                torch.testing.assert_close(value, transform.state_dict()[name], rtol=0, atol=1e-11, msg=name)


@pytest.mark.parametrize("widths", ["plain", "lite"])
def test_networks_and_clouds_worked_on_in_pieces_equal_all_worked_on_together(widths, monkeypatch):
    x = torch.randn(4, 3, 30, dtype=torch.float64, generator=generator(3))
    results = []
    for activations in (1, 500, 1 << 30):
        monkeypatch.setattr("lcpc.fast.encoder.CHUNK", activations)
        monkeypatch.setattr("lcpc.fast.encoder.ACTIVATIONS", activations)
        encoder = StackedEncoder(transforms(monkeypatch, widths, 3)).train()
        pooled = encoder(x)
        pooled.square().sum().backward()
        results.append([pooled, *(parameter.grad for parameter in encoder.parameters()), *encoder.buffers()])
    for alone, few, together in zip(*results, strict=True):
        torch.testing.assert_close(alone, together, rtol=0, atol=1e-11)
        torch.testing.assert_close(few, together, rtol=0, atol=1e-11)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("head_norm", [True, False])
def test_stacked_codecs_train_as_each_plain_codec_does(size, head_norm, monkeypatch):
    monkeypatch.setattr(point_codec, "DROPOUT", 0.0)  # drawn in another way
    models = [randomise(PointCodec(size, 7, head_norm, seed=index), index).double().train() for index in range(2)]
    codec = fast.stack(models).train()
    x = torch.randn(6, 3, 20, dtype=torch.float64, generator=generator())
    source = generator(5)
    noise = torch.rand(6, models[0].latents, generator=source)
    logits, rate_bits = codec(x, generator(5))
    (logits.square().sum() + rate_bits.sum()).backward()
    codec.eval()
    written = codec.unstack()
    for index, model in enumerate(models):
        monkeypatch.setattr(torch, "rand_like", lambda y: noise.to(y.dtype))
        own_logits, likelihoods = model(x)
        own_bits = -torch.log2(likelihoods).sum(-1)
        torch.testing.assert_close(logits[index], own_logits)
        torch.testing.assert_close(rate_bits[index], own_bits)
        (own_logits.square().sum() + own_bits.sum()).backward()
        torch.testing.assert_close(codec.gain.grad[index, 0], model.gain.grad)
        torch.testing.assert_close(codec.gain_decoder.grad[index, 0], model.gain_decoder.grad)
        torch.testing.assert_close(codec.h.linear[0].weight.grad[index].T, model.h[0].weight.grad)
        densities = codec.entropy_bottleneck.matrices[1].grad.chunk(2)[index]
        torch.testing.assert_close(densities, model.entropy_bottleneck.matrices[1].grad)
        for name, value in written[index].state_dict().items():
            if "num_batches" not in name:
                torch.testing.assert_close(value, model.state_dict()[name], msg=name)


@pytest.mark.parametrize("size", SIZES)
def test_evaluation_gives_the_same_latents_symbols_and_logits(size):
    models = [randomise(PointCodec(size, seed=index), index).eval() for index in range(2)]
    codec = fast.stack(models).eval()
    x = torch.randn(6, 3, 20, generator=generator())
    with torch.no_grad():
        y = codec.analyse(x)
        symbols = codec.entropy_bottleneck.symbols(y)
        y_hat = codec.entropy_bottleneck.dequantise(symbols)
        logits = codec.classify(y_hat, generator())
        for index, model in enumerate(models):
            torch.testing.assert_close(y[index], model.analyse(x), rtol=1e-4, atol=1e-4)
            assert torch.equal(symbols[index], model.entropy_bottleneck.symbols(y[index]))
            torch.testing.assert_close(logits[index], model.classify(y_hat[index]), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("make", [lambda seed: PointCodec("lite", 5, seed=seed), lambda seed: PointClassifier(3, seed=seed),
                                  lambda seed: ReconstructionDecoder("micro", 8, seed)])
def test_there_and_back_changes_nothing(make):
    models = [randomise(make(seed), seed) for seed in range(3)]
    for model, back in zip(models, fast.stack(models).unstack(), strict=True):
        for name, value in model.state_dict().items():
            assert torch.equal(back.state_dict()[name], value), name


def test_networks_never_touch_each_other():
    codec = fast.stack([PointCodec("lite")] * 3)
    x = torch.randn(6, 3, 20, generator=generator())
    logits, rate_bits = codec(x, generator(5))
    torch.testing.assert_close(logits[0], logits[2])
    (logits[1].square().sum() + rate_bits[1].sum()).backward()
    for name, parameter in codec.named_parameters():
        by_network = parameter.grad.reshape(3, -1).abs().sum(1)
        assert by_network[0] == 0, name
        assert by_network[2] == 0, name


def test_dropout_drops_the_same_units_for_all_lambdas_and_keeps_the_mean():
    decoder = fast.stack([PointCodec("micro")] * 2).h.train()
    layer = next(layer for layer in decoder.others if type(layer).__name__ == "StackedDropout")
    h = layer(torch.ones(2, 2000, 5), generator())
    assert torch.equal(h[0], h[1])
    assert h.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert h.mean().item() == pytest.approx(1, abs=0.02)


def test_training_noise_follows_from_its_generator():
    codec = fast.stack([PointCodec("micro")]).train()
    x = torch.randn(4, 3, 20, generator=generator())
    first, again, other = (codec(x, generator(seed))[1] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_layer_without_a_stacked_form_is_named():
    model = PointCodec("micro")
    model.h[2] = nn.Hardtanh()
    with pytest.raises(TypeError, match="Hardtanh has no stacked form"):
        fast.stack([model])


def test_the_pool_takes_the_largest_value():
    assert MaxPool()(torch.tensor([[[1.0, 3.0, 2.0]]])).tolist() == [[3.0]]
