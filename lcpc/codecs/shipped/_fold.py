"""Makes the shipped forms of trained curves: folded, in few bits, without unused latents.

What is left out and how many bits weights take is decided on clouds of the training split.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from lcpc.codecs.point_clouds.mixed import MixedCodec
from lcpc.codecs.point_clouds.proposed import ProposedCodec
from lcpc.codecs.shipped import mixed, proposed
from lcpc.codecs.shipped._curve import ShippedCurve
from lcpc.codecs.shipped._encoders import GROUPS, SHARED
from lcpc.codecs.shipped.base import symbols_of
from lcpc.data.base import PointClouds, spread
from lcpc.entropy.autoregressive import ExactAutoregressiveModel
from lcpc.entropy.pmf import FrequencyTables
from lcpc.models.bottleneck import EntropyBottleneck
from lcpc.models.folded import FoldedEncoder, fold, fold_local, fold_mixed
from lcpc.models.local_encoder import LocalEncoder
from lcpc.models.mixed_codec import MixedPointCodec
from lcpc.models.point_codec import PointCodec

EXAMPLES = 2000
"""Training clouds, evenly spread, on which all is decided."""
PRECISIONS = ("int8", "float16")
"""Tried in this order; a part that suffers from all of them stays float32."""
FEWEST_WEIGHTS = 4096
"""A part with fewer weights stays float32: there is nothing to save."""
MOST_LOSS_POINTS = 0.1
"""Accuracy that a precision may cost, on average over the lambdas."""
MOST_RATE_SHARE = 0.001
LEVELS = 127
ENCODER = "encoder"
TABLE_TYPES = {"offset": np.int16, "length": np.uint16, "cumulative": np.int32}

Array = NDArray[Any]
Arrays = dict[str, Array]
FeaturesByLambda = Mapping[float, NDArray[np.float32]]
"""[n, M] of the examples, for each lambda."""
Shipped = Callable[[Mapping[str, Any], Mapping[str, Array]], ShippedCurve]
"""The `shipped` of a codec's file."""


class ExampleMeans(NamedTuple):
    """Means over the lambdas of a curve, on the examples."""

    top1_percent: float
    rate_bits: float


def ship(codec: ProposedCodec, clouds: PointClouds,
         training: Mapping[str, Any]) -> ShippedCurve:
    """The shipped form of a curve. `clouds` are those of its training split; `training` goes into
    the header as it is."""
    examples, label = _examples(codec, clouds)
    header = _header(codec, clouds, training, proposed.PARTS)
    networks = {lambda_: _arrays(codec.model(lambda_), codec.tables[lambda_])
                for lambda_ in codec.settings}
    whole = proposed.shipped(header, _joined(networks))
    for lambda_ in networks:
        symbols = symbols_of(whole.latents(examples, lambda_))
        networks[lambda_] = _without_unused(networks[lambda_], symbols)
    curve = proposed.shipped(header, _joined(networks))
    return _shortest(curve, proposed.shipped, examples, label)


def ship_mixed(codec: MixedCodec, clouds: PointClouds,
               training: Mapping[str, Any]) -> ShippedCurve:
    """The same for a curve of `mixed`. All its latents stay: those that follow depend on them."""
    examples, label = _examples(codec, clouds)
    header = _header(codec, clouds, training, mixed.PARTS)
    curve = mixed.shipped(header, mixed_arrays(codec))
    return _shortest(curve, mixed.shipped, examples, label)


def mixed_arrays(codec: MixedCodec) -> Arrays:
    """All arrays of a curve of `mixed`, in float32 and whole numbers."""
    networks = {lambda_: _mixed_arrays(codec.model(lambda_), codec.entropy_models[lambda_])
                for lambda_ in codec.settings}
    encoders = [codec.model(lambda_).g_a for lambda_ in codec.settings]
    first = encoders[0]
    return _joined(networks) | (_local_arrays(first) if isinstance(first, LocalEncoder) else {})


