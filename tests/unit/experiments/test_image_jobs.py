"""Jobs of the image experiments: their names, the weights that they need, and the values that
count."""

from pathlib import Path

import pytest

from lcpc import config
from lcpc.experiments import image_codec, image_complexity, image_distributions

CODECS = ["bmshj2018-factorized", "proposed", "jpeg"]


def jobs(experiment, seed=1, tables=(), figures=(), **images):
    content = {"seed": seed, "tables": list(tables), "figures": list(figures),
               "images": {"qualities": [2, 1], "codecs": CODECS, **images}}
    settings = config.parse(content, "mine", "config/mine.yaml")
    return {job.name: job for job in experiment.jobs(settings, Path())}


def test_learned_codecs_have_a_job_a_quality_and_file_formats_one():
    listed = jobs(image_codec)
    assert list(listed) == ["bmshj2018-factorized_q2", "bmshj2018-factorized_q1", "proposed_q2",
                            "proposed_q1", "jpeg"]
    assert {job.kind for job in listed.values()} == {"rate_distortion"}
    assert listed["jpeg"].inputs == ()
    assert listed["bmshj2018-factorized_q1"].inputs == ("checkpoints/mine/image_base_q1.pt",)
    assert listed["proposed_q1"].inputs == (
        "checkpoints/mine/image_base_q1.pt", "checkpoints/mine/distribution_q1.pt")
    assert listed["proposed_q1"].modules == ("lcpc.codecs.images.proposed",)


def test_a_run_without_images_measures_none():
    settings = config.parse({"seed": 1}, "mine", "config/mine.yaml")
    for experiment in (image_codec, image_distributions, image_complexity):
        assert not list(experiment.jobs(settings, Path()))


def test_distributions_are_measured_at_the_lowest_quality_where_a_figure_shows_them():
    assert not jobs(image_distributions, figures=["rd_curves_adaptive"])
    listed = jobs(image_distributions, figures=["distribution_heatmaps_static"])
    assert list(listed) == ["q1"]
    assert listed["q1"].inputs[1] == "checkpoints/mine/distribution_q1.pt"


def test_layers_are_counted_where_a_table_shows_them():
    assert not jobs(image_complexity, tables=["bd_metrics"])
    assert list(jobs(image_complexity, tables=["complexity_image"])) == ["image_codec"]


@pytest.mark.parametrize(("images", "seed"), [
    ({"test": "kodak"}, 1), ({"train": "folder", "train_folder": "a"}, 1), ({}, 2)])
def test_test_images_and_seed_count(images, seed):
    for experiment, name in ((image_codec, "proposed_q1"), (image_codec, "jpeg"),
                             (image_distributions, "q1")):
        figures = ["encoding_distribution"]
        changed = jobs(experiment, seed, figures=figures, **images)[name]
        assert changed.values != jobs(experiment, figures=figures)[name].values


def test_example_images_count_for_the_distributions_alone():
    figures = ["encoding_distribution"]
    plain, named = (jobs(image_distributions, figures=figures, examples=examples)["q1"].values
                    for examples in ([], ["coffee"]))
    assert plain != named
    assert jobs(image_codec, examples=["coffee"])["jpeg"].values == jobs(image_codec)["jpeg"].values


def test_settings_of_a_training_count_through_its_weights_alone():
    changed = jobs(image_codec, base_steps=7, distribution_steps=7, bottleneck_steps=7)
    assert changed["proposed_q1"].values == jobs(image_codec)["proposed_q1"].values


def test_the_networks_of_the_documents_count_for_the_layers(monkeypatch):
    before = jobs(image_complexity, tables=["complexity_image"])["image_codec"].values
    monkeypatch.setattr(image_complexity, "NETWORKS", image_complexity.NETWORKS[:1])
    assert jobs(image_complexity, tables=["complexity_image"])["image_codec"].values != before
