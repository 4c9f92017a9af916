"""The histogram with a straight-through gradient: exact counts forward, a triangular kernel
backward."""

import torch

from lcpc.entropy.histogram import counts, histogram


def soft(y, bins):
    """The same with the triangular kernel in both directions."""
    away = y.unsqueeze(-1) - (torch.arange(bins) - bins // 2)
    return (1 - away.abs()).clamp(min=0).mean(2)


def latent(spread=2.0):
    return spread * torch.randn(
        2, 5, 300, generator=torch.Generator().manual_seed(1), dtype=torch.float64
    )


def test_rows_sum_to_one():
    assert torch.allclose(
        histogram(latent(50.0), 16).sum(-1), torch.ones(2, 5, dtype=torch.float64)
    )


def test_shares_are_exact_counts():
    y = torch.tensor([[[0.2, -0.4, 1.1, 1.4, 2.6, -9.0]]])
    assert (6 * histogram(y, 8))[0, 0].tolist() == [1, 0, 0, 0, 2, 2, 0, 1]


def test_counts_say_how_many():
    assert counts(torch.tensor([[[-2, -2, 0, 1, 7]]]), 4)[0, 0].tolist() == [2, 0, 1, 2]


def test_its_gradient_is_that_of_the_triangular_kernel():
    weight = torch.randn(2, 5, 32, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    y, z = latent().requires_grad_(), latent().requires_grad_()
    (histogram(y, 32) * weight).sum().backward()
    (soft(z, 32) * weight).sum().backward()
    assert torch.allclose(y.grad, z.grad)


def test_what_lies_outside_has_no_gradient():
    y = torch.tensor([[[-40.0, 40.0, 0.3]]], requires_grad=True)
    (histogram(y, 16) * torch.arange(16.0)).sum().backward()
    assert y.grad[0, 0, :2].tolist() == [0, 0]
    assert y.grad[0, 0, 2] > 0
