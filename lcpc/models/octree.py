"""Octrees of quantised clouds, breadth-first, and what a decoder knows of a node before its
occupancy.

    points x ─► trunc(x S) ─► cells of the finest level ─► parents ─► ... ─► root

The root is the cube [-S, 3S)^3 of the grid, so that a cell of one level has one size and place in
space whatever S is. A node has an occupancy (bit o: octant o holds points), its level counted from
the root, and its octant in its parent; nodes of a level are in Morton order. Many trees are made at
once, on any device, level by level, and the decoder makes its levels by the same functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

import torch
from torch import Tensor

ANCESTORS = 3
"""Rows of a node's context are those of itself and of so many ancestors [Fu et al. 2022]."""
POSITION_BITS = 10
"""Bits of a coordinate that the network sees: all of them up to S = 256."""
NEIGHBOURS = tuple(offset for offset in product((-1, 0, 1), repeat=3) if any(offset))
"""The 26 cells around a cell."""
BEFORE = tuple(index for index, offset in enumerate(NEIGHBOURS) if max(offset) <= 0)
"""The 7 of them that precede a cell in Morton order wherever it lies."""
LEVELS = POSITION_BITS + 2
"""Levels that the network tells apart: 0 is above the root."""
COUNTS = 32
"""Classes of numbers of nodes: two in an octave."""
LARGEST_DEPTH = 18
"""Levels of the deepest tree: a key of a cell, with its tree beside it, has 63 bits."""
NO_OCTANT = 8


@dataclass(frozen=True)
class Nodes:
    """What is known of each node before its occupancy [N]; nodes lie along the first axis."""

    level: Tensor
    """Counted from 1 at a root; nodes above the cube of the unit ball have 0."""
    octants: Tensor
    """Octants [N, 4] in their parents of the node and of its 3 ancestors; 8 where there is none."""
    ancestors: Tensor
    """Occupancies [N, 3] of parent, grandparent and its parent; 0 where there is none."""
    neighbours: Tensor
    """Which of the 26 cells around hold points, bool [N, 26]."""
    before: Tensor
    """Occupancies [N, 7] of the cells around that precede in Morton order; 0 for empty ones. Of
    nodes that a decoder is about to decode: their places in the level, -1 for empty ones."""
    position: Tensor
    """Coordinates [N, 3] of the cell as whole numbers of 10 bits; bits below its level are 0."""
    count: Tensor
    """Class of the number of nodes of its level."""
    parents: Tensor
    """Class of the number of nodes of the level above."""
    below: Tensor
    """Levels of its tree from its own to the last."""

    def __len__(self) -> int:
        """Number of nodes."""
        return len(self.level)

    def __getitem__(self, index: Tensor | slice) -> "Nodes":
        """Some of the nodes."""
        return Nodes(*(getattr(self, field.name)[index] for field in fields(self)))


def joined(parts: Sequence[Nodes]) -> Nodes:
    """The nodes of all parts, one after another."""
    joined_fields = []
    for field in fields(Nodes):
        joined_fields.append(torch.cat([getattr(part, field.name) for part in parts]))
    return Nodes(*joined_fields)


@dataclass(frozen=True)
class Level:
    """The nodes of one level of some trees, sorted by tree and Morton code [N]."""

    number: int
    """Counted from 0 at the roots."""
    tree: Tensor
    code: Tensor
    """Morton code of the cell in its level; x has the highest bit of three."""
    depth: Tensor
    """Levels of each tree [trees]: a code of so many octants is a point."""
    above: int
    """Levels that the root lies above the cube of the unit ball."""
    octants: Tensor
    ancestors: Tensor
    parents: Tensor

    @staticmethod
    def roots(depth: Tensor, above: int = 0) -> "Level":
        """The first level of trees of these depths."""
        trees, device = len(depth), depth.device
        none = torch.full((trees, ANCESTORS + 1), NO_OCTANT, device=device)
        zeros = torch.zeros(trees, dtype=torch.int64, device=device)
        return Level(0, torch.arange(trees, device=device), zeros, depth, above, none,
                     zeros[:, None].expand(-1, ANCESTORS), zeros)

    def next(self, occupancy: Tensor) -> "Level":
        """The level of the children by the occupancies of this one; without trees that end."""
        going_on = self.depth[self.tree] > self.number + 1
        parent, octant = children(torch.where(going_on, occupancy, 0))
        ancestors = torch.cat([occupancy[parent, None], self.ancestors[parent, :-1]], 1)
        octants = torch.cat([octant[:, None], self.octants[parent, :-1]], 1)
        return Level(self.number + 1, self.tree[parent], self.code[parent] << 3 | octant,
                     self.depth, self.above, octants, ancestors, self.counts()[parent])

    def counts(self) -> Tensor:
        """Class of the number of nodes of this level in each node's tree."""
        number = torch.bincount(self.tree, minlength=len(self.depth))[self.tree]
        return count_class(number)

    def nodes(self) -> Nodes:
        """What is known of the nodes."""
        x = coordinates(self.code, self.number)
        inside = max(0, self.number - self.above)
        level = min(inside, POSITION_BITS)
        shown = (x >> inside - level & (1 << level) - 1) << POSITION_BITS - level
        below = (self.depth[self.tree] - self.number).clamp(max=LEVELS - 1)
        number = torch.full_like(below, level + (self.number >= self.above))
        around = neighbours(self.tree, x, self.number)
        return Nodes(number, self.octants, self.ancestors, around >= 0, around[:, BEFORE], shown,
                     self.counts(), self.parents, below)


