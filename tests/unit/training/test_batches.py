"""Batches follow from the epoch's seed; points are drawn, scaled, turned and jittered as a run says."""

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.trainer.batches import augment, batches, subsample
from lcpc.trainer.cloud_training import learning_rate
from lcpc.trainer.loop import round_generator
from lcpc.trainer.losses import cross_entropy, rate_distortion


def test_an_epoch_draws_the_same_batches_whenever_it_runs(small):
    training = config.Training(batch=8)
    points, label = torch.from_numpy(small.points), torch.from_numpy(small.label)
    first, again = (list(batches(points, label, 16, training, round_generator(3, 5))) for _ in range(2))
    other = list(batches(points, label, 16, training, round_generator(3, 6)))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0][0], other[0][0])
    assert [len(y) for _, y in first] == [8] * 5


def test_points_are_drawn_without_replacement_below_the_stored_count():
    index = subsample(50, 32, 16, True, round_generator(0, 0))
    assert all(len(set(row)) == 16 for row in index.tolist())


def test_scale_jitter_stays_within_its_bounds(small):
    points = torch.from_numpy(small.points)
    x = augment(points, 32, config.Training(scale_jitter=0.1, replacement=False), round_generator(0, 0))
    ratio = x.transpose(1, 2).norm(dim=2).amax(1) / points.norm(dim=2).amax(1)
    assert ((ratio > 0.9 - 1e-5) & (ratio < 1.1 + 1e-5)).all()
    assert ratio.std() > 0.01


def test_a_turned_cloud_keeps_its_height_and_its_distances(small):
    points = torch.from_numpy(small.points)
    training = config.Training(scale_jitter=0.0, replacement=False, rotation_degrees=30.0)
    x = augment(points, 32, training, round_generator(0, 0)).transpose(1, 2)
    torch.testing.assert_close(x[..., 2], points[..., 2])
    torch.testing.assert_close(x.norm(dim=2), points.norm(dim=2))
    angle = torch.rad2deg(torch.atan2(x[..., 1], x[..., 0]) - torch.atan2(points[..., 1], points[..., 0]))
    turned = ((angle + 180) % 360 - 180).abs()
    assert turned.max() <= 30.01
    assert turned.max() > 15


def test_jitter_has_the_deviation_that_was_asked_for(small):
    points = torch.from_numpy(small.points)
    training = config.Training(scale_jitter=0.0, replacement=False, point_jitter=0.05)
    noise = augment(points, 32, training, round_generator(0, 0)).transpose(1, 2) - points
    assert noise.std() == pytest.approx(0.05, rel=0.05)


def test_the_loss_is_rate_plus_lambda_times_cross_entropy():
    logits = torch.zeros(2, 3, 4)
    distortion = cross_entropy(logits, torch.tensor([0, 1, 2]))
    assert distortion.tolist() == pytest.approx([np.log(4)] * 2)
    loss = rate_distortion(torch.full((2, 3), 7.0), distortion, torch.tensor([10.0, 100.0]))
    assert loss.tolist() == pytest.approx([7 + 10 * np.log(4), 7 + 100 * np.log(4)])


def test_the_learning_rate_follows_the_schedule():
    training = config.Training(epochs=10, learning_rate=1.0, final_rate_fraction=0.1)
    assert [learning_rate(training, epoch) for epoch in (0, 5, 10)] == pytest.approx([1.0, 0.55, 0.1])
    constant = config.Training(epochs=10, learning_rate=1.0, schedule="constant")
    assert learning_rate(constant, 9) == 1.0
