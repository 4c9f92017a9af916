"""Trainings and rows of the codec `mixed`: seeds and starts are jobs of their own, rows come from real streams, and
no curve crosses the ideal bound once the length of a stream is counted."""

import argparse
import shutil

import numpy as np
import pytest
import yaml

from lcpc import checkpoints, config, experiments
from lcpc.audit import verify
from lcpc.bench import mixed_coding
from lcpc.codecs.trained import mixed_codec_of
from lcpc.data import store
from lcpc.errors import ConfigError, DataError
from lcpc.experiments import mixed
from lcpc.figures import rate_accuracy_beyond
from lcpc.jobs import JobContext
from lcpc.metrics.blahut_arimoto import rate_at_accuracy_bits
from lcpc.metrics.information import entropy_bits
from lcpc.results.csv_file import read_csv
from lcpc.results.store import Results
from lcpc.tables import ablation_beyond, beyond
from lcpc.training import mixed as training

TRAINING = {"epochs": 6, "batch": 10}
CURVE = {"sizes": ["micro"], "lambdas": [10, 1000], "latents": 6, "mixing": 20, "entropy_hidden": 12, "mixtures": 2,
         "training": TRAINING}
VARIANTS = {"mixing-alone": {"context": False}, "joint-model-alone": {"mixing": 0}}
RUN = {
    "dataset": {"name": "shapes40", "stored_points": 32},
    "mixed": [{**CURVE, "points": [16], "seeds": [1, 2]}, {**CURVE, "points": [32], "start_points": 16}],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory, test_clouds):
    from tests.unit.experiments.conftest import make

    root = tmp_path_factory.mktemp("mixed")
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    (root / "results").mkdir()
    for split in ("train", "test"):
        store.save(make(split), root / "data" / "mine" / f"{split}.npz")
    context = JobContext(root, config.load(root, "mine"))
    for job in training.jobs(context.config, root):
        training.run(job, context)
    return context


def test_each_seed_is_a_training_and_rows_of_its_own(project):
    listed = [*training.jobs(project.config, project.root), *mixed.jobs(project.config, project.root)]
    assert [job.output for job in listed] == [
        "checkpoints/mine/mixed_micro_P16_seed1.pt", "checkpoints/mine/mixed_micro_P16_seed2.pt",
        "checkpoints/mine/mixed_micro_P32_seed1.pt", "results/mine/mixed/micro_P16_seed1.csv",
        "results/mine/mixed/micro_P16_seed2.csv", "results/mine/mixed/micro_P32_seed1.csv"]
    assert "checkpoints/mine/mixed_micro_P16_seed1.pt" in listed[2].inputs


