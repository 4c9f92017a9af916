"""Rows are the means of the samples beside them, of each kind; a field that was changed by hand is named."""

import csv
import gzip
import math
import shutil

import pytest

from lcpc import config, experiments, registry
from lcpc.audit import means
from lcpc.audit.files import TableCache
from lcpc.audit.kept_means import KeptMeans, Means
from lcpc.jobs import job_named
from lcpc.results.csv_file import gzipped

RATE = ("samples", "rate_bits", "stream_bits", "top1_percent")
KINDS = {
    "ablation/ablation/micro_P8_all": RATE,
    "beyond/mixed/micro_P8_seed1": RATE,
    "workstation/classifier/pointnet_P8": ("samples", "top1_percent"),
    "workstation/critical_points/micro_P1024": ("samples", "critical_mean", "critical_most", "same_latent_percent"),
    "workstation/latent_motion/densenet121_untrained": ("samples", "empty", "valid_percent", "nrmse", "nrmse_std"),
    "workstation/rate_accuracy/draco_P8": RATE,
    "workstation/rate_accuracy/proposed_micro_P8": RATE,
    "workstation/rate_distortion/jpeg": ("image_count", "stream_bpp", "psnr_rgb_db", "ms_ssim_rgb", "ms_ssim_db"),
    "workstation/rate_distortion/ideal_q1": ("image_count", "bpp", "side_bpp"),
}


@pytest.fixture(autouse=True)
def inventory():
    """The jobs of the repository, not those of the small project."""


@pytest.fixture(params=KINDS)
def copied(request, root, tmp_path):
    """(folder, job, columns) of one committed file of rows and its samples."""
    run, _, name = request.param.partition("/")
    job = job_named(experiments.jobs(config.load(root, run), root), name, run)
    for file in (job.output, experiments.samples(job)):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / file, tmp_path / file)
    return tmp_path, job, KINDS[request.param]


def differences(folder, job):
    return means.differences(TableCache(folder), job)


def changed_last_row(path, column):
    """Change one field of the last row by a thousandth, or by one; its line."""
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    place = header.index(column)
    value = float(rows[-1][place])
    rows[-1][place] = f"{value + max(1e-3 * value, math.ulp(value), value == int(value)):.9g}"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    return len(rows) + 1


def test_a_field_that_was_changed_by_hand_is_named_and_all_others_hold(copied):
    folder, job, columns = copied
    assert differences(folder, job) == []
    original = (folder / job.output).read_text()
    for column in columns:
        line = changed_last_row(folder / job.output, column)
        (text,) = differences(folder, job)
        assert text.startswith(f"line {line}: {column} is ")
        (folder / job.output).write_text(original)


def test_a_row_that_was_taken_out_or_doubled_is_found(copied):
    folder, job, _ = copied
    *rows, last = (folder / job.output).read_text().splitlines(keepends=True)
    (folder / job.output).write_text("".join([*rows, last, last]))
    assert differences(folder, job)
    if len(rows) > 1:
        (folder / job.output).write_text("".join(rows))
        assert differences(folder, job)


@pytest.mark.parametrize("text", ["", "sample,label\nc0,1\n", "sample,label,predicted\nc0,1,x\n", "\0", "a,a\n1\n2,3\n"])
def test_samples_that_fit_no_row_are_a_difference_in_words(root, tmp_path, text):
    job = job_named(experiments.jobs(config.load(root, "workstation"), root), "classifier/pointnet_P8", "workstation")
    (tmp_path / job.output).parent.mkdir(parents=True)
    shutil.copy(root / job.output, tmp_path / job.output)
    (tmp_path / experiments.samples(job)).write_bytes(gzipped(text.encode()))
    assert differences(tmp_path, job)
    (tmp_path / experiments.samples(job)).write_bytes(text.encode())
    assert differences(tmp_path, job)


def test_the_mean_of_two_samples_right_once_is_fifty_percent():
    import pandas

    samples = pandas.DataFrame({"label": [1, 2], "predicted": [1, 3]})
    row = registry.load(experiments.PACKAGE, "classifier").summarise(samples).iloc[0]
    assert (row["samples"], row["top1_percent"]) == (2, 50)


@pytest.mark.parametrize("name", registry.names(experiments.PACKAGE))
def test_an_experiment_that_keeps_samples_says_how_its_rows_follow_from_them(name):
    experiment = registry.load(experiments.PACKAGE, name)
    if not hasattr(experiment, "SAMPLES"):
        pytest.skip("it keeps no samples")
    assert callable(experiment.summarise)
    assert set(getattr(experiment, "OF_SAMPLES", {})) <= set(experiment.COLUMNS)
    assert experiment.SAMPLES == () or set(experiment.SAMPLES) & set(experiment.COLUMNS)


@pytest.fixture
def cache_folder(monkeypatch, tmp_path):
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def kept_differences(folder, job):
    kept = KeptMeans()
    texts = means.differences(TableCache(folder), job, kept)
    kept.save()
    return texts


def test_kept_means_find_what_means_find_and_samples_are_read_once(copied, cache_folder, monkeypatch):
    folder, job, (column, *_) = copied
    assert kept_differences(folder, job) == []
    assert (cache_folder / "lcpc" / "means.json").is_file()
    monkeypatch.setattr(means, "_samples", None)
    assert kept_differences(folder, job) == []
    line = changed_last_row(folder / job.output, column)
    (text,) = kept_differences(folder, job)
    assert text.startswith(f"line {line}: {column} is ")


def test_samples_that_change_are_read_again(root, tmp_path, cache_folder):
    job = job_named(experiments.jobs(config.load(root, "workstation"), root), "classifier/pointnet_P8", "workstation")
    for file in (job.output, experiments.samples(job)):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / file, tmp_path / file)
    assert kept_differences(tmp_path, job) == []
    path = tmp_path / experiments.samples(job)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    path.write_bytes(gzipped("".join(lines[:-1]).encode()))
    assert any("samples is 2468, but 2467" in text for text in kept_differences(tmp_path, job))


@pytest.mark.parametrize("content", ["", "[", "[1]", "{}", '{"a": 1}', "[" * 100_000, "\0"])
def test_a_broken_file_of_kept_means_is_as_good_as_none(root, cache_folder, content):
    path = cache_folder / "lcpc" / "means.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    kept = KeptMeans()
    assert kept.get("digest", "lcpc.experiments.classifier") is None
    kept.put("digest", "lcpc.experiments.classifier", Means(["a"], ["a"], [{"a": 0.1}]))
    kept.save()
    assert KeptMeans().get("digest", "lcpc.experiments.classifier") == (["a"], ["a"], [{"a": 0.1}])
    assert KeptMeans().get("digest", "lcpc.experiments.latency") is None


def test_means_are_not_kept_where_the_folder_can_not_be_written(monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = KeptMeans()
    kept.put("digest", "lcpc.experiments.classifier", Means(["a"], ["a"], [{"a": 0.1}]))
    kept.save()
    assert KeptMeans().get("digest", "lcpc.experiments.classifier") is None
