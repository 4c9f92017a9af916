"""Arrays of two figures: one image and its tensors under motion."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lcpc.data.images import Photo
from lcpc.errors import ConfigError, did_you_mean
from lcpc.experiments._latent_motion import MeasuredLayer, Measurement, dynamic_range, pixels
from lcpc.motion import transforms
from lcpc.motion.block_matching import match
from lcpc.motion.lattice import Lattice, LatticeAxis
from lcpc.motion.mask import predictable
from lcpc.motion.transforms import Affine, Positions
from lcpc.motion.warp import compensated, moved_crops
from lcpc.results.frames import DataFrame, concat, frame_of

ZOOM_AND_TURN = transforms.scaling(1.05, 1.05).then(transforms.rotation(2.5))
SECOND_FRAME = ZOOM_AND_TURN.then(transforms.translation(-3.0, 1.0))
"""Motion of the motion-field figure, everywhere within the search range of 11 px (choice)."""
FIELD_STRIDE = 4
RESIDUAL_STRIDE = 8
FRAME_BLOCK, FRAME_REACH = 31, 11
LATENT_BLOCK, LATENT_REACH = 3, 5
FIELD_CHANNELS, RESIDUAL_CHANNELS = 4, 9
ARROWS = 14
"""Arrows along each side of the motion-field figure."""
RESIDUALS = {
    "translate 35 px": transforms.translation(35.0),
    "rotate 10°": transforms.rotation(10.0),
    "stretch 1.2": transforms.scaling(1.2),
    "shear 10°": transforms.shear(10.0),
}

Arrays = dict[str, NDArray[Any]]


def panels(measurement: Measurement) -> tuple[Arrays, DataFrame]:
    """Arrays of both figures, and the motion vectors of the first. Raises ConfigError."""
    layers = measurement.measured_layers()
    photo = example(measurement)
    image = pixels(photo)
    field, vectors = _field(measurement, image, nearest(layers, FIELD_STRIDE))
    residuals = _residuals(measurement, image, nearest(layers, RESIDUAL_STRIDE))
    return {**field, **residuals, "image": np.array(photo.name)}, vectors


def example(measurement: Measurement) -> Photo:
    """The photograph of the figures. Raises ConfigError where the run has none of that name."""
    names = [photo.name for photo in measurement.photos]
    name = measurement.settings.example or names[0]
    if name not in names:
        hint = did_you_mean(name, names)
        raise ConfigError(f"latent_motion: example: there is no image {name!r}. {hint}")
    return measurement.photos[names.index(name)]


def nearest(layers: Sequence[MeasuredLayer], stride: int) -> MeasuredLayer:
    """The last layer whose stride is nearest to `stride`, by ratio."""
    def distance(layer: MeasuredLayer) -> float:
        """Octaves between a layer's stride and `stride`."""
        return float(abs(np.log2(layer.lattice.x.stride / stride)))

    return min(reversed(layers), key=distance)


def strongest(tensor: torch.Tensor, count: int) -> list[int]:
    """The channels of [C, h, w] that vary most, in their own order."""
    order = tensor.flatten(1).var(dim=1).argsort(descending=True)[:count]
    return sorted(int(channel) for channel in order)


def _field(measurement: Measurement, photo: torch.Tensor,
           layer: MeasuredLayer) -> tuple[Arrays, DataFrame]:
    """Two frames and their tensors; their motion by block matching and as it is."""
    size_px = measurement.settings.size_px
    frames = moved_crops(photo, size_px, [Affine(), SECOND_FRAME])
    tensors = measurement.tensors(frames)[layer.name]
    axis = LatticeAxis(size_px, size_px, stride=1, low=0, high=0)
    of_frame = match(frames[1].numpy(), frames[0].numpy(), FRAME_BLOCK, FRAME_REACH)
    of_latent = match(tensors[1].numpy(), tensors[0].numpy(), LATENT_BLOCK, LATENT_REACH)
    channels = strongest(tensors[0], FIELD_CHANNELS)
    arrays = {"field_frames": _bytes(frames), "field_layer": np.array(layer.name),
              "field_tensors": tensors[:, channels].half().numpy()}
    vectors = [_vectors("frame", Lattice(axis, axis), of_frame),
               _vectors("latent", layer.lattice, of_latent)]
    return arrays, concat(vectors)


def _bytes(images: torch.Tensor) -> NDArray[np.uint8]:
    """[B, 3, H, W], 0 to 255, as [B, H, W, 3]."""
    return images.round().clamp(0, 255).permute(0, 2, 3, 1).to(torch.uint8).numpy()


def _vectors(where: str, lattice: Lattice, matched: Positions) -> DataFrame:
    """Matched and expected motion at ARROWS x ARROWS positions."""
    side = matched.shape[0]
    evenly = np.linspace(0, side - 1, ARROWS + 2).round().astype(int)
    inside = np.unique(evenly)[1:-1]
    grid = np.meshgrid(inside, inside, indexing="ij")
    rows, columns = (index.ravel() for index in grid)
    expected = lattice.rescaled_motion(SECOND_FRAME)
    return frame_of({
        "where": where, "x": columns, "y": rows,
        "match_x": matched[rows, columns, 0], "match_y": matched[rows, columns, 1],
        "expected_x": expected[rows, columns, 0], "expected_y": expected[rows, columns, 1]})


def _residuals(measurement: Measurement, photo: torch.Tensor, layer: MeasuredLayer) -> Arrays:
    """Images and tensors after four transforms, their prediction, and the positions that count."""
    affines = list(RESIDUALS.values())
    images = moved_crops(photo, measurement.settings.size_px, [Affine(), *affines])
    tensors = measurement.tensors(images)[layer.name]
    channels = strongest(tensors[0], RESIDUAL_CHANNELS)
    predicted = compensated(tensors[0], layer.lattice, affines)
    masks = [predictable(affine, layer.lattice, layer.reach.px) for affine in affines]
    return {
        "residual_images": _bytes(images),
        "residual_tensors": tensors[:, channels].half().numpy(),
        "residual_predicted": predicted[:, channels].half().numpy(),
        "residual_masks": np.stack(masks),
        "residual_names": np.array(list(RESIDUALS)),
        "residual_layer": np.array(layer.name),
        "residual_span": np.array(dynamic_range(tensors[0])),
    }
