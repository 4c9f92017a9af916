"""What the workflow promises: it makes what is asked for, once, and again only where something that counts has changed."""

import os
import signal
import subprocess
import time
from pathlib import Path

MICRO = "proposed_micro_P64 --run demo"


def test_all_makes_every_file_of_published_and_demo(made):
    files = {path.relative_to(made.folder).as_posix() for path in made.folder.glob("*/*/*") if path.is_file()}
    assert {"tables/published/bd_metrics.csv", "figures/published/image_codec_comparison.pdf", "tables/demo/audit.html",
            "figures/demo/rate_accuracy_micro.png", "checkpoints/demo/proposed_lite_P64.pt", "data/demo/test.npz"} <= files


def test_a_job_is_one_curve_and_one_command(made):
    calls = (made.folder / "calls.txt").read_text().splitlines()
    assert len(calls) == len(set(calls))
    assert f"train {MICRO} --threads 1" in calls
    assert "evaluate rate_accuracy/draco-best_P16 --run demo --threads 1" in calls


def test_a_second_run_does_nothing(finished):
    assert finished.calls("all") == []


def test_a_comment_or_docstring_in_the_package_reruns_nothing(finished):
    for module in ("metrics/bjontegaard.py", "trainer/loop.py", "experiments/proposed.py", "figures/render.py"):
        finished.edit(f"lcpc/{module}", "\n# a comment that says something new\n")
    assert finished.calls("all") == []


def test_a_changed_metric_reruns_tables_and_figures_and_no_training(finished):
    finished.edit("lcpc/metrics/bjontegaard.py", "\nNEW = 1\n")
    assert finished.verbs("all") == {"table", "figure"}


def test_a_changed_training_reruns_all_that_stands_on_it(finished):
    finished.edit("lcpc/trainer/loop.py", "\nNEW = 1\n")
    assert finished.verbs("demo") == {"train", "evaluate", "table", "figure"}


def test_changed_rows_of_input_codecs_are_measured_again_and_nothing_else_is(finished):
    finished.edit("lcpc/experiments/input_compression.py", "\nNEW = 1\n")
    calls = finished.calls("demo")
    assert sorted(call for call in calls if call.startswith(("train", "evaluate"))) == [
        "evaluate rate_accuracy/draco-best_P16 --run demo --threads 1",
        "evaluate rate_accuracy/draco_P16 --run demo --threads 1"]


def test_changed_rows_of_point_clouds_are_measured_again_without_training(finished):
    finished.edit("lcpc/experiments/proposed.py", "\nNEW = 1\n")
    assert finished.verbs("demo") == {"evaluate", "table", "figure"}


def test_other_words_of_the_command_line_measure_nothing_again(finished):
    finished.edit("lcpc/cli/stations.py", "\nNEW = 1\n")
    assert finished.calls("demo") == []


def test_a_changed_figure_redraws_only_itself(finished):
    finished.edit("lcpc/figures/rate_accuracy_micro.py", "\nNEW = 1\n")
    calls = finished.calls("figures/demo/rate_accuracy_micro.pdf", "tables/demo/bd_metrics.csv")
    assert calls == ["figure rate_accuracy_micro --run demo"]


def test_a_curve_waits_for_the_curve_that_it_starts_from(project):
    curves = [{"sizes": ["micro"], "points": [64]}, {"sizes": ["micro"], "points": [16], "start_points": 64}]
    project.configure("demo", proposed=curves, reconstruction=None, latency=None)
    project.calls("checkpoints/demo/proposed_micro_P16.pt")
    calls = [call for call in (project.folder / "calls.txt").read_text().splitlines() if call.startswith("train")]
    assert calls == [f"train proposed_micro_P{points} --run demo --threads 1" for points in (64, 16)]


def test_a_small_training_takes_one_core_and_a_large_one_all_that_it_asks_for(project):
    curve = {"sizes": ["full"], "points": [16, 1024], "training": {"epochs": 6}}
    project.configure("demo", proposed=[curve], reconstruction=None, latency=None)
    project.calls(*(f"checkpoints/demo/proposed_full_P{points}.pt" for points in (16, 1024)))
    calls = (project.folder / "calls.txt").read_text().splitlines()
    assert "train proposed_full_P16 --run demo --threads 1" in calls
    assert "train proposed_full_P1024 --run demo --threads 2" in calls


def test_a_changed_setting_of_the_classifier_leaves_the_codecs_alone(finished):
    compression = {"codecs": ["draco", "draco-best"], "points": [16], "classifier": {"epochs": 7}}
    finished.configure("demo", input_compression=compression)
    calls = finished.calls("demo")
    assert any(call.startswith("train pointnet_") for call in calls)
    assert not any("proposed" in call for call in calls)


