"""Training a whole curve equals training each lambda alone, and a killed run ends where an unbroken one does."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.errors import ConfigError, DataError, MissingData
from lcpc.models.point_codec import PointCodec, Shape
from lcpc.results.provenance import file_digest
from lcpc.training import checkpoint, loop
from lcpc.training.batches import augment, batches, draw, epoch_generator
from lcpc.training.curve import train_classifier, train_proposed
from lcpc.training.losses import cross_entropy, rate_distortion


def settings(lambdas, epochs=3, **training):
    content = {"dataset": {"name": "shapes40"},
               "proposed": [{"sizes": ["micro"], "points": [16], "lambdas": lambdas,
                             "training": {"epochs": epochs, "batch": 8, **training}}],
               "input_compression": {"points": [16], "classifier": {"epochs": 1, "batch": 8}}}
    return config.parse(content, "mine", "config/mine.yaml")


def trained(small, folder, lambdas, **options):
    target = folder / "w.pt"
    train_proposed(settings(lambdas, **options), "micro", 16, small, target, folder / "resume.pt")
    return checkpoint.read(target)


def test_a_lambda_trained_in_company_ends_where_it_ends_alone(small, tmp_path):
    together = trained(small, tmp_path / "a", [10, 80, 1000])["state"]
    alone = trained(small, tmp_path / "b", [80])["state"]
    for number in (0, 1):  # batch norm takes these biases off again: their gradients are rounding, which Adam makes steps of
        for state in (together, alone):
            state[f"head.norm.{number}.running_mean"] -= state.pop(f"head.linear.{number}.bias").squeeze(1)
    for name, value in alone.items():
        middle = together[name].reshape(3, *value.shape)[1] if value.dim() else together[name]
        torch.testing.assert_close(middle.reshape(value.shape), value, rtol=1e-3, atol=1e-4, msg=name)


def test_a_killed_training_ends_with_the_same_weights(small, tmp_path, monkeypatch):
    whole = trained(small, tmp_path / "a", [10, 80], checkpoint_minutes=0.0)
    epoch = loop._epoch

    def killed(*arguments):
        if arguments[6] == 2:
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr(loop, "_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(small, tmp_path / "b", [10, 80], checkpoint_minutes=0.0)
    assert (tmp_path / "b" / "resume.pt").is_file()
    assert not (tmp_path / "b" / "w.pt").exists()
    started = []
    monkeypatch.setattr(loop, "_epoch", lambda *a: (started.append(a[6]), epoch(*a))[1])
    resumed = trained(small, tmp_path / "b", [10, 80], checkpoint_minutes=0.0)
    assert started == [2]
    assert not (tmp_path / "b" / "resume.pt").exists()
    for name, value in whole["state"].items():
        assert torch.equal(resumed["state"][name], value), name


def warm(content, epochs=2):
    curve = content.proposed[0].model_copy(update={"warm_epochs": epochs})
    return content.model_copy(update={"proposed": (curve,)})


@pytest.mark.parametrize("killed_at", [1, 3])
def test_a_warm_start_killed_in_either_part_ends_with_the_same_weights(small, tmp_path, monkeypatch, killed_at):
    def train(folder):
        folder.mkdir(exist_ok=True)
        content = warm(settings([10, 80], checkpoint_minutes=0.0))
        train_proposed(content, "micro", 16, small, folder / "w.pt", folder / "resume.pt")
        return checkpoint.read(folder / "w.pt")

    whole, epoch, calls = train(tmp_path / "a"), loop._epoch, []

    def killed(*arguments):
        calls.append(arguments[6])
        if len(calls) == killed_at + 1:
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr(loop, "_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "b")
    again = train(tmp_path / "b")
    assert len(calls) == 2 + 3 + 1, "an epoch of the warm start or of the curve ran twice"
    assert again["warm_epochs"] == 2
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["w.pt"]
    for name, value in whole["state"].items():
        assert torch.equal(again["state"][name], value), name


def test_a_foreign_checkpoint_does_not_hide_the_warm_start(small, tmp_path):
    checkpoint.save(tmp_path / "resume.pt", {"identity": {"kind": "other"}, "epoch": 3})
    train_proposed(warm(settings([10])), "micro", 16, small, tmp_path / "w.pt", tmp_path / "resume.pt")
    (tmp_path / "alone").mkdir()
    train_proposed(warm(settings([10])), "micro", 16, small, tmp_path / "alone" / "w.pt", tmp_path / "alone" / "resume.pt")
    states = [checkpoint.read(folder / "w.pt")["state"] for folder in (tmp_path, tmp_path / "alone")]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def starting(lambdas, **options):
    content = settings(lambdas, **options)
    other = content.proposed[0].model_copy(update={"points": (8,), "start_points": 16})
    return content.model_copy(update={"proposed": (*content.proposed, other)})


def beginnings(monkeypatch):
    """The weights with which each training begins, none of which is done."""
    began = []

    def begin(module, *_, **__):
        began.append(copy.deepcopy(module.state_dict()))
        return module.state_dict()

    monkeypatch.setattr("lcpc.training.curve.fit", begin)
    return began


def test_a_curve_at_another_p_goes_on_from_each_lambda_s_own_weights(small, tmp_path, monkeypatch):
    before = trained(small, tmp_path, [10, 80], epochs=1)
    began = beginnings(monkeypatch)
    train_proposed(starting([10, 80]), "micro", 8, small, tmp_path / "other.pt", tmp_path / "resume.pt", tmp_path / "w.pt")
    after = checkpoint.read(tmp_path / "other.pt")
    assert (after["start_points"], after["start"]) == (16, file_digest(tmp_path / "w.pt"))
    for name, value in before["state"].items():
        assert torch.equal(began[0][name], value), name


def test_a_curve_without_the_weights_it_starts_from_says_which_to_train(small, tmp_path):
    with pytest.raises(MissingData, match=r"w.pt is not there, .* --run .* --size micro --points 16"):
        train_proposed(starting([10]), "micro", 8, small, tmp_path / "o.pt", tmp_path / "resume.pt", tmp_path / "w.pt")


def test_weights_of_other_lambdas_are_no_start(small, tmp_path):
    trained(small, tmp_path, [10, 80], epochs=1)
    with pytest.raises(DataError, match="w.pt holds other lambdas"):
        train_proposed(starting([10, 81]), "micro", 8, small, tmp_path / "o.pt", tmp_path / "resume.pt", tmp_path / "w.pt")


def test_gains_and_densities_learn_faster_by_their_factor_and_the_rest_does_not(small, tmp_path):
    def moved(factor):
        content = settings([10], epochs=1, batch=len(small.label), schedule="constant")
        curve = content.proposed[0].model_copy(update={"latent_rate_factor": factor})
        content = content.model_copy(update={"proposed": (curve,)})
        train_proposed(content, "micro", 16, small, tmp_path / "w.pt", tmp_path / "resume.pt")
        made = checkpoint.read(tmp_path / "w.pt")
        start = PointCodec(Shape(**made["shape"])).state_dict()
        return {name: (made["state"][name] - value).abs().max().item() for name, value in start.items()}, made

    (once, made), (faster, made_faster) = moved(1.0), moved(10.0)
    assert made_faster["latent_rate_factor"] == 10
    assert "latent_rate_factor" not in made
    for name in ("gain", "gain_decoder", "bottleneck.matrices.0", "bottleneck.biases.2"):
        assert faster[name] == pytest.approx(10 * once[name], rel=1e-3), name  # Adam's first step has the length of its rate
    for name in ("g_a.blocks.0.conv.weight", "head.linear.0.weight"):
        assert faster[name] == once[name] > 0, name


def test_each_lambda_starts_with_a_multiple_of_its_root_of_latents(small, tmp_path, monkeypatch):
    content = settings([4, 16], epochs=1)
    curve = content.proposed[0].model_copy(update={"active_channels": 1.5})
    content = content.model_copy(update={"proposed": (curve,)})
    began = beginnings(monkeypatch)
    train_proposed(content, "micro", 16, small, tmp_path / "w.pt", tmp_path / "resume.pt")
    made = checkpoint.read(tmp_path / "w.pt")
    assert made["active_channels"] == 1.5
    fresh = PointCodec(Shape(**made["shape"])).state_dict()
    for name, asleep in (("gain", 0.001), ("gain_decoder", 0.1)):
        values = began[0][name].flatten(1)
        assert (values == 1).sum(1).tolist() == [3, 6], name
        assert torch.equal(values[values != 1], torch.full_like(values[values != 1], asleep)), name
        del began[0][name], fresh[name]
    for name, value in fresh.items():
        assert torch.equal(began[0][name], value), name


def pruning(folder, used):
    """A curve at P = 16 whose members use 4 and 12 latents, and the settings of one at P = 8 that starts from it, pruned."""
    content = starting([10, 80], epochs=3, checkpoint_minutes=0.0)
    pruned = content.proposed[1].model_copy(update={"prune_latents": True})
    content = content.model_copy(update={"proposed": (content.proposed[0], pruned)})
    shape = Shape("micro", 2, seed=5)
    codec, _ = used(4, 12)
    checkpoint.save(folder / "w.pt", {"lambdas": [10, 80], "shape": dataclasses.asdict(shape), "state": codec.state_dict()})
    return content


def test_a_pruned_curve_trains_what_its_start_uses_and_nothing_else(small, used, tmp_path):
    content = pruning(tmp_path, used)
    start = checkpoint.read(tmp_path / "w.pt")["state"]
    train_proposed(content, "micro", 8, small, tmp_path / "p.pt", tmp_path / "resume.pt", tmp_path / "w.pt")
    made = checkpoint.read(tmp_path / "p.pt")
    assert made["prune_latents"] is True
    for name in ("gain", "gain_decoder"):
        assert [int(count) for count in (made["state"][name] != 0).sum((1, 2))] == [4, 12], name
        assert (made["state"][name][0, 0, :4] != start[name][0, 0, :4]).all(), name
    weight, before = (state["g_a.blocks.0.conv.weight"].flatten(1, 2) for state in (made["state"], start))
    assert (weight[:, :4] != before[:, :4]).all()
    assert torch.equal(weight[:, 12:], before[:, 12:])
    assert len(made["tables"]) > 0


def test_a_pruned_curve_that_was_killed_ends_with_the_same_weights(small, used, tmp_path, monkeypatch):
    content, epoch = pruning(tmp_path, used), loop._epoch

    def train(name):
        train_proposed(content, "micro", 8, small, tmp_path / name, tmp_path / "resume.pt", tmp_path / "w.pt")
        return checkpoint.read(tmp_path / name)["state"]

    whole, started = train("a.pt"), []

    def killed(*arguments):
        started.append(arguments[6])
        if started == [0, 1, 2]:
            raise KeyboardInterrupt
        return epoch(*arguments)

    monkeypatch.setattr(loop, "_epoch", killed)
    with pytest.raises(KeyboardInterrupt):
        train("b.pt")
    resumed = train("b.pt")
    assert started == [0, 1, 2, 2]
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name


def test_a_checkpoint_of_another_training_is_not_taken_over(small, tmp_path):
    checkpoint.save(tmp_path / "resume.pt", {"identity": {"kind": "other"}, "epoch": 3})
    target = tmp_path / "w.pt"
    train_proposed(settings([10]), "micro", 16, small, target, tmp_path / "resume.pt")
    assert checkpoint.read(target)["lambdas"] == [10]


def test_averaged_weights_differ_from_the_last_ones(small, tmp_path):
    last = trained(small, tmp_path / "a", [80])["state"]
    average = trained(small, tmp_path / "b", [80], average_decay=0.9)["state"]
    assert not torch.equal(last["gain"], average["gain"])


def test_an_average_forgets_where_a_short_training_began():
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(100.0)
    average = loop.Averaged(layer, 0.999)
    for step in range(300):
        layer.weight.data.fill_(1.0)
        average.update(layer, step)
    assert average.final(layer)["weight"].item() == pytest.approx(1, abs=1e-3)
    layer.weight.data.fill_(2.0)
    average.update(layer, 10**6)
    assert average.final(layer)["weight"].item() == pytest.approx(1.001, abs=1e-3), "later, the decay is the one asked for"


def test_the_classifier_of_a_foreign_p_is_refused_before_work(small, tmp_path):
    with pytest.raises(ConfigError, match="measures no input compression at P=99"):
        train_classifier(settings([10]), 99, small, tmp_path / "w.pt", tmp_path / "r.pt")


def test_more_points_than_stored_are_refused(small, tmp_path):
    content = settings([10])
    curve = content.proposed[0].model_copy(update={"points": (64,)})
    wide = content.model_copy(update={"proposed": (curve,)})
    with pytest.raises(ConfigError, match="P=64, but the clouds of shapes40 hold 32"):
        train_proposed(wide, "micro", 64, small, tmp_path / "w.pt", tmp_path / "r.pt")


def test_a_broken_checkpoint_is_refused_by_name(tmp_path):
    path = tmp_path / "w.pt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(DataError, match=r"w.pt is no readable checkpoint.*delete it and train again"):
        checkpoint.read(path)


def test_a_pickle_in_a_checkpoint_is_not_run(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "harm"), "w"))

    torch.save({"format": checkpoint.FORMAT, "x": Hostile()}, tmp_path / "w.pt")
    with pytest.raises(DataError, match="no readable checkpoint"):
        checkpoint.read(tmp_path / "w.pt")
    assert not (tmp_path / "harm").exists()


def test_the_cosine_runs_from_the_rate_to_its_final_fraction():
    training = config.Training(epochs=10, learning_rate=1.0, final_rate_fraction=0.1)
    assert loop.learning_rate(training, 0) == 1.0
    assert loop.learning_rate(training, 5) == pytest.approx(0.55)
    assert loop.learning_rate(training, 10) == pytest.approx(0.1)


def test_gradients_are_clipped_a_member():
    parameter = torch.zeros(2, 3, requires_grad=True)
    parameter.grad = torch.tensor([[3.0, 4.0, 0.0], [0.1, 0.0, 0.0]])
    loop.clip_members([parameter], 2, 1.0)
    assert parameter.grad[0].norm() == pytest.approx(1.0, abs=1e-5)
    assert parameter.grad[1].tolist() == pytest.approx([0.1, 0, 0])


def test_an_epoch_draws_the_same_batches_whenever_it_runs(small):
    training = config.Training(batch=8)
    points, label = torch.from_numpy(small.points), torch.from_numpy(small.label)
    first, again = (list(batches(points, label, 16, training, epoch_generator(3, 5))) for _ in range(2))
    other = list(batches(points, label, 16, training, epoch_generator(3, 6)))
    assert all(torch.equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0][0], other[0][0])
    assert [len(y) for _, y in first] == [8] * 5


def test_points_are_drawn_without_replacement_below_the_stored_count():
    index = draw(50, 32, 16, True, epoch_generator(0, 0))
    assert all(len(set(row)) == 16 for row in index.tolist())


def test_scale_jitter_stays_within_its_bounds(small):
    points = torch.from_numpy(small.points)
    x = augment(points, 32, config.Training(scale_jitter=0.1, replacement=False), epoch_generator(0, 0))
    ratio = x.transpose(1, 2).norm(dim=2).amax(1) / points.norm(dim=2).amax(1)
    assert ((ratio > 0.9 - 1e-5) & (ratio < 1.1 + 1e-5)).all()
    assert ratio.std() > 0.01


def test_a_turned_cloud_keeps_its_height_and_its_distances(small):
    points = torch.from_numpy(small.points)
    training = config.Training(scale_jitter=0.0, replacement=False, rotation_degrees=30.0)
    x = augment(points, 32, training, epoch_generator(0, 0)).transpose(1, 2)
    torch.testing.assert_close(x[..., 2], points[..., 2])
    torch.testing.assert_close(x.norm(dim=2), points.norm(dim=2))
    angle = torch.rad2deg(torch.atan2(x[..., 1], x[..., 0]) - torch.atan2(points[..., 1], points[..., 0]))
    turned = ((angle + 180) % 360 - 180).abs()
    assert turned.max() <= 30.01
    assert turned.max() > 15


def test_jitter_has_the_deviation_that_was_asked_for(small):
    points = torch.from_numpy(small.points)
    training = config.Training(scale_jitter=0.0, replacement=False, point_jitter=0.05)
    noise = augment(points, 32, training, epoch_generator(0, 0)).transpose(1, 2) - points
    assert noise.std() == pytest.approx(0.05, rel=0.05)


def test_the_loss_is_rate_plus_lambda_times_cross_entropy():
    logits = torch.zeros(2, 3, 4)
    distortion = cross_entropy(logits, torch.tensor([0, 1, 2]))
    assert distortion.tolist() == pytest.approx([np.log(4)] * 2)
    loss = rate_distortion(torch.full((2, 3), 7.0), distortion, torch.tensor([10.0, 100.0]))
    assert loss.tolist() == pytest.approx([7 + 10 * np.log(4), 7 + 100 * np.log(4)])
