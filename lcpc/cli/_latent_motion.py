"""`lcpc evaluate latent-motion`: rows, per-draw rows and pictures of one network, trained or untrained."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lcpc import config
from lcpc.cli import _paths
from lcpc.config import LatentMotion
from lcpc.errors import ConfigError, DataError, did_you_mean
from lcpc.log import logger
from lcpc.results import fingerprint, provenance, store

if TYPE_CHECKING:
    import pandas

    from lcpc.data.images import Photo
    from lcpc.experiments.latent_motion import Bench

Frames: TypeAlias = "tuple[pandas.DataFrame, pandas.DataFrame | None]"
NAME = "latent-motion"
KIND = "latent_motion"
LOG = logger("lcpc.evaluate")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `lcpc evaluate latent-motion`, beside those of the verb."""
    group = parser.add_argument_group(NAME)
    group.add_argument("--network", default="", help="the network (default: the first one of the run)")
    group.add_argument("--weights", choices=config.WEIGHTS, default="trained", help="untrained is the control")
    group.add_argument("--layer", action="append", default=[], metavar="NAME",
                       help="only this layer, and again for more (default: all; rows of the others are then gone)")


def run(args: argparse.Namespace) -> int:
    """Measure one network and write its rows; rows marked `skipped` where its trained weights are not at hand."""
    import torch

    from lcpc.models import backbones

    watch, root = provenance.Stopwatch(), Path(args.root)
    settings = config.load(root, args.run)
    motion, network = chosen(settings, args.network, args.weights)
    layers = backbones.chosen_layers(network, args.layer)
    torch.set_num_threads(max(1, args.threads))
    name = f"{network}_{args.weights}"
    shared = {"run": settings.run, "images": motion.image_set, "size_px": motion.size_px, "network": network,
              "weights": args.weights, "seed": settings.seed, "evidence": "measured"}
    folders = [config.data_root(root) / "weights", root / "checkpoints" / settings.run]
    reason = backbones.missing(network, folders) if args.weights == "trained" else backbones.networks.missing_package(network)
    more: dict[str, Any] = {}
    if reason:
        again = f"then run `lcpc evaluate {NAME} --run {settings.run} --network {network} --weights {args.weights}`"
        LOG.info("%s: skipped: %s, %s", name, reason, again)
        frames: Frames = (_skipped(network, layers, f"{reason}, {again}"), None)
    else:
        backbone = backbones.load(network, args.weights, folders, settings.seed)
        frames, more = _measured(root, settings, motion, backbone, layers)
    _write(root, settings, name, shared, frames, more, watch)
    return 0


def chosen(settings: config.Config, network: str, weights: str) -> tuple[LatentMotion, str]:
    """The run's settings and the network that is meant. Raises ConfigError where the run does not measure it."""
    motion = settings.latent_motion
    if motion is None:
        raise ConfigError(f"run {settings.run} does not measure latent motion; add `latent_motion:` to its config")
    network = network or motion.networks[0]
    if network not in motion.networks:
        hint = did_you_mean(network, list(motion.networks))
        raise ConfigError(f"run {settings.run} does not measure network {network!r}. {hint}")
    if weights not in motion.weights:
        raise ConfigError(f"run {settings.run} does not measure {weights} networks; see latent_motion: weights")
    return motion, network


def photos(root: Path, motion: LatentMotion) -> "tuple[Photo, ...]":
    """The run's photographs. Raises MissingData or DataError with the way out, also for one smaller than the crop."""
    from lcpc.data import images

    found = images.load(motion.images, root, motion.folder)
    for photo in found:
        height, width = photo.rgb.shape[:2]
        if min(height, width) < motion.size_px:
            raise DataError(f"photograph {photo.name} has {width} x {height} pixels, too few for a crop of {motion.size_px}; "
                            f"lower latent_motion: size_px{' or take it out of the folder' if motion.folder else ''}")
    return found


def _measured(root: Path, settings: config.Config, motion: LatentMotion, backbone: Any,
              layers: tuple[str, ...]) -> "tuple[Frames, dict[str, Any]]":
    from lcpc.experiments.latent_motion import Bench, measure

    bench = Bench(backbone, photos(root, motion), motion, settings.seed, layers)
    frames = measure(bench)
    cost = bench.cost.summary()
    LOG.info("%s %s: %d transforms, %.1f ms each: image %.1f, network %.1f, prediction of %d layers %.1f", backbone.name,
             backbone.weights, cost["transforms"], cost["transform_ms"], cost["image_ms"], cost["network_ms"], len(layers),
             cost["prediction_ms"])
    if backbone.weights == "trained":
        _write_panels(root, settings, bench)
    digests = {photo.name: photo.digest for photo in bench.photos}
    return frames, {"cost": cost, "weights_origin": backbone.origin, "weights_file": backbone.file, "images": digests}


def _skipped(network: str, layers: tuple[str, ...], reason: str) -> "pandas.DataFrame":
    from lcpc.experiments.latent_motion import skipped

    return skipped(network, layers, reason)


def _write_panels(root: Path, settings: config.Config, bench: "Bench") -> None:
    from lcpc.data.store import npz_bytes
    from lcpc.experiments._latent_motion_panels import panels

    arrays, vectors = panels(bench)
    target = _paths.rows(root, settings.run, KIND, f"{bench.backbone.name}_{bench.backbone.weights}")
    store.write_whole(target.with_suffix(".npz"), npz_bytes(arrays))
    store.write_whole(target.with_suffix(".vectors.csv.gz"), store.gzipped(store.csv_bytes(vectors, digits=6)))


def _write(root: Path, settings: config.Config, name: str, shared: dict[str, Any],
           frames: Frames, more: dict[str, Any], watch: provenance.Stopwatch) -> None:
    rows, samples = frames
    weights = more.pop("weights_file", None)
    what = provenance.provenance(
        root, config.plain(settings), fingerprint.fingerprint("lcpc.cli._latent_motion"), [weights] if weights else [], watch,
        run=settings.run, seed=settings.seed, **more)
    target = _paths.rows(root, settings.run, KIND, name)
    store.write_rows(target, KIND, rows.assign(**shared), what, samples)
