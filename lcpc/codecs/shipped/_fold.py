"""Makes the shipped form of a trained curve: folded, without unused latents, in few bits.

What is left out and how many bits weights take is decided on clouds of the training split.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from lcpc.codecs.point_clouds.proposed import ProposedCodec
from lcpc.codecs.shipped.base import symbols_of
from lcpc.codecs.shipped.proposed import PARTS, ShippedCurve, shipped
from lcpc.data.base import PointClouds, spread
from lcpc.entropy.pmf import FrequencyTables
from lcpc.models.bottleneck import EntropyBottleneck
from lcpc.models.folded import FoldedEncoder, fold
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
TABLE_TYPES = {"offset": np.int16, "length": np.uint16, "cumulative": np.int32}

Array = NDArray[Any]
Arrays = dict[str, Array]


class Quality(NamedTuple):
    """Means over the lambdas of a curve, on the examples."""

    top1_percent: float
    rate_bits: float


def ship(codec: ProposedCodec, clouds: PointClouds,
         training: Mapping[str, Any]) -> ShippedCurve:
    """The shipped form of a curve. `clouds` are those of its training split; `training` goes into
    the header as it is."""
    chosen = spread(len(clouds), min(EXAMPLES, len(clouds)))
    examples, label = clouds.first(codec.points)[chosen], clouds.label[chosen]
    header = {"codec": codec.name, "size": codec.size, "points": codec.points,
              "lambdas": list(codec.settings), "classes": list(clouds.classes),
              "training": dict(training), "precision": dict.fromkeys(PARTS, "float32")}
    networks = {lambda_: _arrays(codec.model(lambda_), codec.tables[lambda_])
                for lambda_ in codec.settings}
    whole = _curve(header, networks)
    for lambda_ in networks:
        symbols = symbols_of(whole.latents(examples, lambda_))
        networks[lambda_] = _without_unused(networks[lambda_], symbols)
    curve = _curve(header, networks)
    reference = quality(curve, examples, label)
    for part in reversed(PARTS):
        curve = _shortened(curve, part, reference, examples, label)
    return curve


def _curve(header: Mapping[str, Any], networks: Mapping[float, Arrays]) -> ShippedCurve:
    arrays = {f"{lambda_:g}.{name}": array
              for lambda_, network in networks.items() for name, array in network.items()}
    return shipped(header, arrays)


def quality(curve: ShippedCurve, clouds: NDArray[np.float32], label: NDArray[np.int64]) -> Quality:
    """Accuracy and estimated rate of clouds [n, P, 3]."""
    accuracies, rates = [], []
    for lambda_ in curve.networks:
        symbols = symbols_of(curve.latents(clouds, lambda_))
        predicted = curve.classify(symbols, lambda_).argmax(axis=1)
        accuracies.append(100 * np.mean(predicted == label))
        rates.append(curve.rate_bits(symbols, lambda_).mean())
    return Quality(float(np.mean(accuracies)), float(np.mean(rates)))


def _shortened(curve: ShippedCurve, part: str, reference: Quality, clouds: NDArray[np.float32],
               label: NDArray[np.int64]) -> ShippedCurve:
    """The curve with a part's weights in the fewest bits from which it does not suffer."""
    weights = [array.size for name, array in curve.arrays.items() if _is_weight(name, part)]
    if sum(weights) < FEWEST_WEIGHTS * len(curve.networks):
        return curve
    for precision in PRECISIONS:
        arrays: Arrays = {}
        for name, array in curve.arrays.items():
            shorter = {name: array}
            if _is_weight(name, part):
                shorter = _quantised(name, array, precision)
            arrays |= shorter
        header = {**curve.header, "precision": {**curve.header["precision"], part: precision}}
        candidate = shipped(header, arrays)
        measured = quality(candidate, clouds, label)
        loss = reference.top1_percent - measured.top1_percent
        growth = measured.rate_bits - reference.rate_bits
        if loss <= MOST_LOSS_POINTS and growth <= MOST_RATE_SHARE * reference.rate_bits:
            return candidate
    return curve


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
    linears = [layer for layer in decoder.layers if isinstance(layer, nn.Linear)]
    arrays = {"sign": encoder.sign.to(torch.int8).numpy(), "median": encoder.median.numpy(),
              "density": _density(model.entropy_bottleneck), **_tables(tables)}
    for index, (weight, bias) in enumerate(_dense_layers(encoder)):
        arrays |= {f"encoder.{index}.weight": weight, f"encoder.{index}.bias": bias}
    for index, linear in enumerate(linears):
        arrays |= {f"decoder.{index}.weight": linear.weight.numpy(),
                   f"decoder.{index}.bias": linear.bias.numpy()}
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