def _examples(codec: ProposedCodec | MixedCodec,
              clouds: PointClouds) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Clouds [n, P, 3] on which all is decided, and their labels."""
    chosen = spread(len(clouds), min(EXAMPLES, len(clouds)))
    return clouds.first(codec.points)[chosen], clouds.label[chosen]


def _header(codec: ProposedCodec | MixedCodec, clouds: PointClouds, training: Mapping[str, Any],
            parts: Sequence[str]) -> dict[str, Any]:
    return {"codec": codec.name, "size": codec.size, "points": codec.points,
            "lambdas": list(codec.settings), "classes": list(clouds.classes),
            "training": dict(training), "precision": dict.fromkeys(parts, "float32")}


def _joined(networks: Mapping[float, Arrays]) -> Arrays:
    return {f"{lambda_:g}.{name}": array
            for lambda_, network in networks.items() for name, array in network.items()}


def _features(curve: ShippedCurve, clouds: NDArray[np.float32]) -> FeaturesByLambda:
    """What the encoder of each lambda pools of clouds [n, P, 3]."""
    return {lambda_: network.features(clouds) for lambda_, network in curve.networks.items()}


def _rate_accuracy(curve: ShippedCurve, features: FeaturesByLambda,
                   label: NDArray[np.int64]) -> ExampleMeans:
    """Accuracy and estimated rate, from the features of the examples."""
    accuracies, rates = [], []
    for lambda_, network in curve.networks.items():
        symbols = symbols_of(network.latents(features[lambda_]))
        predicted = network.classify(symbols).argmax(axis=1)
        accuracies.append(100 * np.mean(predicted == label))
        rates.append(network.rate_bits(symbols).mean())
    return ExampleMeans(float(np.mean(accuracies)), float(np.mean(rates)))


def _shortest(curve: ShippedCurve, shipped: Shipped, clouds: NDArray[np.float32],
              label: NDArray[np.int64]) -> ShippedCurve:
    """The curve with each part's weights in the fewest bits from which it does not suffer.

    The encoder comes last: until then, all candidates share its features.
    """
    features = _features(curve, clouds)
    reference = _rate_accuracy(curve, features, label)
    for part in reversed(curve.header["precision"]):
        weights = [array.size for name, array in curve.arrays.items() if _is_weight(name, part)]
        if sum(weights) < FEWEST_WEIGHTS * len(curve.networks):
            continue
        for precision in PRECISIONS:
            candidate = shipped(*_shortened(curve, part, precision))
            if part == ENCODER:
                features = _features(candidate, clouds)
            if _is_as_good(_rate_accuracy(candidate, features, label), reference):
                curve = candidate
                break
    return curve


def _is_as_good(measured: ExampleMeans, reference: ExampleMeans) -> bool:
    loss = reference.top1_percent - measured.top1_percent
    growth = measured.rate_bits - reference.rate_bits
    return loss <= MOST_LOSS_POINTS and growth <= MOST_RATE_SHARE * reference.rate_bits


def _shortened(curve: ShippedCurve, part: str, precision: str) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of the curve with a part's weights in fewer bits."""
    arrays: Arrays = {}
    for name, array in curve.arrays.items():
        is_weight = _is_weight(name, part)
        arrays |= _quantised(name, array, precision) if is_weight else {name: array}
    header = {**curve.header, "precision": {**curve.header["precision"], part: precision}}
    return header, arrays


def _is_weight(name: str, part: str) -> bool:
    return f".{part}." in name and name.endswith(".weight")


def _quantised(name: str, weight: Array, precision: str) -> Arrays:
    """A weight matrix in fewer bits; of 8-bit ones, each row has its scale."""
    if precision == "float16":
        return {name: weight.astype(np.float16)}
    largest = np.abs(weight).max(axis=1)
    scale = np.where(largest > 0, largest / LEVELS, 1).astype(np.float32)
    whole = np.rint(weight / scale[:, None]).astype(np.int8)
    return {name: whole, f"{name.removesuffix('weight')}scale": scale}


@torch.no_grad()
def _arrays(model: PointCodec, tables: FrequencyTables) -> Arrays:
    """The arrays of one lambda with all latents, in float32."""
    encoder, decoder = fold(model)
    return {"median": encoder.median.numpy(), "density": _density(model.entropy_bottleneck),
            **_tables(tables), **_encoder_arrays(encoder),
            **_linear_arrays("decoder", decoder.layers)}


@torch.no_grad()
def _mixed_arrays(model: MixedPointCodec, entropy_model: ExactAutoregressiveModel) -> Arrays:
    """The arrays of one lambda of `mixed`, in float32 and whole numbers."""
    encoder, mixing, decoder = fold_mixed(model)
    whole = {f"entropy.{name}": array for name, array in entropy_model.to_arrays().items()}
    alone = _encoder_arrays(encoder) if encoder else {}
    return {**whole, **alone, **_linear_arrays("mixing", mixing),
            **_linear_arrays("decoder", decoder.layers)}


