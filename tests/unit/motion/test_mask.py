"""What motion can predict: nothing that enters the frame, nothing that padding reaches."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice, LatticeAxis
from lcpc.motion.mask import predictable
from lcpc.motion.transforms import Affine
from lcpc.motion.warp import compensated, moved_crops

PLAIN = Lattice(LatticeAxis(16, 64, 4, 0, 3), LatticeAxis(16, 64, 4, 0, 3))


def test_without_motion_and_reach_everything_counts():
    assert predictable(Affine(), PLAIN).all()


def test_what_enters_the_frame_does_not_count():
    mask = predictable(transforms.translation(8), PLAIN)
    assert not mask[:, :2].any()
    assert mask[:, 2:].all()


def test_content_of_which_the_interpolation_lacks_a_neighbour_does_not_count():
    mask = predictable(transforms.translation(-2), PLAIN)
    assert not mask[:, -1].any()
    assert mask[:, :-1].all()


def test_what_padding_reaches_does_not_count():
    mask = predictable(Affine(), PLAIN, reach_px=5)
    assert np.flatnonzero(mask[8]).tolist() == list(range(1, 15))


@pytest.mark.parametrize("motion", [transforms.translation, lambda step: transforms.rotation(step),
                                    lambda step: transforms.scaling(1 - step / 40), lambda step: transforms.shear(step)])
def test_the_mask_shrinks_with_larger_motion(motion):
    left = [int(predictable(motion(step), PLAIN, 3).sum()) for step in (0.0, 2.0, 6.0, 12.0, 20.0)]
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0]


def test_the_mask_shrinks_with_larger_reach():
    affine = transforms.rotation(4).then(transforms.translation(3, 2))
    masks = [predictable(affine, PLAIN, reach) for reach in (0, 2, 6, 12)]
    for wide, narrow in itertools.pairwise(masks):
        assert not (narrow & ~wide).any()
        assert narrow.sum() < wide.sum()


def test_a_reach_as_wide_as_the_image_leaves_nothing():
    assert not predictable(Affine(), PLAIN, reach_px=64).any()


def test_no_pixel_outside_the_mask_of_the_whole_field_changes_what_counts():
    """The mask is right: other content around the frame, other padding, and the tensor's counted positions stay as they are."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, stride=2, padding=1))
    lattice = Lattice(LatticeAxis(16, 64, 4, -3, 3), LatticeAxis(16, 64, 4, -3, 3))
    image = torch.rand(1, 3, 64, 64)
    entering = image.clone()
    entering[..., :8] = torch.rand(1, 3, 64, 8)
    mask = predictable(transforms.translation(8), lattice, lattice.reach_px)
    changed = (network(image) - network(entering)).abs().sum(1)[0].detach().numpy() > 0
    assert changed.any()
    assert not (changed & mask).any()


@pytest.mark.parametrize("affine", [
    transforms.scaling(0.5, 0.5), transforms.scaling(1.2, 1.3),
    transforms.scaling(1.5, 1.5).then(transforms.translation(24, -9)),
    transforms.rotation(20).then(transforms.translation(-5.5, 3)), transforms.shear(9, -4)])
def test_what_counts_depends_neither_on_padding_nor_on_what_enters(affine):
    """Two networks that differ in their padding alone, two photographs that differ outside the frame alone."""
    def network(padding):
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1, padding_mode=padding), nn.ReLU(),
                             nn.Conv2d(4, 4, 3, stride=2, padding=1, padding_mode=padding)).requires_grad_(False)

    lattice = Lattice(LatticeAxis(16, 64, 4, -3, 3), LatticeAxis(16, 64, 4, -3, 3))
    mask = predictable(affine, lattice, lattice.reach_px)
    photo = torch.rand(3, 160, 160, generator=torch.Generator().manual_seed(1))
    other = torch.rand(3, 160, 160, generator=torch.Generator().manual_seed(2))
    other[:, 48:112, 48:112] = photo[:, 48:112, 48:112]
    found = []
    for padding, content in (("zeros", photo), ("replicate", other)):
        reference, moved = network(padding)(moved_crops(content, 64, [Affine(), affine]))
        found.append(torch.stack([compensated(reference, lattice, [affine])[0], moved]))
    changed = ((found[0] - found[1]).abs().amax(dim=1) > 1e-5).numpy()
    assert mask.sum() > 10
    assert changed.any()
    assert not (changed & mask).any()
