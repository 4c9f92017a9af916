"""Random numbers of a step: the same ones whether they are drawn in it or before it."""

import torch

from lcpc.models.draws import Drawn, uniform

CPU = torch.device("cpu")


def test_numbers_drawn_before_a_step_are_those_that_it_would_draw():
    inside, before = (torch.Generator().manual_seed(3) for _ in range(2))
    drawn = Drawn(before, CPU)
    for _ in range(3):
        drawn.draw(before)
        for shape in ((4, 5), (2,)):
            assert torch.equal(uniform(shape, drawn, CPU), uniform(shape, inside, CPU))


def test_numbers_lie_in_the_same_memory_in_each_step():
    generator = torch.Generator().manual_seed(3)
    drawn = Drawn(generator, CPU)
    drawn.draw(generator)
    first = uniform((4,), drawn, CPU)
    seen = first.clone()
    drawn.draw(generator)
    assert uniform((4,), drawn, CPU).data_ptr() == first.data_ptr()
    assert not torch.equal(first, seen)
