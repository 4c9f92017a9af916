"""What a device runs equals what was trained: folded layers, members alone, and what the built modules cost."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lcpc.errors import ConfigError
from lcpc.metrics import architectures
from lcpc.metrics.complexity import mac_count
from lcpc.models.describe import decoder_layers, encoder_layers, trained_values
from lcpc.models.folded import fold, fold_classifier
from lcpc.models.members import member_at, members_of
from lcpc.models.point_codec import PointClassifier, PointCodec, Shape

SIZES = ["full", "lite", "micro"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def lived_in(network, seed=1):
    """A network whose norms and gains are no longer what they start as; some are negative."""
    draw = generator(seed)
    for name, value in [*network.named_parameters(), *network.named_buffers()]:
        if "norm" in name or name.startswith("gain") or name == "median":
            torch.nn.init.normal_(value.data, generator=draw)
        if "running_var" in name:
            value.data.abs_().add_(0.1)
    return network.eval()


@pytest.mark.parametrize("size", SIZES)
def test_the_folded_codec_gives_the_same_latents_symbols_and_logits(size):
    codec = lived_in(PointCodec(Shape(size, 3)))
    x = torch.randn(20, 3, 50, generator=generator())
    for member in range(3):
        encoder, decoder = fold(codec, member)
        with torch.no_grad():
            y = codec.analyse(x)
            symbols = codec.symbols(y)
            logits = codec.classify(codec.dequantise(symbols), generator())[member]
        torch.testing.assert_close(encoder.latents(x), y[member], rtol=1e-5, atol=1e-5 * float(y.abs().max()))
        assert torch.equal(encoder(x), symbols[member])
        torch.testing.assert_close(decoder(symbols[member]), logits, rtol=1e-4, atol=1e-5 * float(logits.abs().max()))


def test_nothing_but_plain_layers_is_left_in_a_folded_codec():
    kinds = {type(part).__name__ for module in fold(PointCodec(Shape("lite", 2)).eval(), 1) for part in module.modules()}
    assert kinds == {"FoldedEncoder", "FoldedDecoder", "ModuleList", "Conv1d", "Linear"}


def test_the_folded_pointnet_gives_the_same_logits():
    network = lived_in(PointClassifier())
    x = torch.randn(4, 3, 30, generator=generator())
    encoder, decoder = fold_classifier(network)
    with torch.no_grad():
        expected = network(x, generator())[0]
    torch.testing.assert_close(decoder(encoder.latents(x)), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("size", SIZES)
def test_members_taken_out_compute_what_they_computed_in_company(size):
    codec = lived_in(PointCodec(Shape(size, 4)))
    x = torch.randn(5, 3, 20, generator=generator())
    few = members_of(codec, [3, 1])
    with torch.no_grad():
        torch.testing.assert_close(few.analyse(x), codec.analyse(x)[[3, 1]])
        y_hat = codec.dequantise(codec.symbols(codec.analyse(x)))
        torch.testing.assert_close(few.bottleneck(y_hat[[3, 1]]), codec.bottleneck(y_hat)[[3, 1]])
    assert not any(parameter.requires_grad for parameter in few.parameters())


def test_a_lambda_that_was_not_trained_is_refused_with_those_that_were():
    assert member_at((10.0, 40.0), 40) == 1
    with pytest.raises(ConfigError, match="has no lambda 20; it has 10, 40"):
        member_at((10.0, 40.0), 20)


@pytest.mark.parametrize("size", SIZES)
def test_built_modules_and_the_description_of_the_tables_are_the_same_layers(size):
    codec = PointCodec(Shape(size, 2))
    widths = architectures.POINT_ENCODERS[size]
    assert encoder_layers(codec) == architectures.point_encoder(widths)
    assert decoder_layers(codec) == architectures.point_decoder(widths[-1][0])


@pytest.mark.parametrize(("size", "encoder_macs", "decoder_macs"),
                         [("full", 147_648, 665_600), ("lite", 472, 157_696), ("micro", 48, 149_504)])
def test_built_modules_cost_what_table_1_says(size, encoder_macs, decoder_macs):
    codec = PointCodec(Shape(size, 3))
    assert (mac_count(encoder_layers(codec)), mac_count(decoder_layers(codec))) == (encoder_macs, decoder_macs)


@pytest.mark.parametrize("size", SIZES)
def test_torch_counts_the_same_multiplications_while_the_network_runs(size):
    codec = PointCodec(Shape(size, 2)).eval()
    encoder, decoder = fold(codec, 0)
    for module, data, count in ((encoder, torch.zeros(1, 3, 100), 100 * mac_count(encoder_layers(codec))),
                                (decoder, torch.zeros(1, codec.latent, dtype=torch.long), mac_count(decoder_layers(codec)))):
        with FlopCounterMode(display=False) as counter:
            module(data)
        assert counter.get_total_flops() == 2 * count


def test_one_member_of_many_has_as_many_trained_values_as_one_alone():
    alone, company = (PointCodec(Shape("micro", members)) for members in (1, 5))
    assert trained_values(alone, 1) == trained_values(company, 5)
