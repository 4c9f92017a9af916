"""The training loop goes on where it was killed, and counts its time over kills."""

import pytest
import torch

from lcpc import checkpoints
from lcpc.errors import TrainingError
from lcpc.trainer.loop import (
    Task,
    WeightAverage,
    cosine_rate,
    fit,
    in_words,
    is_resumable,
    parameter_groups,
    set_learning_rate,
)


def task_of(folder, rounds=6, killed_at=-1, **options):
    """Fits y = 3 x with Adam; its random numbers follow from the round."""
    module = torch.nn.Linear(1, 1, bias=False)
    module.weight.data.fill_(0.0)
    optimizer = torch.optim.Adam(module.parameters(), 0.1)
    average = WeightAverage(module, 0.9)

    def run_round(number):
        if number == killed_at:
            raise KeyboardInterrupt
        x = torch.randn(8, 1, generator=torch.Generator().manual_seed(number))
        loss = (module(x) - 3 * x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        average.update(module, number)
        return {"loss": loss.detach()}

    options = {"identity": {"kind": "line"}, "save_minutes": 0.0, **options}
    return Task(module=module, optimizer=optimizer, run_round=run_round, rounds=rounds, resume=folder / "r.pt",
                parts={"average": average}, **options)


def test_a_killed_training_ends_with_the_same_weights_and_average(tmp_path):
    whole = task_of(tmp_path / "a")
    fit(whole)
    with pytest.raises(KeyboardInterrupt):
        fit(task_of(tmp_path / "b", killed_at=4))
    resumed = task_of(tmp_path / "b")
    fit(resumed)
    assert torch.equal(whole.module.weight, resumed.module.weight)
    averages = [task.parts["average"].weights(task.module)["weight"] for task in (whole, resumed)]
    assert torch.equal(*averages)
    assert not torch.equal(averages[0], whole.module.weight)


def test_a_state_of_another_training_is_not_taken_over(tmp_path):
    fit(task_of(tmp_path))
    assert is_resumable(tmp_path / "r.pt", {"kind": "line"})
    assert not is_resumable(tmp_path / "r.pt", {"kind": "parabola"})
    rounds = []
    other = task_of(tmp_path, identity={"kind": "parabola"}, after_round=lambda: rounds.append(1))
    fit(other)
    assert len(rounds) == 6


def test_the_state_of_the_end_is_written_only_where_it_is_wanted(tmp_path):
    for saves_end in (False, True):
        folder = tmp_path / str(saves_end)
        fit(task_of(folder, save_minutes=60.0, saves_end=saves_end))
        assert (folder / "r.pt").is_file() is saves_end
    assert checkpoints.read(tmp_path / "True" / "r.pt")["round"] == 6


def test_training_stops_when_it_is_over(tmp_path):
    rounds = []
    fit(task_of(tmp_path, after_round=lambda: rounds.append(1), is_over=lambda: len(rounds) == 2))
    assert len(rounds) == 2


def test_seconds_count_on_over_a_kill_without_the_lost_round(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("lcpc.trainer.loop.time.perf_counter", lambda: now[0])

    def timed(killed_at):
        task = task_of(tmp_path, rounds=3, killed_at=killed_at)
        run_round = task.run_round

        def slow(number):
            now[0] += 100
            return run_round(number)

        task.run_round = slow
        return fit(task, seconds=50.0)

    with pytest.raises(KeyboardInterrupt):
        timed(killed_at=2)
    now[0] = 5000.0
    assert timed(killed_at=-1) == 350


def test_a_report_is_the_mean_of_its_rounds(tmp_path):
    lines = []
    task = task_of(tmp_path, report_rounds=3, describe=lambda report: lines.append(in_words(report)) or "")
    losses, run_round = [], task.run_round
    task.run_round = lambda number: (losses.append(run_round(number)), losses[-1])[1]
    fit(task)
    values = [report["loss"].item() for report in losses]
    assert lines == [f"loss {sum(values[:3]) / 3:.3g}", f"loss {sum(values[3:]) / 3:.3g}"]


def test_the_cosine_runs_from_the_rate_to_its_final_fraction():
    assert cosine_rate(1.0, 0.0, 0.1) == 1.0
    assert cosine_rate(1.0, 0.5, 0.1) == pytest.approx(0.55)
    assert cosine_rate(1.0, 1.0, 0.1) == pytest.approx(0.1)


def test_named_parts_learn_at_a_multiple_of_the_rate():
    module = torch.nn.ModuleDict({"slow": torch.nn.Linear(1, 1), "fast": torch.nn.Linear(1, 1)})
    optimizer = torch.optim.Adam(parameter_groups(module, {"fast": 10.0}), 1e-3)
    set_learning_rate(optimizer, 0.5)
    rates = {id(p): group["lr"] for group in optimizer.param_groups for p in group["params"]}
    assert {rates[id(p)] for p in module["slow"].parameters()} == {0.5}
    assert {rates[id(p)] for p in module["fast"].parameters()} == {5.0}


def test_an_average_forgets_where_a_short_training_began():
    layer = torch.nn.Linear(1, 1, bias=False)
    layer.weight.data.fill_(100.0)
    average = WeightAverage(layer, 0.999)
    for step in range(300):
        layer.weight.data.fill_(1.0)
        average.update(layer, step)
    assert average.weights(layer)["weight"].item() == pytest.approx(1, abs=1e-3)
    layer.weight.data.fill_(2.0)
    average.update(layer, 10**6)
    assert average.weights(layer)["weight"].item() == pytest.approx(1.001, abs=1e-3)


@pytest.mark.parametrize("options", [{"save_minutes": 9.0}, {"save_minutes": 0.0}, {"report_rounds": 2}])
def test_a_training_that_diverged_is_refused_and_its_state_not_kept(tmp_path, options):
    task = task_of(tmp_path, **options)
    honest = task.run_round

    def diverging(number):
        report = honest(number)
        return {name: value * (float("nan") if number == 5 else 1) for name, value in report.items()}

    task.run_round = diverging
    with pytest.raises(TrainingError, match="diverged: loss is no finite number at epoch 6 of 6. Lower its"):
        fit(task)
    assert not task.resume.exists() or checkpoints.read(task.resume)["round"] == 5
