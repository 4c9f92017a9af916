"""The pictures behind two figures: what one image's tensors do under motion, as arrays that need no network to be drawn."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.data.images import Photo
from lcpc.errors import ConfigError, did_you_mean
from lcpc.experiments.latent_motion import Bench, Layer, pixels, span
from lcpc.motion import transforms
from lcpc.motion.block_matching import match
from lcpc.motion.lattice import Axis, Lattice
from lcpc.motion.mask import predictable
from lcpc.motion.transforms import Affine, Positions
from lcpc.motion.warp import compensated, frames

if TYPE_CHECKING:
    import pandas

# The second frame of the motion-field figure: a mild zoom and turn, everywhere within the search range of 11 px (choice).
SECOND_FRAME = transforms.scaling(1.05, 1.05).then(transforms.rotation(2.5)).then(transforms.translation(-3.0, 1.0))
FIELD_STRIDE = 4
RESIDUAL_STRIDE = 8
FRAME_BLOCK, FRAME_REACH = 31, 11
LATENT_BLOCK, LATENT_REACH = 3, 5
FIELD_CHANNELS, RESIDUAL_CHANNELS = 4, 9
ARROWS = 14
"""Arrows along each side of the motion-field figure."""
RESIDUALS = {
    "translate 35 px": transforms.translation(35.0), "rotate 10°": transforms.rotation(10.0),
    "stretch 1.2": transforms.scaling(1.2), "shear 10°": transforms.shear(10.0),
}

Arrays = dict[str, NDArray[Any]]


def panels(bench: Bench) -> "tuple[Arrays, pandas.DataFrame]":
    """Arrays of both figures for the example photograph, and the motion vectors of the first figure. Raises ConfigError."""
    layers = bench.measured_layers()
    shown = example(bench)
    photo = pixels(shown)
    first, vectors = _field(bench, photo, nearest(layers, FIELD_STRIDE))
    arrays = {**first, **_residuals(bench, photo, nearest(layers, RESIDUAL_STRIDE)), "image": np.array(shown.name)}
    return arrays, vectors


def example(bench: Bench) -> Photo:
    """The photograph that the pictures show. Raises ConfigError where the run has none of that name."""
    names = [photo.name for photo in bench.photos]
    wanted = bench.settings.example or names[0]
    if wanted not in names:
        raise ConfigError(f"latent_motion: example: there is no image {wanted!r}. {did_you_mean(wanted, names)}")
    return bench.photos[names.index(wanted)]


def nearest(layers: Sequence[Layer], stride: int) -> Layer:
    """The last layer whose stride is nearest to `stride`, by ratio."""
    return min(reversed(layers), key=lambda layer: abs(np.log2(layer.lattice.x.stride / stride)))


def strongest(tensor: torch.Tensor, count: int) -> list[int]:
    """The channels of [C, h, w] that vary most, in their own order."""
    order = tensor.flatten(1).var(dim=1).argsort(descending=True)[:count]
    return sorted(int(channel) for channel in order)


def _field(bench: Bench, photo: torch.Tensor, layer: Layer) -> "tuple[Arrays, pandas.DataFrame]":
    import pandas

    both = frames(photo, bench.settings.size_px, [Affine(), SECOND_FRAME])
    tensors = bench.tensors(both)[layer.name]
    axis = Axis(bench.settings.size_px, bench.settings.size_px, stride=1, low=0, high=0)
    found = match(both[1].numpy(), both[0].numpy(), FRAME_BLOCK, FRAME_REACH)
    latent = match(tensors[1].numpy(), tensors[0].numpy(), LATENT_BLOCK, LATENT_REACH)
    channels = strongest(tensors[0], FIELD_CHANNELS)
    arrays = {"field_frames": both.round().clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8).numpy(),
              "field_tensors": tensors[:, channels].half().numpy(), "field_layer": np.array(layer.name)}
    vectors = [_vectors("frame", Lattice(axis, axis), found), _vectors("latent", layer.lattice, latent)]
    return arrays, pandas.concat(vectors, ignore_index=True)


def _vectors(where: str, lattice: Lattice, found: Positions) -> "pandas.DataFrame":
    import pandas

    side = found.shape[0]
    places = np.unique(np.linspace(0, side - 1, ARROWS + 2).round().astype(int))[1:-1]
    rows, columns = (index.ravel() for index in np.meshgrid(places, places, indexing="ij"))
    expected = lattice.rescaled_motion(SECOND_FRAME)
    return pandas.DataFrame({
        "where": where, "x": columns, "y": rows,
        "match_x": found[rows, columns, 0], "match_y": found[rows, columns, 1],
        "expected_x": expected[rows, columns, 0], "expected_y": expected[rows, columns, 1]})


def _residuals(bench: Bench, photo: torch.Tensor, layer: Layer) -> Arrays:
    affines = list(RESIDUALS.values())
    images = frames(photo, bench.settings.size_px, [Affine(), *affines])
    tensors = bench.tensors(images)[layer.name]
    channels = strongest(tensors[0], RESIDUAL_CHANNELS)
    predicted = compensated(tensors[0], layer.lattice, affines)
    masks = [predictable(affine, layer.lattice, layer.reach.px) for affine in affines]
    return {
        "residual_images": images.round().clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8).numpy(),
        "residual_tensors": tensors[:, channels].half().numpy(), "residual_predicted": predicted[:, channels].half().numpy(),
        "residual_masks": np.stack(masks), "residual_names": np.array(list(RESIDUALS)),
        "residual_layer": np.array(layer.name), "residual_span": np.array(span(tensors[0])),
    }
