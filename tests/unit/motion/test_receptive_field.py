"""Receptive fields follow from the layers as they run, and effective ones from their weights."""

import pytest
import torch
from torch import nn

from lcpc.motion.receptive_field import Reach, effective_reach, lattices


def tensors_of(network):
    return lambda images: {"last": network(images)}


@pytest.mark.parametrize(("network", "stride", "low", "high"), [
    (nn.Conv2d(3, 2, 7, stride=2, padding=3), 2, -3, 3),
    (nn.Conv2d(3, 2, 4, stride=4), 4, 0, 3),
    (nn.Conv2d(3, 2, 3, dilation=2, padding=2), 1, -2, 2),
    (nn.Sequential(nn.Conv2d(3, 2, 3, stride=2, padding=1), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2)), 8, -3, 7),
    (nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 2, 3, stride=2)), 2, 0, 2),
    (nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2), nn.ReLU6()), 1, 0, 0),
])
def test_fields_of_small_networks_are_those_on_paper(network, stride, low, high):
    axis = lattices(tensors_of(network.eval()), 64)["last"].x
    assert (axis.stride, axis.low, axis.high) == (stride, low, high)


def test_the_offset_of_one_sided_padding_is_not_zero():
    network = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 2, 3, stride=2))
    assert lattices(tensors_of(network), 64)["last"].x.offset == 1.0


class Residual(nn.Module):
    """Two ways of different width that meet in a sum and a concatenation."""

    def __init__(self, narrow_first=False):
        super().__init__()
        self.narrow_first = narrow_first
        self.wide, self.narrow = nn.Conv2d(3, 4, 5, stride=2, padding=2), nn.Conv2d(3, 4, 1, stride=2)

    def forward(self, x):
        wide, narrow = self.wide(x), self.narrow(x)
        return torch.cat([narrow, narrow + wide] if self.narrow_first else [wide + narrow, narrow], dim=1)


def test_where_ways_meet_the_field_is_that_of_the_wider_one():
    for network in (Residual(), Residual(narrow_first=True)):
        axis = lattices(tensors_of(network), 32)["last"].x
        assert (axis.low, axis.high) == (-2, 2)


def test_the_field_is_where_the_gradient_is_not_zero():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(4, 4, 5, stride=2))
    axis = lattices(tensors_of(network), 64)["last"].x
    image = torch.rand(1, 3, 64, 64, requires_grad=True)
    network(image)[0, :, 8, 8].sum().backward()
    seen = image.grad[0].abs().sum(0).sum(0).nonzero().ravel()
    assert (int(seen[0]), int(seen[-1])) == (8 * axis.stride + axis.low, 8 * axis.stride + axis.high)


def test_an_operation_whose_field_is_not_known_is_refused_by_name():
    with pytest.raises(ValueError, match="operation 'adaptive_avg_pool2d' is not known"):
        lattices(tensors_of(nn.AdaptiveAvgPool2d(4)), 64)


def test_a_centred_kernel_reaches_less_far_than_its_shape():
    network = nn.Conv2d(3, 1, 9, padding=4)
    with torch.no_grad():
        network.weight.zero_()
        network.weight[..., 3:6, 3:6] = 1
    tensors = tensors_of(network)
    lattice = lattices(tensors, 64)
    assert lattice["last"].reach_px == 4
    assert effective_reach(tensors, torch.rand(2, 3, 64, 64), lattice, 0.9, seed=1) == {"last": Reach(1.0, 0.0, 0.0)}
    assert effective_reach(tensors, torch.rand(2, 3, 64, 64), lattice, 0.1, seed=1)["last"].px == 0.0


def test_weights_that_look_to_one_side_lean():
    network = nn.Conv2d(3, 1, 9, padding=4)
    with torch.no_grad():
        network.weight.zero_()
        network.weight[..., 4, 6] = 1
    tensors = tensors_of(network)
    found = effective_reach(tensors, torch.rand(1, 3, 64, 64), lattices(tensors, 64), 0.9, seed=1)
    assert found["last"] == Reach(2.0, 2.0, 0.0)


def test_the_effective_reach_grows_with_the_share_and_never_beyond_the_field():
    torch.manual_seed(0)
    network = nn.Sequential(*(nn.Conv2d(3, 3, 3, padding=1) for _ in range(6)))
    tensors = tensors_of(network)
    lattice = lattices(tensors, 48)
    reach = [effective_reach(tensors, torch.rand(1, 3, 48, 48), lattice, share, seed=1)["last"].px
             for share in (0.5, 0.9, 0.99, 1.0)]
    assert reach == sorted(reach)
    assert reach[1] < lattice["last"].reach_px
    assert reach[-1] <= lattice["last"].reach_px == 6
