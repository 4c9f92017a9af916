"""OctAttention, an octree codec with an attention model: native with trained weights, or recorded.

    header: log2 S │ depth │ points - 1 │ check (2 bytes), then the coder's bytes

Lossless on the cells that TMC13 codes too, unique(trunc(x S)). The octree is coded breadth-first,
an occupancy at a time, each by the distribution that `lcpc.models.exact_attention` gives after
those before it. Nodes are decoded one by one, with a cache of keys and values, since each sees the
one before it. The documents count the coder's bytes only.

Outputs of the original come with manifests, see docs/recorded.md.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lcpc.codecs.point_clouds._tmc13_sizes import reconstruct
from lcpc.codecs.point_clouds.base import (
    MAX_POINTS,
    SCALES,
    Cloud,
    Coded,
    as_cloud,
    canonical,
    checked_scale,
    measure,
)
from lcpc.config import Config, plain
from lcpc.data.base import PointClouds
from lcpc.data.seeds import seed_of
from lcpc.entropy import stepwise
from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.errors import BitstreamError, ConfigError, DataError
from lcpc.jobs import JobContext

if TYPE_CHECKING:
    from lcpc.models.exact_attention import ExactOctAttention, Reader
    from lcpc.models.octree import Level

NAME = "octattention"
LABEL = "OctAttention"
COLOUR = "#009e73"
MARKER = "^"
FIELDS = ("training", "dataset", "shape", "state")
CHECKED = 100
"""One of so many streams is decoded again in measurements: decoding takes five times as long."""
CHECK_BYTES = 2
LARGEST_DEPTH = 18
"""Levels of the deepest tree, as in `lcpc.models.octree`, which needs torch."""
LARGEST_CELL = 1 << LARGEST_DEPTH
PIECE = 1024
"""Nodes that the encoder prepares at once."""


def weights(config: Config, points: int) -> tuple[str, ...]:
    """Name of the weights that a run trains; none where its outputs only come with manifests."""
    inputs = config.input_compression
    is_trained = inputs is not None and inputs.octattention is not None
    return (NAME,) if is_trained else ()


def trained(context: JobContext, points: int, clouds: PointClouds) -> "OctAttentionCodec":
    """The codec of a run's weights. Raises ConfigError for those of other data or settings."""
    content, path = context.checkpoint(NAME), context.weights(NAME)
    codec = load(content, str(path))
    if content["dataset"] != clouds.name:
        raise ConfigError(f"{path} was trained on {content['dataset']}, not on {clouds.name}; "
                          "delete it and train again")
    assert context.config.input_compression is not None
    wanted = plain(context.config.input_compression.octattention)
    for key, value in content["training"].items():
        if key in wanted and wanted[key] != value:
            raise ConfigError(f"{path} was trained with {key} {value}, but {wanted[key]} is asked "
                              f"in config/{context.config.run}.yaml; delete it and train again")
    return codec


def load(content: Mapping[str, Any], where: str) -> "OctAttentionCodec":
    """The codec of a checkpoint. Raises DataError naming `where` where it holds something else."""
    from lcpc.checkpoints import require
    from lcpc.models.exact_attention import ExactOctAttention
    from lcpc.models.oct_attention import OctShape

    require(content, where, NAME, *FIELDS)
    shape = OctShape.of(content["shape"])
    return OctAttentionCodec(ExactOctAttention(shape, content["state"], where))


def defect_of_rate(rate_bits: float, stream_bits: int) -> str:
    """Why these rates of a cloud can't be true, or "". The documents count the coder's bytes."""
    if rate_bits > stream_bits:
        return (f"rate_bits is {rate_bits:g}, but the coder's bytes are part of the stream of "
                f"{stream_bits} bits")
    return ""


