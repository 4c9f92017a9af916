"""Clouds held out of training pick the best epoch of each lambda, and end a training that gets no better."""

import pytest
import torch
from torch import nn

from lcpc.config import Training
from lcpc.trainer import cloud_training
from lcpc.trainer.held_out import HeldOut, split

DATA = (torch.arange(600.0).view(100, 2, 3), torch.arange(100))


class Weights(nn.Module):
    def __init__(self, networks=2):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * networks, 3))

    def at(self, value):
        return {"weight": torch.full_like(self.weight, float(value))}


def followed(module, losses, **training):
    """Compare weights that are the epoch's number once an epoch; the losses of the lambdas are given."""
    held_out = HeldOut(DATA, 2, len(losses[0]), Training(held_out=0.1, **training), seed=1)
    for epoch, loss in enumerate(losses):
        held_out.compare(module, lambda x, label, source, loss=loss: (torch.tensor(loss), {}), module.at(epoch))
    return held_out


def test_each_lambda_keeps_the_weights_of_its_own_best_epoch():
    held_out = followed(Weights(), [[3.0, 9.0], [1.0, 8.0], [2.0, 7.0], [5.0, 7.5]])
    assert held_out.best["weight"].tolist() == [[1.0] * 3] * 2 + [[2.0] * 3] * 2
    assert held_out.loss.tolist() == [1.0, 7.0]


@pytest.mark.parametrize(("patience", "is_over"), [(0, False), (1, True), (2, True), (3, False)])
def test_training_is_over_when_no_lambda_gets_better_for_long_enough(patience, is_over):
    losses = [[3.0, 9.0], [2.0, 9.0], [4.0, 8.0], [4.0, 8.0], [4.0, 9.0]]
    assert followed(Weights(), losses, patience=patience).is_over() is is_over


def test_comparing_leaves_the_network_as_it_was():
    module = Weights()
    followed(module, [[1.0, 1.0]])
    assert module.weight.tolist() == [[0.0] * 3] * 4


def test_the_loss_is_the_mean_over_all_held_out_clouds_at_their_first_points():
    data = (torch.ones(300, 5, 3).cumsum(1), torch.arange(300))
    held_out, seen = HeldOut(data, 2, 1, Training(held_out=0.1), seed=1), []

    def loss(x, label, source):
        seen.append((x.shape, x.max().item()))
        return label.float().mean()[None], {}

    assert held_out.compare(Weights(1), loss, Weights(1).at(1)).tolist() == [149.5]
    assert seen == [((256, 3, 2), 2.0), ((44, 3, 2), 2.0)]


def test_clouds_are_trained_on_or_held_out_never_both():
    (points, label), (held_points, held_label) = split(DATA, 0.1)
    assert (len(label), len(held_label)) == (90, 10)
    assert sorted([*label.tolist(), *held_label.tolist()]) == list(range(100))
    assert torch.equal(points, DATA[0][label])
    assert torch.equal(held_points, DATA[0][held_label])


def same(one, other):
    pairs = zip(one["models"], other["models"], strict=True)
    return all(torch.equal(value, b[name]) for a, b in pairs for name, value in a.items())


def test_no_held_out_cloud_is_trained_on_by_the_warm_start_either(tmp_path, train_curve, monkeypatch):
    drawn, batches = [], cloud_training.batches
    monkeypatch.setattr(cloud_training, "batches", lambda points, *more: (drawn.append(points), batches(points, *more))[1])
    train_curve(tmp_path, stages={"warm_epochs": 1}, epochs=1, held_out=0.2)
    assert [len(points) for points in drawn] == [32, 32]
    assert torch.equal(*drawn)


def test_a_training_that_gets_worse_ends_early_with_its_best_weights(tmp_path, train_curve, killed):
    options = {"held_out": 0.2, "learning_rate": 2.0, "schedule": "constant"}
    began = killed(-1)
    best = train_curve(tmp_path, epochs=60, patience=2, **options)
    epochs = len(began)
    assert epochs < 30
    assert same(best, train_curve(tmp_path, epochs=epochs, **options))


def test_a_killed_training_goes_on_with_what_it_had_seen(tmp_path, train_curve, killed):
    options = {"epochs": 6, "patience": 4, "learning_rate": 0.05, "checkpoint_minutes": 0.0, "average_decay": 0.5,
               "held_out": 0.2}
    whole = train_curve(tmp_path / "a", **options)
    killed(4)
    with pytest.raises(KeyboardInterrupt):
        train_curve(tmp_path / "b", **options)
    assert same(whole, train_curve(tmp_path / "b", **options))
