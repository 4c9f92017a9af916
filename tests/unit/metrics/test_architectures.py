"""The documents' models, described: layers fit together and are what the papers draw."""

from itertools import pairwise

import pytest

from lcpc.metrics.architectures import (
    POINT_ENCODERS,
    distribution_analysis,
    factorized_analysis,
    factorized_model_parameters,
    hyper_analysis,
    layer_sizes,
    mirrored,
    point_decoder,
    point_encoder,
)
from lcpc.metrics.complexity import Conv, mac_count, weight_count

ANALYSES = [distribution_analysis(192, 32, 16), distribution_analysis(320, 64, 32),
            hyper_analysis(128, 192)]


@pytest.mark.parametrize("layers", [*ANALYSES, *map(point_encoder, POINT_ENCODERS.values()),
                                    point_decoder(32)])
def test_each_layer_takes_what_the_one_before_gives(layers):
    assert all(before.outputs == after.inputs for before, after in pairwise(layers))


@pytest.mark.parametrize("layers", ANALYSES)
def test_a_synthesis_undoes_the_shape_of_its_analysis(layers):
    size = (256,) * len(layers[0].kernel)
    coded = size
    for layer in layers:
        coded = layer.output_size(coded)
    decoded = coded
    for layer in mirrored(layers):
        decoded = layer.output_size(decoded)
    assert decoded == size
    assert mirrored(layers)[-1].outputs == layers[0].inputs


@pytest.mark.parametrize("layers", ANALYSES)
def test_a_synthesis_costs_what_its_analysis_costs(layers):
    size = (256,) * len(layers[0].kernel)
    coded = tuple(length // (8 if len(size) == 1 else 4) for length in size)
    assert weight_count(mirrored(layers)) == weight_count(layers)
    assert mac_count(mirrored(layers), coded) == mac_count(layers, size)


def test_mirroring_twice_gives_the_layers_back():
    assert mirrored(mirrored(factorized_analysis(8, 12))) == factorized_analysis(8, 12)


def test_groups_are_written_behind_a_stroke():
    assert layer_sizes([Conv(3, 8, (1,)), Conv(8, 16, (1,), groups=2)]) == "8 16/2"


def test_the_factorized_model_is_counted_as_compressai_builds_it():
    models = pytest.importorskip("compressai.models", reason="CompressAI is the reference")
    built = models.FactorizedPrior(8, 12).named_parameters()
    assert factorized_model_parameters(8, 12) == sum(
        p.numel() for name, p in built if "quantiles" not in name
    )
