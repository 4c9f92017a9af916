"""IPDAE, a patch-based autoencoder for point clouds: trained by lcpc, or run elsewhere.

    setting K ─► S = 2 N / K patches; the stream is

    centre [3], side   four float32 (16 bytes), which the documents do not count
    depth              of the octree of centroids, 1 ... 8
    occupancies        of its nodes, breadth-first, by tables of the training split
    latents            16 a patch, -3 ... 3, by the entropy model in whole numbers

Decoding gives K / 2 points a patch. They are floats of a network: equal in the same process, but
on another machine up to its last digits. What is entropy coded is exact everywhere.
"""

import struct
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds.base import MAX_POINTS, Cloud, as_cloud
from lcpc.config import Config, plain
from lcpc.entropy import octree_cells, sequential
from lcpc.errors import BitstreamError, ConfigError, DataError

if TYPE_CHECKING:
    from lcpc.data.base import PointClouds
    from lcpc.entropy.octree_cells import OctreeModel
    from lcpc.entropy.sequential import Distribution
    from lcpc.jobs import JobContext
    from lcpc.models.exact_patches import ExactEntropyModel
    from lcpc.models.ipdae import PatchAutoencoder

NAME = "ipdae"
LABEL = "IPDAE"
COLOUR = "#aa4499"
MARKER = "D"
SIDE_BITS = 128
"""The cloud's centre and scale, four float32, which the documents do not count."""
HEADER = struct.Struct("<4f")
MOST_PATCHES = 4096
MOST_DISTANCES = 1 << 26
"""Most distances from centroids to points that an encoder holds: 256 MiB of float32."""
FIELDS = ("patch", "training", "dataset", "dataset_digest", "model", "occupancies")

Symbols = NDArray[np.int64]


def weights_name(patch: int) -> str:
    """Name of the weights of patches of K points."""
    return f"{NAME}_K{patch}"


def setting_of(patch: int) -> str:
    """The setting of patches of K points, as rows have it."""
    return f"K={patch:04d}"


def weights(config: Config, points: int) -> tuple[str, ...]:
    """Names of the weights that a run trains for clouds of P points; none where its outputs only
    come with manifests."""
    inputs = config.input_compression
    if inputs is None or inputs.ipdae is None:
        return ()
    fitting = (patch for patch in inputs.ipdae.patches if inputs.ipdae.points_of(patch, [points]))
    return tuple(map(weights_name, fitting))


def trained(context: "JobContext", points: int, clouds: "PointClouds") -> "IpdaeCodec":
    """The codec of a run's trained weights, for clouds of P points.

    Raises ConfigError where they are of other data or settings.
    """
    networks = {}
    for name in weights(context.config, points):
        content, path = context.checkpoint(name), context.weights(name)
        network = load(content, str(path))
        _check_origin(content, path, context.config, clouds)
        networks[setting_of(network.network.patch)] = network
    return IpdaeCodec(networks)


def _check_origin(content: Mapping[str, Any], path: Path, config: Config,
                  clouds: "PointClouds") -> None:
    assert config.input_compression is not None
    if content["dataset"] != clouds.name:
        raise ConfigError(f"{path} was trained on {content['dataset']}, not on {clouds.name}; "
                          "delete it and train again")
    wanted = plain(config.input_compression.ipdae)
    for key, value in content["training"].items():
        if key in wanted and wanted[key] != value:
            raise ConfigError(f"{path} was trained with {key} {value}, but {wanted[key]} is asked "
                              f"in config/{config.run}.yaml; delete it and train again")


def defect_of_rate(rate_bits: float, stream_bits: int) -> str:
    """Why these rates of a cloud can't be true, or ""."""
    if rate_bits > stream_bits - SIDE_BITS:
        return (f"rate_bits is {rate_bits:g}, but centre and scale ({SIDE_BITS} bits) of a stream "
                f"of {stream_bits} do not count")
    return ""


