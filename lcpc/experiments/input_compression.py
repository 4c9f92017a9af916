"""Input compression: code each cloud at every setting, decode it, classify it by PointNet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from lcpc import config as configs
from lcpc import jobs as job_files
from lcpc import registry
from lcpc.codecs import recorded
from lcpc.codecs.point_clouds.base import PointCloudCodec, Recordings, measure
from lcpc.codecs.trained import weights_of
from lcpc.config import Config, InputCompression
from lcpc.data.base import PointClouds, spread
from lcpc.data.point_clouds import cloud_count
from lcpc.errors import ConfigError
from lcpc.experiments import JobContext, Rows, _rate_accuracy
from lcpc.experiments import _point_clouds as point_clouds
from lcpc.experiments._rate_accuracy import COLUMNS, KIND, SAMPLES, summarise
from lcpc.jobs import Job
from lcpc.results.frames import DataFrame, frame_of

__all__ = ["COLUMNS", "FILES", "KIND", "SAMPLES", "jobs", "run", "summarise"]

FILES = ("csv", "json")
PACKAGE = "lcpc.codecs.point_clouds"
WAY_OUT = ("no outputs of it are here: make them elsewhere, see docs/recorded.md, and name their "
           "manifest in input_compression.recorded; its rows are marked 'skipped' until then.")


@dataclass(frozen=True)
class Method:
    """How a codec is measured: by itself, or from recordings."""

    evidence: str
    note: str
    code: _rate_accuracy.Coder
    settings: Sequence[Any]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """Column of its settings: `scale` for numbers S, `setting` for words."""
        return "setting" if isinstance(self.settings[0], str) else "scale"


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for each codec and P."""
    inputs = config.input_compression
    if inputs is None:
        return
    clouds = inputs.test_clouds or cloud_count(config, "test")
    values = point_clouds.settings_of(
        config, scales=list(inputs.scales), test_clouds=inputs.test_clouds,
        recorded=list(inputs.recorded), tools=configs.plain(config.tools))
    for points, codec in product(inputs.points, inputs.codecs):
        yield Job(
            config.run, __name__, job_files.rows(config.run, KIND, f"{codec}_P{points}"),
            f"rows of {codec} at P={points}", _inputs(config, root, codec, points), values,
            modules=_modules(codec), options={"codec": codec, "points": points},
            threads=registry.attribute(PACKAGE, codec, "THREADS", 1),
            work=float(clouds * points * len(inputs.scales)))


def _modules(codec: str) -> tuple[str, ...]:
    """The module of a codec; none for one whose outputs only come with manifests."""
    name = codec.replace("-", "_")
    return (f"{PACKAGE}.{name}",) if name in registry.names(PACKAGE) else ()


def _inputs(config: Config, root: Path, codec: str, points: int) -> tuple[str, ...]:
    """Weights, clouds, recorded sizes, and manifests with the decoded clouds that they name."""
    assert config.input_compression is not None
    files = sorted((root / "results" / "recorded").glob(f"{codec}_*"))
    for manifest in config.input_compression.recorded:
        files += recorded.files_of(root / manifest, codec, points)
    relative = (file.relative_to(root).as_posix() for file in files)
    trained = codec_weights(config, codec, points)
    return (*point_clouds.inputs_of(config, root, f"pointnet_P{points}", *trained), *relative)


def codec_weights(config: Config, codec: str, points: int) -> tuple[str, ...]:
    """Names of the weights that the run trains for a codec at P."""
    names = registry.attribute(PACKAGE, codec, "weights")
    return tuple(names(config, points)) if names else ()


