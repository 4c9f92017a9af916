"""Critical sets beside clouds, reconstructions below references, crossings of latencies."""

import numpy as np
import pandas as pd
import pytest

from lcpc.data import point_clouds
from lcpc.data.base import PointClouds
from lcpc.data.store import npz_bytes
from lcpc.errors import MissingData, ResultError
from lcpc.figures import (
    _clouds,
    _streams,
    critical_points,
    critical_points_description,
    inference_latency,
    reconstructions,
    style,
)
from lcpc.figures.render import points_csv
from lcpc.metrics.latency import latency_s
from lcpc.results import schema
from lcpc.results.store import Results, write_rows, write_whole

TIMES = {"encode_s": 2e-4, "decode_s": 1e-4, "classify_s": 1e-4, "network_s": 5e-3,
         "input_encode_s": 0.0, "input_decode_s": 0.0}


def written(project, kind, name, rows, arrays=None):
    frame = pd.DataFrame([{**dict.fromkeys(schema.columns(kind)), "run": "mine",
                           "dataset": "shapes40", "codec": "proposed",
                           "samples": 9, "evidence": "measured", "status": "done", "seed": 1, **row}
                          for row in rows])
    path = project / "results" / "mine" / kind / f"{name}.csv"
    write_rows(path, kind, frame, {})
    if arrays:
        write_whole(path.with_suffix(".npz"), npz_bytes(arrays))
    return Results(project, "mine")


@pytest.fixture
def cloud():
    return np.random.default_rng(0).uniform(-0.5, 0.5, (20, 3)).astype(np.float32)


@pytest.fixture
def critical(project, cloud):
    flags = np.zeros((2, 20), dtype=bool)
    flags[0, :3], flags[1, :5] = True, True
    rows = [{"size": "micro", "points": 20, "lambda": value, "critical_mean": 4.0,
             "critical_most": 5,
             "same_latent_percent": 100, "same_stream_percent": 100, "example": "a_0",
             "example_class": "a", "example_critical": count,
             "stream_hex": stream, "critical_stream_hex": stream, "decoded_class": "a",
             "critical_decoded_class": "a"}
            for value, count, stream in ((10, 3, "00ff"), (400, 5, "12" * 90))]
    arrays = {"lambdas": np.array([10.0, 400]), "cloud": cloud, "critical": flags}
    return written(project, "critical_points", "micro_P20", rows, arrays)


def latencies(project, **changes):
    row = {"size": "micro", "points": 1024, "lambda": 80, "threads": 1, "stream_bits": 100,
           "input_codec": "raw",
           "input_setting": "", "input_bits": 98304, "server_speedup": 100, **TIMES, **changes}
    return written(project, "latency", "micro_P1024", [row])


def test_the_critical_set_is_that_of_the_largest_lambda(critical):
    points = critical_points.points(critical)
    assert points[points["element"] == "point"]["critical"].sum() == 5
    outcomes = points[points["element"] != "point"]
    assert outcomes["count"].tolist() == [20, 5]
    assert set(outcomes["stream_hex"]) == {"12" * 90}


def texts(figure):
    return [text.get_text() for text in figure.texts]


def test_equal_streams_are_called_the_same_and_different_ones_different(critical):
    points = critical_points.points(critical)
    with style.applied():
        assert texts(critical_points.draw(points)).count("same") == 2
        points.loc[points["element"] == "critical set", "stream_hex"] = "00"
        shown = texts(critical_points.draw(points))
    assert (shown.count("same"), shown.count("different")) == (1, 1)


def test_a_stream_is_shown_whole_or_from_its_start_with_its_length():
    assert _streams.hexadecimal("00ff1a") == "00ff 1a\n(3 bytes)"
    assert _streams.hexadecimal("12" * 90).endswith("…\n(90 bytes)")
    assert len(_streams.hexadecimal("12" * 900).splitlines()) == _streams.LINES


def test_reconstructions_stand_below_their_references_with_the_bits_of_the_cloud(project, cloud):
    rows = [{"size": "lite", "points": 20, "lambda": value, "rate_bits": 30, "stream_bits": 32,
             "chamfer": 0.01,
             "example": "a_0", "example_class": "a",
             "example_rate_bits": bits, "example_stream_bits": 40, "example_chamfer": 0.02}
            for value, bits in ((10.0, 12.4), (40.0, 33.7))]
    arrays = {"lambdas": np.array([10.0, 40]), "cloud": cloud,
              "critical": np.ones((2, 20), dtype=bool),
              "made": np.stack([cloud, cloud + 0.1])}
    points = reconstructions.points(written(project, "reconstruction", "lite_P20", rows, arrays))
    assert points.groupby(["lambda", "element"]).size().tolist() == [20] * 4
    with style.applied():
        figure = reconstructions.draw(points)
    assert [axes.get_title() for axes in figure.axes[:2]] == ["12 bits (λ=10)", "34 bits (λ=40)"]


