"""Recorded steps: on a processor each step runs as it is; means are taken over the steps since the last ones."""

import pytest
import torch

from lcpc.fast.graphs import RecordedStep

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"))]


@pytest.mark.parametrize("device", DEVICES)
def test_steps_work_on_their_inputs_and_means_start_anew(device):
    total = torch.zeros((), device=device)

    def step(inputs):
        total.add_(inputs["x"].sum() * inputs["rate"])
        return {"sum": inputs["x"].sum()}

    recorded = RecordedStep(step, torch.device(device))
    for count in (6, 2):
        for number in range(count):
            recorded({"x": torch.full((4,), float(number)), "rate": torch.tensor(0.5)})
        assert float(recorded.means()["sum"]) == pytest.approx(4 * (count - 1) / 2)
    recorded({"x": torch.ones(3), "rate": torch.tensor(1.0)})
    assert float(recorded.means()["sum"]) == 3
    assert float(total) == pytest.approx(0.5 * 4 * (15 + 1) + 3)