def run(job: Job, context: JobContext) -> Rows:
    """One row a setting, or one skipped row with the reason."""
    from lcpc.experiments._classification import classifier_of, predict

    codec, points = job.options["codec"], job.options["points"]
    inputs, clouds = context.config.input_compression, context.clouds("test")
    assert inputs is not None
    method = method_of(codec, points, context, clouds)
    if isinstance(method, str):
        frame = _skipped_row(codec, points, method, context, clouds)
        return Rows(frame, provenance=point_clouds.origin(clouds))
    name = f"pointnet_P{points}"
    content = weights_of(context, name, points, clouds)
    network = classifier_of(content, str(context.weights(name)))
    samples = _rate_accuracy.evaluate(
        method.code, lambda decoded, setting: predict(network, decoded), clouds, points,
        method.column, method.settings, inputs.test_clouds, context.threads)
    empty = dict.fromkeys({"lambda", "scale", "setting"} - {method.column})
    columns = point_clouds.shared_columns(
        context, clouds, points, codec=codec, size="", evidence=method.evidence, note=method.note)
    rows = summarise(samples).assign(**columns, **empty)
    provenance = {**point_clouds.origin(clouds, content), **method.provenance}
    weights = map(context.weights, (name, *codec_weights(context.config, codec, points)))
    return Rows(rows, samples, provenance=provenance, inputs=tuple(weights))


def method_of(name: str, points: int, context: JobContext, clouds: PointClouds) -> Method | str:
    """How the run measures a codec, or the reason why it can't.

    A codec that can run here is run. A program that the user named and that can't be used is never
    replaced by recordings; otherwise these are manifests, or what comes with the codec's file.
    """
    inputs = context.config.input_compression
    assert inputs is not None
    codec = codec_of(name, points, context, clouds)
    reason = codec.missing() if codec else WAY_OUT
    if codec and not reason:
        settings = _settings(name, codec, inputs)
        program = codec.program() if hasattr(codec, "program") else {}
        provenance = {"program": program} if program else {}
        code = getattr(codec, "coded", lambda sample, cloud, scale: measure(codec, cloud, scale))
        return Method("measured", getattr(codec, "note", ""), code, settings, provenance)
    if getattr(codec, "is_named", False):
        return reason
    recordings = recordings_of(name, points, context, clouds)
    if recordings is None:
        return reason
    words = _settings(name, recordings, inputs)
    recordings.check(_samples(clouds, inputs.test_clouds), words)
    provenance = {"recorded": recordings.provenance(context.root)}
    return Method("recorded", recordings.note, recordings.coded, words, provenance)


def codec_of(name: str, points: int, context: JobContext,
             clouds: PointClouds) -> PointCloudCodec | None:
    """The codec that lcpc can run, or None for one whose outputs are only recorded.

    Raises ConfigError for a name that neither lcpc nor a manifest can know.
    """
    inputs = context.config.input_compression
    assert inputs is not None
    if not inputs.recorded:
        registry.load(PACKAGE, name)
    if codec_weights(context.config, name, points):
        return registry.load(PACKAGE, name).trained(context, points, clouds)
    codec = registry.attribute(PACKAGE, name, "codec")
    return codec(configs.plain(context.config.tools)) if codec else None


def recordings_of(name: str, points: int, context: JobContext,
                  clouds: PointClouds) -> Recordings | None:
    """Results of a codec in the run's manifests, else those that come with its file, or None."""
    assert context.config.input_compression is not None
    manifests = [context.root / path for path in context.config.input_compression.recorded]
    outputs = recorded.load(manifests, name, points, clouds.digest)
    shipped = registry.attribute(PACKAGE, name, "recorded")
    if outputs or not shipped:
        return outputs
    return shipped(context.config, context.root, points)


def _settings(name: str, codec: PointCloudCodec | Recordings,
              inputs: InputCompression) -> list[Any]:
    """All settings in words, or the run's scales that the codec has. Raises ConfigError."""
    if isinstance(codec.settings[0], str):
        return list(codec.settings)
    scales = [scale for scale in inputs.scales if scale in codec.settings]
    if not scales:
        known = ", ".join(map(str, codec.settings))
        raise ConfigError(f"input_compression: scales holds no setting of {name}: {known}")
    return scales


def _samples(clouds: PointClouds, test_clouds: int) -> list[str]:
    return [str(name) for name in clouds.samples[spread(len(clouds), test_clouds)]]


def _skipped_row(codec: str, points: int, reason: str, context: JobContext,
                 clouds: PointClouds) -> DataFrame:
    columns = point_clouds.shared_columns(context, clouds, points, codec=codec, size="", setting="",
                                          samples=0, status="skipped", note=reason)
    empty = dict.fromkeys(("lambda", "scale", "rate_bits", "stream_bits", "top1_percent"))
    return frame_of([{**columns, **empty}])
