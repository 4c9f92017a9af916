"""Sets of cells of an octree as symbols: occupancies of nodes, breadth-first, with their contexts.

    cells [S, 3] ─► codes (Morton order) ─► for each level: occupancy of each node, 1 ... 255

A node's context is the depth of the tree, its level, and how many children its parent has.
"""

from collections.abc import Generator, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.integer_tables import LEAST_SHARE_BITS, of_weights
from lcpc.entropy.pmf import FrequencyTables
from lcpc.entropy.sequential import Distribution
from lcpc.errors import BitstreamError, DataError

DEEPEST = 8
"""Most levels of a tree."""
OCCUPANCIES = 255
FAMILIES = 4
"""Contexts by the number of children of the parent: 1, 2, 3, more."""
CONTEXTS = (DEEPEST, DEEPEST, FAMILIES)
LARGEST_COUNT = 1 << 30

Integers = NDArray[np.int64]
CellsOfLevel = tuple[Integers, Integers]
"""(occupancy, family) of each node."""


class TableRow:
    """One distribution of integer tables."""

    def __init__(self, row: tuple[int, list[int], int]) -> None:
        self.first, self._cumulative, self.likeliest = row
        self.entries = len(self._cumulative) - 2

    def below(self, entry: int) -> int:
        """Sum of the frequencies before an entry."""
        return self._cumulative[entry]


def rows_of(tables: FrequencyTables) -> list[Distribution]:
    """The distributions of integer tables."""
    return [TableRow(row) for row in tables.rows]


class OctreeModel:
    """Distributions of occupancies: counts [depth, level, family, occupancy] of a training."""

    def __init__(self, counts: Integers) -> None:
        if counts.shape != (*CONTEXTS, OCCUPANCIES) or counts.dtype.kind not in "iu":
            raise DataError(f"counts of occupancies are integers {(*CONTEXTS, OCCUPANCIES)}, not "
                            f"{counts.dtype} {counts.shape}")
        if counts.min() < 0 or counts.max() > LARGEST_COUNT:
            raise DataError(f"counts of occupancies lie between 0 and {LARGEST_COUNT}")
        flat = counts.reshape(-1, OCCUPANCIES).astype(np.int64)
        total = flat.sum(axis=1, keepdims=True)
        # No occupancy is too rare for an entry of its own.
        least = (total >> (LEAST_SHARE_BITS - 2)) + 1
        weights = np.maximum(flat, least)
        self._rows = rows_of(of_weights(weights, 1))

    def distribution(self, depth: int, level: int, family: int) -> Distribution:
        """The distribution of the occupancy of a node."""
        place = ((depth - 1) * DEEPEST + level) * FAMILIES + family
        return self._rows[place]

    def symbols(self, codes: Integers, depth: int) -> tuple[list[int], list[Distribution]]:
        """Occupancies of a tree, and the distribution of each."""
        symbols: list[int] = []
        distributions: list[Distribution] = []
        for level, (occupancy, family) in enumerate(levels(codes, depth)):
            symbols += occupancy.tolist()
            distributions += [self.distribution(depth, level, each) for each in family.tolist()]
        return symbols, distributions

    def reader(self, depth: int, most: int) -> Generator[Distribution, int, Integers]:
        """Asks for one occupancy after the other; returns the codes of the cells, in order.

        Raises BitstreamError for more than `most` cells, or an occupancy out of range.
        """
        nodes = [(0, 0)]
        for level in range(depth):
            children: list[tuple[int, int]] = []
            for code, family in nodes:
                occupancy = yield self.distribution(depth, level, family)
                children += _children(code, occupancy)
                if len(children) > most:
                    raise BitstreamError(f"the stream holds more than {most} cells: it is damaged")
            nodes = children
        return np.array([code for code, _ in nodes], dtype=np.int64)


def _children(code: int, occupancy: int) -> list[tuple[int, int]]:
    if not 1 <= occupancy <= OCCUPANCIES:
        raise BitstreamError(f"the stream holds the occupancy {occupancy}: it is damaged")
    octants = [octant for octant in range(8) if occupancy >> octant & 1]
    family = min(len(octants), FAMILIES) - 1
    return [(8 * code + octant, family) for octant in octants]


def codes_of(cells: Integers, depth: int) -> Integers:
    """Morton codes [...] of cells [..., 3], each coordinate from 0 to 2^depth - 1."""
    codes = np.zeros(cells.shape[:-1], dtype=np.int64)
    for bit in range(depth):
        for axis in range(3):
            codes |= (cells[..., axis] >> bit & 1) << (3 * bit + axis)
    return codes


def cells_of(codes: Integers, depth: int) -> Integers:
    """Cells [..., 3] of Morton codes [...]."""
    cells = np.zeros((*codes.shape, 3), dtype=np.int64)
    for bit in range(depth):
        for axis in range(3):
            cells[..., axis] |= (codes >> (3 * bit + axis) & 1) << bit
    return cells


def levels(codes: Integers, depth: int) -> Iterator[CellsOfLevel]:
    """Occupancy and family of the nodes of each level, in Morton order. Codes with more than
    3 x depth bits are those of several trees."""
    family = np.zeros(len(np.unique(codes >> 3 * depth)), dtype=np.int64)
    for level in range(depth):
        children = np.unique(codes >> 3 * (depth - level - 1))
        _, parent = np.unique(children >> 3, return_inverse=True)
        occupancy = np.bincount(parent, weights=1 << (children & 7)).astype(np.int64)
        yield occupancy, family
        family = np.minimum(np.bincount(parent)[parent], FAMILIES) - 1


def counts_of(trees: Sequence[tuple[Integers, int]]) -> Integers:
    """How often each occupancy occurs: [depth, level, family, occupancy].

    trees: pairs of codes [n, S] of n trees and their depth.
    """
    counts = np.zeros((*CONTEXTS, OCCUPANCIES), dtype=np.int64)
    for codes, depth in trees:
        numbers = np.arange(len(codes), dtype=np.int64)[:, None]
        flat = (codes + (numbers << 3 * depth)).ravel()
        for level, (occupancy, family) in enumerate(levels(flat, depth)):
            place = family * OCCUPANCIES + occupancy - 1
            here = np.bincount(place, minlength=FAMILIES * OCCUPANCIES)
            counts[depth - 1, level] += here.reshape(FAMILIES, OCCUPANCIES)
    return counts
