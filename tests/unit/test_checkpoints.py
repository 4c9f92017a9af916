"""Checkpoints are refused with a reason, and no code in them is run."""

import pytest
import torch

from lcpc import checkpoints
from lcpc.errors import DataError


def test_a_broken_checkpoint_is_refused_by_name(tmp_path):
    path = tmp_path / "w.pt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(DataError, match=r"w.pt is no readable checkpoint.*delete it and train again"):
        checkpoints.read(path)


def test_a_pickle_in_a_checkpoint_is_not_run(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    torch.save({"format": checkpoints.FORMAT, "x": Hostile()}, tmp_path / "w.pt")
    with pytest.raises(DataError, match="no readable checkpoint"):
        checkpoints.read(tmp_path / "w.pt")
    assert not (tmp_path / "harm").exists()


def test_weights_that_do_not_fit_are_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"w.pt does not fit the configured network .*; delete it and train again"):
        checkpoints.restore(torch.nn.Linear(2, 2), {"weight": torch.zeros(3, 2)}, tmp_path / "w.pt")
