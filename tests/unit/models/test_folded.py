"""What a device runs equals what was trained, and what the built modules cost is what the tables say."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lcpc.metrics import architectures
from lcpc.metrics.complexity import mac_count
from lcpc.models.folded import fold, fold_classifier
from lcpc.models.layers import trained_values, weighted_layers
from lcpc.models.point_codec import PointClassifier, PointCodec

SIZES = ["full", "lite", "micro"]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def used(network, seed=1):
    """A network whose norms, gains and medians are no longer what they start as; some are negative."""
    rng = generator(seed)
    for name, value in [*network.named_parameters(), *network.named_buffers()]:
        if name.endswith("running_var"):
            value.data.uniform_(0.1, 3.0, generator=rng)
        elif value.dim() == 1 and value.is_floating_point():
            torch.nn.init.normal_(value.data, generator=rng)
    return network.requires_grad_(False).eval()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("head_norm", [True, False])
def test_the_folded_codec_gives_the_same_latents_symbols_and_logits(size, head_norm):
    codec = used(PointCodec(size, head_norm=head_norm))
    x = torch.randn(20, 3, 50, generator=generator())
    encoder, decoder = fold(codec)
    y = codec.analyse(x)
    symbols = codec.entropy_bottleneck.symbols(y)
    logits = codec.classify(codec.entropy_bottleneck.dequantise(symbols))
    torch.testing.assert_close(encoder.latents(x), y, rtol=1e-5, atol=1e-5 * float(y.abs().max()))
    assert torch.equal(encoder(x), symbols)
    torch.testing.assert_close(decoder(symbols), logits, rtol=1e-4, atol=1e-5 * float(logits.abs().max()))


def test_nothing_but_plain_layers_is_left_in_a_folded_codec():
    kinds = {type(part).__name__ for module in fold(PointCodec("lite").eval()) for part in module.modules()}
    assert kinds == {"FoldedEncoder", "FoldedDecoder", "Sequential", "Conv1d", "Linear", "ReLU", "ChannelShuffle", "MaxPool"}


def test_the_folded_pointnet_gives_the_same_logits():
    network = used(PointClassifier(7))
    x = torch.randn(4, 3, 30, generator=generator())
    encoder, decoder = fold_classifier(network)
    expected = network(x)
    torch.testing.assert_close(decoder(encoder.latents(x)), expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))


def test_folding_leaves_the_codec_as_it_was():
    codec = used(PointCodec("micro"))
    before = {name: value.clone() for name, value in codec.state_dict().items()}
    fold(codec)
    assert all(torch.equal(value, before[name]) for name, value in codec.state_dict().items())


@pytest.mark.parametrize("size", SIZES)
def test_built_modules_and_the_description_of_the_tables_are_the_same_layers(size):
    codec, widths = PointCodec(size), architectures.POINT_ENCODERS[size]
    assert list(weighted_layers(codec.g_a)) == architectures.point_encoder(widths)
    assert list(weighted_layers(codec.h)) == architectures.point_decoder(widths[-1][0])


@pytest.mark.parametrize(("size", "encoder_macs", "decoder_macs"),
                         [("full", 147_648, 665_600), ("lite", 472, 157_696), ("micro", 48, 149_504)])
def test_built_modules_cost_what_table_1_says(size, encoder_macs, decoder_macs):
    codec = PointCodec(size)
    counts = [mac_count(list(weighted_layers(part))) for part in (codec.g_a, codec.h)]
    assert counts == [encoder_macs, decoder_macs]


@pytest.mark.parametrize("size", SIZES)
def test_torch_counts_the_same_multiplications_while_the_network_runs(size):
    codec = PointCodec(size).eval()
    encoder, decoder = fold(codec)
    latent = torch.zeros(1, codec.latents, dtype=torch.long)
    encoder_macs, decoder_macs = (mac_count(list(weighted_layers(part))) for part in (codec.g_a, codec.h))
    for module, data, count in ((encoder, torch.zeros(1, 3, 100), 100 * encoder_macs), (decoder, latent, decoder_macs)):
        with FlopCounterMode(display=False) as counter:
            module(data)
        assert counter.get_total_flops() == 2 * count


def test_trained_values_are_those_of_the_committed_rows(root):
    import pandas

    rows = pandas.read_csv(root / "results" / "workstation" / "complexity" / "point_codec.csv")
    for size, count in zip(rows["size"], rows.trained_values, strict=True):
        assert trained_values(PointCodec(size)) == count, size
