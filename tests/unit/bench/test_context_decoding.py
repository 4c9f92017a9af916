"""`lcpc bench context_decoding`: each order decodes its own stream, and a wavefront sees enough."""

from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.bench import _diagonals, context_decoding
from lcpc.bench.context_orders import orders
from lcpc.cli import main
from lcpc.models.context_model import PASSES

SMALL = context_decoding.ModelSize((1, 2), 3, 4, 2, (5, 3))
HEIGHT, WIDTH = 5, 7
WEIGHTS = Path(__file__).parents[3] / "results" / "zoo" / "weights"


@pytest.fixture(scope="module")
def symbols():
    return np.random.default_rng(3).integers(-3, 4, (3, HEIGHT * WIDTH))


@pytest.mark.parametrize("name", orders())
def test_each_order_brings_a_latent_back(name, symbols):
    model = context_decoding.random_model(SMALL, orders()[name])
    stream = model.encode(symbols, HEIGHT, WIDTH)
    assert np.array_equal(model.decode(stream, HEIGHT, WIDTH), symbols)


def test_each_position_lies_on_one_diagonal_and_a_square_begins_there():
    places = torch.arange(HEIGHT * WIDTH).view(1, HEIGHT, WIDTH, 1)
    steps = range(_diagonals.diagonals(HEIGHT, WIDTH))
    seen = [_diagonals.diagonal(places, step).flatten().tolist() for step in steps]
    assert sorted(chain.from_iterable(seen)) == places.flatten().tolist()
    for step, some in enumerate(seen):
        assert {place % WIDTH + 3 * (place // WIDTH) for place in some} == {step}
    square = _diagonals.diagonal(places, 4, 3)  # of x + 3 y = 4 below 3 x 5 positions: 4, then 8
    assert square[:, 0, 0, 0].tolist() == [4, 8]
    assert square[1, :, :, 0].tolist() == [[8, 9, 10], [15, 16, 17], [22, 23, 24]]


def test_a_wavefront_has_the_tables_that_all_values_at_once_give(symbols):
    passes = orders()["line by line"]
    model = context_decoding.random_model(SMALL, passes)
    y = torch.from_numpy(symbols.T.reshape(1, HEIGHT, WIDTH, 3)).double()
    parts = model.parts(symbols, HEIGHT, WIDTH)
    bits = sum(tables.bits(values[:, 0]) for values, tables in parts)
    at_once = 0.0
    for group, (begin, end) in enumerate(SMALL.shape.bounds):
        values = y[..., begin:end]
        c, near = model.network.context(group, y), model.network.group_inputs(values)
        tables = model.network.tables(group, 0, c, near, SMALL.largest[group])
        at_once += tables.bits(values.flatten().long().numpy())
    assert bits == pytest.approx(at_once, rel=1e-12)


@pytest.mark.parametrize("name", context_decoding.SIZES)
def test_sizes_are_those_of_trained_weights(name):
    size = context_decoding.SIZES[name]
    content = checkpoints.read(WEIGHTS / f"{name.replace('-', '_')}_q2.pt")
    assert content["shape"] == size.shape.plain()
    assert tuple(content["largest"]) == size.largest


def test_there_is_a_line_for_the_base_and_for_each_order(monkeypatch):
    monkeypatch.setattr(context_decoding, "SIZES", {"context": SMALL})
    first, *others = context_decoding.lines(1)
    assert first.startswith("| the base alone | | 1 |")
    assert [line.split(" | ")[1:3] for line in others] == [
        ["lattice", str(2 * len(PASSES))], ["checkerboard", "4"], ["groups", "2"],
        ["line by line", "282"]]
    assert all(float(line.strip("| ").split(" | ")[-2]) >= 0 for line in others)


def test_no_rounds_are_refused(tmp_path, capsys):
    (tmp_path / "Snakefile").touch()
    assert main(["--root", str(tmp_path), "bench", "context_decoding", "--rounds", "0"]) == 2
    assert "--rounds 0: name at least one" in capsys.readouterr().err
