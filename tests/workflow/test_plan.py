"""`lcpc plan` says what Snakemake would do, and why, in words; its exit code tells a machine."""

import json
import os
import time

import pytest

from lcpc.cli import main
from lcpc.errors import ConfigError
from lcpc.planning import plan, words


def planned(project, *targets):
    return plan.make(project.folder, targets or ("demo",), 2)


def told(found):
    return "\n".join(words.lines(found))


def test_nothing_to_do_is_exit_code_0(finished, capsys):
    assert main(["plan", "--root", str(finished.folder)]) == 0
    assert capsys.readouterr().out.startswith(
        "all: nothing to do, 1 data set, 3 trainings, 5 measurements, "
    )


def test_what_was_never_made_is_exit_code_4_and_planning_makes_none_of_it(project):
    state = project.folder / "checkpoints" / "demo" / "resume" / "proposed_micro_P64.pt"
    state.parent.mkdir(parents=True)
    state.write_text("half")
    before = {path for path in project.folder.rglob("*") if path.is_file()}
    found = planned(project)
    assert found.exit_code == 4
    assert [cause.words for cause in found.causes] == ["not there yet"]
    assert (
        "1 data set, 3 trainings, 5 measurements, 2 tables, 2 figures, 1 audit would run; "
        "nothing up to date"
        in told(found)
    )
    assert "goes on from where it was killed: checkpoints/demo/proposed_micro_P64.pt" in told(found)
    made = {
        path.relative_to(project.folder).parts[0]
        for path in project.folder.rglob("*")
        if path.is_file() and path not in before and "__pycache__" not in path.parts
    }
    assert made <= {".snakemake"}


def test_each_change_is_told_apart_with_all_that_follows_from_it(finished):
    finished.edit("lcpc/metrics/bjontegaard.py", "\nNEW = 1\n")
    finished.edit("lcpc/figures/rate_accuracy_micro.py", "\ndef other():\n    return 1\n")
    compression = {
        "codecs": ["draco", "draco-best", "tmc13"],
        "points": [16],
        "classifier": {"epochs": 7},
    }
    finished.configure("demo", input_compression=compression)
    newer = finished.folder / "results" / "published" / "rate_distortion_kodak.csv"
    newer.write_text(newer.read_text() + "\n")
    os.utime(newer, (time.time() + 5, time.time() + 5))
    found = planned(finished)
    text = told(found)
    assert "  lcpc/metrics/bjontegaard.py changed: 2 tables, " in text
    assert "  lcpc/figures/rate_accuracy_micro.py changed: 1 figure, 1 audit" in text
    assert "  config: training.epochs 100 -> 7: 1 training, 4 measurements, " in text
    assert "newer than what was made from it: results/published/rate_distortion_kodak.csv" in text
    assert "inputs added: results/demo/rate_accuracy/tmc13_P16.csv" in text
    assert "  not there yet: 1 measurement, " in text
    assert found.exit_code == 3


def test_what_is_planned_is_what_snakemake_then_runs(finished, capsys):
    finished.edit("lcpc/trainer/loop.py", "\ndef margin():\n    return 1\n")
    assert main(["plan", "demo", "--json", "--cores", "3", "--root", str(finished.folder)]) == 3
    content = json.loads(capsys.readouterr().out)
    assert [cause["words"] for cause in content["causes"]] == ["lcpc/trainer/loop.py changed"]
    assert content["cores"] == 3
    verbs = {
        "train": "train",
        "evaluate": "evaluate",
        "table": "table",
        "audit": "table",
        "figure": "figure",
    }
    assert sorted(verbs[job["rule"].split("_")[0]] for job in content["jobs"]) == sorted(
        call.split()[0] for call in finished.calls("demo")
    )


def test_an_unknown_target_is_refused_with_the_nearest(project, capsys):
    assert main(["plan", "dmeo", "--root", str(project.folder)]) == 2
    assert "Did you mean 'demo'?" in capsys.readouterr().err


@pytest.mark.parametrize(("target", "message"), [
    ("tables/demo/bd_metric.csv", "there is no 'bd_metric' among the tables. Did you mean 'bd_metrics'?"),
    ("figures/demo/rate_accuracy.pdf", "there is no 'rate_accuracy' among the figures. Did you mean 'rate_accuracy_"),
    ("results/demo/rate_accuracy/proposed_micro_P65.csv",
     "measures no such rows. Did you mean results/demo/rate_accuracy/proposed_micro_P64.csv?"),
])
def test_a_file_that_no_rule_makes_is_refused_with_the_nearest(project, capsys, target, message):
    assert main(["plan", target, "--root", str(project.folder)]) == 2
    assert f"{target}: " in (shown := capsys.readouterr().err)
    assert message in shown


def test_rows_that_are_evidence_are_refused_with_the_way_to_measure_them(project, capsys):
    rows = project.folder / "results/demo/rate_accuracy/proposed_micro_P64.csv"
    rows.parent.mkdir(parents=True)
    rows.touch()
    assert main(["plan", str(rows.relative_to(project.folder)), "--root", str(project.folder)]) == 2
    shown = capsys.readouterr().err
    assert "came without the weights that it was measured with, so it is taken as it is" in shown
    assert "`lcpc plan checkpoints/demo/proposed_micro_P64.pt` says how long the training takes" in shown
    rows.unlink()
    assert main(["plan", str(rows.relative_to(project.folder)), "--root", str(project.folder)]) == 4


def test_a_wrong_config_is_refused_as_by_the_workflow(project):
    project.configure("demo", sead=3)
    with pytest.raises(
        ConfigError, match=r"config/demo.yaml: unknown key 'sead'. Did you mean 'seed'\?"
    ):
        planned(project)


@pytest.mark.parametrize("cores", ["0", "-1", "many"])
def test_cores_that_are_none_are_refused(cores, capsys):
    assert main(["plan", f"--cores={cores}"]) == 2
    assert "--cores" in capsys.readouterr().err