def test_seeds_give_other_networks(project):
    first, second = (project.checkpoint(f"mixed_micro_P16_seed{seed}")["models"][0]["gain"] for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_rows_are_those_of_real_streams_with_their_costs(project, evaluate):
    path = evaluate(mixed, project.root, "mine", "mixed/micro_P32_seed1")
    rows = Results(project.root, "mine").measured("mixed")
    assert rows["lambda"].tolist() == [10, 1000]
    assert (rows["rate_bits"] - 8 < rows["stream_bits"]).all()
    assert (rows["stream_bits"] < rows["rate_bits"] + 8.01).all()
    first = rows.iloc[0]
    assert (first["encoder_macs_per_point"], first["mixing_macs"]) == (48, 16 * 20 + 20 * 6)
    assert (first["seed"], first["context"], first["codec"], first["size"]) == (1, "yes", "mixed", "micro")
    samples = read_csv(path.with_suffix(".samples.csv.gz"), project.root)
    for _, lambda_rows in samples.groupby("lambda"):
        assert bits_with_length(lambda_rows) >= bound_of(lambda_rows)


@pytest.fixture
def clone(project, evaluate, tmp_path):
    """Rows, weights and streams of one curve, without data and checkpoints."""
    evaluate(mixed, project.root, "mine", "mixed/micro_P32_seed1")
    for folder in ("config", "results"):
        shutil.copytree(project.root / folder, tmp_path / folder)
    return tmp_path


def verified(root):
    lines = []
    return verify.verify(root, "mine", say=lines.append), "\n".join(lines)


def test_rows_of_a_clone_without_data_hold(clone):
    holds, text = verified(clone)
    assert holds, text
    assert "mine: 1 of 1 curves can be decoded here: 120 streams" in text


def test_rows_of_other_seeds_without_weights_are_counted_and_hold(clone, project, evaluate):
    path = evaluate(mixed, project.root, "mine", "mixed/micro_P16_seed2")
    for file in path.parent.glob("micro_P16_seed2.*"):
        if file.suffix == ".csv" or file.name.endswith(".csv.gz"):
            shutil.copy(file, clone / "results/mine/mixed")
        file.unlink()
    holds, text = verified(clone)
    assert holds
    assert "1 files of rows without streams: none of them different from the means over their samples" in text
    rows = clone / "results/mine/mixed/micro_P16_seed2.csv"
    rows.write_text(rows.read_text().replace(",60,", ",61,", 1))
    holds, altered = verified(clone)
    assert not holds
    assert "line 2: samples is 61, but 60 over its samples" in altered
    assert "mine: 1 of 2 curves (1 of other seeds have rows alone) can be decoded here: 120 streams" in text


@pytest.mark.parametrize(("array", "kind"), [("1000.decoder.2.weight", "classes"), ("1000.entropy.weight_2", "rates")])
def test_a_changed_weight_is_caught(clone, array, kind):
    path = clone / "results/mine/mixed/micro_P32_seed1.weights.npz"
    with np.load(path, allow_pickle=False) as arrays:
        content = dict(arrays)
    content[array] = -content[array]
    path.write_bytes(store.npz_bytes(content))
    holds, text = verified(clone)
    assert not holds
    assert "weights.npz is not that of the rows' provenance" in text
    assert kind in text or "can't be decoded" in text


def bits_with_length(samples):
    """Mean bits of the streams and of their lengths, which a file's end says for nothing."""
    lengths = samples["stream_bits"].value_counts().to_numpy(float)
    return samples["stream_bits"].mean() + float(entropy_bits(lengths / lengths.sum()))


def bound_of(samples):
    """Blahut-Arimoto at the accuracy of these rows, for the classes that they have."""
    counts = samples["label"].value_counts().to_numpy(float)
    percent = 100 * float((samples["predicted"] == samples["label"]).mean())
    return rate_at_accuracy_bits(counts, percent)


def committed(root):
    return sorted((root / "results" / "beyond" / "mixed").glob("*.samples.csv.gz"))


def test_no_committed_curve_crosses_the_ideal_bound(root):
    files = committed(root)
    if not files:
        pytest.skip("results/beyond/mixed holds no rows; run snakemake beyond")
    for path in files:
        for lambda_, rows in read_csv(path, root).groupby("lambda"):
            bound = bound_of(rows)
            assert bits_with_length(rows) >= bound, (path.name, lambda_)
            assert rows["rate_bits"].mean() >= bound, (path.name, lambda_)


def test_weights_of_other_settings_are_not_measured(project, test_clouds):
    changed = {**RUN, "mixed": [{**CURVE, "points": [16], "lambdas": [10, 20]}]}
    other = config.parse(changed, "mine", "mine.yaml")
    with pytest.raises(ConfigError, match=r"lambdas \[10.0, 1000.0\], not \[10.0, 20.0\]"):
        mixed_codec_of(JobContext(project.root, other), "micro", 16, 1, test_clouds)


@pytest.mark.parametrize(("second", "message"), [
    ({"start_points": 8}, "trains no mixed micro codec at P=8 with seed 1"),
    ({"start_points": 16, "mixing": 9}, "has other lambdas or another network there"),
    ({"start_points": 16, "points": [16]}, "start from fewer points than 16"),
    ({"prune_latents": True, "start_points": 16}, "are for the many latents of"),
])
def test_a_start_that_cannot_be_is_refused(second, message):
    curves = [{**CURVE, "points": [16]}, {**CURVE, "points": [32], **second}]
    with pytest.raises(ConfigError, match=message):
        config.parse({**RUN, "mixed": curves}, "mine", "mine.yaml")


def test_a_start_of_other_lambdas_is_refused(project):
    curve = project.config.mixed_curve("micro", 32, 1).model_copy(update={"lambdas": (10.0, 20.0)})
    with pytest.raises(DataError, match="holds other lambdas than the curve that starts from it"):
        training.start_of(project, "micro", curve, 1)


def test_a_checkpoint_holds_plain_values_alone(project):
    content = checkpoints.read(project.weights("mixed_micro_P16_seed1"))
    assert (content["kind"], content["shape"]["mixing"], content["size"]) == ("mixed", 20, "micro")


@pytest.fixture(scope="module")
def comparable(project, root, tmp_path_factory, evaluate):
    """The run's rows beside the published ones, as if measured on ModelNet40."""
    evaluate(mixed, project.root, "mine", "mixed/micro_P32_seed1")
    folder = tmp_path_factory.mktemp("comparable")
    (folder / "results").mkdir()
    (folder / "results" / "published").symlink_to(root / "results" / "published")
    rows = Results(project.root, "mine").measured("mixed").drop(columns=["_file", "_line"])
    rows = rows.assign(dataset="modelnet40", points=1024, run="mine", rate_bits=[9.0, 40.0], top1_percent=[56.0, 82.0])
    from lcpc.results import store as results_store

    results_store.write_rows(folder / "results/mine/mixed/micro_P1024_seed1.csv", "mixed", rows, {})
    return Results(folder, "mine")


def test_the_table_compares_with_the_documents_curve_of_the_same_size(comparable):
    row = beyond.build(comparable).rows[-1]
    assert (row["codec"].value, row["size"].value, row["points"].value, row["seeds"].value) == ("mixed", "micro", 1024, 1)
    assert row["rate_bits_at_80"].value == pytest.approx(40 - 2 / 26 * 31)
    assert row["overlap_bd_rate_percent"].value < 0
    assert "is not there" in row["low_overlap_bd_rate_percent"].missing
    assert row["note"].value == ("mixing of 20 units, joint entropy model; on a line over more than a factor of 2: "
                                 "60, 70, 80 % between rows of 9.0 and 40.0 bits")


def test_the_documents_rows_stay_as_published(comparable):
    rows = {(row["codec"].value, row["size"].value): row for row in beyond.build(comparable).rows}
    assert rows["proposed", "micro"]["rate_bits_at_80"].value == pytest.approx(45.5, abs=0.05)
    assert rows["scalable-pointnet2", "full"]["rate_bits_at_80"].value == pytest.approx(14.7, abs=0.05)
    assert rows["scalable-pointnet2", "full"]["max_accuracy_percent"].value == pytest.approx(89.6, abs=0.05)


def test_the_figure_shows_the_run_beside_what_is_published(comparable):
    points = rate_accuracy_beyond.points(comparable)
    names = list(points["series"].unique())
    assert names[0] == "mixed micro"
    assert {"ideal bound", "proposed micro (published)", "scalable-pointnet2 full (published)"} < set(names)
    rate_accuracy_beyond.draw(points)


def test_rows_of_mixed_are_no_rows_of_the_documents_tables(comparable):
    assert Results(comparable.root, "mine").measured("rate_accuracy").empty
    kinds = {experiment.KIND for experiment in map(experiments.registry.load, ["lcpc.experiments"] * 2, ["mixed", "proposed"])}
    assert kinds == {"mixed", "rate_accuracy"}


def test_the_benchmark_times_every_shipped_curve(project, evaluate):
    evaluate(mixed, project.root, "mine", "mixed/micro_P32_seed1")
    options = argparse.Namespace(root=project.root, run="mine", clouds=3, together=20)
    head, _, *lines = mixed_coding.run(options)
    shipped = sorted(path.name[:-len(".weights.npz")] for path in (project.root / "results").rglob("*.weights.npz"))
    cells = [line.strip("| ").split(" | ") for line in lines]
    assert [f"{size}_P{points}_seed{seed}" for size, points, seed, *_ in cells] == shipped
    assert all(row[3] == "10" and min(map(float, row[4:])) > 0 for row in cells)
    assert len(head.strip("| ").split(" | ")) == len(cells[0])


@pytest.fixture(scope="module")
def ablations(tmp_path_factory, test_clouds):
    from tests.unit.experiments.conftest import make

    root = tmp_path_factory.mktemp("ablations")
    (root / "config").mkdir()
    curve = {**CURVE, "points": [16], "training": {"epochs": 1, "batch": 10}}
    listed = [curve, *({**curve, "variant": name, **keys} for name, keys in VARIANTS.items())]
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump({**RUN, "mixed": listed}))
    (root / "results").mkdir()
    for split in ("train", "test"):
        store.save(make(split), root / "data" / "mine" / f"{split}.npz")
    context = JobContext(root, config.load(root, "mine"))
    for job in training.jobs(context.config, root):
        training.run(job, context)
    return context


