"""Clouds held out of training pick the best epoch of each lambda, and end a training that gets no better."""

import pytest
import torch
from torch import nn

from lcpc import config
from lcpc.config import Training
from lcpc.training import checkpoint, loop
from lcpc.training.curve import train_proposed
from lcpc.training.stopping import Stopping, split

HELD = (torch.arange(600.0).view(100, 2, 3), torch.arange(100))


def trained(small, folder, warm_epochs=0, **training):
    settings = config.parse({"dataset": {"name": "shapes40"},
                             "proposed": [{"sizes": ["micro"], "points": [16], "lambdas": [10, 80], "warm_epochs": warm_epochs,
                                           "training": {"batch": 8, "held_out": 0.2, **training}}]}, "mine", "config/mine.yaml")
    train_proposed(settings, "micro", 16, small, folder / "w.pt", folder / "resume.pt")
    return checkpoint.read(folder / "w.pt")["state"]


class Weights(nn.Module):
    def __init__(self, members=2):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * members, 3))

    def at(self, value):
        return {"weight": torch.full_like(self.weight, float(value))}


def watched(module, losses, **training):
    """Look once an epoch at weights that are the epoch's number; the members' losses are given."""
    stopping = Stopping(HELD, 2, len(losses[0]), Training(held_out=0.1, **training), seed=1)
    for epoch, loss in enumerate(losses):
        stopping.look(module, lambda x, label, generator, loss=loss: (torch.tensor(loss), {}), module.at(epoch))
    return stopping


def test_each_member_keeps_the_weights_of_its_own_best_epoch():
    stopping = watched(Weights(), [[3.0, 9.0], [1.0, 8.0], [2.0, 7.0], [5.0, 7.5]])
    assert stopping.best["weight"].tolist() == [[1.0] * 3] * 2 + [[2.0] * 3] * 2
    assert stopping.loss.tolist() == [1.0, 7.0]


@pytest.mark.parametrize(("patience", "is_over"), [(0, False), (1, True), (2, True), (3, False)])
def test_training_is_over_when_no_member_gets_better_for_long_enough(patience, is_over):
    losses = [[3.0, 9.0], [2.0, 9.0], [4.0, 8.0], [4.0, 8.0], [4.0, 9.0]]
    assert watched(Weights(), losses, patience=patience).is_over is is_over


def test_looking_leaves_the_network_as_it_was():
    module = Weights()
    watched(module, [[1.0, 1.0]])
    assert module.weight.tolist() == [[0.0] * 3] * 4


def test_the_loss_is_the_mean_over_all_held_out_clouds_at_their_first_points():
    held = (torch.ones(300, 5, 3).cumsum(1), torch.arange(300))
    stopping, seen = Stopping(held, 2, 1, Training(held_out=0.1), seed=1), []

    def step(x, label, generator):
        seen.append((x.shape, x.max().item()))
        return label.float().mean()[None], {}

    assert stopping.look(Weights(1), step, Weights(1).at(1)) == "held-out loss 149.5"
    assert seen == [((256, 3, 2), 2.0), ((44, 3, 2), 2.0)]


def test_clouds_are_trained_on_or_held_out_never_both():
    (points, label), (held_points, held_label) = split(HELD, 0.1)
    assert (len(label), len(held_label)) == (90, 10)
    assert sorted([*label.tolist(), *held_label.tolist()]) == list(range(100))
    assert torch.equal(points, HELD[0][label])
    assert torch.equal(held_points, HELD[0][held_label])


def test_no_held_out_cloud_is_trained_on_by_the_warm_start_either(small, tmp_path, monkeypatch):
    drawn, batches = [], loop.batches
    monkeypatch.setattr(loop, "batches", lambda points, *more: (drawn.append(points), batches(points, *more))[1])
    trained(small, tmp_path, warm_epochs=1, epochs=1)
    assert [len(points) for points in drawn] == [32, 32]
    assert torch.equal(*drawn)


def test_a_training_that_gets_worse_ends_early_with_its_best_weights(small, tmp_path, monkeypatch):
    epochs, epoch = [], loop._epoch
    monkeypatch.setattr(loop, "_epoch", lambda *a: (epochs.append(a[7]), epoch(*a))[1])
    best = trained(small, tmp_path / "a", epochs=60, patience=2, learning_rate=2.0, schedule="constant")
    assert len(epochs) < 30
    longer = trained(small, tmp_path / "b", epochs=len(epochs), learning_rate=2.0, schedule="constant")
    assert all(torch.equal(best[name], value) for name, value in longer.items())


def test_a_killed_training_goes_on_with_what_it_had_seen(small, tmp_path, monkeypatch):
    options = {"epochs": 6, "patience": 4, "learning_rate": 0.05, "checkpoint_minutes": 0.0, "average_decay": 0.5}
    whole, epoch = trained(small, tmp_path / "a", **options), loop._epoch

    def killed(*arguments):
        if arguments[6] == 4:
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr(loop, "_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(small, tmp_path / "b", **options)
    monkeypatch.setattr(loop, "_epoch", epoch)
    resumed = trained(small, tmp_path / "b", **options)
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())
