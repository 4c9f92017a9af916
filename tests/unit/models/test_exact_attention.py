"""OctAttention in whole numbers: close to the trained network, and exact however it is computed."""

import numpy as np
import pytest
import torch

from lcpc.entropy.pmf import TOTAL
from lcpc.errors import DataError
from lcpc.models.exact_attention import ExactOctAttention, Reader, whole_state
from lcpc.models.exact_layers import BLOCK, ExactLinear
from lcpc.models.oct_attention import OctAttentionNetwork, OctShape
from lcpc.models.octree import Nodes, standard_depth, trees

SMALL = OctShape(window=16)


def network_of(shape, sharpness=1.0):
    network = OctAttentionNetwork(shape, seed=3)
    network.outer.weight.data *= 10 * sharpness
    for layer in network.layers:
        layer.query.weight.data *= 2 * sharpness
    return network.requires_grad_(False).eval()


def exact(network):
    return ExactOctAttention(network.shape, whole_state(network), "weights")


def tree(points=200, scale=32, seed=0):
    x = torch.from_numpy(np.random.default_rng(seed).uniform(-1, 1, (points, 3)))
    grid = (x * scale).trunc().long() + scale
    nodes, occupancy, _ = trees(grid, torch.zeros(points, dtype=torch.int64), torch.tensor([standard_depth(scale)]))
    return nodes, occupancy


def in_blocks(network, nodes, occupancy, size):
    known, reader, parts = network.known(nodes), Reader(network), []
    for begin in range(0, len(nodes), size):
        block = slice(begin, begin + size)
        parts.append(reader.frequencies_of(known[block], nodes.before.numpy()[block], occupancy.numpy()[block]))
    return np.concatenate(parts)


def one_by_one(network, nodes, occupancy):
    known, reader, rows = network.known(nodes), Reader(network), []
    for index, symbol in enumerate(occupancy.tolist()):
        rows.append(reader.frequencies(known[index:index + 1], nodes.before.numpy()[index:index + 1])[0])
        reader.learn(symbol)
    return np.array(rows)


def float_probabilities(network, nodes, occupancy):
    previous = occupancy.roll(1)
    previous[0] = 0
    batch = Nodes(*(column[None] for column in vars(nodes).values()))
    start = torch.zeros(1, len(nodes), dtype=torch.int64)
    logits = network(batch, previous[None], occupancy[None], start)
    return logits[0].softmax(-1).numpy()


@pytest.mark.parametrize("shape", [OctShape(), SMALL, OctShape(layers=1, heads=2, window=1)])
def test_frequencies_are_equal_node_by_node_and_in_blocks_of_any_size(shape):
    network, (nodes, occupancy) = exact(network_of(shape)), tree()
    alone = one_by_one(network, nodes, occupancy)
    assert (alone.sum(axis=1) == TOTAL).all()
    assert alone.min() >= 1
    for size in (1, 3, 64, BLOCK):
        assert np.array_equal(in_blocks(network, nodes, occupancy, size), alone)


@pytest.mark.parametrize("shape", [OctShape(), SMALL])
def test_they_are_close_to_the_probabilities_of_the_network(shape):
    network, (nodes, occupancy) = network_of(shape), tree()
    p = float_probabilities(network, nodes, occupancy)
    frequencies = in_blocks(exact(network), nodes, occupancy, BLOCK)
    picked = np.arange(len(nodes)), occupancy.numpy() - 1
    assert abs(frequencies / TOTAL - p).sum(axis=1).max() < 0.1
    bits, wanted = -np.log2(frequencies[picked] / TOTAL).sum(), -np.log2(p[picked]).sum()
    assert bits == pytest.approx(wanted, rel=0.005)


def test_a_node_depends_on_no_node_after_it_and_on_none_beyond_its_window():
    network, (nodes, occupancy) = exact(network_of(OctShape(layers=1, window=16))), tree()
    wanted = in_blocks(network, nodes, occupancy, BLOCK)
    other = occupancy.clone()
    other[100] = 256 - other[100]
    changed = in_blocks(network, nodes, other, BLOCK) != wanted
    rows = changed.any(axis=1).nonzero()[0]
    # Node 101 holds the occupancy of the one before it, and node 117 is the last that sees it.
    assert (rows.min(), rows.max()) == (101, 117)


def test_large_weights_are_summed_in_float64_to_the_same_numbers():
    rng = np.random.default_rng(0)
    weight, bias = torch.from_numpy(rng.integers(-900, 900, (8, 128))), torch.from_numpy(rng.integers(-9, 9, 8))
    x = rng.integers(-100, 100, (5, 128)).astype(np.float32)
    small, large = ExactLinear.of(weight, bias, 100, "x"), ExactLinear.of(weight, bias, 1 << 20, "x")
    assert (small.weight.dtype, large.weight.dtype) == (np.float32, np.float64)
    exact_sums = (x.astype(np.int64) @ weight.numpy().T + bias.numpy()) / 256
    assert np.array_equal(small(x), exact_sums)
    assert np.array_equal(large(x), exact_sums)
    with pytest.raises(DataError, match="sums reach .*, too large to be exact"):
        ExactLinear.of(weight, bias, 2.0**50, "x")


def test_hostile_weights_are_refused():
    network = network_of(SMALL)
    state = whole_state(network)
    with pytest.raises(DataError, match="weights: .* holds no whole numbers"):
        ExactOctAttention(SMALL, network.state_dict(), "weights")
    with pytest.raises(DataError):
        ExactOctAttention(SMALL, {name: value for name, value in state.items() if name != "outer.bias"}, "weights")
    with pytest.raises(DataError):
        ExactOctAttention(OctShape(hidden=8), state, "weights")


@pytest.mark.parametrize("change", [{"window": 0}, {"window": 4096}, {"heads": 3}, {"layers": 17}, {"hidden": "9"},
                                    {"occupancy": 1000}, {"heads": 1}, {"level": True}])
def test_hostile_shapes_are_refused(change):
    with pytest.raises(DataError, match="OctAttention: "):
        OctShape.of(OctShape().plain() | change)