@torch.no_grad()
def _local_arrays(encoder: LocalEncoder) -> Arrays:
    """The arrays of an encoder that all lambdas share."""
    groups = [(level.centres, level.neighbours) for level in encoder.levels]
    arrays: Arrays = {f"{SHARED}{GROUPS}": np.array(groups, np.int32)}
    for number, layers in enumerate(fold_local(encoder)):
        for index, (weight, bias) in enumerate(layers):
            name = f"{SHARED}encoder.{number}.{index}"
            arrays |= {f"{name}.weight": weight.numpy(), f"{name}.bias": bias.numpy()}
    return arrays


def _encoder_arrays(encoder: FoldedEncoder) -> Arrays:
    arrays = {"sign": encoder.sign.to(torch.int8).numpy()}
    for index, (weight, bias) in enumerate(_dense_layers(encoder)):
        arrays |= {f"encoder.{index}.weight": weight, f"encoder.{index}.bias": bias}
    return arrays


def _linear_arrays(part: str, layers: Iterable[nn.Module]) -> Arrays:
    arrays: Arrays = {}
    linears = (layer for layer in layers if isinstance(layer, nn.Linear))
    for index, linear in enumerate(linears):
        arrays |= {f"{part}.{index}.weight": linear.weight.numpy(),
                   f"{part}.{index}.bias": linear.bias.numpy()}
    return arrays


def _dense_layers(encoder: FoldedEncoder) -> Iterator[tuple[Array, Array]]:
    """W [outputs, inputs] and b of each convolution, groups and shuffles before it included."""
    groups_before = 1
    for layer in encoder.layers:
        if isinstance(layer, nn.ChannelShuffle):
            groups_before = layer.groups
        elif isinstance(layer, nn.Conv1d) and layer.bias is not None:
            weight = torch.block_diag(*layer.weight[..., 0].chunk(layer.groups)).numpy()
            # Input i of the convolution is channel order[i] of the layer before.
            order = np.arange(weight.shape[1]).reshape(groups_before, -1).T.ravel()
            yield weight[:, np.argsort(order)], layer.bias.numpy()
            groups_before = 1


def _density(bottleneck: EntropyBottleneck) -> Array:
    """H, b and a of each layer of each latent's cumulative: [N, 58] float32."""
    columns = []
    layers = zip(bottleneck.matrices, bottleneck.biases, strict=True)
    for index, (matrix, bias) in enumerate(layers):
        columns += [functional.softplus(matrix).flatten(1), bias.flatten(1)]
        if index < len(bottleneck.factors):
            columns.append(torch.tanh(bottleneck.factors[index]).flatten(1))
    return torch.cat(columns, dim=1).numpy()


def _tables(tables: FrequencyTables) -> Arrays:
    """The integer tables, in the smallest types that hold them."""
    arrays = tables.to_arrays()
    return {name: array.astype(TABLE_TYPES[name]) for name, array in arrays.items()}


def _without_unused(arrays: Arrays, symbols: NDArray[np.int64]) -> Arrays:
    """The arrays of one lambda without latents that have one symbol in all of `symbols` [n, N].

    What the decoder makes of those symbols goes into the bias of its first layer.
    """
    is_used = np.ptp(symbols, axis=0) > 0
    is_used[0] |= not is_used.any()  # tables have at least one latent
    last = max(name for name in arrays if name.startswith("encoder.")).rsplit(".", 1)[0]
    rows = (f"{last}.weight", f"{last}.bias", "sign", "median", "density")
    shorter = {**arrays, **{name: arrays[name][is_used] for name in rows}}
    first = arrays["decoder.0.weight"]
    constant = first[:, ~is_used] @ symbols[0, ~is_used].astype(np.float32)
    shorter["decoder.0.weight"] = first[:, is_used]
    shorter["decoder.0.bias"] = arrays["decoder.0.bias"] + constant
    sizes = arrays["length"].astype(np.int64) + 1
    shorter |= {name: arrays[name][is_used] for name in ("offset", "length")}
    shorter["cumulative"] = arrays["cumulative"][np.repeat(is_used, sizes)]
    return shorter
