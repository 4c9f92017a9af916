"""The distributions behind the heatmaps: what an image's channels need, what the base gives them, what is sent along."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.image_base import steps
from lcpc.codecs.images.base import Picture, as_picture
from lcpc.codecs.images.proposed import AdaptiveCodec
from lcpc.data.images import Photo
from lcpc.errors import ConfigError, did_you_mean
from lcpc.log import progress
from lcpc.metrics.information import cross_entropy_bits
from lcpc.units import bits_per_pixel

if TYPE_CHECKING:
    import pandas

Arrays = dict[str, NDArray[Any]]
SHOWN = 2
LEAST_PROBABILITY = 2.0**-10
"""What is rarer is white in every heatmap."""
THUMBNAIL_PX = 240
FLAG_BITS = 8
FELL_BACK = "the codec keeps to the static distributions here, which cost less than others with their side information"


def examples(photos: Sequence[Photo], names: Sequence[str]) -> list[Photo]:
    """The photographs of these names, or the first two. Raises ConfigError where one is not among them."""
    known = {photo.name: photo for photo in photos}
    for name in names:
        if name not in known:
            raise ConfigError(f"images: examples: there is no image {name!r}. {did_you_mean(name, list(known))}")
    return [known[name] for name in names] or list(photos[:SHOWN])


def evaluate(codec: AdaptiveCodec, photos: Sequence[Photo]) -> "tuple[pandas.DataFrame, Arrays]":
    """One row an image with the rates of y under p, static and p_hat; the distributions themselves, and small pictures.

    Arrays: bins [b] are values about the channel's median; p, p_hat [n, M, b]; static [M, b]; picture_0, picture_1, ...
    """
    import pandas

    found = [used(codec, as_picture(photo.rgb)) for photo in progress(photos, "distributions")]
    rows = [_row(photo, one) for photo, one in zip(photos, found, strict=True)]
    together = {"p": np.stack([one["p"] for one in found]), "static": found[0]["p_hat_static"],
                "p_hat": np.stack([one["p_hat"] for one in found])}
    kept = shown_bins(list(together.values()))
    bins = np.arange(together["p"].shape[-1]) - together["p"].shape[-1] // 2
    arrays = {name: array[..., kept].astype(np.float32) for name, array in together.items()}
    pictures = {f"picture_{index}": thumbnail(photo.rgb) for index, photo in enumerate(photos)}
    return pandas.DataFrame(rows), {"bins": bins[kept], **arrays, **pictures}


def used(codec: AdaptiveCodec, picture: Picture) -> Arrays:
    """p, p_hat_static and p_hat [M, B] of a picture; p_hat is static where the codec sends a flag and no distributions."""
    found = codec.distributions(picture)
    if codec.parts(picture).rate_bits_side <= FLAG_BITS:
        return {**found, "p_hat": found["p_hat_static"]}
    return found


def _row(photo: Photo, found: Arrays) -> dict[str, Any]:
    height, width = photo.rgb.shape[:2]
    h, w = steps(height, width)

    def rate(coded_with: NDArray[Any]) -> float:
        # A probability of zero stands for an escape; its true cost is in the rows of the codecs, and here it is a floor.
        lengths = cross_entropy_bits(found["p"], np.maximum(coded_with, 2.0**-30))
        return bits_per_pixel(h * w * float(lengths.sum()), height, width)

    return {"image": photo.name, "channels": len(found["p"]), "latent_height": h, "latent_width": w,
            "bins": found["p"].shape[1], "ideal_bpp": rate(found["p"]), "static_bpp": rate(found["p_hat_static"]),
            "proposed_bpp": rate(found["p_hat"]), "note": FELL_BACK if found["p_hat"] is found["p_hat_static"] else ""}


def shown_bins(distributions: Sequence[NDArray[Any]]) -> slice:
    """From the first to the last bin that any distribution [..., B] gives a visible probability."""
    seen = [np.flatnonzero((one >= LEAST_PROBABILITY).reshape(-1, one.shape[-1]).any(axis=0)) for one in distributions]
    return slice(min(int(one[0]) for one in seen), max(int(one[-1]) for one in seen) + 1)


def thumbnail(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture [H, W, 3] so small that its longer side has THUMBNAIL_PX pixels at most."""
    from PIL import Image

    image = Image.fromarray(rgb)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    return np.array(image)