@dataclass(frozen=True, eq=False)
class OctAttentionCodec:
    """Codes the octrees of clouds by a trained network."""

    network: "ExactOctAttention"
    name: str = NAME
    settings: tuple[int, ...] = SCALES
    note: str = f"every stream encoded, 1 of {CHECKED} decoded and checked"

    def missing(self) -> str:
        """Nothing: its weights are here."""
        return ""

    def encode(self, points: Cloud, scale: int) -> bytes:
        """The stream of a cloud. Raises DataError for clouds that no tree of 18 levels holds."""
        import torch

        from lcpc.models.exact_attention import Reader
        from lcpc.models.exact_layers import BLOCK
        from lcpc.models.octree import trees

        scale = checked_scale(scale)
        grid = np.unique(_grid(points, scale), axis=0)
        header = StreamHeader.of(grid, scale)
        cells = torch.from_numpy(grid - header.corner)
        tree = torch.zeros(len(cells), dtype=torch.int64)
        nodes, occupancy, _ = trees(cells, tree, torch.tensor([header.depth]), header.above)
        symbols, reader, places = occupancy.numpy(), Reader(self.network), []
        for piece in range(0, len(nodes), PIECE):
            part = nodes[piece:piece + PIECE]
            known, before = self.network.known(part), part.before.numpy()
            for begin in range(0, len(known), BLOCK):
                block = slice(piece + begin, min(piece + begin + BLOCK, piece + PIECE))
                inside = slice(begin, begin + BLOCK)
                frequencies = reader.frequencies_of(known[inside], before[inside], symbols[block])
                places += stepwise.spans(symbols[block] - 1, frequencies, block.start)
        return header.written(stepwise.encode(places), self.network.digest)

    def decode(self, stream: bytes, scale: int) -> Cloud:
        """The cloud: cells over S. Raises BitstreamError for streams of others, and as soon as one
        promises more than it holds."""
        scale = checked_scale(scale)
        header, coded = StreamHeader.read(stream, scale, self.network.digest)
        decoder = stepwise.StepwiseDecoder(coded)
        grid = _decoded_cells(self.network, decoder, header) + header.corner
        decoder.check_end()
        if StreamHeader.of(grid, scale) != header:
            raise BitstreamError("the root of the stream's octree is larger than its cells need: "
                                 "lcpc writes no such stream")
        return canonical(grid.astype(np.float32)) / np.float32(scale)

    def coded(self, sample: str, points: Cloud, scale: int) -> Coded:
        """One cloud, encoded; decoded too where its name, P and S say so, else as `expected`."""
        if seed_of(sample, len(points), scale) % CHECKED == 0:
            return measure(self, points, scale)
        stream, decoded = self.encode(points, scale), self.expected(points, scale)
        return Coded(self.rate_bits(stream, decoded, scale), 8 * len(stream), decoded)

    def rate_bits(self, stream: bytes, decoded: Cloud, scale: int) -> float:
        """The documents count the coder's bytes."""
        return 8 * len(StreamHeader.split(stream)[1])

    def expected(self, points: Cloud, scale: int) -> Cloud:
        """The quantised cloud, as that of TMC13."""
        return reconstruct(points, scale)


def _grid(points: Cloud, scale: int) -> NDArray[np.int64]:
    """Cells trunc(x S) [P, 3]. Raises DataError for points that no tree reaches."""
    cloud = as_cloud(points)
    # Compared before the product, which may be too large for float32.
    if abs(cloud).max() >= LARGEST_CELL / scale:
        raise DataError(f"a cloud reaches {abs(cloud).max():.3g}, too far for OctAttention at S = "
                        f"{scale}; centre it and scale it to the unit ball")
    return np.trunc(cloud * np.float32(scale)).astype(np.int64)


