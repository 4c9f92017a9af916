"""From a surface to a cloud: uniform area samples (Open3D), centred, in the unit ball."""

import ctypes
import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcpc.data.meshes import Mesh
from lcpc.errors import DataError, MissingTool

GRID = 2.0**-16
LIBRARIES = {"libusb-1.0.so.0": "libusb-1.0-0", "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1",
             "libX11.so.6": "libx11-6"}
"""System libraries that Open3D loads, and the Debian packages that hold them."""


def open3d() -> Any:
    """The Open3D package, imported on first use. Raises MissingTool with what to install."""
    try:
        import open3d as package
    except (ImportError, OSError) as error:
        raise MissingTool(f"Open3D cannot be loaded ({error}). {remedy(str(error))}") from error
    return package


def remedy(message: str) -> str:
    """The command that installs what an import error of Open3D names."""
    for library, package in LIBRARIES.items():
        if library.split(".so")[0] in message:
            return f"Install its system library: apt-get install {package}"
    return "Install the package: pip install open3d"


def missing() -> str:
    """Why meshes cannot be sampled here, or "".

    Looks for Open3D and the system libraries that it loads, without loading Open3D itself.
    """
    if importlib.util.find_spec("open3d") is None:
        return f"Open3D cannot be loaded. {remedy('')}"
    for library in LIBRARIES:
        if reason := load_error(library):
            return f"Open3D cannot be loaded ({reason}). {remedy(library)}"
    return ""


def load_error(library: str) -> str:
    """Why a system library cannot be loaded, or ""."""
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return str(error)
    return ""


def sample_surface(mesh: Mesh, points: int, seed: int) -> NDArray[np.float64]:
    """`points` independent samples of the surface, uniform by area, [points, 3].

    Since the samples are independent, the first P of them are a uniform sample of P points.
    """
    package = open3d()
    vertices = package.utility.Vector3dVector(mesh.vertices)
    triangles = package.utility.Vector3iVector(mesh.triangles)
    surface = package.geometry.TriangleMesh(vertices, triangles)
    package.utility.random.seed(seed % 2**31)
    sampled: NDArray[np.float64] = np.array(surface.sample_points_uniformly(points).points)
    return sampled


def normalise(points: NDArray[np.float64]) -> NDArray[np.float32]:
    """Centred at the mean, divided by the largest L2 norm, on a grid of 2^-16, float32 [M, 3].

    The grid is finer than any codec's scale and makes the values exact. Raises DataError if all
    points coincide, or lie too far apart. Source: [MMSP23].
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centred = points - points.mean(axis=0)
        radius = np.linalg.norm(centred, axis=1).max()
    if not (np.isfinite(radius) and radius > 0):
        place = "all at one place" if radius == 0 else "too far apart"
        raise DataError(f"a cloud of {len(points)} points has radius {radius}: they are {place}. "
                        "Leave it out.")
    return (np.round(centred / radius / GRID) * GRID).astype(np.float32)


def cloud(mesh: Mesh, points: int, seed: int) -> NDArray[np.float32]:
    """The cloud of a mesh, float32 [points, 3] in the unit ball."""
    return normalise(sample_surface(mesh, points, seed))
