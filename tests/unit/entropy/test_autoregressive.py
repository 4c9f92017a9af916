"""An autoregressive model in whole numbers: one table after another equals all at once, sums are exact, and hostile
arrays are refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcpc.entropy import coder
from lcpc.entropy.autoregressive import BINS, FIRST, LARGEST_LOG_SCALE, UNITS, AutoregressiveModel, cumulatives
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


@settings(deadline=None)
@given(st.integers(0, 50), symbols_of)
def test_tables_one_after_another_are_those_of_all_at_once(seed, symbols):
    model = AutoregressiveModel.from_arrays(arrays(seed))
    together = model.tables(np.array(symbols)).rows
    assert [model.row(symbols[:index]) for index in range(LATENTS)] == together


@settings(deadline=None)
@given(st.integers(0, 50), symbols_of)
def test_symbols_come_back_and_the_length_is_what_the_coder_spends(seed, symbols):
    model = AutoregressiveModel.from_arrays(arrays(seed))
    tables = model.tables(np.array(symbols))
    stream = coder.encode(symbols, tables)
    assert coder.decode_in_turn(stream, LATENTS, model.row).tolist() == symbols
    assert 8 * len(stream) < coder.code_length_bits(symbols, tables) + 8.01


@settings(deadline=None)
@given(st.integers(0, 50), symbols_of)
def test_integer_arithmetic_gives_the_same_tables(seed, symbols):
    layers = arrays(seed)
    h = 32 * np.clip(symbols, -127, 127)
    for index in range(3):
        sums = h @ layers[f"weight_{index}"] + layers[f"bias_{index}"]  # in units of 2^-20
        quotient, rest = np.divmod(sums, UNITS)
        is_up = (2 * rest > UNITS) | ((2 * rest == UNITS) & (quotient % 2 == 1))
        h = quotient + is_up
        if index < 2:
            h = np.maximum(h, 0)
    expected = cumulatives(h.reshape(LATENTS, 3, MIXTURES))
    rows = AutoregressiveModel.from_arrays(layers).tables(np.array(symbols)).rows
    assert [row[1][:-1] for row in rows] == expected.tolist()


def test_the_order_of_hidden_units_does_not_matter():
    layers, order = arrays(1), np.random.default_rng(1).permutation(HIDDEN)
    turned = {**layers, "weight_0": layers["weight_0"][:, order], "bias_0": layers["bias_0"][order],
              "weight_1": layers["weight_1"][order]}
    symbols = np.array([1, -2, 3, 0])
    one, other = (AutoregressiveModel.from_arrays(each).tables(symbols).rows for each in (layers, turned))
    assert one == other


def test_the_distribution_is_a_discretised_logistic():
    mean, log_scale = 3 * 256, 128  # 3 and 1/2
    counts = cumulatives(np.array([[[0], [mean], [log_scale]]]))[0]
    edges = np.arange(FIRST, FIRST + BINS + 1) - 0.5
    logistic = 1 / (1 + np.exp(-(edges - 3) / np.exp(0.5)))
    assert counts / TOTAL == pytest.approx(logistic, abs=0.004)
    assert (np.diff(counts) >= 1).all()
    assert counts[-1] < TOTAL


@pytest.mark.parametrize("parameters", [(1 << 40, 1 << 40, 1 << 31), (-(1 << 31), -(1 << 31), -(1 << 31)),
                                        (0, 0, LARGEST_LOG_SCALE)])
def test_every_symbol_has_a_count_whatever_the_network_says(parameters):
    weight, mean, log_scale = (min(value, (1 << 31) - 1) for value in parameters)
    counts = cumulatives(np.array([[[weight, 0], [mean, 5], [log_scale, -log_scale]]]))[0]
    assert (np.diff(counts) >= 1).all()
    assert (counts[0], counts[-1] < TOTAL) == (0, True)


def test_arrays_come_back():
    layers = arrays(2)
    again = AutoregressiveModel.from_arrays(layers).to_arrays()
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
    ]:
        with pytest.raises(DataError, match=message):
            AutoregressiveModel.from_arrays({**layers, name: value})
    del layers["bias_1"]
    with pytest.raises(DataError, match="lacks bias_1"):
        AutoregressiveModel.from_arrays(layers)
