"""Times are of the codec as deployed: the same streams, the same classes, every cloud timed at every lambda."""

import numpy as np
import pytest

from lcpc.config import Latency
from lcpc.experiments import latency
from lcpc.models.folded import fold


def test_the_timed_codec_is_the_trained_one(curve, test_clouds):
    device = latency.Device(*fold(curve.network, 1), curve.tables[1])
    for cloud in test_clouds.points[:10]:
        stream = device.encode(cloud)
        assert stream == curve.encode(cloud, 1)
        assert device.classify(device.decode(stream)) == int(curve.decode(stream, 1).argmax())


def test_every_cloud_is_timed_at_every_lambda(curve, test_clouds):
    rows = latency.summarise(latency.evaluate(curve, test_clouds, Latency(points=(32,), clouds=7)))
    assert rows["samples"].tolist() == [7, 7]
    assert (rows[[name for name in rows if name.endswith("_s")]] > 0).all(axis=None)
    assert (rows["input_bits"] == 32 * 3 * 32).all()


@pytest.mark.parametrize("codec", ["raw", "draco"])
def test_the_cloud_that_is_sent_arrives(codec, test_clouds):
    settings = Latency(input_codec=codec, input_scale=256)
    cloud = test_clouds.points[0]
    arrived = latency.received(latency.sent(cloud, settings), settings)
    distance = np.abs(arrived[:, None] - cloud[None]).max(-1).min(0).max()
    assert distance == 0 if codec == "raw" else distance < 0.02


def test_a_clock_gives_what_was_called_and_its_seconds():
    value, seconds = latency.timed(lambda: 3)
    assert value == 3
    assert 0 <= seconds < 1
