"""Counting layers, against PyTorch's own tensors where it is at hand."""

import pytest

from lcpc.metrics.complexity import (
    Conv,
    DivisiveNorm,
    Linear,
    factorized_parameter_count,
    mac_count,
    macs_per_pixel,
    parameter_count,
    weight_count,
)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("size", [8, 9])
def test_a_convolution_is_counted_as_pytorch_builds_it(stride, groups, size):
    torch = pytest.importorskip("torch", reason="torch is the reference for shapes")
    layer = Conv(8, 12, (5,), stride=stride, groups=groups)
    built = torch.nn.Conv1d(8, 12, 5, stride=stride, padding=2, groups=groups)
    assert layer.weights == built.weight.numel()
    assert layer.biases == built.bias.numel()
    assert layer.output_size((size,)) == tuple(built(torch.zeros(1, 8, size)).shape[2:])
    assert layer.macs((size,)) == built.weight.numel() * built(torch.zeros(1, 8, size)).shape[-1]


def test_a_transposed_convolution_is_counted_as_pytorch_builds_it():
    torch = pytest.importorskip("torch", reason="torch is the reference for shapes")
    layer = Conv(8, 12, (5, 5), stride=2, groups=4, transposed=True)
    built = torch.nn.ConvTranspose2d(8, 12, 5, stride=2, padding=2, output_padding=1, groups=4)
    assert layer.weights == built.weight.numel()
    assert layer.output_size((3, 7)) == tuple(built(torch.zeros(1, 8, 3, 7)).shape[2:])
    assert layer.macs((3, 7)) == built.weight.numel() * 21


def test_a_layer_and_its_transpose_cost_the_same_between_the_same_sizes():
    down, up = Conv(6, 4, (3, 3), stride=2), Conv(4, 6, (3, 3), stride=2, transposed=True)
    assert down.macs((10, 12)) == up.macs(down.output_size((10, 12)))


def test_sizes_shrink_from_layer_to_layer():
    layers = [Conv(1, 2, (3,), stride=2), Conv(2, 1, (3,), stride=2)]
    assert mac_count(layers, (8,)) == 6 * 4 + 6 * 2
    assert macs_per_pixel(layers, (8,), (2, 3)) == 6.0


def test_a_linear_layer_is_used_once():
    assert mac_count([Linear(4, 3), Linear(3, 2)]) == 18
    assert weight_count([Linear(4, 3)]) == 12
    assert parameter_count([Linear(4, 3)]) == 15


def test_divisive_normalisation_keeps_the_size():
    assert mac_count([DivisiveNorm(4), Conv(4, 1, (1, 1))], (2, 5)) == 10 * (16 + 4)
    assert parameter_count([DivisiveNorm(4)]) == 20


def test_the_factorized_entropy_model_is_counted_as_compressai_builds_it():
    entropy_models = pytest.importorskip("compressai.entropy_models",
                                         reason="CompressAI is the reference")
    built = dict(entropy_models.EntropyBottleneck(5).named_parameters())
    assert factorized_parameter_count(5) == sum(
        p.numel() for name, p in built.items() if name != "quantiles"
    )


def test_channels_that_do_not_divide_into_groups_are_refused():
    with pytest.raises(ValueError, match="6 to 8 channels do not divide into 4 groups"):
        Conv(6, 8, (1,), groups=4)
