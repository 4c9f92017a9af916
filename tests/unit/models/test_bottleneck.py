"""The stacked entropy bottleneck equals CompressAI's, member by member."""

import pytest
import torch

from lcpc.models import bottleneck
from lcpc.models.bottleneck import LEAST_LIKELIHOOD, StackedBottleneck

MEMBERS, CHANNELS = 2, 5


def trained(seed=0):
    """A bottleneck with weights away from their start."""
    generator = torch.Generator().manual_seed(seed)
    made = StackedBottleneck(MEMBERS, CHANNELS, generator)
    for parameter in made.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)
    return made


@pytest.fixture(scope="module")
def reference():
    models = pytest.importorskip("compressai.entropy_models")
    theirs = models.EntropyBottleneck(MEMBERS * CHANNELS)
    ours = trained()
    for kind in ("matrices", "biases", "factors"):
        for target, source in zip(getattr(theirs, kind), getattr(ours, kind), strict=True):
            target.data.copy_(source.data)
    return ours, theirs.eval()


def test_likelihoods_and_gradients_equal_compressai(reference):
    ours, theirs = reference
    y = 8 * torch.randn(MEMBERS, 7, CHANNELS, generator=torch.Generator().manual_seed(1))
    columns = y.permute(1, 0, 2).reshape(7, MEMBERS * CHANNELS, 1).requires_grad_()
    likelihood = theirs.likelihood_lower_bound(theirs._likelihood(columns.permute(1, 2, 0))[0])[:, 0].T
    y.requires_grad_()
    own = ours(y)
    torch.testing.assert_close(own.permute(1, 0, 2).flatten(1), likelihood, rtol=1e-4, atol=2e-7)
    own.sum().backward()
    likelihood.sum().backward()
    torch.testing.assert_close(y.grad.permute(1, 0, 2).flatten(1), columns.grad[..., 0], rtol=1e-3, atol=1e-6)


def test_likelihood_is_bounded_below_and_still_pulls_values_back():
    y = torch.full((MEMBERS, 1, CHANNELS), 4000.0, requires_grad=True)
    likelihood = trained()(y)
    assert (likelihood == torch.tensor(LEAST_LIKELIHOOD)).all()
    (-torch.log2(likelihood)).sum().backward()
    assert torch.isfinite(y.grad).all()


@pytest.mark.parametrize("mass", [5e-5, 0.5, 1 - 5e-5])
def test_quantiles_hold_their_mass(mass):
    densities = trained()
    at = densities.quantile(mass).view(1, -1)
    reached = torch.sigmoid(densities.logits_cumulative(at).double())
    torch.testing.assert_close(reached, torch.full_like(reached, mass), rtol=0.02, atol=1e-6)


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (100, 100)])
def test_gradients_of_the_cumulative_are_those_of_finite_differences_whatever_the_pieces(rows, columns, monkeypatch):
    monkeypatch.setattr(bottleneck, "ROWS", rows)
    monkeypatch.setattr(bottleneck, "COLUMNS", columns)
    densities = trained().double()
    y = torch.randn(7, MEMBERS * CHANNELS, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    planes = [plane.detach().contiguous().requires_grad_() for plane in densities.planes()]
    assert torch.autograd.gradcheck(bottleneck.Cumulative.apply, (y.requires_grad_(), *planes))


def test_parameters_get_the_gradients_of_compressai(reference):
    ours, theirs = reference
    y = 8 * torch.randn(7, MEMBERS * CHANNELS, generator=torch.Generator().manual_seed(1))
    ours(y.unflatten(1, (MEMBERS, CHANNELS)).transpose(0, 1)).log().sum().backward()
    theirs.likelihood_lower_bound(theirs._likelihood(y.T.unsqueeze(1))[0]).log().sum().backward()
    for kind in ("matrices", "biases", "factors"):
        for own, their in zip(getattr(ours, kind), getattr(theirs, kind), strict=True):
            torch.testing.assert_close(own.grad, their.grad, rtol=1e-3, atol=1e-3)
            own.grad = their.grad = None
