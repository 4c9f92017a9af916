"""`lcpc data`: make a run's clouds, or check the data that are there; download them if asked."""

import argparse
from pathlib import Path

from lcpc import config
from lcpc.log import logger

HELP = "make or check the data of a run"
LOG = logger("lcpc.data")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--run", default="demo", help="the run that needs the data (default: demo)")
    parser.add_argument("--threads", type=int, default=1,
                        help="processes that sample meshes (default: 1)")
    parser.add_argument("--download", action="store_true",
                        help="fetch files that are not there yet: dataset.source if it is an "
                             "address, the photographs of Kodak if the run's images are these")


def run(args: argparse.Namespace) -> int:
    """Make or check both splits of the clouds, and the photographs of Kodak."""
    root = Path(args.root)
    settings = config.load(root, args.run)
    on_kodak = uses_kodak(settings)
    if on_kodak:
        _kodak(root, args.download)
    if settings.dataset or not on_kodak:
        _clouds(args, root, settings)
    return 0


def uses_kodak(settings: config.Config) -> bool:
    """Whether a run measures anything on the photographs of Kodak."""
    images, motion = settings.images, settings.latent_motion
    return "kodak" in (images.test if images else "", motion.images if motion else "")


def _kodak(root: Path, download: bool) -> None:
    """Fetch or check the photographs; the clouds need none, so a missing one is only a warning."""
    from lcpc.data.images import kodak

    folder = config.data_root(root) / kodak.FOLDER
    if download:
        kodak.download(folder)
    if reason := kodak.missing(folder):
        LOG.warning("%s", reason)
        return
    count = len(kodak.load(folder))
    LOG.info("%s: %d photographs, all with their checksums", kodak.FOLDER, count)


def _clouds(args: argparse.Namespace, root: Path, settings: config.Config) -> None:
    from lcpc.data import point_clouds

    digests = point_clouds.make(settings, root, args.threads, args.download)
    name = point_clouds.dataset_of(settings).name
    for split, digest in digests.items():
        LOG.info("%s, %s: sha256 %s", name, split, digest)
