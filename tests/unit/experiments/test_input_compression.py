"""Input compression: every cloud is coded at every scale, clouds in parallel, always to the same rows."""

import threading
from pathlib import Path

import numpy as np
import pytest
import yaml

from lcpc import config
from lcpc.codecs.point_clouds import draco
from lcpc.codecs.point_clouds.base import Coded, measure
from lcpc.errors import BitstreamError, ConfigError
from lcpc.experiments import _rate_accuracy, classifier, input_compression
from lcpc.experiments._classification import predict
from lcpc.jobs import JobContext
from lcpc.results.store import Results


@pytest.fixture
def rows_of(network, test_clouds):
    def run(code, points=8, scales=(4,), test_clouds_=0, threads=1):
        return _rate_accuracy.evaluate(code, lambda decoded, scale: predict(network, decoded), test_clouds,
                                       points, "scale", scales, test_clouds_, threads)
    return run


def test_rows_do_not_depend_on_how_many_clouds_are_coded_in_parallel(rows_of):
    codec = draco.codec({})
    alone, together = (rows_of(lambda sample, cloud, scale: measure(codec, cloud, scale), 16, (4, 32), 11, threads)
                       for threads in (1, 3))
    assert alone.equals(together)
    assert len(alone) == 22
    assert (alone["rate_bits"] == alone["stream_bits"]).all()


def test_two_clouds_are_coded_at_the_same_time(rows_of, test_clouds):
    both = threading.Barrier(2)

    def code(sample, cloud, scale):
        both.wait(60)
        return Coded(8, 16, np.ascontiguousarray(cloud))

    rows = rows_of(code, test_clouds_=10, threads=2)
    assert rows["sample"].tolist() == sorted(rows["sample"], key=test_clouds.samples.tolist().index)
    assert set(rows["rate_bits"]) == {8}


def test_a_codec_that_fails_on_one_cloud_ends_the_measurement(rows_of):
    def code(sample, cloud, scale):
        if sample == "c20":
            raise BitstreamError("damaged")
        return Coded(8, 8, cloud)

    with pytest.raises(BitstreamError, match="damaged"):
        rows_of(code, threads=2)


def project(trained, tmp_path, **changes):
    """The trained project with other settings of input compression."""
    for name in ("data", "checkpoints"):
        (tmp_path / name).symlink_to(trained / name)
    plain = yaml.safe_load((trained / "config" / "mine.yaml").read_text())
    plain["input_compression"].update(changes)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(yaml.safe_dump(plain))
    return tmp_path


def test_rows_of_a_codec_and_of_the_classifier_are_written(trained, evaluate, tmp_path):
    root = project(trained, tmp_path)
    evaluate(input_compression, root, "mine", "rate_accuracy/draco_P32")
    evaluate(classifier, root, "mine", "classifier/pointnet_P32")
    rows = Results(root, "mine").measured("rate_accuracy")
    assert rows["scale"].tolist() == [4, 32]
    assert set(rows["samples"]) == {11}
    row = Results(root, "mine").measured("classifier").iloc[0]
    assert (row["samples"], row["model"]) == (60, "pointnet")


def program(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(("text", "reason"), [
    ("echo MPEG PCC tmc3 version release-v22.0", "is release-v22.0, but the rates are those of v14"),
    ("echo MPEG PCC tmc3 version unconfirmed-release-14.0", "Build it from a clone"),
    ("echo MPEG PCC tmc3 version ", "its version is 'empty'.*Build it from a clone"),
    (None, "tmc3 is not at"),
])
def test_a_named_program_that_is_refused_is_never_replaced_by_recordings(trained, tmp_path, monkeypatch, text, reason):
    root = project(trained, tmp_path, codecs=["tmc13"])
    monkeypatch.setattr("lcpc.codecs.point_clouds.tmc13.recorded", lambda *_: pytest.fail("recorded sizes were read"))
    path = tmp_path / "tmc3"
    monkeypatch.setenv("LCPC_TMC3", program(path, text) if text else str(path))
    context = JobContext(root, config.load(root, "mine"))
    method = input_compression.method_of("tmc13", 32, context, context.clouds("test"))
    assert isinstance(method, str)
    import re
    assert re.search(reason, method)


def test_without_any_named_program_recorded_sizes_stand_in_and_say_so(trained, tmp_path, monkeypatch):
    from lcpc.codecs.point_clouds._tmc13_sizes import RecordedSizes

    root = project(trained, tmp_path, codecs=["tmc13"])
    (root / "sizes.csv.gz").write_bytes(b"sizes")
    context = JobContext(root, config.load(root, "mine"))
    clouds = context.clouds("test")
    sizes = {(str(sample), scale): (10, 43) for sample in clouds.samples for scale in (4, 32)}
    monkeypatch.setattr("lcpc.codecs.point_clouds.tmc13.recorded", lambda *_: RecordedSizes(root / "sizes.csv.gz", sizes))
    monkeypatch.delenv("LCPC_TMC3", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    job, = input_compression.jobs(context.config, root)
    assert job.threads == 4
    rows = input_compression.run(job, context)
    assert rows.frame["rate_bits"].tolist() == [80, 80]
    assert set(rows.frame["evidence"]) == {"recorded"}
    assert "rate recorded with TMC13 v14" in rows.frame["note"][0]
    assert list(rows.provenance["recorded"]) == ["sizes.csv.gz"]


def test_scales_that_a_codec_does_not_have_are_refused_by_name(trained, tmp_path, monkeypatch):
    root = project(trained, tmp_path, codecs=["draco"])
    context = JobContext(root, config.load(root, "mine"))
    monkeypatch.setattr(draco, "codec", lambda tools: draco.Draco(settings=(2,)))
    with pytest.raises(ConfigError, match="scales holds no setting of draco: 2"):
        input_compression.method_of("draco", 32, context, context.clouds("test"))


def test_the_program_of_a_row_is_on_record(trained, tmp_path, monkeypatch):
    from lcpc.codecs.point_clouds import tmc13

    path = tmp_path / "tmc3"
    codec = tmc13.Tmc13(Path(program(path, "echo MPEG PCC tmc3 version release-v14.0")))
    assert codec.program()["version"] == "release-v14.0"
    assert len(codec.program()["sha256"]) == 64
    monkeypatch.setattr(tmc13, "codec", lambda tools: codec)
    root = project(trained, tmp_path, codecs=["tmc13"])
    context = JobContext(root, config.load(root, "mine"))
    method = input_compression.method_of("tmc13", 32, context, context.clouds("test"))
    assert method.provenance == {"program": codec.program()}
