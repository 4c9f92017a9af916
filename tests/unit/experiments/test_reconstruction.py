"""Reconstructions are measured from decoded streams, by decoders that belong to the weights they look at."""

import numpy as np
import pytest

from lcpc.errors import DataError
from lcpc.experiments import reconstruction
from lcpc.metrics.distortion import chamfer
from lcpc.models.reconstruction import ReconstructionDecoder

SHAPE = {"size": "micro", "members": 1, "points": 32, "seed": 4}


def content(**changes):
    decoder = ReconstructionDecoder(**SHAPE)
    return {"kind": "reconstruction", "codec_digest": "abc", "shape": SHAPE, "lambdas": [1000.0], "state": decoder.state_dict(),
            **changes}


@pytest.fixture
def look(curve):
    return reconstruction.look_of(content(), curve, "abc", "d.pt")


def test_rows_are_means_over_the_clouds_of_each_lambda(look, curve, test_clouds):
    samples = reconstruction.evaluate(look, test_clouds, 10)
    assert samples["lambda"].unique().tolist() == [1000]
    assert len(samples) == samples["sample"].nunique() == 10
    row = reconstruction.summarise(samples).iloc[0]
    assert row["chamfer"] == pytest.approx(samples["chamfer"].mean())
    assert 0 < row["stream_bits"] - row["rate_bits"] < 10


def test_the_picture_is_what_was_measured(look, test_clouds):
    told, arrays = reconstruction.example(look, test_clouds)
    assert arrays["made"].shape == (1, 32, 3)
    assert told["example_chamfer"].iloc[0] == pytest.approx(chamfer(arrays["made"][0], arrays["cloud"]), rel=1e-6)
    assert arrays["critical"].shape == (1, 32)
    assert 1 <= arrays["critical"].sum() <= 16
    assert np.array_equal(arrays["cloud"], test_clouds.points[0])


def test_decoders_of_other_weights_are_refused(curve):
    with pytest.raises(DataError, match=r"d.pt was trained on other weights of the codec; delete it and train again"):
        reconstruction.look_of(content(), curve, "other", "d.pt")
    with pytest.raises(DataError, match=r"d.pt holds 'pointnet', no reconstruction; train again"):
        reconstruction.look_of(content(kind="pointnet"), curve, "abc", "d.pt")
    with pytest.raises(DataError, match=r"d.pt does not fit its own description; train again"):
        reconstruction.look_of(content(state={}), curve, "abc", "d.pt")
