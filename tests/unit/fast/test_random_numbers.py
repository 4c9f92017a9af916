"""Random numbers that are drawn before a step are those that the step would have drawn itself."""

import pytest
import torch

from lcpc.fast.random_numbers import DrawnNumbers, GivenNumbers, drawn, uniform

SHAPES = [(4, 16), (4, 1, 8), (3,)]
CPU = torch.device("cpu")


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_numbers_drawn_before_are_those_of_the_step(seed):
    source = seeded(seed)
    within = [uniform(shape, source, CPU) for shape in SHAPES]
    before = GivenNumbers(drawn(SHAPES, seeded(seed)))
    for shape, numbers in zip(SHAPES, within, strict=True):
        assert torch.equal(uniform(shape, before, CPU), numbers)


def test_a_first_step_draws_the_same_numbers_and_says_their_shapes():
    first, source = DrawnNumbers(seeded(1), CPU), seeded(1)
    for shape in SHAPES:
        assert torch.equal(uniform(shape, first, CPU), uniform(shape, source, CPU))
    assert first.shapes == SHAPES
