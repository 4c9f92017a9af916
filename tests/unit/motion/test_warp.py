"""Bilinear warping in exact coordinates."""

import numpy as np
import pytest
import torch

from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice, LatticeAxis, grid
from lcpc.motion.transforms import Affine
from lcpc.motion.warp import compensated, interpolate, moved_crops


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_positions_on_the_raster_give_the_very_values():
    source = noise(3, 9, 13)
    assert torch.equal(interpolate(source, grid(13, 9)), source)


def test_between_two_pixels_lies_their_weighted_mean():
    row = torch.tensor([[[10.0, 20.0, 40.0]]])
    torch.testing.assert_close(interpolate(row, np.array([[0.25, 0.0], [1.5, 0.0]])), torch.tensor([[12.5, 30.0]]))


def test_outside_the_border_goes_on():
    row = torch.tensor([[[10.0, 20.0, 40.0]]])
    torch.testing.assert_close(interpolate(row, np.array([[-5.0, 3.0], [9.0, -1.0]])), torch.tensor([[10.0, 40.0]]))


def test_bilinear_sampling_agrees_with_torch():
    source, positions = noise(4, 20, 30), np.random.default_rng(1).uniform((0, 0), (29, 19), (50, 2))
    scaled = torch.from_numpy(2 * positions / (29, 19) - 1)[None, None].float()
    theirs = torch.nn.functional.grid_sample(source[None], scaled, align_corners=True)[0, :, 0]
    torch.testing.assert_close(interpolate(source, positions), theirs, atol=1e-5, rtol=0)


def test_no_motion_gives_the_central_crop_itself():
    photo = noise(3, 40, 50)
    assert torch.equal(moved_crops(photo, 32, [Affine()])[0], photo[:, 4:36, 9:41])


def test_a_whole_shift_brings_in_what_the_photograph_holds():
    photo = noise(3, 40, 50)
    assert torch.equal(moved_crops(photo, 32, [transforms.translation(3, -2)])[0], photo[:, 6:38, 6:38])


def test_a_photograph_smaller_than_the_crop_is_refused_with_both_sizes():
    with pytest.raises(ValueError, match="50 x 40 pixels has no crop of 64"):
        moved_crops(noise(3, 40, 50), 64, [Affine()])


def test_a_shift_by_whole_latent_steps_moves_the_tensor_by_whole_positions():
    tensor = noise(5, 8, 8)
    lattice = Lattice(LatticeAxis(8, 32, 4, 0, 6), LatticeAxis(8, 32, 4, 0, 6))
    moved = compensated(tensor, lattice, [transforms.translation(8, 0)])[0]
    assert torch.equal(moved[:, :, 2:], tensor[:, :, :-2])


def test_frames_of_a_batch_do_not_depend_on_each_other():
    photo = noise(3, 40, 50)
    affines = [transforms.rotation(3), transforms.scaling(1.1), transforms.shear(2)]
    together = moved_crops(photo, 32, affines)
    for index, affine in enumerate(affines):
        assert torch.equal(together[index], moved_crops(photo, 32, [affine])[0])