@dataclass(frozen=True, eq=False)
class PatchNetwork:
    """What codes patches of K points: networks, entropy model in whole numbers, octree tables."""

    network: "PatchAutoencoder"
    entropy_model: "ExactEntropyModel"
    octree: "OctreeModel"


def load(content: Mapping[str, Any], where: str) -> PatchNetwork:
    """The network of a checkpoint. Raises DataError naming `where` where it holds something else.
    """
    from lcpc.checkpoints import require, restored
    from lcpc.models.exact_patches import ExactEntropyModel
    from lcpc.models.ipdae import PatchAutoencoder

    require(content, where, NAME, *FIELDS)
    patch = int(content["patch"])
    network = restored(lambda: PatchAutoencoder(patch), content["model"], where)
    octree = octree_cells.OctreeModel(content["occupancies"].numpy())
    network.requires_grad_(False).eval()
    return PatchNetwork(network, ExactEntropyModel(network.entropy_model), octree)


@dataclass(frozen=True, eq=False)
class IpdaeCodec:
    """The codec of some patch sizes, by setting."""

    networks: Mapping[str, PatchNetwork]
    name: str = NAME

    @property
    def settings(self) -> tuple[str, ...]:
        """Patch sizes K, in words."""
        return tuple(self.networks)

    def missing(self) -> str:
        """It needs nothing but its weights."""
        return ""

    def encode(self, points: Cloud, setting: str) -> bytes:
        """The stream of one cloud [P, 3]."""
        network = self.network(setting)
        header, codes, depth, latents = analyse(network, points)
        symbols, distributions = network.octree.symbols(codes, depth)
        rows = octree_cells.rows_of(network.entropy_model.tables(centres(codes, depth)))
        body = sequential.encode(
            [depth, *symbols, *latents.ravel().tolist()],
            [DEPTHS, *distributions, *rows])
        return header + body

    def decode(self, stream: bytes, setting: str) -> Cloud:
        """The points of a stream [S K / 2, 3]. Raises BitstreamError for one that these weights
        did not write."""
        network = self.network(setting)
        header, body = stream[:HEADER.size], stream[HEADER.size:]
        checked_header(header)
        most = min(MOST_PATCHES, max(1, 2 * MAX_POINTS // network.network.patch))
        codes, depth, latents = sequential.read(
            body, most_symbols(most), reader(network, most))
        return synthesise(network, header, codes, depth, latents)

    def expected(self, points: Cloud, setting: str) -> Cloud:
        """What decoding must give, computed without the stream."""
        network = self.network(setting)
        return synthesise(network, *analyse(network, points))

    def rate_bits(self, stream: bytes, decoded: Cloud, setting: str) -> float:
        """The documents count all but centre and scale."""
        return 8 * len(stream) - SIDE_BITS

    def network(self, setting: str) -> PatchNetwork:
        """The network of a setting. Raises ConfigError naming those that there are."""
        if setting not in self.settings:
            trained = ", ".join(self.networks)
            raise ConfigError(f"IPDAE has no network for {setting}; it has {trained}")
        return self.networks[setting]


class EvenDepths:
    """The depth of an octree, all equally likely."""

    first, entries, likeliest = 1, octree_cells.DEEPEST, 0

    def below(self, entry: int) -> int:
        """Frequencies before an entry; a count is left for the escape."""
        return ((1 << 16) - 1) * entry // octree_cells.DEEPEST


DEPTHS = EvenDepths()


def analyse(network: PatchNetwork, points: Cloud) -> tuple[bytes, Symbols, int, Symbols]:
    """(header, codes of the centroids [S], depth of their octree, latents [S, 16])."""
    import torch

    from lcpc.models import ipdae

    cloud = as_cloud(points)
    header, unit = in_unit_cube(cloud[np.lexsort(cloud.T[::-1])])
    x = torch.from_numpy(unit)[None]
    count = ipdae.centroid_count(len(cloud), network.network.patch)
    if count > MOST_PATCHES or count * len(cloud) > MOST_DISTANCES:
        raise DataError(f"{len(cloud)} points make {count} patches of {network.network.patch}: "
                        f"at most {MOST_PATCHES} are coded, and {MOST_DISTANCES} patches times "
                        "points; take larger patches or fewer points")
    depth = ipdae.octree_depth(count)
    chosen = ipdae.taken(x, ipdae.farthest_points(x, count))
    cells = ipdae.cells_of(chosen[0], depth).numpy()
    codes = np.unique(octree_cells.codes_of(cells, depth))
    centroids = torch.from_numpy(centres(codes, depth)).float()[None]
    y = network.network.analyse(x, centroids)
    return header, codes, depth, torch.round(y[0]).long().numpy()


def synthesise(network: PatchNetwork, header: bytes, codes: Symbols, depth: int,
               latents: Symbols) -> Cloud:
    """The decoded points [S K / 2, 3]."""
    import torch

    *centre, side = HEADER.unpack(header)
    centroids = torch.from_numpy(centres(codes, depth)).float()[None]
    y_hat = torch.from_numpy(latents).float()[None]
    points = network.network.synthesise(y_hat, centroids)[0].double().numpy()
    largest = float(np.finfo(np.float32).max)
    return np.clip(points * side + centre, -largest, largest).astype(np.float32)


def reader(network: PatchNetwork,
           most: int) -> "Generator[Distribution, int, tuple[Symbols, int, Symbols]]":
    """Asks for the symbols of a stream; returns codes, depth and latents."""
    from lcpc.models.ipdae import LARGEST_SYMBOL, LATENTS

    depth = yield DEPTHS
    if not 1 <= depth <= octree_cells.DEEPEST:
        raise BitstreamError(f"the stream holds an octree of {depth} levels: it is damaged")
    codes = yield from network.octree.reader(depth, most)
    tables = network.entropy_model.tables(centres(codes, depth))
    latents = []
    for row in octree_cells.rows_of(tables):
        symbol = yield row
        if abs(symbol) > LARGEST_SYMBOL:
            raise BitstreamError(f"the stream holds a latent of {symbol}: it is damaged")
        latents.append(symbol)
    return codes, depth, np.array(latents, dtype=np.int64).reshape(-1, LATENTS)


def centres(codes: Symbols, depth: int) -> NDArray[np.float64]:
    """Centres [S, 3] of cells in the unit cube about 0; exact."""
    cells = octree_cells.cells_of(codes, depth)
    return np.asarray((cells + 0.5) / (1 << depth) - 0.5)


def in_unit_cube(cloud: Cloud) -> tuple[bytes, Cloud]:
    """(centre and side as bytes, the cloud in the unit cube about 0 by those numbers)."""
    low, high = cloud.min(axis=0).astype(np.float64), cloud.max(axis=0).astype(np.float64)
    side = (high - low).max()
    if side > np.finfo(np.float32).max:
        raise DataError(f"a cloud of {side:g} across can't be coded: its side is no float32")
    header = HEADER.pack(*((low + high) / 2), side)
    *centre, side = HEADER.unpack(header)
    unit = (cloud.astype(np.float64) - centre) / (side or 1)
    return header, unit.astype(np.float32)


def checked_header(header: bytes) -> None:
    """Raises BitstreamError unless these bytes are a centre and a side."""
    if len(header) < HEADER.size:
        raise BitstreamError(f"a stream of IPDAE has {HEADER.size} bytes or more, not "
                             f"{len(header)}: it was cut")
    *centre, side = HEADER.unpack(header)
    if not np.isfinite(centre).all() or not 0 <= side < np.inf:
        raise BitstreamError("the stream holds no centre and side of a cloud: it is damaged")


def most_symbols(most_patches: int) -> int:
    """Symbols of the longest stream of so many patches."""
    from lcpc.models.ipdae import LATENTS

    return 1 + (octree_cells.DEEPEST + LATENTS) * most_patches
