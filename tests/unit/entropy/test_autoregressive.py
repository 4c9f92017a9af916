"""An autoregressive model in whole numbers: one distribution after another equals all at once, sums are exact, and
hostile arrays are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcpc.entropy.autoregressive import UNITS, AutoregressiveContext, ExactAutoregressiveModel
from lcpc.entropy.integer_mixtures import BINS, FIRST, LogisticMixtures, MixtureOfLogistics
from lcpc.entropy.pmf import TOTAL
from lcpc.errors import DataError

LATENTS, HIDDEN, MIXTURES = 4, 9, 2


def arrays(seed=0, latents=LATENTS, spread=1.0):
    """Random layers in which latent i depends on latents before it only."""
    rng = np.random.default_rng(seed)
    degree = 1 + np.arange(HIDDEN) % (latents - 1)
    outputs = np.arange(latents).repeat(3 * MIXTURES)
    masks = (np.arange(latents)[:, None] < degree, degree[:, None] <= degree, degree[:, None] <= outputs)
    layers = {f"weight_{index}": mask * rng.normal(scale=spread * UNITS, size=mask.shape).astype(int)
              for index, mask in enumerate(masks)}
    for index, mask in enumerate(masks):
        layers[f"bias_{index}"] = rng.normal(scale=256 * UNITS, size=mask.shape[1]).astype(int)
    return layers


symbols_of = st.lists(st.one_of(st.integers(-5, 5), st.integers(-300, 300)), min_size=LATENTS, max_size=LATENTS)


def frequencies(distribution):
    return [distribution.below(entry) for entry in range(BINS + 1)]


@given(st.integers(0, 50), symbols_of)
def test_distributions_one_after_another_are_those_of_all_at_once(seed, symbols):
    model = ExactAutoregressiveModel.from_arrays(arrays(seed))
    for index, distribution in enumerate(model.distributions(symbols)):
        alone = model.distribution_after(symbols[:index])
        assert (frequencies(alone), alone.likeliest) == (frequencies(distribution), distribution.likeliest)


@given(st.integers(0, 50), st.lists(symbols_of, min_size=1, max_size=5))
def test_units_that_are_computed_once_are_those_of_all_at_once(seed, rows):
    model, symbols = ExactAutoregressiveModel.from_arrays(arrays(seed)), np.array(rows)
    together, alone = AutoregressiveContext(model, len(rows)), [AutoregressiveContext(model) for _ in rows]
    for latent in range(LATENTS):
        expected = model.parameters(symbols)[:, latent].tolist()
        assert together.parameters().tolist() == expected
        assert [context.parameters().tolist() for context in alone] == expected
        bounded = symbols[:, latent].clip(-127, 127)
        together.append(bounded)
        for context, symbol in zip(alone, bounded.tolist(), strict=True):
            context.append(symbol)


@given(st.integers(0, 50), symbols_of)
def test_integer_arithmetic_gives_the_same_frequencies(seed, symbols):
    layers = arrays(seed)
    h = 32 * np.clip(symbols, -127, 127)
    for index in range(3):
        sums = h @ layers[f"weight_{index}"] + layers[f"bias_{index}"]  # in units of 2^-20
        quotient, rest = np.divmod(sums, UNITS)
        is_up = (2 * rest > UNITS) | ((2 * rest == UNITS) & (quotient % 2 == 1))
        h = quotient + is_up
        if index < 2:
            h = np.maximum(h, 0)
    expected = [frequencies(MixtureOfLogistics(row)) for row in h.reshape(LATENTS, -1).tolist()]
    model = ExactAutoregressiveModel.from_arrays(layers)
    assert [frequencies(distribution) for distribution in model.distributions(symbols)] == expected


def test_the_order_of_hidden_units_does_not_matter():
    layers, order = arrays(1), np.random.default_rng(1).permutation(HIDDEN)
    turned = {**layers, "weight_0": layers["weight_0"][:, order], "bias_0": layers["bias_0"][order],
              "weight_1": layers["weight_1"][order]}
    models = [ExactAutoregressiveModel.from_arrays(each) for each in (layers, turned)]
    first, second = ([frequencies(row) for row in model.distributions([1, -2, 3, 0])] for model in models)
    assert first == second


def test_the_distribution_is_a_discretised_logistic():
    counts = frequencies(MixtureOfLogistics([0, 3 * 256, 128]))  # mean 3, scale exp(1/2)
    edges = np.arange(FIRST, FIRST + BINS + 1) - 0.5
    logistic = 1 / (1 + np.exp(-(edges - 3) / np.exp(0.5)))
    assert np.array(counts) / TOTAL == pytest.approx(logistic, abs=0.004)


integers = st.integers(-(1 << 31), 1 << 31)


@given(st.lists(integers, min_size=6, max_size=6))
def test_every_value_has_a_frequency_whatever_the_network_says(parameters):
    distribution = MixtureOfLogistics(parameters)
    counts = frequencies(distribution)
    assert counts[0] == 0
    assert (np.diff([*counts, TOTAL]) >= 1).all()
    assert 0 <= distribution.likeliest < BINS


@given(st.integers(1, 16).flatmap(lambda count: st.lists(
    st.lists(st.one_of(integers, st.integers(-2000, 2000)), min_size=3 * count, max_size=3 * count), min_size=1, max_size=4)))
def test_many_mixtures_have_the_frequencies_of_each(rows):
    mixtures, each = LogisticMixtures(np.array(rows)), [MixtureOfLogistics(row) for row in rows]
    assert mixtures.likeliest.tolist() == [distribution.likeliest for distribution in each]
    counts = np.array([frequencies(distribution) for distribution in each])
    for entry in range(BINS + 1):
        assert mixtures.below(entry).tolist() == counts[:, entry].tolist()
    for target in (0, 1, 77, 30_000, TOTAL - 1, *counts[0, [0, 1, BINS // 2, BINS]].tolist()):
        entries = np.minimum(mixtures.entries_at(np.full(len(rows), target)), BINS)
        assert entries.tolist() == [int(np.searchsorted(row, target, "right")) - 1 for row in counts]


def test_arrays_come_back():
    layers = arrays(2)
    again = ExactAutoregressiveModel.from_arrays(layers).to_arrays()
    assert {name: value.tolist() for name, value in again.items()} == {
        name: value.tolist() for name, value in layers.items()}


def test_hostile_arrays_are_refused():
    layers = arrays()
    for name, value, message in [
        ("weight_0", layers["weight_0"] / 2, "must hold integers"),
        ("weight_1", np.zeros((3, 3), int), "are no layer|are no autoregressive model"),
        ("bias_2", np.zeros(5, int), "are no layer"),
        ("weight_2", np.full_like(layers["weight_2"], 2**40), "was its training stable"),
        ("weight_2", np.zeros((HIDDEN, LATENTS * 3 + 1), int), "are no layer"),
        ("weight_0", np.ones((LATENTS, HIDDEN), int), "depend on themselves or on later ones"),
        ("weight_2", np.ones((HIDDEN, LATENTS * 3 * MIXTURES), int), "depend on themselves or on later ones"),
    ]:
        with pytest.raises(DataError, match=message):
            ExactAutoregressiveModel.from_arrays({**layers, name: value})
    del layers["bias_1"]
    with pytest.raises(DataError, match="lacks bias_1"):
        ExactAutoregressiveModel.from_arrays(layers)