def test_a_new_codec_in_the_config_measures_that_codec_alone(finished):
    compression = {"codecs": ["draco", "draco-best", "tmc13"], "points": [16]}
    finished.configure("demo", input_compression=compression)
    assert [call for call in finished.calls("demo") if call.startswith(("train", "evaluate"))] == [
        "evaluate rate_accuracy/tmc13_P16 --run demo --threads 2"]


def test_a_description_in_the_config_reruns_no_work(finished):
    finished.configure("demo", description="other words")
    assert finished.calls("demo") == ["table audit --run demo"]


def test_a_manifest_that_is_gone_is_made_by_the_audit(finished):
    (finished.folder / "results" / "demo" / "manifest.sha256").unlink()
    assert finished.calls("demo") == ["table audit --run demo"]


def test_the_audit_finds_the_manifest_of_before(finished):
    finished.configure("demo", description="other words")
    finished.calls("demo")
    manifest = finished.folder / "results" / "demo" / "manifest.sha256"
    assert manifest.read_text() == 2 * "table audit --run demo"


def test_a_fresh_clone_can_be_dry_run(project):
    done = project.snakemake("-n", "all")
    assert done.returncode == 0, done.stdout
    assert "train_proposed" in done.stdout
    assert not (project.folder / "data").exists()


def test_a_table_of_published_needs_no_data(project):
    assert project.calls("tables/published/bd_metrics.csv") == ["table bd_metrics --run published"]


def evidence(project, names=("proposed_micro_P64", "proposed_lite_P64", "draco_P16", "draco-best_P16")):
    rows = [f"rate_accuracy/{name}" for name in names] + ["classifier/pointnet_P16"]
    for name in rows:
        path = project.folder / "results" / "demo" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("rows\n")


def test_rows_that_came_without_their_weights_are_taken_as_they_are(project):
    evidence(project)
    assert project.calls("tables/demo/bd_metrics.csv") == ["table bd_metrics --run demo"]


def test_rows_older_than_all_else_are_still_evidence(project):
    evidence(project)
    for path in (project.folder / "results" / "demo").rglob("*.csv"):
        os.utime(path, (1, 1))
    assert project.verbs("demo") == {"table", "figure"}


def test_only_the_curve_without_rows_is_measured(project):
    evidence(project, ("proposed_micro_P64", "draco_P16", "draco-best_P16"))
    calls = project.calls("tables/demo/bd_metrics.csv")
    assert [call for call in calls if call.startswith("train")] == [
        "train proposed_lite_P64 --run demo --threads 1"]


def test_a_table_waits_only_for_the_kinds_of_rows_that_it_reads(project):
    project.configure("demo", tables=["layer_sizes"], figures=[])
    calls = project.calls("tables/demo/layer_sizes.csv")
    assert calls == ["evaluate complexity/point_codec --run demo --threads 1", "table layer_sizes --run demo"]


def test_only_the_diagrams_wait_for_the_built_networks(project):
    (project.folder / "results/published/architecture/networks.csv").unlink()
    project.configure("published", tables=["bd_metrics"], figures=["pointnet", "image_codec_comparison"])
    assert project.calls("tables/published/bd_metrics.csv", "figures/published/image_codec_comparison.pdf") == [
        "figure image_codec_comparison --run published", "table bd_metrics --run published"]
    assert project.calls("figures/published/pointnet.pdf") == [
        "evaluate architecture/networks --run published --threads 1", "figure pointnet --run published"]


def test_a_changed_layer_redraws_the_diagrams(project):
    (project.folder / "results/published/architecture/networks.csv").unlink()
    project.configure("published", figures=["pointnet"])
    project.calls("figures/published/pointnet.pdf")
    project.edit("lcpc/models/point_codec.py", "\nNEW = 1\n")
    assert project.calls("figures/published/pointnet.pdf", "tables/published/bd_metrics.csv") == [
        "evaluate architecture/networks --run published --threads 1", "figure pointnet --run published",
        "table bd_metrics --run published"]


def test_latent_motion_is_measured_for_each_network_and_control(project):
    project.configure("demo", latent_motion={"networks": ["resnet34"], "weights": ["trained", "untrained"]})
    measured = [call for call in project.calls("demo") if "latent_motion" in call]
    assert measured == [f"evaluate latent_motion/resnet34_{weights} --run demo --threads 1"
                        for weights in ("trained", "untrained")]
    assert not [call for call in project.calls("demo") if "latent_motion" in call]
    project.edit("lcpc/experiments/latent_motion.py", "\nNEW = 1\n")
    assert [call for call in project.calls("demo") if "latent_motion" in call] == measured



