"""Random numbers of a step: the same ones whether they are drawn in it or before it."""

import torch

from lcpc.fast.random_numbers import ReplayedNumbers, uniform

CPU = torch.device("cpu")


def test_numbers_drawn_before_a_step_are_those_that_it_would_draw():
    inside, before = (torch.Generator().manual_seed(3) for _ in range(2))
    numbers = ReplayedNumbers(before, CPU)
    for _ in range(3):
        numbers.refill(before)
        for shape in ((4, 5), (2,)):
            assert torch.equal(uniform(shape, numbers, CPU), uniform(shape, inside, CPU))


def test_numbers_lie_in_the_same_memory_in_each_step():
    generator = torch.Generator().manual_seed(3)
    numbers = ReplayedNumbers(generator, CPU)
    numbers.refill(generator)
    first = uniform((4,), numbers, CPU)
    seen = first.clone()
    numbers.refill(generator)
    assert uniform((4,), numbers, CPU).data_ptr() == first.data_ptr()
    assert not torch.equal(first, seen)
