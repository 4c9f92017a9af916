"""Pictures of meshes and clouds: a depth buffer in numpy, shaded from two sides, with dark outlines; exact and repeatable.

Matplotlib sorts whole triangles by depth, which goes wrong wherever large ones cross. Here each triangle is covered with
samples that stand closer than pixels, and the nearest sample of each pixel is seen.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[numpy.float64]
    Corners: TypeAlias = NDArray[numpy.int32]

OVERSAMPLING = 2
STEP = 0.7
"""Distance of samples in pixels: below 1, so that no pixel of a triangle stays empty."""
ELEVATION_DEG, AZIMUTH_DEG = 24.0, -58.0
KEY_LIGHT, FILL_LIGHT = (-0.45, 0.65, 0.62), (0.8, 0.1, 0.35)
BODY = (0.56, 0.62, 0.70)
"""A grey blue, alike to every eye; only its lightness carries the shape."""
OUTLINE_DEPTH = 0.03
OUTLINE_TURN = 0.75
OUTLINE_DARKENING = 0.55
MESH_HAZE, CLOUD_HAZE = 0.10, 0.35
"""How much darker what is far away gets: points have little else to tell their depth by."""
DOT = 0.018
MARGIN = 1.03
AT_ONCE = 1 << 22


def camera() -> "Array":
    """Rows: right, up and towards the viewer, in the coordinates of the object (z is up)."""
    elevation, azimuth = numpy.radians([ELEVATION_DEG, AZIMUTH_DEG])
    right = numpy.array([-numpy.sin(azimuth), numpy.cos(azimuth), 0.0])
    level = numpy.array([numpy.cos(azimuth), numpy.sin(azimuth), 0.0])
    toward = numpy.cos(elevation) * level + numpy.array([0.0, 0.0, numpy.sin(elevation)])
    return numpy.stack([right, numpy.cross(toward, right), toward])


def picture(vertices: "Array", triangles: "Corners", pixels: int) -> "Array":
    """A mesh (or a cloud, where there are no triangles) as an RGBA picture [pixels, pixels, 4], values in 0..1."""
    side = pixels * OVERSAMPLING
    seen = framed(vertices @ camera().T)
    if len(triangles):
        depth, owner = nearest(seen, triangles, side)
        turned = normals(seen, triangles)[owner.clip(0)]
    else:
        depth, turned = dots(seen, side)
    there = numpy.isfinite(depth)
    light = shade(turned, depth, there, is_mesh=len(triangles) > 0)
    colour = numpy.concatenate([light[..., None] * numpy.array(BODY) / max(BODY), there[..., None]], axis=-1)
    colour[~there] = 0
    small = colour.reshape(pixels, OVERSAMPLING, pixels, OVERSAMPLING, 4).mean(axis=(1, 3))  # [y, sub, x, sub, rgba]
    small[..., :3] /= numpy.maximum(small[..., 3:], 1e-9)
    return numpy.ascontiguousarray(small)


def framed(seen: "Array") -> "Array":
    """The object in the middle of the picture, as large as fits: x and y in -1..1, depth in the same unit."""
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = (high - low)[:2].max() / 2 * MARGIN
    return (seen - (low + high) / 2) / max(half, 1e-12)


def nearest(seen: "Array", triangles: "Corners", side: int) -> "tuple[Array, NDArray[numpy.int64]]":
    """Depth (-inf where nothing is) and triangle (-1) of each pixel, [side, side]."""
    depth, owner = numpy.full(side * side, -numpy.inf), numpy.full(side * side, -1, numpy.int64)
    corners = longest_first(seen[triangles])
    counts = sample_counts(corners * side / 2)
    ends = numpy.cumsum(counts.prod(axis=1))
    begin = 0
    while begin < len(corners):
        before = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(numpy.searchsorted(ends, before + AT_ONCE, side="right")))
        cover(corners[begin:end], counts[begin:end], begin, side, depth, owner)
        begin = end
    return depth.reshape(side, side), owner.reshape(side, side)


def longest_first(corners: "Array") -> "Array":
    """Triangles [F, corner, xyz] turned so that their longest edge on the picture comes first."""
    edges = numpy.linalg.norm((numpy.roll(corners, -1, axis=1) - corners)[..., :2], axis=2)
    turn = (edges.argmax(axis=1)[:, None] + numpy.arange(3)) % 3
    return numpy.take_along_axis(corners, turn[..., None], axis=1)


def sample_counts(corners: "Array") -> "NDArray[numpy.int64]":
    """Samples along the longest edge and across it that cover a triangle given in pixels, [F, 2]."""
    a, b, c = (corners[:, corner, :2] for corner in range(3))
    length = numpy.linalg.norm(b - a, axis=1)
    twice_area = numpy.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    across = twice_area / numpy.maximum(length, 1e-12)
    return numpy.stack([numpy.ceil(length / STEP), numpy.ceil(across / STEP)], axis=1).astype(numpy.int64) + 2


def cover(corners: "Array", counts: "NDArray[numpy.int64]", first: int, side: int, depth: "Array",
          owner: "NDArray[numpy.int64]") -> None:
    """Write the samples of some triangles, the first of which is number `first`, where they are nearer than what is there."""
    each = counts.prod(axis=1)
    which = numpy.repeat(numpy.arange(len(corners)), each)
    number = numpy.arange(len(which)) - numpy.repeat(numpy.cumsum(each) - each, each)
    along = (number % counts[which, 0]) / (counts[which, 0] - 1)
    across = (number // counts[which, 0]) / (counts[which, 1] - 1)
    a, b, c = (corners[which, corner] for corner in range(3))
    put((1 - across)[:, None] * (a + along[:, None] * (b - a)) + across[:, None] * c, which + first, side, depth, owner)


def put(samples: "Array", owners: "NDArray[numpy.int64]", side: int, depth: "Array", owner: "NDArray[numpy.int64]") -> None:
    """Enter samples into the buffers; the nearest of each pixel stays, of equal ones the first."""
    x = ((samples[:, 0] + 1) * side / 2).astype(numpy.int64).clip(0, side - 1)
    y = ((1 - samples[:, 1]) * side / 2).astype(numpy.int64).clip(0, side - 1)
    pixel = y * side + x
    before = depth.copy()
    numpy.maximum.at(depth, pixel, samples[:, 2])
    seen = numpy.flatnonzero((samples[:, 2] == depth[pixel]) & (samples[:, 2] > before[pixel]))
    _, first = numpy.unique(pixel[seen], return_index=True)
    owner[pixel[seen[first]]] = owners[seen[first]]


def normals(seen: "Array", triangles: "Corners") -> "Array":
    """Unit normals that face the viewer, [F, 3]: meshes found in the wild don't agree on their outside."""
    a, b, c = (seen[triangles[:, corner]] for corner in range(3))
    normal = numpy.cross(b - a, c - a)
    normal /= numpy.maximum(numpy.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    return normal * numpy.where(normal[:, 2:] < 0, -1.0, 1.0)


def dots(seen: "Array", side: int) -> "tuple[Array, Array]":
    """A cloud as small balls: depth and normal of each pixel."""
    depth, owner = numpy.full(side * side, -numpy.inf), numpy.full(side * side, -1, numpy.int64)
    radius = max(int(DOT * side / 2), 1)
    y, x = numpy.mgrid[-radius:radius + 1, -radius:radius + 1].reshape(2, -1) / radius
    inside = x**2 + y**2 <= 1
    ball = numpy.stack([x, y, numpy.sqrt(numpy.maximum(1 - x**2 - y**2, 0))], axis=1)[inside]
    samples = (seen[:, None] + ball * radius * 2 / side).reshape(-1, 3)
    put(samples, numpy.tile(numpy.arange(len(ball)), len(seen)), side, depth, owner)
    return depth.reshape(side, side), ball[owner.clip(0)].reshape(side, side, 3)


def shade(turned: "Array", depth: "Array", there: "NDArray[numpy.bool_]", is_mesh: bool) -> "Array":
    """Lightness of each pixel from its normal: ambient, two lights, a little depth, and dark outlines."""
    key, fill = (numpy.array(light) / numpy.linalg.norm(light) for light in (KEY_LIGHT, FILL_LIGHT))
    light = 0.40 + 0.52 * (turned @ key).clip(0) + 0.18 * (turned @ fill).clip(0)
    light = light * (1 + (MESH_HAZE if is_mesh else CLOUD_HAZE) * numpy.where(there, depth, 0).clip(-1.5, 1.5))
    if is_mesh:
        light = light * (1 - OUTLINE_DARKENING * outlines(turned, depth, there))
    return light.clip(0, 1)


def outlines(turned: "Array", depth: "Array", there: "NDArray[numpy.bool_]") -> "NDArray[numpy.bool_]":
    """Pixels at the rim of the object, at a jump of depth, or at a sharp edge."""
    found = numpy.zeros(depth.shape, bool)
    far = numpy.where(there, depth, -9.0)
    for axis in (0, 1):
        for step in (-1, 1):
            found |= far - numpy.roll(far, step, axis) > OUTLINE_DEPTH
        both = there & numpy.roll(there, 1, axis)
        found |= both & ((turned * numpy.roll(turned, 1, axis)).sum(axis=-1) < OUTLINE_TURN)
    return found & there
