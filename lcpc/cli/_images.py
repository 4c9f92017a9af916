"""`lcpc evaluate` for images: rows of one image codec, the distributions behind the heatmaps, counted layers."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from lcpc import config
from lcpc.cli import _paths
from lcpc.errors import ConfigError, MissingData, did_you_mean
from lcpc.log import logger
from lcpc.registry import load, names
from lcpc.results import fingerprint, provenance, store

if TYPE_CHECKING:
    import pandas
    from numpy.typing import NDArray

    from lcpc.codecs.images.base import ImageCodec
    from lcpc.codecs.images.proposed import AdaptiveCodec
    from lcpc.data.images import Photo

CODEC, DISTRIBUTIONS, COMPLEXITY = NAMES = ("image-codec", "image-distributions", "image-complexity")
PROPOSED = "proposed"
LOG = logger("lcpc.evaluate")


@dataclass
class Found:
    """What a measurement gives: rows, per-sample rows, arrays of a picture, and more for the provenance."""

    rows: "pandas.DataFrame"
    samples: "pandas.DataFrame | None" = None
    picture: "dict[str, NDArray[Any]]" = field(default_factory=dict)
    inputs: list[Path] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of these measurements, beside those of the verb."""
    group = parser.add_argument_group("images")
    group.add_argument("--codec", default="", help=f"for {CODEC}: a name in `images: codecs`, such as proposed or jpeg")
    group.add_argument("--quality", type=int, default=0, help="quality of the base, for all but file formats")


def run(args: argparse.Namespace) -> int:
    """Measure and write rows, per-image rows, a picture where there is one, and provenance."""
    import torch

    watch, root = provenance.Stopwatch(), Path(args.root)
    settings = config.load(root, args.run)
    torch.set_num_threads(max(1, args.threads))
    kind, name, found = MEASURES[args.what](args, root, settings)
    what = provenance.provenance(root, config.plain(settings), fingerprint.fingerprint("lcpc.cli._images"), found.inputs, watch,
                                 run=settings.run, seed=settings.seed, **found.more)
    target = _paths.rows(root, settings.run, kind, name)
    if found.picture:
        from lcpc.data.store import npz_bytes

        store.write_whole(target.with_suffix(".npz"), npz_bytes(found.picture))
    store.write_rows(target, kind, found.rows, what, found.samples)
    return 0


def images_of(settings: config.Config) -> config.Images:
    """The run's settings for images. Raises ConfigError where it has none."""
    if settings.images is None:
        raise ConfigError(f"run {settings.run} measures no images; add `images:` to config/{settings.run}.yaml")
    return settings.images


def photos(root: Path, images: config.Images) -> "tuple[Photo, ...]":
    """The run's test images. Raises MissingData or DataError with the way out."""
    from lcpc.data import images as data
    from lcpc.data import photographs

    kept = photographs.TRAIN if images.train == images.test == "photos" else ()
    return tuple(photo for photo in data.load(images.test, root) if photo.name not in kept)


def _codec(args: argparse.Namespace, root: Path, settings: config.Config) -> "Job":
    images = images_of(settings)
    if args.codec not in images.codecs:
        hint = did_you_mean(args.codec, list(images.codecs))
        raise ConfigError(f"run {settings.run} does not measure the image codec {args.codec!r}. {hint}")
    if args.codec in names("lcpc.codecs.formats"):
        found, name = _file_format(args.codec, photos(root, images)), args.codec
    else:
        found, name = _learned(args, root, settings), f"{args.codec}_q{_quality(args, images)}"
    rows = found.rows.assign(codec=args.codec, **_shared(settings, images))
    return "rate_distortion", name, Found(rows, found.samples, {}, found.inputs, found.more)


def _shared(settings: config.Config, images: config.Images) -> dict[str, Any]:
    """What all rows of a run's images say."""
    return {"run": settings.run, "images": images.test, "seed": settings.seed, "evidence": "measured"}


def _quality(args: argparse.Namespace, images: config.Images) -> int:
    quality = args.quality or images.qualities[0]
    images.network(quality)
    return int(quality)


def _learned(args: argparse.Namespace, root: Path, settings: config.Config) -> Found:
    """A learned codec at one quality of its base."""
    import pandas

    from lcpc.experiments import image_codec as rate_distortion

    images = images_of(settings)
    quality, pictures = _quality(args, images), photos(root, images)
    codec, origin, inputs = learned(root, settings.run, args.codec, quality)
    samples = rate_distortion.evaluate(codec, pictures)
    row = {"base": origin, "quality": quality, "setting": f"quality={quality}", **rate_distortion.summarise(samples)}
    more = {"images": {photo.name: photo.digest for photo in pictures}, **_times(samples)}
    rows = pandas.DataFrame([row]).assign(status="done")
    return Found(rows, _without_times(samples.assign(quality=quality)), {}, inputs, more)