def test_variants_of_a_curve_have_names_rows_and_a_table(ablations, evaluate, root):
    listed = [job.output for job in mixed.jobs(ablations.config, ablations.root)]
    assert listed == ["results/mine/mixed/micro_P16_seed1.csv", "results/mine/mixed/micro_P16_mixing-alone_seed1.csv",
                      "results/mine/mixed/micro_P16_joint-model-alone_seed1.csv"]
    for output in listed:
        path = evaluate(mixed, ablations.root, "mine", output.removeprefix("results/mine/").removesuffix(".csv"))
        assert ("variant" in path.read_text().splitlines()[0]) == ("alone" in output)
    (ablations.root / "results" / "published").symlink_to(root / "results" / "published")
    results = Results(ablations.root, "mine")
    table = ablation_beyond.build(results)
    values = [[row[name].value for name in ("variant", "mixing", "context", "mixing_macs")] for row in table.rows[1:]]
    assert values == [["as it is", 20, "yes", 440], ["joint-model-alone", 0, "yes", 0], ["mixing-alone", 20, "no", 440]]
    for row in table.rows[1:]:
        assert row["low_max_accuracy_percent"].value <= row["max_accuracy_percent"].value <= row["high_max_accuracy_percent"].value
    assert [str(key[1]) for key in (curve.key for curve in beyond.measured_curves(results))] == ["micro"]


def test_two_curves_of_one_name_are_refused():
    with pytest.raises(ConfigError, match=r"mixed\[1\]: micro at P=16 with seed 1 is there already; give it a `variant`"):
        config.parse({**RUN, "mixed": [{**CURVE, "points": [16]}] * 2}, "mine", "mine.yaml")
