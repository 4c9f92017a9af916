"""Motions about the image centre, in the convention that the centre of pixel i stands at i."""

import numpy as np
import pytest

from lcpc.motion import transforms
from lcpc.motion.lattice import Lattice, LatticeAxis, grid
from lcpc.motion.transforms import Affine, MotionLimits

CENTRE = (111.5, 111.5)


def test_the_centre_of_the_image_stays_where_it_is():
    for affine in (transforms.rotation(37), transforms.scaling(1.3, 0.8), transforms.shear(5, -9)):
        np.testing.assert_allclose(affine(np.array(CENTRE), CENTRE), CENTRE)


def test_translation_moves_content_right_and_down():
    np.testing.assert_array_equal(transforms.translation(3, 5)(np.array([10.0, 20.0]), CENTRE), [13.0, 25.0])


def test_a_quarter_turn_maps_the_right_edge_to_the_bottom_edge():
    np.testing.assert_allclose(transforms.rotation(90)(np.array([223.0, 111.5]), CENTRE), [111.5, 223.0], atol=1e-12)


def test_four_quarter_turns_map_every_pixel_to_itself():
    turn = transforms.rotation(90)
    pixels = grid(224, 224)
    np.testing.assert_allclose(turn.then(turn).then(turn).then(turn)(pixels, CENTRE), pixels, atol=1e-10)


def test_shear_slides_a_row_by_the_tangent_of_its_distance():
    moved = transforms.shear(45)(np.array([[111.5, 121.5]]), CENTRE)
    np.testing.assert_allclose(moved, [[121.5, 121.5]])


def test_motion_leads_from_the_new_frame_back_to_the_reference():
    np.testing.assert_array_equal(transforms.motion(transforms.translation(4, -2), grid(3, 2), CENTRE)[0, 0], [-4.0, 2.0])


def test_a_motion_onto_a_line_cannot_be_undone():
    with pytest.raises(ValueError, match="cannot be undone"):
        Affine(1, 1, 1, 1).inverse()


def test_random_motion_keeps_within_its_limits_and_follows_from_the_seed():
    limits = MotionLimits()
    drawn = [transforms.random_motion(np.random.default_rng(seed), limits) for seed in range(600)]
    ends = {"dx_px": (-32, 32), "dy_px": (-32, 32), "scale_x": (0.95, 1.05), "scale_y": (0.95, 1.05), "shear_x_deg": (-5, 5),
            "shear_y_deg": (-5, 5), "rotation_deg": (-10, 10)}
    for name, (low, high) in ends.items():
        values = [getattr(draw, name) for draw in drawn]
        assert low <= min(values) < low + 0.02 * (high - low), name
        assert high - 0.02 * (high - low) < max(values) <= high, name
    assert transforms.random_motion(np.random.default_rng(7), limits) == drawn[7]


def test_a_draw_scales_then_shears_then_turns_then_shifts():
    drawn = transforms.MotionSample(5.25, -3.5, 1.04, 0.97, 3.0, -2.0, 90.0).affine()
    sheared = np.array([[1, np.tan(np.radians(3))], [np.tan(np.radians(-2)), 1]])
    np.testing.assert_allclose(drawn.linear, np.array([[0, -1], [1, 0]]) @ sheared @ np.diag([1.04, 0.97]), atol=1e-12)
    assert (drawn.dx, drawn.dy) == (5.25, -3.5)


def test_rescaled_motion_of_a_translation_is_the_translation_over_the_stride():
    lattice = Lattice(LatticeAxis(28, 224, 8, -26, 40), LatticeAxis(28, 224, 8, -26, 40))
    found = lattice.rescaled_motion(transforms.translation(24, -4))
    np.testing.assert_allclose(found, np.broadcast_to((-3.0, 0.5), (28, 28, 2)))


def test_rescaled_motion_looks_the_motion_up_where_the_position_stands_not_at_stride_times_index():
    lattice = Lattice(LatticeAxis(7, 224, 32, -394, 456), LatticeAxis(7, 224, 32, -394, 456))
    affine = transforms.scaling(0.5, 0.5)
    expected = transforms.motion(affine, np.array([31.0, 31.0]), CENTRE) / 32
    np.testing.assert_allclose(lattice.rescaled_motion(affine)[0, 0], expected)
    guessed = transforms.motion(affine, np.array([0.0, 0.0]), CENTRE) / 32
    assert np.abs(expected - guessed).max() > 0.9
