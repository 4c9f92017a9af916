"""Clouds varied in each step: each part does what it says, and draws from the step's own numbers."""

import torch

from lcpc.trainer.batches import Variation


def generator():
    return torch.Generator().manual_seed(1)


def test_nothing_is_drawn_where_all_is_off():
    x, source = torch.randn(2, 3, 5), generator()
    assert Variation()(x, source) is x
    assert torch.equal(source.get_state(), generator().get_state())


def test_each_axis_of_each_cloud_has_a_factor_and_an_offset_of_its_own():
    x = torch.randn(40, 3, 5, generator=generator())
    factor = Variation(axis_scale_jitter=0.2)(x, generator()) / x
    torch.testing.assert_close(factor, factor[..., :1].expand(-1, -1, 5))
    assert 0.8 <= factor.min() < 0.82
    assert 1.18 < factor.max() <= 1.2
    offset = Variation(shift=0.1)(x, generator()) - x
    torch.testing.assert_close(offset, offset[..., :1].expand(-1, -1, 5))
    assert offset.abs().max() <= 0.1 + 1e-6
    assert offset[..., 0].std() > 0.04


def test_points_take_one_other_order():
    x = torch.randn(3, 3, 50)
    reordered = Variation(reorders=True)(x, generator())
    assert not torch.equal(reordered, x)
    order = (reordered[0, 0][:, None] == x[0, 0]).float().argmax(1)
    assert order.sort().values.tolist() == list(range(50))
    assert torch.equal(reordered, x[..., order])
