"""The critical points of a cloud alone give its latent and its stream, for every size of the codec."""

import numpy as np
import pytest
import torch

from lcpc.codecs.point_clouds.proposed import TrainedCurve, frequency_arrays
from lcpc.experiments import critical_points
from lcpc.models.point_codec import PointCodec, Shape

LATENT = {"full": 1024, "lite": 32, "micro": 16}


def curve_of(size, members=2):
    """A codec that was never trained, but whose norms are no longer what they start as."""
    network = PointCodec(Shape(size, members))
    draw = torch.Generator().manual_seed(5)
    for name, value in [*network.named_parameters(), *network.named_buffers()]:
        if "norm" in name:
            torch.nn.init.normal_(value.data, generator=draw)
        if "running_var" in name:
            value.data.abs_().add_(0.2)
    network.eval().settle()
    content = {"kind": "proposed", "shape": {"size": size, "members": members, "head_norm": True, "seed": 1},
               "state": network.state_dict(), "tables": frequency_arrays(network), "lambdas": [10.0, 1000.0], "points": 64}
    return TrainedCurve.of(content, "made.pt")


@pytest.fixture(scope="module", params=list(LATENT))
def untrained(request):
    return curve_of(request.param)


def clouds(count=6, points=64):
    made = np.random.default_rng(3).normal(size=(count, points, 3)).astype(np.float32)
    return made / np.linalg.norm(made, axis=2).max(axis=1)[:, None, None]


def test_critical_points_give_the_same_stream_byte_for_byte(untrained):
    for cloud in clouds():
        for member, kept in enumerate(critical_points.critical_points(untrained.network, cloud)):
            assert untrained.encode(cloud[kept], member) == untrained.encode(cloud, member)


def test_critical_points_give_the_same_latent_to_the_last_bit(untrained):
    for cloud in clouds():
        found = critical_points.critical_points(untrained.network, cloud)
        assert critical_points.same_latents(untrained, cloud, found) == [True, True]


def test_there_are_at_most_as_many_as_channels_and_none_can_be_left_out(untrained):
    cloud = clouds(1)[0]
    for member, kept in enumerate(critical_points.critical_points(untrained.network, cloud)):
        assert 1 <= len(kept) <= min(LATENT[untrained.network.shape.size], len(cloud))
        y = latent(untrained, cloud[kept])[member]
        for without in range(len(kept)):
            assert not np.array_equal(latent(untrained, np.delete(cloud[kept], without, axis=0))[member], y)


def latent(curve, cloud):
    if len(cloud) == 0:
        return np.full((curve.network.shape.members, 1), np.nan)
    with torch.no_grad():
        return curve.network.g_a(torch.from_numpy(np.ascontiguousarray(cloud.T))[None])[:, 0].numpy()


def test_every_point_of_a_cloud_is_not_critical(untrained):
    found = critical_points.critical_points(untrained.network, clouds(1, 2000)[0])
    assert all(len(kept) < 2000 for kept in found)


def test_trained_rows_say_how_many_points_and_that_streams_are_the_same(curve, test_clouds):
    samples = critical_points.evaluate(curve, test_clouds, 20)
    rows = critical_points.summarise(samples)
    assert rows["samples"].tolist() == [20, 20]
    assert (rows["same_stream_percent"] == 100).all()
    assert (rows["same_latent_percent"] == 100).all()
    assert rows["critical_most"].max() <= 16
    assert (rows["critical_mean"] <= rows["critical_most"]).all()


def test_the_example_is_told_through_real_streams(curve, test_clouds):
    example = critical_points.example(curve, test_clouds)
    assert example.class_name == "a"
    assert example.critical.sum(1).tolist() == example.rows["example_critical"].tolist()
    assert example.rows["stream_hex"].tolist() == [curve.encode(example.cloud, member).hex() for member in (0, 1)]
    assert (example.rows["stream_hex"] == example.rows["critical_stream_hex"]).all()
    assert (example.rows["decoded_class"] == example.rows["critical_decoded_class"]).all()
