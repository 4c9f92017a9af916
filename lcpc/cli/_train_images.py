"""How `lcpc train image-base` and `lcpc train distribution` find their photographs, weights and files."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import config
from lcpc.cli import _paths
from lcpc.data.seeds import seed_of
from lcpc.errors import ConfigError, MissingData

if TYPE_CHECKING:
    from lcpc.data.photographs import Photographs
    from lcpc.training.image_base import Start


def run(args: argparse.Namespace) -> int:
    """Train and write the weights whole."""
    import torch

    from lcpc.training.memory import keep_freed_memory

    root = Path(args.root)
    settings = config.load(root, args.run)
    if settings.images is None:
        raise ConfigError(f"run {settings.run} codes no images; add `images:` to config/{settings.run}.yaml")
    quality = args.quality or settings.images.qualities[0]
    settings.images.network(quality)
    torch.set_num_threads(max(1, args.threads))
    keep_freed_memory()
    (_base if args.what == "image-base" else _distribution)(root, settings, settings.images, quality)
    return 0


def _base(root: Path, settings: config.Config, images: config.Images, quality: int) -> None:
    from lcpc.training.image_base import train_transforms
    from lcpc.training.image_bottleneck import finish_base

    name, network = f"image_base_q{quality}", images.network(quality)
    target, resume = _paths.weights(root, settings.run, name), _paths.resume(root, settings.run, name)
    if images.weights:
        return _borrow(config.data_root(root) / images.weights, quality, network.bins, target)
    photos, start = photographs(root, images), _start(root, settings.run, images, quality)
    seed = seed_of(settings.seed, "image-base", quality) % 2**31
    base, identity = train_transforms(images, quality, seed, photos, start, resume)
    after = f" after quality {start.quality}" if start else ""
    origin = f"own, N={base.n} M={base.m}, {identity['steps']} steps on {photos.name}{after}"
    finish_base(base, identity | {"origin": origin}, photos.rgb, network.bins, images.bottleneck_steps, target)


def _borrow(folder: Path, quality: int, bins: int, target: Path) -> None:
    """Write CompressAI's weights of a quality as a base of the run."""
    from lcpc.models.image_factorized import of_compressai
    from lcpc.results.provenance import file_digest
    from lcpc.training import checkpoint
    from lcpc.training.image_bottleneck import write

    found = sorted(folder.glob(f"bmshj2018-factorized-prior-{quality}-*.pth.tar"))
    if len(found) != 1:
        raise MissingData(f"{folder} holds {len(found)} files bmshj2018-factorized-prior-{quality}-*.pth.tar, not one. "
                          "They are CompressAI's (its zoo names their address); leave images: weights empty to train")
    base = of_compressai(checkpoint.foreign(found[0]), str(found[0]))
    write(base, {"quality": quality, "origin": "compressai", "weights": found[0].name, "weights_digest": file_digest(found[0])},
          bins, target)


def _distribution(root: Path, settings: config.Config, images: config.Images, quality: int) -> None:
    from lcpc.codecs.image_base import TrainedBase
    from lcpc.results.provenance import file_digest
    from lcpc.training import checkpoint
    from lcpc.training.distribution import train_distribution

    path = _paths.weights(root, settings.run, f"image_base_q{quality}")
    if not path.is_file():
        raise MissingData(f"{path} is not there; train it first: lcpc train image-base --run {settings.run} "
                          f"--quality {quality}")
    base = TrainedBase.of(checkpoint.read(path), str(path))
    name = f"distribution_q{quality}"
    train_distribution(images, base, file_digest(path), photographs(root, images),
                       seed_of(settings.seed, "distribution", quality) % 2**31,
                       _paths.weights(root, settings.run, name), _paths.resume(root, settings.run, name))


def photographs(root: Path, images: config.Images) -> "Photographs":
    """The run's photographs to train on. Raises MissingData or DataError with the way out."""
    from lcpc.data import photographs as data

    if images.train == "photos":
        return data.embedded()[0]
    return data.folder(config.data_root(root) / images.train_folder, images.base_patch, images.train_count)


def _start(root: Path, run: str, images: config.Images, quality: int) -> "Start | None":
    """Weights of the quality before this one in the run's list, where there is one of the same widths."""
    from lcpc.results.provenance import file_digest
    from lcpc.training import checkpoint
    from lcpc.training.image_base import Start

    before = images.qualities[:images.qualities.index(quality)][-1:]
    if not before or not images.warm_steps or images.network(before[0]) != images.network(quality):
        return None
    path = _paths.weights(root, run, f"image_base_q{before[0]}")
    if not path.is_file():
        raise MissingData(f"{path} is not there: quality {quality} starts from it; train it first: "
                          f"lcpc train image-base --run {run} --quality {before[0]}")
    return Start(checkpoint.read(path)["state"], before[0], file_digest(path))