def learned(root: Path, run: str, name: str, quality: int) -> "tuple[ImageCodec, str, list[Path]]":
    """A learned codec with its weights, whose base these are, and their files. Raises MissingData with what trains them."""
    from lcpc.codecs.image_base import TrainedBase

    module, path = load("lcpc.codecs.images", name), _paths.weights(root, run, f"image_base_q{quality}")
    base = TrainedBase.of(_content(path, f"lcpc train image-base --run {run} --quality {quality}"), str(path))
    if name != PROPOSED:
        return module.codec(base), base.origin, [path]
    from lcpc.codecs.images.proposed import TrainedDistribution

    own = _paths.weights(root, run, f"distribution_q{quality}")
    content = _content(own, f"lcpc train distribution --run {run} --quality {quality}")
    return module.codec(base, TrainedDistribution.of(content, base, str(own))), base.origin, [path, own]


def _content(path: Path, command: str) -> dict[str, Any]:
    from lcpc.training import checkpoint

    if not path.is_file():
        raise MissingData(f"{path} is not there; train it first: {command}")
    return checkpoint.read(path)


def _file_format(name: str, pictures: "tuple[Photo, ...]") -> Found:
    """All settings of a file format; one row marked `skipped` where Pillow was built without it."""
    import pandas

    from lcpc.experiments import image_codec as rate_distortion

    module = load("lcpc.codecs.formats", name)
    codecs = [module.codec(quality) for quality in module.QUALITIES]
    if reason := codecs[0].missing():
        LOG.info("%s: skipped: %s", name, reason)
        return Found(rate_distortion.skipped(reason))
    samples = [rate_distortion.evaluate(codec, pictures) for codec in codecs]
    rows = [{"base": "", "quality": codec.quality, "setting": codec.setting, **rate_distortion.summarise(own)}
            for codec, own in zip(codecs, samples, strict=True)]
    together = pandas.concat([own.assign(quality=codec.quality) for codec, own in zip(codecs, samples, strict=True)])
    more = {"libraries": codecs[0].versions(), "images": {photo.name: photo.digest for photo in pictures}}
    return Found(pandas.DataFrame(rows).assign(status="done"), _without_times(together), {}, [], {**more, **_times(together)})


def _without_times(samples: "pandas.DataFrame") -> "pandas.DataFrame":
    from lcpc.experiments.image_codec import TIMES

    kept = ["image", "quality", *(name for name in samples if name not in ("image", "quality", *TIMES))]
    return samples[kept].reset_index(drop=True)


def _times(samples: "pandas.DataFrame") -> dict[str, Any]:
    """Seconds an image, for the provenance: what differs between two equal runs stands there and nowhere else."""
    from lcpc.experiments.image_codec import TIMES

    return {"seconds_an_image": {name: round(float(samples[name].median()), 4) for name in TIMES}}


def _distributions(args: argparse.Namespace, root: Path, settings: config.Config) -> "Job":
    from lcpc.experiments import image_distributions

    images = images_of(settings)
    quality = _quality(args, images)
    chosen = image_distributions.examples(photos(root, images), images.examples)
    codec, origin, inputs = learned(root, settings.run, PROPOSED, quality)
    rows, arrays = image_distributions.evaluate(cast("AdaptiveCodec", codec), chosen)
    rows = rows.assign(base=origin, quality=quality, status="done", **_shared(settings, images))
    more = {"images": {photo.name: photo.digest for photo in chosen}}
    return "image_distributions", f"q{quality}", Found(rows, None, arrays, inputs, more)


def _complexity(args: argparse.Namespace, root: Path, settings: config.Config) -> "Job":
    from lcpc.experiments.image_complexity import counted

    rows = counted().assign(run=settings.run, evidence="measured", status="done", note="")
    return "image_complexity", "image_codec", Found(rows)


Job: TypeAlias = tuple[str, str, Found]
"""Kind and name of the rows, and what was found."""
Measure: TypeAlias = Callable[[argparse.Namespace, Path, config.Config], Job]
MEASURES: dict[str, Measure] = {CODEC: _codec, DISTRIBUTIONS: _distributions, COMPLEXITY: _complexity}
