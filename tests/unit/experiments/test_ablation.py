"""Recipes without a setting: rows of real streams by seed, and how far they lie from the whole recipe."""

import numpy as np
import pandas
import pytest
import yaml

from lcpc import config, experiments, training
from lcpc.curves import ablations
from lcpc.data import store
from lcpc.errors import ConfigError, MissingData
from lcpc.experiments import ablation, proposed
from lcpc.experiments._rate_accuracy import summarise
from lcpc.figures import ablation as figure
from lcpc.jobs import JobContext
from lcpc.metrics.bjontegaard import steady_bd_accuracy
from lcpc.results import samples as results_samples
from lcpc.results.csv_file import read_csv
from lcpc.results.store import Results, write_rows
from lcpc.tables import ablation as table
from lcpc.training import ablation as ablation_training
from lcpc.training import proposed as proposed_training

CURVE = {"sizes": ["micro"], "points": [16], "lambdas": [10, 1000], "seeds": [1, 2], "latent_rate_factor": 10,
         "training": {"epochs": 6, "batch": 10, "average_decay": 0.9, "weight_decay": 0.02}}
RUN = {"dataset": {"name": "shapes40", "stored_points": 32}, "proposed": [CURVE],
       "ablation": [{**CURVE, "without": ["fresh_points", "weight_decay"]}], "tables": ["ablation"], "figures": ["ablation"]}
NAMES = ["micro_P16_all", "micro_P16_without_fresh_points", "micro_P16_without_weight_decay"]


