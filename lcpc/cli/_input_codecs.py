"""How `lcpc evaluate` measures an input codec: with the codec itself, from recorded stream sizes, or not at all, in words."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lcpc.cli import _recorded
from lcpc.codecs.point_clouds import tmc13
from lcpc.codecs.point_clouds.base import Cloud, PointCloudCodec
from lcpc.config import InputCompression, plain
from lcpc.data.point_clouds import recorded_as
from lcpc.errors import ConfigError
from lcpc.experiments._classification import classifier_of
from lcpc.experiments.input_compression import Coded, Coder, coder_of, evaluate
from lcpc.experiments.proposed import summarise
from lcpc.registry import load, names
from lcpc.results.provenance import file_digest, relative
from lcpc.units import bits_from_bytes

if TYPE_CHECKING:
    import pandas

    from lcpc.cli._point_rows import Job

Frames: TypeAlias = "tuple[tuple[pandas.DataFrame, pandas.DataFrame | None], dict[str, Any]]"
RECORDED = Path("results") / "recorded" / "tmc13_v14_modelnet40.csv.gz"


def measure(job: "Job", name: str) -> Frames:
    """Rows, per-sample rows and what the provenance adds, for one input codec at one P."""
    settings = job.settings.input_compression
    if settings is None or name not in settings.codecs or job.points not in settings.points:
        raise ConfigError(f"run {job.settings.run} does not measure {name} at P={job.points}; see input_compression")
    reason = _recorded.WAY_OUT
    if (codec := _own(job, settings, name)) is not None and not (reason := codec.missing()):
        return _judged(job, settings, name, coder_of(codec), "measured", "")
    if found := _recorded.outputs(job, settings, name):
        return _recorded.judged(job, settings, name, found)
    recorded = job.root / RECORDED
    if name == "tmc13" and recorded.is_file() and recorded_as(job.settings, job.root):
        coder = _recorded_coder(recorded, recorded_as(job.settings, job.root), job.points)
        frames, more = _judged(job, settings, name, coder, "recorded", "rate recorded with TMC13 v14; accuracy measured")
        return frames, {**more, "recorded": {relative(recorded, job.root): file_digest(recorded)}}
    return (_skipped(job, name, reason), None), {}


def _own(job: "Job", settings: InputCompression, name: str) -> PointCloudCodec | None:
    """The codec that lcpc can run itself, or None for one whose outputs are only ever recorded."""
    if name.replace("-", "_") not in names("lcpc.codecs.point_clouds") and settings.recorded:
        return None
    module = load("lcpc.codecs.point_clouds", name)
    return module.codec(plain(job.settings.tools)) if hasattr(module, "codec") else None


def _judged(job: "Job", settings: InputCompression, name: str, code: Coder, evidence: str, note: str) -> Frames:
    network = classifier_of(job.content(), str(job.weights))
    samples = evaluate(code, network, job.clouds, job.points, settings.scales, settings.test_clouds,
                       job.threads)
    shared = job.row(codec=name, size="", setting="", evidence=evidence, note=note)
    return (summarise(samples, "scale").assign(**shared, **{"lambda": None}), samples), {}


def _recorded_coder(path: Path, data_digest: str, points: int) -> Coder:
    sizes = tmc13.recorded_sizes(path, data_digest)
    sizes = sizes[sizes["points"] == points].set_index(["sample", "scale"])[["payload_bytes", "file_bytes"]]
    known = {key: (int(payload), int(file)) for key, payload, file in sizes.itertuples()}

    def code(sample: str, cloud: Cloud, scale: int) -> Coded:
        payload, file = known[sample, scale]
        return bits_from_bytes(payload), bits_from_bytes(file), tmc13.reconstruct(cloud, scale)
    return code


def _skipped(job: "Job", name: str, reason: str) -> "pandas.DataFrame":
    import pandas

    shared = job.row(codec=name, size="", setting="", status="skipped", note=reason, samples=0)
    empty = {"lambda": None, "scale": None, "rate_bits": None, "stream_bits": None, "top1_percent": None}
    return pandas.DataFrame([{**shared, **empty}])