@pytest.fixture
def withheld(project, cloud, monkeypatch):
    """Rows of a cloud that lies in the data set alone."""
    stored = np.stack([cloud + 1, cloud]).repeat(2, axis=1)[:, ::2]
    clouds = PointClouds("modelnet40", ("a",), "test", stored, np.zeros(2, np.int64),
                         np.array(["b_7", "a_0"]), "0" * 64, {})
    monkeypatch.setattr(point_clouds, "load", lambda settings, root, split: clouds)
    monkeypatch.setattr(_clouds.config, "load", lambda root, run: None)
    row = {"size": "micro", "points": 20, "lambda": 10.0, "dataset": "modelnet40", "example": "a_0",
           "example_rate_bits": 9, "example_stream_bits": 16, "example_chamfer": 0.02}
    arrays = {"lambdas": np.array([10.0]), "critical": np.ones((1, 20), dtype=bool), "made": cloud[None]}
    return written(project, "reconstruction", "micro_P20", [row], arrays)


def test_coordinates_that_may_not_be_passed_on_are_drawn_and_not_written(withheld, cloud):
    points = reconstructions.points(withheld)
    reference = points[points["element"] == "reference"]
    assert np.array_equal(reference[["x", "y", "z"]].to_numpy(np.float32), cloud)
    header, first, *rest = points_csv(points).decode().splitlines()
    assert not {"x", "y", "z"} & set(header.split(","))
    assert {"sample", "index", "critical", "chamfer"} <= set(header.split(","))
    assert len(rest) == 39
    with style.applied():
        assert reconstructions.draw(points).axes[0].get_title() == "9 bits (λ=10)"


def test_a_cloud_that_the_data_set_does_not_have_is_named(withheld):
    with pytest.raises(ResultError, match="shows c_9, which modelnet40 does not have; evaluate again"):
        _clouds.cloud_of(withheld, pd.Series({"example": "c_9", "_file": "f.csv"}), {})


def description(project, cloud, lambda_):
    row = {"size": "micro", "points": 20, "lambda": lambda_, "example": "a_0"}
    arrays = {"lambdas": np.array([lambda_]), "cloud": cloud, "made": cloud[None],
              "critical": np.arange(20)[None] < 5}
    return written(project, "reconstruction", "micro_P20", [row], arrays)


def test_the_same_stream_gives_both_sets_the_same_reconstruction(critical, project, cloud):
    points = critical_points_description.points(description(project, cloud, 400.0))
    assert points[points["element"] == "cloud"]["critical"].sum() == 5
    with style.applied():
        figure = critical_points_description.draw(points)
        assert texts(figure).count("same") == 2
        assert {"20 points", "5 critical points"} <= set(texts(figure))
        shapes = len(figure.axes)
        points.loc[points["element"] == "critical set's stream", "stream_hex"] = "00"
        figure = critical_points_description.draw(points)
    assert texts(figure).count("different") == 2
    assert len(figure.axes) == shapes - 1


def test_a_reconstruction_without_its_stream_is_refused(critical, project, cloud):
    with pytest.raises(MissingData, match="has no stream of a_0 at lambda 80; run `snakemake"):
        critical_points_description.points(description(project, cloud, 80.0))


def test_crossings_are_where_two_ways_take_equally_long(project):
    points = inference_latency.points(latencies(project))
    ways = inference_latency.ways(points.iloc[0])
    crossings = points[points["element"] == "crossing"].set_index("series")["bitrate"]
    for pair, bitrate in crossings.items():
        one, other = (ways[name] for name in str(pair).split(" = "))
        assert latency_s(one, bitrate) == pytest.approx(latency_s(other, bitrate))
    assert list(crossings.index) == ["edge-only = shared", "shared = cloud-only"]
    assert crossings["edge-only = shared"] == pytest.approx(100 / (5e-3 - 2e-4 - 2e-6))


@pytest.mark.parametrize(("changes", "words"), [
    ({}, "shared inference is fastest"),
    ({"network_s": 1.0}, "shared inference is fastest, at any higher bitrate too"),
    ({"network_s": 1e-4}, "shared inference is fastest at no bitrate")])
def test_the_figure_says_where_shared_inference_is_fastest(project, changes, words):
    with style.applied():
        figure = inference_latency.draw(inference_latency.points(latencies(project, **changes)))
    assert words in [text.get_text() for text in figure.axes[0].texts]


def test_measured_times_and_the_choice_are_named(project):
    points = inference_latency.points(latencies(project))
    told = inference_latency.measurements(points.iloc[0])
    for words in ("encode 0.2 ms", "PointNet 5 ms", "1 thread:", "Stream 100 bits", "98,304 bits",
                  "Chosen: the server computes 100"):
        assert words in told


@pytest.mark.parametrize("figure", [critical_points, critical_points_description, reconstructions,
                                    inference_latency])
def test_a_run_without_rows_says_which_command_makes_them(figure, project):
    with pytest.raises(MissingData,
                       match=rf"holds no rows; run `snakemake --cores 8 figures/mine/{figure.STEM}"):
        figure.points(Results(project, "mine"))


def test_a_picture_that_is_gone_is_named(critical):
    (critical.root / "results" / "mine" / "critical_points" / "micro_P20.npz").unlink()
    with pytest.raises(MissingData,
                       match=r"results/mine/critical_points/micro_P20.npz is not there; .* "
                             r"evaluate again"):
        critical_points.points(critical)
