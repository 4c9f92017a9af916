"""Pictures of meshes and clouds: a depth buffer in numpy, two lights, dark outlines; repeatable.

Matplotlib sorts whole triangles by depth, which goes wrong wherever large ones cross. Here each
triangle is covered with samples closer than pixels, and the nearest sample of each pixel is seen.
"""

from typing import TYPE_CHECKING, TypeAlias

import numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[numpy.float64]
    Corners: TypeAlias = NDArray[numpy.int32]
    Owners: TypeAlias = NDArray[numpy.int64]
    Mask: TypeAlias = NDArray[numpy.bool_]

OVERSAMPLING = 2
STEP = 0.7
"""Distance of samples in pixels: below 1, so that no pixel of a triangle stays empty."""
ELEVATION_DEG, AZIMUTH_DEG = 24.0, -58.0
KEY_LIGHT, FILL_LIGHT = (-0.45, 0.65, 0.62), (0.8, 0.1, 0.35)
BODY = (0.56, 0.62, 0.70)
"""A grey blue, alike to every eye; only its lightness shows the shape."""
OUTLINE_DEPTH = 0.03
OUTLINE_TURN = 0.75
OUTLINE_DARKENING = 0.55
AMBIENT, KEY_SHARE, FILL_SHARE = 0.40, 0.52, 0.18
MESH_HAZE, CLOUD_HAZE = 0.10, 0.35
"""How much darker distant parts are; of a cloud little else shows the depth."""
DOT = 0.018
MARGIN = 1.03
AT_ONCE = 1 << 18
"""Samples in memory: few enough for buffers that the C library reuses, and so no page faults."""


def camera() -> "Floats":
    """Rows: right, up and towards the viewer, in the coordinates of the object (z is up)."""
    elevation, azimuth = numpy.radians([ELEVATION_DEG, AZIMUTH_DEG])
    right = numpy.array([-numpy.sin(azimuth), numpy.cos(azimuth), 0.0])
    level = numpy.array([numpy.cos(azimuth), numpy.sin(azimuth), 0.0])
    up = numpy.array([0.0, 0.0, numpy.sin(elevation)])
    toward = numpy.cos(elevation) * level + up
    return numpy.stack([right, numpy.cross(toward, right), toward])


def picture(vertices: "Floats", triangles: "Corners", pixels: int) -> "Floats":
    """A mesh as an RGBA picture [pixels, pixels, 4], values in 0..1; a cloud without triangles."""
    side = pixels * OVERSAMPLING
    seen = framed(vertices @ camera().T)
    is_mesh = len(triangles) > 0
    if is_mesh:
        depth, owner = nearest(seen, triangles, side)
        normal = normals(seen, triangles)[owner.clip(0)]
    else:
        depth, normal = dots(seen, side)
    covered = numpy.isfinite(depth)
    light = shade(normal, depth, covered, is_mesh)[..., None]
    colour = light * numpy.array(BODY) / max(BODY)
    rgba = numpy.concatenate([colour, covered[..., None]], axis=-1)
    rgba[~covered] = 0
    samples = rgba.reshape(pixels, OVERSAMPLING, pixels, OVERSAMPLING, 4)  # [y, sub, x, sub, rgba]
    small = samples.mean(axis=(1, 3))
    small[..., :3] /= numpy.maximum(small[..., 3:], 1e-9)
    return numpy.ascontiguousarray(small)


def framed(seen: "Floats") -> "Floats":
    """The object in the middle of the picture: x, y in -1..1, depth in the same unit."""
    low, high = seen.min(axis=0), seen.max(axis=0)
    half = (high - low)[:2].max() / 2 * MARGIN
    return (seen - (low + high) / 2) / max(half, 1e-12)


def empty_buffers(side: int) -> "tuple[Floats, Owners]":
    """Depth -inf and owner -1 of each pixel, [side * side]."""
    return numpy.full(side * side, -numpy.inf), numpy.full(side * side, -1, numpy.int64)


def nearest(seen: "Floats", triangles: "Corners", side: int) -> "tuple[Floats, Owners]":
    """Depth (-inf of the background) and triangle (-1) of each pixel, [side, side]."""
    depth, owner = empty_buffers(side)
    corners = longest_first(seen[triangles])
    counts = sample_counts(corners * side / 2)
    ends = numpy.cumsum(counts.prod(axis=1))
    begin = 0
    while begin < len(corners):
        before = ends[begin - 1] if begin else 0
        last = int(numpy.searchsorted(ends, before + AT_ONCE, side="right"))
        end = max(begin + 1, last)
        samples, triangle = cover(corners[begin:end], counts[begin:end])
        put(samples, triangle + begin, side, depth, owner)
        begin = end
    return depth.reshape(side, side), owner.reshape(side, side)


def longest_first(corners: "Floats") -> "Floats":
    """Triangles [F, corner, xyz] turned so that their longest edge on the picture comes first."""
    edges = numpy.roll(corners, -1, axis=1) - corners
    lengths = numpy.linalg.norm(edges[..., :2], axis=2)
    turn = (lengths.argmax(axis=1)[:, None] + numpy.arange(3)) % 3
    return numpy.take_along_axis(corners, turn[..., None], axis=1)