@dataclass(frozen=True)
class StreamHeader:
    """Header of a stream, before the coder's bytes."""

    scale: int
    above: int
    """Levels of the root above the cube of the unit ball."""
    points: int
    """Cells that hold points."""

    @staticmethod
    def of(grid: NDArray[np.int64], scale: int) -> "StreamHeader":
        """The header of cells [P, 3]. Raises DataError where their tree would be too deep."""
        for above in range(LARGEST_DEPTH):
            header = StreamHeader(scale, above, len(grid))
            cells = grid - header.corner
            if header.depth > LARGEST_DEPTH:
                break
            if cells.min() >= 0 and cells.max() < 1 << header.depth:
                return header
        raise DataError(f"a cloud of cells from {grid.min()} to {grid.max()} is too far for "
                        f"OctAttention at S = {scale}; centre it and scale it to the unit ball")

    @property
    def depth(self) -> int:
        """Levels of the tree."""
        return self.scale.bit_length() + 1 + self.above

    @property
    def corner(self) -> int:
        """The cell at the corner of the root; the cube of the unit ball is near its middle."""
        cubes = ((1 << self.above) - 1) // 2
        return -self.scale - 4 * self.scale * cubes

    def written(self, coded: bytes, digest: bytes) -> bytes:
        """The stream of these bytes of the coder, by the weights of this digest."""
        head = bytes([self.scale.bit_length() - 1, self.above]) + numeral(self.points - 1)
        return head + _check(head, coded, digest) + coded

    @staticmethod
    def read(stream: bytes, scale: int, digest: bytes) -> "tuple[StreamHeader, bytes]":
        """(header, bytes of the coder). Raises BitstreamError for a stream that was not written
        with this S and by these weights."""
        header, coded = StreamHeader.split(stream)
        if header.scale != scale or header.written(coded, digest) != stream:
            raise BitstreamError(
                f"the stream of {len(stream)} bytes is cut, damaged, or of other weights or S")
        return header, coded

    @staticmethod
    def split(stream: bytes) -> "tuple[StreamHeader, bytes]":
        """(header, bytes of the coder) without the check."""
        if len(stream) < 2:
            raise BitstreamError(f"these {len(stream)} bytes are no stream of OctAttention")
        points, rest = read_numeral(stream[2:])
        header = StreamHeader(1 << min(stream[0], 62), stream[1], points + 1)
        is_valid = header.scale in SCALES and header.points <= MAX_POINTS
        if not is_valid or header.depth > LARGEST_DEPTH or len(rest) < CHECK_BYTES:
            raise BitstreamError(f"these {len(stream)} bytes are no stream of OctAttention")
        return header, rest[CHECK_BYTES:]


def _check(head: bytes, coded: bytes, digest: bytes) -> bytes:
    return zlib.crc32(head + digest + coded).to_bytes(4, "big")[:CHECK_BYTES]


def _decoded_cells(network: "ExactOctAttention", decoder: stepwise.StepwiseDecoder,
                   header: StreamHeader) -> NDArray[np.int64]:
    """Cells [points, 3] from the root's corner. Raises BitstreamError for another count."""
    import torch

    from lcpc.models.exact_attention import Reader
    from lcpc.models.octree import Level, children, coordinates

    level, reader = Level.roots(torch.tensor([header.depth]), header.above), Reader(network)
    for _ in range(header.depth):
        occupancy = torch.from_numpy(_occupancies(network, reader, decoder, level))
        parent, octant = children(occupancy)
        if len(parent) > header.points:
            raise BitstreamError(f"the stream holds more than its {header.points} points: it is "
                                 "damaged or of another model")
        code, level = level.code[parent] << 3 | octant, level.next(occupancy)
    if len(code) != header.points:
        raise BitstreamError(f"the stream holds {len(code)} points, not its {header.points}: it is "
                             "damaged or of another model")
    return np.asarray(coordinates(code, header.depth).numpy())


def _occupancies(network: "ExactOctAttention", reader: "Reader", decoder: stepwise.StepwiseDecoder,
                 level: "Level") -> NDArray[np.int64]:
    """The occupancies of the next level."""
    nodes = level.nodes()
    # The last value is that of empty cells, which have place -1.
    occupancy, places = np.zeros(len(nodes) + 1, dtype=np.int64), nodes.before.numpy()
    for piece in range(0, len(nodes), PIECE):
        known = network.known(nodes[piece:piece + PIECE])
        for index in range(len(known)):
            before = occupancy[places[piece + index]][None]
            frequencies = reader.frequencies(known[index:index + 1], before)
            symbol = decoder.symbol(frequencies[0]) + 1
            reader.learn(symbol)
            occupancy[piece + index] = symbol
    return occupancy[:-1]
