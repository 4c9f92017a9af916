"""Times are of the codec as deployed: the same streams, the same classes, every cloud timed at every lambda."""

import numpy as np
import pytest

from lcpc.config import Latency
from lcpc.experiments import latency
from lcpc.models.folded import fold
from lcpc.results.store import Results


def test_the_timed_codec_is_the_trained_one(codec, test_clouds):
    device = latency.Device(*fold(codec.model(1000)), codec.tables[1000])
    for cloud in test_clouds.points[:10]:
        stream = device.encode(cloud)
        assert stream == codec.encode(cloud, 1000)
        logits = codec.classify(codec.decode(stream, 1000)[None], 1000)
        assert device.classify(device.decode(stream)) == int(logits.argmax())


def test_every_cloud_is_timed_at_every_lambda(trained, evaluate):
    evaluate(latency, trained, "mine", "latency/micro_P32")
    rows = Results(trained, "mine").measured("latency")
    assert rows["samples"].tolist() == [7, 7]
    assert (rows[[name for name in rows if name.endswith("_s")]] > 0).all(axis=None)
    assert (rows["input_bits"] == 32 * 3 * 32).all()


@pytest.mark.parametrize("codec", ["raw", "draco"])
def test_the_cloud_that_is_sent_arrives(codec, test_clouds):
    settings = Latency(input_codec=codec, input_scale=256)
    cloud = test_clouds.points[0]
    transmission = latency.Transmission.of(settings, {})
    arrived = transmission.receive(transmission.send(cloud))
    distance = np.abs(arrived[:, None] - cloud[None]).max(-1).min(0).max()
    assert distance == 0 if codec == "raw" else distance < 0.02


def test_a_clock_gives_what_was_called_and_its_seconds():
    value, seconds = latency.timed(lambda: 3)
    assert value == 3
    assert 0 <= seconds < 1
