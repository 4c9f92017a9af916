"""The critical points of a cloud alone give its latent and its stream, for every size of the codec."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lcpc import config
from lcpc.codecs.point_clouds.proposed import ProposedCodec, as_input, frequency_tables_of
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import ConfigError
from lcpc.experiments import _point_clouds, critical_points
from lcpc.models.point_codec import PointCodec

LATENT = {"full": 1024, "lite": 32, "micro": 16}


def codec_of(size):
    """A codec that was never trained, but whose norms are no longer what they start as."""
    lambdas, models, tables = (10.0, 1000.0), {}, {}
    for seed, lambda_ in enumerate(lambdas, 5):
        model = PointCodec(size, classes=5, seed=seed)
        rng = torch.Generator().manual_seed(seed)
        for norm in (layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm1d)):
            for value in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
                torch.nn.init.normal_(value.data, generator=rng)
            norm.running_var.abs_().add_(0.2)
            norm.bias.data.abs_()  # units stay alive, so that no two points tie
        model.entropy_bottleneck.solve_medians()
        models[lambda_] = model.eval()
        arrays = {name: array.numpy() for name, array in frequency_tables_of(model).items()}
        tables[lambda_] = FrequencyTables.from_arrays(arrays)
    return ProposedCodec(size, 64, models, tables)


@pytest.fixture(scope="module", params=list(LATENT))
def untrained(request):
    return codec_of(request.param)


def clouds(count=6, points=64):
    made = np.random.default_rng(3).normal(size=(count, points, 3)).astype(np.float32)
    return made / np.linalg.norm(made, axis=2).max(axis=1)[:, None, None]


def test_critical_points_give_the_same_stream_byte_for_byte(untrained):
    for cloud in clouds():
        for lambda_, model in untrained.models.items():
            kept = critical_points.critical_points(model, cloud)
            assert untrained.encode(cloud[kept], lambda_) == untrained.encode(cloud, lambda_)


def test_critical_points_give_the_same_latent_to_the_last_bit(untrained):
    for cloud in clouds():
        for model in untrained.models.values():
            kept = critical_points.critical_points(model, cloud)
            assert critical_points.same_latent(model, cloud, kept)


def test_there_are_at_most_as_many_as_channels_and_none_can_be_left_out(untrained):
    cloud = clouds(1)[0]
    for model in untrained.models.values():
        kept = critical_points.critical_points(model, cloud)
        assert 1 <= len(kept) <= min(LATENT[untrained.size], len(cloud))
        y = latent(model, cloud[kept])
        for without in range(len(kept)):
            assert not np.array_equal(latent(model, np.delete(cloud[kept], without, axis=0)), y)


def latent(model, cloud):
    if len(cloud) == 0:
        return np.full(1, np.nan)
    with torch.no_grad():
        return model.g_a(as_input(cloud[None]))[0].numpy()


def test_every_point_of_a_cloud_is_not_critical(untrained):
    for model in untrained.models.values():
        assert len(critical_points.critical_points(model, clouds(1, 2000)[0])) < 2000


def test_trained_rows_say_how_many_points_and_that_streams_are_the_same(codec, test_clouds):
    samples = critical_points.evaluate(codec, test_clouds, 20)
    rows = critical_points.summarise(samples)
    assert rows["samples"].tolist() == [20, 20]
    assert (rows["same_stream_percent"] == 100).all()
    assert (rows["same_latent_percent"] == 100).all()
    assert rows["critical_most"].max() <= 16
    assert (rows["critical_mean"] <= rows["critical_most"]).all()


def test_the_example_goes_through_real_streams(codec, test_clouds):
    example = critical_points.example(codec, test_clouds)
    assert example.class_name == "a"
    assert example.critical.sum(1).tolist() == example.rows["example_critical"].tolist()
    assert example.rows["stream_hex"].tolist() == [codec.encode(example.cloud, value).hex() for value in (10, 1000)]
    assert (example.rows["stream_hex"] == example.rows["critical_stream_hex"]).all()
    assert (example.rows["decoded_class"] == example.rows["critical_decoded_class"]).all()


RUN = {"dataset": {"name": "shapes40"}, "figures": ["critical_points"], "proposed": [{"sizes": ["micro"], "points": [32, 64]}]}


@pytest.mark.parametrize(("settings", "points"), [({}, [64]), ({"points": {"micro": 32}}, [32])])
def test_a_size_is_shown_at_its_largest_p_or_at_the_one_that_is_asked(settings, points, tmp_path):
    parsed = config.parse({**RUN, "experiments": {"critical_points": settings}}, "mine", "mine.yaml")
    assert [job.options["points"] for job in critical_points.jobs(parsed, tmp_path)] == points


def test_a_p_that_is_not_trained_is_refused(tmp_path):
    parsed = config.parse({**RUN, "experiments": {"critical_points": {"points": {"micro": 16}}}}, "mine", "mine.yaml")
    with pytest.raises(ConfigError, match="trains no micro codec at P=16; it has: micro P=32, micro P=64"):
        list(critical_points.jobs(parsed, tmp_path))


@pytest.mark.parametrize(("dataset", "kept"), [("modelnet40", ["critical"]), ("shapes40", ["cloud", "critical"]),
                                               ("chairs", ["cloud", "critical"])])
def test_arrays_hold_the_cloud_only_where_it_may_be_passed_on(test_clouds, dataset, kept):
    arrays = {"cloud": np.zeros((2, 3)), "critical": np.ones((1, 2), bool)}
    assert list(_point_clouds.picture(replace(test_clouds, name=dataset), arrays)) == kept
