"""Properties of motions: they compose, come back, rescale, and leave less to predict the larger they are."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice, LatticeAxis, grid
from lcpc.motion.mask import predictable
from lcpc.motion.transforms import Affine
from lcpc.motion.warp import compensated, interpolate

CENTRE = (31.5, 23.5)
motions = st.builds(
    lambda angle, fx, fy, sx, sy, dx, dy: transforms.scaling(fx, fy).then(transforms.shear(sx, sy))
    .then(transforms.rotation(angle)).then(transforms.translation(dx, dy)),
    st.floats(-45, 45), st.floats(0.5, 2), st.floats(0.5, 2), st.floats(-20, 20), st.floats(-20, 20), st.floats(-40, 40),
    st.floats(-40, 40))
lattices = st.builds(
    lambda stride, count, low, grown: Lattice(LatticeAxis(count, stride * count, stride, low, low + 2 * grown),
                                              LatticeAxis(count, stride * count, stride, low, low + 2 * grown)),
    st.sampled_from([1, 2, 4, 8]), st.integers(4, 24), st.integers(-6, 0), st.integers(0, 12))


@given(motions, motions)
def test_one_motion_after_another_is_their_composition(first, second):
    positions = grid(5, 4)
    np.testing.assert_allclose(first.then(second)(positions, CENTRE), second(first(positions, CENTRE), CENTRE), atol=1e-8)


@given(motions)
def test_a_motion_and_its_inverse_leave_every_position_in_place(affine):
    positions = grid(6, 5)
    np.testing.assert_allclose(affine.inverse()(affine(positions, CENTRE), CENTRE), positions, atol=1e-7)


@given(motions, lattices)
def test_the_rescaled_motion_is_the_motion_seen_on_the_lattice(affine, lattice):
    positions = lattice.positions()
    sources = positions + lattice.rescaled_motion(affine)
    np.testing.assert_allclose(affine(lattice.to_pixels(sources), lattice.centre), lattice.to_pixels(positions), atol=1e-6)


@given(lattices)
def test_no_motion_predicts_every_tensor_exactly(lattice):
    tensor = torch.rand(2, lattice.y.count, lattice.x.count)
    assert torch.equal(compensated(tensor, lattice, [Affine()])[0], tensor)


@given(motions, lattices, st.floats(0, 20), st.floats(0, 20))
def test_a_wider_reach_never_leaves_more_to_predict(affine, lattice, one, other):
    near, far = sorted((one, other))
    assert not (predictable(affine, lattice, far) & ~predictable(affine, lattice, near)).any()


@given(st.floats(0, 60), st.floats(0, 60), lattices)
def test_a_larger_shift_never_leaves_more_to_predict(one, other, lattice):
    near, far = sorted((one, other))
    masks = [predictable(transforms.translation(shift), lattice, 2.0).sum() for shift in (near, far)]
    assert masks[1] <= masks[0]


@given(st.integers(-6, 6), st.integers(-6, 6))
def test_whole_shifts_move_values_and_change_none(dx, dy):
    source = torch.rand(2, 14, 15, generator=torch.Generator().manual_seed(3))
    moved = interpolate(source, grid(15, 14) - (dx, dy))
    inside = moved[:, 6:8, 6:9]
    assert torch.equal(inside, source[:, 6 - dy:8 - dy, 6 - dx:9 - dx])


@settings(max_examples=25)
@given(motions)
def test_two_warps_of_a_plane_are_one_warp_by_the_composition(affine):
    """A plane is what bilinear interpolation keeps exactly, so composing motions and composing warps agree on it."""
    positions = grid(64, 48)
    plane = torch.from_numpy(2.0 * positions[..., 0] - 3.0 * positions[..., 1])[None]
    middle = np.array([[[31.0, 23.0], [33.0, 25.0]]])
    half = Affine(1 + (affine.xx - 1) / 8, affine.xy / 8, affine.yx / 8, 1 + (affine.yy - 1) / 8, affine.dx / 16,
                  affine.dy / 16)
    once = interpolate(plane, half.inverse()(half.inverse()(middle, CENTRE), CENTRE))
    twice = interpolate(plane, half.then(half).inverse()(middle, CENTRE))
    torch.testing.assert_close(once, twice)
