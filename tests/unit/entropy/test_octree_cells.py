"""Cells of an octree as symbols: what is written is read, and costs what it must."""

import math

import numpy as np
import pytest

from lcpc.entropy import sequential
from lcpc.entropy.octree_cells import (
    CONTEXTS,
    DEEPEST,
    OCCUPANCIES,
    OctreeModel,
    cells_of,
    codes_of,
    counts_of,
    levels,
)
from lcpc.errors import BitstreamError, DataError


def codes_drawn(count, depth, seed=1):
    drawn = np.random.default_rng(seed).integers(0, 8**depth, count)
    return np.unique(drawn)


@pytest.fixture(scope="module")
def model():
    trees = [(np.stack([codes_drawn(1, depth, seed) for seed in range(9)]), depth) for depth in range(1, 9)]
    return OctreeModel(counts_of(trees))


@pytest.mark.parametrize("depth", range(1, DEEPEST + 1))
@pytest.mark.parametrize("count", [1, 2, 30])
def test_what_is_written_is_read(model, depth, count):
    codes = codes_drawn(count, depth)
    stream = sequential.encode(*model.symbols(codes, depth))
    assert np.array_equal(sequential.read(stream, 1000, model.reader(depth, 1000)), codes)


def test_codes_and_cells_are_inverse():
    cells = np.random.default_rng(1).integers(0, 32, (50, 3))
    assert np.array_equal(cells_of(codes_of(cells, 5), 5), cells)
    assert codes_of(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]]), 1).tolist() == [1, 2, 4]


def test_a_tree_by_hand():
    # two cells, in octants 0 and 7 of the root, and in octants 1 and 2 of those
    found = [(occupancy.tolist(), family.tolist()) for occupancy, family in levels(np.array([1, 58]), 2)]
    assert found == [([0b10000001], [0]), ([0b10, 0b100], [1, 1])]


def test_counts_of_several_trees_are_the_sums():
    trees = np.stack([codes_drawn(1, 3, seed) for seed in range(5)])
    together = counts_of([(trees, 3)])
    assert np.array_equal(together, sum(counts_of([(tree[None], 3)]) for tree in trees))
    assert together.sum() == 5 * 3


def test_a_stream_costs_the_entropy_of_its_counts():
    counts = np.zeros((*CONTEXTS, OCCUPANCIES), dtype=np.int64)
    counts[1, :, :, [0, 1, 3, 7]] = 1 << 20
    model = OctreeModel(counts)
    symbols, distributions = model.symbols(np.array([0]), 2)
    assert symbols == [1, 1]
    assert sequential.code_length_bits(symbols, distributions) == pytest.approx(2 * math.log2(4), abs=0.05)


def test_too_many_cells_are_refused(model):
    stream = sequential.encode(*model.symbols(codes_drawn(30, 4), 4))
    with pytest.raises(BitstreamError, match="more than 10 cells"):
        sequential.read(stream, 1000, model.reader(4, 10))


@pytest.mark.parametrize("counts", [np.zeros(3, dtype=int), np.zeros((*CONTEXTS, OCCUPANCIES)),
                                    np.full((*CONTEXTS, OCCUPANCIES), -1), np.full((*CONTEXTS, OCCUPANCIES), 1 << 40)])
def test_other_counts_are_refused(counts):
    with pytest.raises(DataError, match="counts of occupancies"):
        OctreeModel(counts)
