"""Reconstructions are measured from decoded streams, by decoders that belong to the weights of the codec."""

import shutil

import numpy as np
import pytest

from lcpc import checkpoints
from lcpc.errors import DataError
from lcpc.experiments import reconstruction
from lcpc.metrics.distortion import chamfer
from lcpc.models.reconstruction import ReconstructionDecoder
from lcpc.results.provenance import file_digest
from lcpc.results.store import Results


def content(**changes):
    decoder = ReconstructionDecoder("micro", 32, seed=4)
    return {"kind": "reconstruction", "codec_digest": "abc", "size": "micro", "points": 32, "lambdas": [1000.0],
            "models": [decoder.state_dict()], **changes}


@pytest.fixture
def reconstructor(codec):
    return reconstruction.load(content(), codec, "abc", "d.pt")


def test_rows_are_means_over_the_clouds_of_each_lambda(reconstructor, test_clouds):
    samples = reconstruction.evaluate(reconstructor, test_clouds, 10)
    assert samples["lambda"].unique().tolist() == [1000]
    assert len(samples) == samples["sample"].nunique() == 10
    row = reconstruction.summarise(samples).iloc[0]
    assert row["chamfer"] == pytest.approx(samples["chamfer"].mean())
    assert 0 < row["stream_bits"] - row["rate_bits"] < 10


def test_the_picture_is_what_was_measured(reconstructor, test_clouds):
    rows, arrays = reconstruction.example(reconstructor, test_clouds)
    assert arrays["made"].shape == (1, 32, 3)
    assert rows["example_chamfer"].iloc[0] == pytest.approx(chamfer(arrays["made"][0], arrays["cloud"]), rel=1e-6)
    assert arrays["critical"].shape == (1, 32)
    assert 1 <= arrays["critical"].sum() <= 16
    assert np.array_equal(arrays["cloud"], test_clouds.points[0])


def test_decoders_of_other_weights_are_refused(codec):
    with pytest.raises(DataError, match=r"d.pt was trained on other weights of the codec; delete it and train again"):
        reconstruction.load(content(), codec, "other", "d.pt")
    with pytest.raises(DataError, match=r"d.pt holds 'pointnet', not 'reconstruction'; delete it and train again"):
        reconstruction.load(content(kind="pointnet"), codec, "abc", "d.pt")
    with pytest.raises(DataError, match=r"d.pt does not fit the configured network"):
        reconstruction.load(content(models=[{}]), codec, "abc", "d.pt")


def test_rows_and_the_picture_are_written(context, trained, evaluate, tmp_path):
    for name in ("config", "data"):
        (tmp_path / name).symlink_to(trained / name)
    shutil.copytree(trained / "checkpoints", tmp_path / "checkpoints")
    digest = file_digest(context.weights("proposed_micro_P32"))
    checkpoints.save(tmp_path / "checkpoints/mine/reconstruction_micro_P32.pt", content(codec_digest=digest))
    evaluate(reconstruction, tmp_path, "mine", "reconstruction/micro_P32")
    row = Results(tmp_path, "mine").measured("reconstruction").iloc[0]
    assert (row["lambda"], row["samples"], row["example_class"]) == (1000, 10, "a")
    assert (tmp_path / "results/mine/reconstruction/micro_P32.npz").is_file()
