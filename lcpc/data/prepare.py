"""Makes or checks the data of a run: its clouds, and the photographs of Kodak."""

from pathlib import Path

from lcpc import config
from lcpc.config import Config
from lcpc.data import point_clouds
from lcpc.data.images import kodak
from lcpc.log import logger

LOG = logger("lcpc.data")


def prepare(root: Path, run: str, threads: int = 1, download: bool = False) -> None:
    """Make or check the data of a run, and log each part.

    `threads` processes sample meshes; files are downloaded only if `download` is set. Raises
    MissingData or DataError with the way out. Without Kodak the clouds are of use all the same, so
    its absence is only said.
    """
    settings = config.load(root, run)
    on_kodak = uses_kodak(settings)
    if on_kodak:
        _prepare_kodak(config.data_root(root) / kodak.FOLDER, download)
    if settings.dataset or not on_kodak:
        digests = point_clouds.make(settings, root, threads, download)
        name = point_clouds.dataset_of(settings).name
        for split, digest in digests.items():
            LOG.info("%s, %s: sha256 %s", name, split, digest)


def uses_kodak(settings: Config) -> bool:
    """Whether a run measures anything on the photographs of Kodak."""
    images, motion = settings.images, settings.latent_motion
    return "kodak" in (images.test if images else "", motion.images if motion else "")


def _prepare_kodak(folder: Path, download: bool) -> None:
    if download:
        kodak.download(folder)
    if reason := kodak.missing(folder):
        LOG.warning("%s", reason)
        return
    count = len(kodak.load(folder))
    LOG.info("%s: %d photographs, all with their checksums", kodak.FOLDER, count)