def children(occupancy: Tensor) -> tuple[Tensor, Tensor]:
    """Places of the parents, and octants, of the children of nodes with these occupancies."""
    bits = occupancy[:, None] >> torch.arange(8, device=occupancy.device) & 1
    parent, octant = bits.nonzero(as_tuple=True)
    return parent, octant


def count_class(number: Tensor) -> Tensor:
    """Class of a number of nodes, 0 to 31: rises by one where 2 log2 of it does, at first less."""
    powers = 2 ** (torch.arange(1, COUNTS, device=number.device, dtype=torch.float64) / 2)
    return torch.bucketize(number, powers.round().long(), right=True)


def neighbours(tree: Tensor, x: Tensor, level: int) -> Tensor:
    """Places of the 26 cells around each cell x [N, 3] among the cells, -1 for empty ones [N, 26].
    """
    side = (1 << level) + 2
    key = ((tree * side + x[:, 0] + 1) * side + x[:, 1] + 1) * side + x[:, 2] + 1
    ordered, order = key.sort()
    steps = [(dx * side + dy) * side + dz for dx, dy, dz in NEIGHBOURS]
    wanted = key[:, None] + torch.tensor(steps, device=key.device)
    place = torch.searchsorted(ordered, wanted).clamp(max=len(key) - 1)
    return torch.where(ordered[place] == wanted, order[place], -1)


def occupancies_at(place: Tensor, occupancy: Tensor) -> Tensor:
    """Occupancies of nodes of a level by their places [N, 7]; 0 for place -1."""
    return torch.where(place >= 0, occupancy[place.clamp(min=0)], 0)


def codes(x: Tensor, bits: int) -> Tensor:
    """Morton codes of coordinates x [N, 3] of so many bits."""
    code = torch.zeros_like(x[:, 0])
    for bit in range(bits):
        for axis in range(3):
            code |= (x[:, axis] >> bit & 1) << 3 * bit + 2 - axis
    return code


def coordinates(code: Tensor, bits: int) -> Tensor:
    """Coordinates [N, 3] of Morton codes of so many bits a coordinate."""
    axes = torch.tensor([2, 1, 0], device=code.device)
    x = torch.zeros(len(code), 3, dtype=torch.int64, device=code.device)
    for bit in range(bits):
        x |= (code[:, None] >> 3 * bit + axes & 1) << bit
    return x


def standard_depth(scale: int) -> int:
    """Levels of a tree of the unit ball at S: the cube [-S, 3S) has 4 S cells a side."""
    return scale.bit_length() + 1


def trees(grid: Tensor, tree: Tensor, depth: Tensor, above: int = 0,
          ) -> tuple[Nodes, Tensor, Tensor]:
    """Trees of cells.

    grid: cells [M, 3] of the finest level, counted from the corner of the root; tree: which tree
    each belongs to [M]; depth: levels of each tree. Returns the nodes of all trees, tree after tree
    and each breadth-first, their occupancies [N], and their trees [N].
    """
    deepest = int(depth.max())
    # Codes are aligned at the root: the octants of a shallow tree come first.
    raised = grid << (deepest - depth[tree])[:, None]
    code = torch.unique(tree << 3 * deepest | codes(raised, deepest))
    tree, code = code >> 3 * deepest, code & (1 << 3 * deepest) - 1
    level = Level.roots(depth, above)
    parts, occupancies, owners = [], [], []
    for number in range(deepest):
        active = depth[tree] > number
        tree, code = tree[active], code[active]
        occupancy = _occupancies(level, tree, code >> 3 * (deepest - number - 1))
        nodes = level.nodes()
        parts.append(replace(nodes, before=occupancies_at(nodes.before, occupancy)))
        occupancies.append(occupancy)
        owners.append(level.tree)
        level = level.next(occupancy)
    owner = torch.cat(owners)
    order = torch.sort(owner, stable=True).indices
    return joined(parts)[order], torch.cat(occupancies)[order], owner[order]


def _occupancies(level: Level, tree: Tensor, child: Tensor) -> Tensor:
    """Occupancies of the nodes of a level from the codes of their children, sorted, repeated."""
    bits = 3 * (level.number + 1)
    unique = torch.unique_consecutive(tree << bits | child)
    parent = torch.searchsorted(level.tree << bits - 3 | level.code, unique >> 3)
    occupancy = torch.zeros_like(level.code)
    return occupancy.index_add_(0, parent, 1 << (unique & 7))
