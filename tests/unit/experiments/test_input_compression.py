"""Input compression: every cloud is coded at every scale, as many at a time as there are cores, always to the same rows."""

import threading

import numpy as np
import pytest

from lcpc.codecs.point_clouds import draco
from lcpc.errors import BitstreamError
from lcpc.experiments._classification import classifier_of
from lcpc.experiments.input_compression import coder_of, evaluate
from lcpc.training import checkpoint


@pytest.fixture(scope="module")
def network(weights):
    return classifier_of(checkpoint.read(weights / "pointnet.pt"), "pointnet.pt")


def test_rows_do_not_depend_on_how_many_clouds_are_coded_at_a_time(network, test_clouds):
    code = coder_of(draco.codec({}))
    alone, together = (evaluate(code, network, test_clouds, 16, (4, 32), 11, threads) for threads in (1, 3))
    assert alone.equals(together)
    assert len(alone) == 22
    assert (alone["rate_bits"] == alone["stream_bits"]).all()


def test_two_clouds_are_coded_at_the_same_time(network, test_clouds):
    both = threading.Barrier(2)

    def code(sample, cloud, scale):
        both.wait(60)
        return 8, 16, np.ascontiguousarray(cloud)

    rows = evaluate(code, network, test_clouds, 8, (4,), test_clouds=10, threads=2)
    assert rows["sample"].tolist() == sorted(rows["sample"], key=test_clouds.samples.tolist().index)
    assert set(rows["rate_bits"]) == {8}


def test_a_codec_that_fails_on_one_cloud_ends_the_measurement(network, test_clouds):
    def code(sample, cloud, scale):
        if sample == "c20":
            raise BitstreamError("damaged")
        return 8, 8, cloud

    with pytest.raises(BitstreamError, match="damaged"):
        evaluate(code, network, test_clouds, 8, (4,), threads=2)
