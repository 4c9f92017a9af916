"""The exact operations of pointwise blocks: gradients checked by differences, searches by brute force."""

import pytest
import torch

from lcpc.fast import pointwise
from lcpc.fast.pointwise import AffineMax, AffineReLU, best_points, largest, moments


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("chunks", [1, 4])
def test_the_moments_are_mean_and_covariance_even_far_from_the_origin(chunks):
    h = random(chunks, 2, 4, 5, 1000 // chunks, dtype=torch.float32) + 300
    mean, covariance = moments(h)
    for network in range(2):
        points = h[:, network].transpose(0, 1).flatten(1).double()
        torch.testing.assert_close(mean[network].double(), points.mean(-1), rtol=1e-6, atol=0)
        torch.testing.assert_close(covariance[network].double(), torch.cov(points, correction=0), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("chunks", "networks"), [(1, 2), (3, 2), (1, 4), (3, 4)])
def test_the_gradients_of_affine_relu_and_its_moments_are_those_of_finite_differences(chunks, networks):
    inputs = (random(chunks, 2, 3, 2, 4), random(2, 6, 3, seed=1), random(2, 6, seed=2))
    assert torch.autograd.gradcheck(AffineReLU.apply, (*(one.requires_grad_() for one in inputs), networks))


def test_affine_relu_without_moments_has_the_same_values_and_gradients():
    inputs = [random(2, 1, 3, 2, 4), random(1, 5, 3, seed=1), random(1, 5, seed=2)]
    results = []
    for wanted in (True, False):
        leaves = [one.clone().requires_grad_() for one in inputs]
        y, mean, _ = AffineReLU.apply(*leaves, 1, wanted)
        assert (mean.numel() > 0) == wanted
        y.square().sum().backward()
        results.append([y, *(leaf.grad for leaf in leaves)])
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("points", [1, 4, 9])
def test_the_gradient_of_affine_max_is_that_of_finite_differences_with_few_points_and_many(points):
    inputs = (random(3, 2, 3, 4, points), random(2, 5, 3, seed=1), random(2, 5, seed=2))
    assert torch.autograd.gradcheck(AffineMax.apply, tuple(one.requires_grad_() for one in inputs))


def test_affine_max_wants_no_gradient_of_its_input_where_nobody_asks():
    h, weight = random(1, 1, 3, 4, 6), random(1, 5, 3, seed=1).requires_grad_()
    AffineMax.apply(h, weight, random(1, 5)).sum().backward()
    assert h.grad is None
    assert weight.grad is not None


@pytest.mark.parametrize("points", [1, 5, 256, 512, 700])
def test_the_search_finds_the_largest_response_of_each_cloud_whatever_the_pieces(points, monkeypatch):
    h, weight = random(3, 2, 3, 5, points, dtype=torch.float32), random(2, 6, 3, seed=1, dtype=torch.float32)
    response = torch.einsum("mok,cmkbp->mocbp", weight, h).flatten(2, 3)
    for size in (1, 1 << 20):
        monkeypatch.setattr(pointwise, "RESPONSES", size)
        value, index = best_points(h, weight)
        torch.testing.assert_close(value, response.amax(-1), rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(response.gather(-1, index.unsqueeze(-1)).squeeze(-1), value, rtol=1e-5, atol=1e-5)


def test_of_equal_points_one_is_taken():
    value, index = largest(torch.zeros(2, 512))
    assert value.tolist() == [0, 0]
    assert ((index >= 0) & (index < 512)).all()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_number_of_a_far_point_is_exact_in_any_type(dtype):
    response = torch.zeros(1, 1024, dtype=dtype)
    response[0, 1021] = 1
    assert [found.item() for found in largest(response)] == [1, 1021]


def test_a_repeated_point_takes_the_gradient_of_its_copies_once():
    h = random(1, 1, 3, 1, 4)
    doubled = torch.cat([h, h], dim=-1).requires_grad_()
    single = h.clone().requires_grad_()
    weights = [random(1, 5, 3, seed=1).requires_grad_() for _ in range(2)]
    for points, weight in zip((single, doubled), weights, strict=True):
        AffineMax.apply(points, weight, random(1, 5, seed=2)).square().sum().backward()
    torch.testing.assert_close(weights[0].grad, weights[1].grad)
    torch.testing.assert_close(doubled.grad[..., :4] + doubled.grad[..., 4:], single.grad)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_values_keep_their_type(dtype):
    h, weight, shift = random(2, 1, 3, 2, 6, dtype=dtype), random(1, 5, 3, dtype=dtype), random(1, 5, dtype=dtype)
    assert AffineMax.apply(h, weight, shift).dtype == dtype
    assert {one.dtype for one in AffineReLU.apply(h, weight, shift, 1)} == {dtype}