def sample_counts(corners: "Floats") -> "Owners":
    """Samples along and across the longest edge that cover a triangle in pixels, [F, 2]."""
    a, b, c = corners[..., :2].transpose(1, 0, 2)
    edge, other = b - a, c - a
    length = numpy.linalg.norm(edge, axis=1)
    twice_area = numpy.abs(edge[:, 0] * other[:, 1] - edge[:, 1] * other[:, 0])
    across = twice_area / numpy.maximum(length, 1e-12)
    counts = numpy.stack([numpy.ceil(length / STEP), numpy.ceil(across / STEP)], axis=1)
    return counts.astype(numpy.int64) + 2


def cover(corners: "Floats", counts: "Owners") -> "tuple[Floats, Owners]":
    """Samples [n, 3] that cover triangles, and the triangle of each."""
    each = counts.prod(axis=1)
    triangle = numpy.repeat(numpy.arange(len(corners)), each)
    first = numpy.repeat(numpy.cumsum(each) - each, each)
    number = numpy.arange(len(triangle)) - first
    columns, rows = counts[triangle].T
    along, across = number % columns / (columns - 1), number // columns / (rows - 1)
    a, b, c = (corners[triangle, corner] for corner in range(3))
    edge = a + along[:, None] * (b - a)
    return (1 - across)[:, None] * edge + across[:, None] * c, triangle


def put(samples: "Floats", owners: "Owners", side: int, depth: "Floats", owner: "Owners") -> None:
    """Enter samples into the buffers; the nearest of each pixel stays, of equal ones the first."""
    x = ((samples[:, 0] + 1) * side / 2).astype(numpy.int64).clip(0, side - 1)
    y = ((1 - samples[:, 1]) * side / 2).astype(numpy.int64).clip(0, side - 1)
    z, pixel = samples[:, 2], y * side + x
    before = depth.copy()
    numpy.maximum.at(depth, pixel, z)
    is_nearest = (z == depth[pixel]) & (z > before[pixel])
    seen = numpy.flatnonzero(is_nearest)
    _, first = numpy.unique(pixel[seen], return_index=True)
    chosen = seen[first]
    owner[pixel[chosen]] = owners[chosen]


def normals(seen: "Floats", triangles: "Corners") -> "Floats":
    """Unit normals that face the viewer, [F, 3]: meshes do not agree on their outside."""
    a, b, c = (seen[triangles[:, corner]] for corner in range(3))
    normal = numpy.cross(b - a, c - a)
    normal /= numpy.maximum(numpy.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    return normal * numpy.where(normal[:, 2:] < 0, -1.0, 1.0)


def dots(seen: "Floats", side: int) -> "tuple[Floats, Floats]":
    """A cloud as small balls: depth and normal of each pixel."""
    depth, owner = empty_buffers(side)
    radius = max(int(DOT * side / 2), 1)
    grid = numpy.mgrid[-radius:radius + 1, -radius:radius + 1]
    y, x = grid.reshape(2, -1) / radius
    inside = x**2 + y**2 <= 1
    z = numpy.sqrt(numpy.maximum(1 - x**2 - y**2, 0))
    ball = numpy.stack([x, y, z], axis=1)[inside]
    samples = (seen[:, None] + ball * radius * 2 / side).reshape(-1, 3)
    put(samples, numpy.tile(numpy.arange(len(ball)), len(seen)), side, depth, owner)
    return depth.reshape(side, side), ball[owner.clip(0)].reshape(side, side, 3)


def shade(normal: "Floats", depth: "Floats", covered: "Mask", is_mesh: bool) -> "Floats":
    """Lightness of each pixel: ambient, two lights, a little depth, dark outlines."""
    key, fill = (numpy.array(light) / numpy.linalg.norm(light) for light in (KEY_LIGHT, FILL_LIGHT))
    light = AMBIENT + KEY_SHARE * (normal @ key).clip(0) + FILL_SHARE * (normal @ fill).clip(0)
    haze = MESH_HAZE if is_mesh else CLOUD_HAZE
    light = light * (1 + haze * numpy.where(covered, depth, 0).clip(-1.5, 1.5))
    if is_mesh:
        light = light * (1 - OUTLINE_DARKENING * outlines(normal, depth, covered))
    return light.clip(0, 1)


def outlines(normal: "Floats", depth: "Floats", covered: "Mask") -> "Mask":
    """Pixels at the rim of the object, at a jump of depth, or at a sharp edge."""
    outline = numpy.zeros(depth.shape, bool)
    far = numpy.where(covered, depth, -9.0)
    for axis in (0, 1):
        for step in (-1, 1):
            outline |= far - numpy.roll(far, step, axis) > OUTLINE_DEPTH
        cosine = (normal * numpy.roll(normal, 1, axis)).sum(axis=-1)
        outline |= covered & numpy.roll(covered, 1, axis) & (cosine < OUTLINE_TURN)
    return outline & covered