@pytest.fixture(scope="module")
def project(tmp_path_factory, root, evaluate):
    from tests.unit.experiments.conftest import make

    folder = tmp_path_factory.mktemp("ablation")
    (folder / "config").mkdir()
    (folder / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    (folder / "results").mkdir()
    (folder / "results" / "published").symlink_to(root / "results" / "published")
    for split in ("train", "test"):
        store.save(make(split), folder / "data" / "mine" / f"{split}.npz")
    context = JobContext(folder, config.load(folder, "mine"))
    for plugin in (ablation_training, proposed_training):
        for job in plugin.jobs(context.config, folder):
            plugin.run(job, context)
    for name in NAMES:
        evaluate(ablation, folder, "mine", f"ablation/{name}")
    return context


@pytest.fixture(scope="module")
def results(project):
    return Results(project.root, "mine")


def test_the_inventories_of_the_run_list_every_recipe(project):
    rows = [job.output for job in experiments.jobs(project.config, project.root, "ablation")]
    assert rows == [f"results/mine/ablation/{name}.csv" for name in NAMES]
    weights = [job.name for job in training.jobs(project.config, project.root)]
    assert [f"ablation_{name}" for name in NAMES] == [name for name in weights if name.startswith("ablation")]


def test_rows_have_every_seed_and_lambda_and_ship_nothing(project, results):
    rows = results.measured("ablation")
    whole = rows[rows["recipe"] == "all"]
    assert whole[["seed", "lambda"]].values.tolist() == [[1, 10], [1, 1000], [2, 10], [2, 1000]]
    assert (rows["stream_bits"] < rows["rate_bits"] + 8.01).all()
    folder = project.root / "results" / "mine" / "ablation"
    assert {path.name.partition(".")[2] for path in folder.iterdir()} == {"csv", "json", "samples.csv.gz"}


@pytest.mark.parametrize(("seed", "name"), [(1, "proposed_micro_P16"), (2, "proposed_micro_P16_seed2")])
def test_the_whole_recipe_has_the_rows_of_proposed(project, results, evaluate, seed, name):
    evaluate(proposed, project.root, "mine", f"rate_accuracy/{name}")
    columns = ["lambda", "samples", "rate_bits", "stream_bits", "top1_percent"]
    expected = read_csv(project.root / f"results/mine/rate_accuracy/{name}.csv", project.root)[columns]
    rows = results.measured("ablation")
    of_seed = rows[(rows["recipe"] == "all") & (rows["seed"] == seed)][columns]
    np.testing.assert_allclose(of_seed.to_numpy(float), expected.to_numpy(float), rtol=1e-9)


@pytest.fixture(scope="module")
def made(tmp_path_factory, root):
    """Made rows on ModelNet40 at P = 8, of 300 clouds, 3 lambdas and 2 seeds: `without_scale` is the whole recipe again,
    `without_jitter` is right less often."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "results").mkdir()
    (folder / "results" / "published").symlink_to(root / "results" / "published")
    for recipe, lost in (("all", 0), ("without_scale", 0), ("without_jitter", 0.1)):
        write_recipe(folder, recipe, lost)
    return Results(folder, "mine")


def write_recipe(folder, recipe, lost):
    rng, count = np.random.default_rng(0), 300
    samples = []
    for seed in (1, 2):
        for lambda_, rate, share in ((10, 6, 0.4), (100, 12, 0.6), (1000, 30, 0.8)):
            is_right = rng.random(count) < share - lost + 0.02 * seed
            samples.append(pandas.DataFrame({
                "sample": [f"c{index}" for index in range(count)], "label": 1, "lambda": lambda_,
                "rate_bits": rate + seed * rng.random(count), "stream_bits": 40, "predicted": is_right.astype(int), "seed": seed}))
    frame = pandas.concat(samples, ignore_index=True)
    rows = summarise(frame).assign(
        run="mine", dataset="modelnet40", codec="proposed", size="micro", points=8, recipe=recipe, evidence="measured",
        status="done", note=None)
    write_rows(folder / f"results/mine/ablation/micro_P8_{recipe}.csv", "ablation", rows, {}, frame)


def of_seed(recipe, seed):
    rows = recipe.rows[recipe.rows["seed"] == seed]
    return rows["rate_bits"].to_numpy(float), rows["top1_percent"].to_numpy(float)


def test_a_change_is_the_mean_over_seeds_of_pairs_of_one_seed(made):
    whole, _, without = ablations.recipes(made)
    low, high = whole.rows["rate_bits"].min(), whole.rows["rate_bits"].max()
    by_seed = [steady_bd_accuracy(*of_seed(whole, seed), *of_seed(without, seed), low, high) for seed in (1, 2)]
    change = ablations.Change(without)
    assert change.value() == pytest.approx(np.mean(by_seed))
    assert change.value() == pytest.approx(-10, abs=4)
    first, last = change.ends()
    assert first < change.value() < last < 0


def test_each_file_of_clouds_is_read_once_and_the_whole_recipe_resampled_once_for_all_others(made, monkeypatch):
    files = []

    def read(path, root, *names, **options):
        files.append(path.name)
        return read_csv(path, root, *names, **options)

    monkeypatch.setattr(results_samples, "read_csv", read)
    rows = table.build(made).rows
    assert all(row["low_max_accuracy_percent"].value for row in rows)
    assert sorted(files) == [f"micro_P8_{recipe}.samples.csv.gz" for recipe in ("all", "without_jitter", "without_scale")]


def test_an_interval_draws_clouds_and_seeds(made):
    whole, *_ = ablations.recipes(made)
    highest = ablations.MaxAccuracy(whole)
    low, high = highest.ends()
    assert low < highest.value() < high
    first, second = (training.points.top1_percent[:, -1] for training in whole.curve.trainings)
    assert np.percentile(first, 2.5) != np.percentile(second, 2.5)
    assert [training.clouds.rate_bits.shape for training in whole.curve.trainings] == [(300, 3)] * 2


def test_the_table_compares_each_recipe_with_the_whole_one_and_with_print(made):
    rows = table.build(made).rows
    assert [row["recipe"].value for row in rows] == ["all settings", "without scale", "without jitter"]
    whole, same, worse = rows
    for quantity in ("steady_change_points", "overlap_bd_rate_percent"):
        assert whole[quantity].missing == ablations.ITSELF
        assert [same[name].value for name in (quantity, f"low_{quantity}", f"high_{quantity}")] == pytest.approx([0] * 3)
    assert worse["steady_change_points"].value < 0 < worse["overlap_bd_rate_percent"].value
    assert worse["steady_change_points"].formula.startswith("steady BD-accuracy against all settings")
    assert whole["above_published_points"].value == same["above_published_points"].value
    assert whole["recomputed_max_accuracy_percent"].sources[0].file == "results/published/rate_accuracy_modelnet40.csv"
    assert {row["seeds"].value for row in rows} == {2}


def test_the_figure_shows_print_against_the_whole_recipe(made):
    points = figure.points(made)
    assert points["recipe"].tolist() == ["published", "without_scale", "without_jitter"]
    whole = table.build(made).rows[0]
    assert points["change_points"].iloc[0] == pytest.approx(-whole["above_published_points"].value)
    assert points["high_change_points"].iloc[0] == pytest.approx(-whole["low_above_published_points"].value)
    figure.draw(points)


def test_the_caption_says_over_which_rates_dots_and_hollow_marks_are(made):
    whole, _, without = ablations.recipes(made)
    dots, hollow = (quantity.span.where for quantity in (ablations.Change(without), ablations.AbovePublished(whole)))
    assert f"Dots: means over seeds, over {dots};" in figure.CAPTION
    assert figure.CAPTION.endswith(f"hollow: the published curve against the recipe with all settings, over {hollow}")


def test_clouds_of_another_data_set_are_not_held_against_print(results):
    rows = table.build(results).rows
    assert [row["recipe"].value for row in rows] == ["all settings", "without fresh points", "without weight decay"]
    assert rows[0]["above_published_points"].missing == ablations.OTHER_CLOUDS


def test_without_the_whole_recipe_the_table_says_what_to_evaluate(made, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "published").symlink_to(made.root / "results" / "published")
    write_recipe(tmp_path, "without_jitter", 0.1)
    (tmp_path / "results/mine/ablation/micro_P8_without_jitter.samples.csv.gz").unlink()
    (row,) = table.build(Results(tmp_path, "mine")).rows
    assert "evaluate ablation/micro_P8_all" in row["steady_change_points"].missing
    assert "evaluate again" in row["low_max_accuracy_percent"].missing


def test_weights_of_another_head_are_not_measured(project):
    other = {**RUN, "ablation": [{**CURVE, "seeds": [1, 3], "without": ["weight_decay"]}]}
    context = JobContext(project.root, config.parse(other, "mine", "mine.yaml"))
    (job, _) = ablation.jobs(context.config, project.root)
    with pytest.raises(ConfigError, match=r"seeds \[1, 2\], not \[1, 3\]"):
        ablation.run(job, context)


def test_a_run_without_recipes_has_nothing_to_draw(results):
    with pytest.raises(MissingData, match="trains no recipe without a setting"):
        figure.points(Results(results.root, "other"))
