"""Rules of image codecs: each base after the one that it starts from, rows after their own weights, formats after nothing."""

import pytest

IMAGES = {"qualities": [1, 2], "codecs": ["bmshj2018-factorized", "proposed", "jpeg"]}


@pytest.fixture
def images(project):
    project.configure("demo", dataset=None, proposed=[], input_compression=None, images=IMAGES, tables=["complexity_image"],
                      figures=["rd_curves_adaptive", "distribution_heatmaps_static"])
    return project


def test_a_figure_of_rates_needs_bases_models_and_rows_in_that_order(images):
    calls = [call.split(" --run demo")[0] for call in images.calls("figures/demo/rd_curves_adaptive.pdf")]
    assert calls == [
        *(f"evaluate rate_distortion/{name}" for name in (
            "bmshj2018-factorized_q1", "bmshj2018-factorized_q2", "jpeg", "proposed_q1", "proposed_q2")),
        "figure rd_curves_adaptive", "train distribution_q1", "train distribution_q2",
        "train image_base_q1", "train image_base_q2"]
    order = (images.folder / "calls.txt").read_text().splitlines()
    assert order.index("train image_base_q1 --run demo --threads 2") \
        < order.index("train image_base_q2 --run demo --threads 2") \
        < order.index("train distribution_q2 --run demo --threads 1") \
        < order.index("evaluate rate_distortion/proposed_q2 --run demo --threads 1")


def test_a_file_format_needs_no_weights(images):
    assert images.calls("results/demo/rate_distortion/jpeg.csv") == ["evaluate rate_distortion/jpeg --run demo --threads 1"]


def test_heatmaps_are_measured_at_the_lowest_quality_and_layers_are_counted(images):
    calls = images.calls("figures/demo/distribution_heatmaps_static.pdf", "tables/demo/complexity_image.csv")
    assert [call for call in calls if call.startswith("evaluate")] == [
        "evaluate image_complexity/image_codec --run demo --threads 1",
        "evaluate image_distributions/q1 --run demo --threads 1"]


def test_rows_without_their_weights_are_evidence_and_a_new_codec_is_measured_alone(images):
    figure = "figures/demo/rd_curves_adaptive.pdf"
    images.calls(figure)
    (images.folder / "checkpoints" / "demo" / "distribution_q1.pt").unlink()
    assert images.calls(figure) == []
    images.configure("demo", dataset=None, proposed=[], input_compression=None, tables=[], figures=["rd_curves_adaptive"],
                     images={**IMAGES, "codecs": [*IMAGES["codecs"], "ideal"]})
    assert images.calls(figure) == [*(f"evaluate rate_distortion/ideal_q{quality} --run demo --threads 1"
                                      for quality in (1, 2)), "figure rd_curves_adaptive --run demo"]


def test_a_setting_of_the_distribution_model_leaves_the_base_alone(images):
    target = "results/demo/rate_distortion/proposed_q1.csv"
    images.calls(target)
    images.configure("demo", dataset=None, proposed=[], input_compression=None, tables=[], figures=[],
                     images={**IMAGES, "distribution_steps": 7})
    calls = [call.split(" --run")[0] for call in images.calls(target)]
    assert calls == ["evaluate rate_distortion/proposed_q1", "train distribution_q1"]


def test_changed_rows_of_images_are_measured_again_without_training(images):
    targets = "results/demo/rate_distortion/proposed_q1.csv", "results/demo/rate_distortion/jpeg.csv"
    images.calls(*targets)
    images.edit("lcpc/experiments/image_codec.py", "\nNEW = 1\n")
    assert sorted(images.calls(*targets)) == ["evaluate rate_distortion/jpeg --run demo --threads 1",
                                              "evaluate rate_distortion/proposed_q1 --run demo --threads 1"]