def test_weights_can_be_asked_for_beside_evidence(project):
    evidence(project)
    assert f"train {MICRO} --threads 1" in project.calls("checkpoints/demo/proposed_micro_P64.pt")


def test_a_run_on_real_data_makes_no_data(project):
    project.configure("demo", dataset={"name": "modelnet40", "folder": "somewhere"})
    assert "data" not in project.verbs("checkpoints/demo/proposed_micro_P64.pt")


def test_a_curve_that_the_config_lacks_is_no_target(project):
    done = project.snakemake("-n", "results/demo/rate_accuracy/proposed_full_P64.csv")
    assert done.returncode != 0


def test_a_failing_job_says_why_and_leaves_nothing_half_written(project):
    (project.folder / "fail-train").touch()
    done = project.snakemake("tables/demo/bd_metrics.csv")
    assert done.returncode != 0
    assert "lcpc: the clouds are not there; see config/README.md" in done.stdout
    assert "the clouds are not there" in (project.folder / "logs/demo/train_proposed/proposed_micro_P64.log").read_text()
    assert not list((project.folder / "checkpoints" / "demo").glob("proposed*"))
    assert not (project.folder / "tables").exists() or not list((project.folder / "tables").rglob("*.csv"))


def test_an_unknown_key_is_named_with_the_nearest(project):
    project.configure("demo", sead=3)
    done = project.snakemake("-n", "all")
    assert done.returncode != 0
    assert "config/demo.yaml: unknown key 'sead'. Did you mean 'seed'?" in done.stdout
    assert "Traceback" not in done.stdout


def test_an_unknown_table_is_named_with_the_nearest(project):
    project.configure("published", tables=["bd_metric"])
    done = project.snakemake("-n", "all")
    assert "config/published.yaml: tables[0]: there is no 'bd_metric'. Did you mean 'bd_metrics'?" in done.stdout


def test_the_linter_has_nothing_to_say(project):
    done = project.snakemake("--lint")
    assert done.returncode == 0, done.stdout
    assert "good condition" in done.stdout


def start_and_kill(project, target: str, half_written: Path) -> None:
    process = subprocess.Popen(project.command(target), cwd=project.folder, env=project.environment(), start_new_session=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not half_written.exists() and time.monotonic() < until:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert half_written.read_text() == "half"


def test_a_killed_run_goes_on_without_further_ado(project):
    (project.folder / "slow").touch()
    table = "tables/published/bd_metrics.csv"
    start_and_kill(project, table, project.folder / table)
    (project.folder / "slow").unlink()
    assert project.calls(table) == ["table bd_metrics --run published"]
    assert (project.folder / table).read_text() != "half"


def test_the_lock_of_a_living_snakemake_is_respected(project):
    (project.folder / "slow").touch()
    table = project.folder / "tables/published/bd_metrics.csv"
    first = subprocess.Popen(project.command("tables/published/bd_metrics.csv"), cwd=project.folder, start_new_session=True,
                             env=project.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not table.exists() and time.monotonic() < until:
            time.sleep(0.1)
        second = project.snakemake("tables/published/bd_metrics.csv")
        assert second.returncode != 0
        assert "cannot be locked" in second.stdout
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()


def test_a_broken_run_stops_those_who_ask_for_it_and_no_others(project):
    project.configure("demo", sead=3)
    assert project.calls("tables/published/bd_metrics.csv") == ["table bd_metrics --run published"]
    done = project.snakemake("-n", "demo")
    assert done.returncode != 0
    assert "config/demo.yaml: unknown key 'sead'. Did you mean 'seed'?" in done.stdout


def test_real_clouds_are_inputs_of_what_is_made_from_them(project):
    folder = project.folder / "data" / "real"
    folder.mkdir(parents=True)
    for name in ("train.npz", "test.npz", "classes.txt", "SHA256SUMS"):
        (folder / name).write_text("clouds")
    project.configure("demo", dataset={"name": "modelnet40", "folder": "real"})
    weights = "checkpoints/demo/proposed_micro_P64.pt"
    assert project.calls(weights) == [f"train {MICRO} --threads 1"]
    assert project.calls(weights) == []
    time.sleep(0.1)
    (folder / "train.npz").write_text("other clouds")
    assert project.calls(weights) == [f"train {MICRO} --threads 1"]
