"""The entropy bottleneck equals CompressAI's."""

import pytest
import torch

from lcpc.models import _cumulative
from lcpc.models.bottleneck import LEAST_LIKELIHOOD, EntropyBottleneck, FactorizedDensity

CHANNELS = 5


def trained(seed=0):
    """A bottleneck with weights away from their start."""
    generator = torch.Generator().manual_seed(seed)
    made = EntropyBottleneck(CHANNELS, generator)
    for parameter in made.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)
    return made


@pytest.fixture(scope="module")
def reference():
    models = pytest.importorskip("compressai.entropy_models")
    theirs = models.EntropyBottleneck(CHANNELS)
    ours = trained()
    for kind in ("matrices", "biases", "factors"):
        for target, source in zip(getattr(theirs, kind), getattr(ours, kind), strict=True):
            target.data.copy_(source.data)
    return ours, theirs.eval()


def test_likelihoods_and_gradients_equal_compressai(reference):
    ours, theirs = reference
    y = 8 * torch.randn(7, CHANNELS, generator=torch.Generator().manual_seed(1))
    columns = y.clone().unsqueeze(-1).requires_grad_()
    likelihood = theirs.likelihood_lower_bound(theirs._likelihood(columns.permute(1, 2, 0))[0])[:, 0].T
    own = ours.likelihood(y.requires_grad_())
    torch.testing.assert_close(own, likelihood, rtol=1e-4, atol=2e-7)
    own.sum().backward()
    likelihood.sum().backward()
    torch.testing.assert_close(y.grad, columns.grad[..., 0], rtol=1e-3, atol=1e-6)


def test_parameters_get_the_gradients_of_compressai(reference):
    ours, theirs = reference
    y = 8 * torch.randn(7, CHANNELS, generator=torch.Generator().manual_seed(1))
    ours.likelihood(y).log().sum().backward()
    theirs.likelihood_lower_bound(theirs._likelihood(y.T.unsqueeze(1))[0]).log().sum().backward()
    for kind in ("matrices", "biases", "factors"):
        for own, their in zip(getattr(ours, kind), getattr(theirs, kind), strict=True):
            torch.testing.assert_close(own.grad, their.grad, rtol=1e-3, atol=1e-3)
            own.grad = their.grad = None


def test_rounded_values_and_their_likelihoods_equal_compressai(reference):
    ours, theirs = reference
    y = 8 * torch.randn(7, CHANNELS, generator=torch.Generator().manual_seed(2))
    ours.solve_medians()
    theirs.quantiles.data[:, 0, 1] = ours.medians
    y_hat, likelihoods = ours.eval()(y)
    their_y_hat, their_likelihoods = theirs(y.unsqueeze(-1))
    torch.testing.assert_close(y_hat, their_y_hat[..., 0])
    torch.testing.assert_close(likelihoods, their_likelihoods[..., 0], rtol=1e-4, atol=2e-7)


def test_likelihood_is_bounded_below_and_still_pulls_values_back():
    y = torch.full((1, CHANNELS), 4000.0, requires_grad=True)
    likelihood = trained().likelihood(y)
    assert (likelihood == torch.tensor(LEAST_LIKELIHOOD)).all()
    (-torch.log2(likelihood)).sum().backward()
    assert torch.isfinite(y.grad).all()


@pytest.mark.parametrize("mass", [5e-5, 0.5, 1 - 5e-5])
def test_quantiles_hold_their_mass(mass):
    densities = trained()
    at = densities.quantile(mass).view(1, -1)
    reached = torch.sigmoid(densities.logits_cumulative(at).double())
    torch.testing.assert_close(reached, torch.full_like(reached, mass), rtol=0.02, atol=1e-6)


def test_medians_solve_the_cumulative_at_one_half():
    densities = trained()
    densities.solve_medians()
    assert densities.logits_cumulative(densities.medians.view(1, -1)).abs().max() < 1e-3


def test_likelihoods_of_all_symbols_sum_to_one():
    densities = FactorizedDensity(16, torch.Generator().manual_seed(1))
    first = torch.full((16,), -400.0)
    total = densities.probabilities(densities.quantile(0.5), first, 801).sum(0)
    torch.testing.assert_close(total, torch.ones(16), rtol=0, atol=2e-3)


def test_leading_axes_are_kept():
    densities = trained()
    y = torch.randn(2, 3, 4, CHANNELS, generator=torch.Generator().manual_seed(1))
    whole = densities.likelihood(y)
    torch.testing.assert_close(whole[1, 2], densities.likelihood(y[1, 2]))


@pytest.mark.parametrize(("rows", "columns"), [(3, 4), (100, 100)])
def test_gradients_of_the_cumulative_are_those_of_finite_differences_whatever_the_pieces(rows, columns, monkeypatch):
    monkeypatch.setattr(_cumulative, "ROWS", rows)
    monkeypatch.setattr(_cumulative, "COLUMNS", columns)
    densities = trained().double()
    y = torch.randn(7, CHANNELS, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    planes = [plane.detach().contiguous().requires_grad_() for plane in densities._planes()]
    assert torch.autograd.gradcheck(_cumulative.Cumulative.apply, (y.requires_grad_(), *planes))
