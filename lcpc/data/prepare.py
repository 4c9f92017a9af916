"""Makes or checks the data of a run: its clouds, and the photographs of Kodak."""

from collections.abc import Iterator
from pathlib import Path

from lcpc import config
from lcpc.config import Config
from lcpc.data import point_clouds
from lcpc.data.images import kodak


def prepare(root: Path, run: str, threads: int = 1, download: bool = False) -> Iterator[str]:
    """Make or check the data of a run; a line for each part that is done.

    `threads` processes sample meshes; files are downloaded only if `download` is set. Raises
    MissingData or DataError with the way out. Without Kodak the clouds are of use all the same, so
    its absence is only said.
    """
    settings = config.load(root, run)
    on_kodak = uses_kodak(settings)
    if on_kodak:
        yield _prepare_kodak(config.data_root(root) / kodak.FOLDER, download)
    if settings.dataset or not on_kodak:
        digests = point_clouds.make(settings, root, threads, download)
        name = point_clouds.dataset_of(settings).name
        for split, digest in digests.items():
            yield f"{name}, {split}: sha256 {digest}"


def uses_kodak(settings: Config) -> bool:
    """Whether a run measures anything on the photographs of Kodak."""
    images, motion = settings.images, settings.latent_motion
    return "kodak" in (images.test if images else "", motion.images if motion else "")


def _prepare_kodak(folder: Path, download: bool) -> str:
    if download:
        kodak.download(folder)
    if reason := kodak.missing(folder):
        return reason
    return f"{kodak.FOLDER}: {len(kodak.load(folder))} photographs, all with their checksums"
