"""Exhaustive block matching, and the rescaling law that it finds in tensors."""

import numpy as np
import pytest
import torch
from torch import nn

from lcpc.motion import transforms
from lcpc.motion.block_matching import displacements, match
from lcpc.motion.receptive_field import lattices
from lcpc.motion.warp import moved_crops


def shifted(frame, dx, dy):
    return np.roll(frame, (dy, dx), axis=(1, 2))


def by_hand(current, reference, block, reach, x, y):
    """The slow definition, one position at a time."""
    half, best = block // 2, (np.inf, None)
    own = current[:, y - half:y + half + 1, x - half:x + half + 1]
    for dx, dy in displacements(reach):
        left, top = x + dx - half, y + dy - half
        if left < 0 or top < 0 or left + block > reference.shape[2] or top + block > reference.shape[1]:
            continue
        cost = np.square(own - reference[:, top:top + block, left:left + block]).sum()
        best = min(best, (cost, (dx, dy)), key=lambda item: item[0])
    return best[1]


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (3, -2), (-11, 11), (7, 0)])
def test_known_shifts_of_a_textured_frame_are_found_exactly(dx, dy):
    reference = np.random.default_rng(0).random((3, 80, 90))
    field = match(shifted(reference, dx, dy), reference, block=31, reach=11)
    inside = field[15 + 11:-15 - 11, 15 + 11:-15 - 11]
    assert (inside == (-dx, -dy)).all()


def test_every_position_has_the_match_of_the_slow_definition():
    rng = np.random.default_rng(1)
    current, reference = rng.random((2, 14, 16)), rng.random((2, 14, 16))
    field = match(current, reference, block=3, reach=4)
    for y in range(1, 13):
        for x in range(1, 15):
            assert tuple(field[y, x]) == by_hand(current, reference, 3, 4, x, y)


def test_where_there_is_no_whole_block_there_is_no_match():
    field = match(np.zeros((1, 9, 9)), np.zeros((1, 9, 9)), block=5, reach=1)
    assert np.isnan(field[:2]).all()
    assert not np.isnan(field[2:-2, 2:-2]).any()


def test_without_texture_the_shortest_displacement_wins():
    assert (match(np.ones((1, 9, 9)), np.ones((1, 9, 9)), block=3, reach=2)[1:-1, 1:-1] == 0).all()


def test_a_shift_is_found_exactly_where_texture_allows_and_only_there():
    """Left flat, in the middle stripes along x (any shift along x looks the same), on the right noise."""
    rng = np.random.default_rng(2)
    reference = np.zeros((1, 40, 90))
    reference[..., 30:60] = rng.random((1, 40, 1))
    reference[..., 60:] = rng.random((1, 40, 30))
    field = match(shifted(reference, 2, 3), reference, block=5, reach=4)[8:-8]
    assert (field[:, 8:24] == 0).all()
    assert (field[:, 40:50] == (0, -3)).all()
    assert (field[:, 68:82] == (-2, -3)).all()


def test_an_even_block_and_frames_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match="block is 4; take an odd side"):
        match(np.zeros((1, 9, 9)), np.zeros((1, 9, 9)), block=4, reach=1)
    with pytest.raises(ValueError, match="can't be matched"):
        match(np.zeros((1, 9, 9)), np.zeros((1, 9, 8)), block=3, reach=1)


@pytest.mark.parametrize("steps", [(2, 0), (-1, 3)])
def test_blocks_of_tensors_move_by_the_motion_of_the_image_over_the_stride(steps):
    """The rescaling law, found without being told: translate the input by whole latent steps and match the tensors."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(8, 8, 5, stride=2, padding=2)).eval()
    lattice = lattices(lambda images: {"last": network(images)}, 96)["last"]
    photo = torch.rand(3, 128, 128)
    motion = transforms.translation(4.0 * steps[0], 4.0 * steps[1])
    with torch.no_grad():
        first, second = network(moved_crops(photo, 96, [transforms.Affine(), motion])).numpy()
    field, expected = match(second, first, block=3, reach=5), lattice.rescaled_motion(motion)
    np.testing.assert_array_equal(field[6:-6, 6:-6], expected[6:-6, 6:-6])
