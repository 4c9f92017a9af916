"""Octrees of clouds against a plain construction, node by node."""

import numpy as np
import pytest
import torch

from lcpc.models.octree import (
    BEFORE,
    NEIGHBOURS,
    Level,
    children,
    codes,
    coordinates,
    count_class,
    occupancies_at,
    standard_depth,
    trees,
)

SCALES = [1, 4, 64, 256]


def clouds(scale, count=3, points=40):
    """Cells [count * points, 3] from the corner of the root, and the tree of each."""
    x = torch.from_numpy(np.random.default_rng(scale).uniform(-1, 1, (count * points, 3)))
    return (x * scale).trunc().long() + scale, torch.arange(count).repeat_interleave(points)


def plain_levels(cells, depth):
    """{cell: occupancy} of each level, by parents of cells."""
    levels = []
    for number in range(depth):
        nodes = {}
        for cell in {tuple(c >> depth - number - 1 for c in cell) for cell in cells.tolist()}:
            parent, octant = tuple(c >> 1 for c in cell), sum((c & 1) << 2 - axis for axis, c in enumerate(cell))
            nodes[parent] = nodes.get(parent, 0) | 1 << octant
        levels.append(nodes)
    return levels


def in_order(nodes):
    return sorted(nodes, key=lambda cell: int(codes(torch.tensor([cell]), 20)))


@pytest.mark.parametrize("scale", SCALES)
def test_nodes_are_those_of_a_plain_octree_breadth_first_in_morton_order(scale):
    grid, tree = clouds(scale)
    depth = standard_depth(scale)
    nodes, occupancy, owner = trees(grid, tree, torch.full((3,), depth))
    for number in range(3):
        levels = plain_levels(grid[tree == number], depth)
        mine = owner == number
        assert occupancy[mine].tolist() == [level[cell] for level in levels for cell in in_order(level)]
        assert nodes.level[mine].tolist() == [index + 1 for index, level in enumerate(levels) for _ in level]


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_known_of_a_node_follows_from_the_levels_above_and_the_nodes_before(scale):
    grid, tree = clouds(scale, 1)
    depth = standard_depth(scale)
    nodes, _, _ = trees(grid, tree, torch.tensor([depth]))
    index = 0
    levels = plain_levels(grid, depth)
    for number, level in enumerate(levels):
        for cell in in_order(level):
            up = [tuple(c >> step for c in cell) for step in range(5)]
            wanted = [levels[number - step][up[step]] if step <= number else 0 for step in (1, 2, 3)]
            assert nodes.ancestors[index].tolist() == wanted
            octants = [sum((c & 1) << 2 - axis for axis, c in enumerate(up[step])) if step < number else 8
                       for step in range(4)]
            assert nodes.octants[index].tolist() == octants
            around = [tuple(np.add(cell, offset).tolist()) for offset in NEIGHBOURS]
            assert nodes.neighbours[index].tolist() == [other in level for other in around]
            assert nodes.before[index].tolist() == [level.get(around[place], 0) for place in BEFORE]
            assert nodes.position[index].tolist() == [c << 10 - number for c in cell]
            assert nodes.count[index] == count_class(torch.tensor(len(level)))
            index += 1
    assert index == len(nodes)


def test_cells_before_precede_in_morton_order_wherever_they_are():
    x = torch.from_numpy(np.random.default_rng(0).integers(1, 1000, (500, 3)))
    for place in BEFORE:
        assert (codes(x + torch.tensor(NEIGHBOURS[place]), 10) < codes(x, 10)).all()
    other = set(range(26)) - set(BEFORE)
    assert all((codes(x + torch.tensor(NEIGHBOURS[place]), 10) > codes(x, 10)).any() for place in other)


@pytest.mark.parametrize("scale", SCALES)
def test_a_decoder_makes_the_same_nodes_level_by_level(scale):
    grid, tree = clouds(scale, 1)
    depth = standard_depth(scale)
    nodes, occupancy, _ = trees(grid, tree, torch.tensor([depth]))
    level, begin = Level.roots(torch.tensor([depth])), 0
    for _ in range(depth):
        known = level.nodes()
        here = slice(begin, begin + len(known))
        for name, column in vars(known).items():
            if name != "before":
                assert torch.equal(column, getattr(nodes, name)[here]), name
        assert torch.equal(occupancies_at(known.before, occupancy[here]), nodes.before[here])
        parent, octant = children(occupancy[here])
        code, level = level.code[parent] << 3 | octant, level.next(occupancy[here])
        begin = here.stop
    assert torch.equal(torch.unique(codes(grid, depth)), code)
    assert torch.equal(codes(coordinates(code, depth), depth), code)


def test_trees_of_several_depths_are_those_made_alone():
    parts = [clouds(scale, 1, points) for scale, points in ((4, 30), (64, 5), (1, 9))]
    depth = torch.tensor([standard_depth(scale) for scale in (4, 64, 1)])
    grid = torch.cat([part[0] for part in parts])
    tree = torch.arange(3).repeat_interleave(torch.tensor([30, 5, 9]))
    nodes, occupancy, owner = trees(grid, tree, depth)
    for number, (cells, alone) in enumerate(parts):
        wanted, occupancies, _ = trees(cells, alone, depth[number:number + 1])
        assert torch.equal(occupancy[owner == number], occupancies)
        for name, column in vars(wanted).items():
            assert torch.equal(getattr(nodes, name)[owner == number], column), name


def test_a_larger_root_leaves_the_nodes_of_the_unit_ball_as_they_are():
    grid, tree = clouds(16, 1)
    nodes, occupancy, _ = trees(grid, tree, torch.tensor([6]))
    moved, more, _ = trees(grid + 64, tree, torch.tensor([8]), above=2)
    assert moved.level.tolist()[:2] == [0, 0]
    assert more.tolist()[2:] == occupancy.tolist()
    assert torch.equal(moved.position[2:], nodes.position)
    assert torch.equal(moved.level[2:], nodes.level)
