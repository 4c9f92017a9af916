"""OctAttention and IPDAE as counts of layers: parameters, and multiply-accumulates (MAC) of layers.

Both are smaller than in their papers. With the papers' widths in place of ours, the same networks
are what `OCT_PAPER` and `PATCH_PAPER` count; these are not counts of the authors' programs.
Searches for neighbours and sums of distances are no layers and are not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lcpc.metrics.complexity import Linear, mac_count, parameter_count

OCCUPANCIES, OCTANTS, TREE_LEVELS, COUNT_CLASSES, ROWS = 256, 9, 12, 32, 4
CELLS_AROUND, PLACE_BITS, CHILDREN_BEFORE = 26, 30, 56
"""What OctAttention is shown of a node, see `lcpc.models.octree`."""
LATENTS, LATENT_VALUES, SET_NEIGHBOURS, SET_CENTRES = 16, 7, 16, 256
"""Of IPDAE, see `lcpc.models.ipdae`."""


@dataclass(frozen=True)
class OctWidths:
    """Widths of OctAttention."""

    occupancy: int = 24
    level: int = 4
    octant: int = 4
    layers: int = 2
    heads: int = 4
    hidden: int = 256
    window: int = 256
    """Decoded nodes that a node sees, at most."""

    @property
    def width(self) -> int:
        """Four rows side by side."""
        return ROWS * (self.occupancy + self.level + self.octant)

    def __str__(self) -> str:
        row = f"{self.occupancy} + {self.level} + {self.octant}"
        return (f"{self.width} = {ROWS} ({row}), {self.layers} layers of {self.heads} heads, "
                f"hidden {self.hidden}, window {self.window}")


OCT_PAPER = OctWidths(occupancy=128, level=6, octant=4, layers=3, hidden=300, window=1024)


def oct_parameters(widths: OctWidths) -> int:
    """Parameters of the network."""
    width = widths.width
    embeddings = (OCCUPANCIES * widths.occupancy + TREE_LEVELS * widths.level
                  + OCTANTS * widths.octant + (2 * COUNT_CLASSES + TREE_LEVELS) * width)
    shown = (CELLS_AROUND + PLACE_BITS + CHILDREN_BEFORE) * width
    # Of a layer: embeddings of occupancies, two norms, key and value in place of a first node's.
    vectors = OCCUPANCIES * width + 2 * 2 * width + 2 * width
    layers = widths.layers * (parameter_count(_attention_layer(widths)) + vectors)
    return embeddings + shown + 2 * width + layers + parameter_count(_head(widths))


def oct_macs(widths: OctWidths) -> int:
    """MACs of a node that sees a whole window; encoder and decoder take each node once."""
    shown = (CELLS_AROUND + PLACE_BITS + CHILDREN_BEFORE) * widths.width
    attention = 2 * widths.window * widths.width
    layers = widths.layers * (mac_count(_attention_layer(widths)) + attention)
    return shown + layers + mac_count(_head(widths))


def _attention_layer(widths: OctWidths) -> list[Linear]:
    """Query, key, value, output, and the feed-forward network."""
    width = widths.width
    return [*[Linear(width, width)] * 4, Linear(width, widths.hidden), Linear(widths.hidden, width)]


def _head(widths: OctWidths) -> list[Linear]:
    return [Linear(widths.width, widths.width), Linear(widths.width, OCCUPANCIES - 1)]


@dataclass(frozen=True)
class PatchWidths:
    """Widths of IPDAE's layers."""

    abstraction: tuple[int, ...] = (32, 32, 64)
    pointnet: tuple[int, ...] = (64, 128, 256)
    decoder: tuple[int, ...] = (128, 256)
    features: int = 64
    """Features of a decoded point before the pointwise layers."""
    most_features: int = 8192
    """Features of all points of a patch: large patches have fewer a point."""
    pointwise: tuple[int, ...] = (64, 32)
    cloud: tuple[int, ...] = (32, 64)
    entropy: tuple[int, ...] = (128, 128)

    def features_of(self, points: int) -> int:
        """Features of each of so many decoded points."""
        return max(1, min(self.features, self.most_features // points))

    def described(self, patch: int) -> str:
        """The widths of patches of K points."""
        parts = {"set abstraction": self.abstraction, "PointNet": self.pointnet,
                 "decoder": self.decoder, "features": (self.features_of(patch // 2),),
                 "pointwise": self.pointwise, "entropy": (*self.cloud, *self.entropy)}
        return ", ".join(f"{name} {' '.join(map(str, widths))}" for name, widths in parts.items())


PATCH_PAPER = PatchWidths(
    abstraction=(32, 64, 128), pointnet=(128, 256, 512), decoder=(256, 1024), features=128,
    most_features=1 << 30, pointwise=(128, 64, 32))


@dataclass(frozen=True)
class PatchParts:
    """The layers of IPDAE for patches of K points, by what they run at."""

    patch: int
    widths: PatchWidths

    def parameters(self) -> int:
        """Parameters of all networks of this K."""
        parts = (self.neighbour, self.centre, self.latents, self.hidden, self.features,
                 self.decoded_point, self.cloud, self.own)
        norms = 2 * (self.widths.pointnet[-1] + sum(self.widths.decoder))
        return norms + sum(map(parameter_count, parts))

    def encoder_macs(self, points: int) -> int:
        """MACs of a cloud of N points: latents of its patches, and their probabilities."""
        patch = min(self.patch, points)
        every = -(-patch // SET_CENTRES)
        set_centres = -(-patch // every)
        neighbours = min(SET_NEIGHBOURS, patch)
        at_centre = neighbours * mac_count(self.neighbour) + mac_count(self.centre)
        return self.patches(points) * (set_centres * at_centre + mac_count(self.latents)
                                       + self._entropy_macs())

    def decoder_macs(self, points: int) -> int:
        """MACs of a cloud of N points: probabilities and points of its patches."""
        at_point = self.patch // 2 * mac_count(self.decoded_point)
        at_patch = mac_count(self.hidden) + mac_count(self.features)
        return self.patches(points) * (at_patch + at_point + self._entropy_macs())

    def patches(self, points: int) -> int:
        """S = 2 N / K, at least 1."""
        return max(1, 2 * points // self.patch)

    def _entropy_macs(self) -> int:
        return mac_count(self.cloud) + mac_count(self.own)

    @property
    def neighbour(self) -> list[Linear]:
        """Set abstraction, at each neighbour of each of its centres."""
        return list(_chain(3, *self.widths.abstraction))

    @property
    def centre(self) -> list[Linear]:
        """PointNet, at each of these centres."""
        return list(_chain(3 + self.widths.abstraction[-1], *self.widths.pointnet))

    @property
    def latents(self) -> list[Linear]:
        """Once a patch."""
        return [Linear(self.widths.pointnet[-1] + 1, LATENTS)]

    @property
    def hidden(self) -> list[Linear]:
        """First layers of the decoder, once a patch."""
        return list(_chain(LATENTS + 1, *self.widths.decoder))

    @property
    def features(self) -> list[Linear]:
        """Features of all decoded points, once a patch."""
        points = self.patch // 2
        outputs = points * self.widths.features_of(points)
        return [Linear(self.widths.decoder[-1], outputs)]

    @property
    def decoded_point(self) -> list[Linear]:
        """Pointwise layers, at each of K / 2 decoded points."""
        features = self.widths.features_of(self.patch // 2)
        return list(_chain(features + LATENTS, *self.widths.pointwise, 3))

    @property
    def cloud(self) -> list[Linear]:
        """Layers of the entropy model, applied at each centroid."""
        return list(_chain(3, *self.widths.cloud))

    @property
    def own(self) -> list[Linear]:
        """Logits of the latents of a patch."""
        inputs = self.widths.cloud[-1] + 1 + 3
        return list(_chain(inputs, *self.widths.entropy, LATENTS * LATENT_VALUES))


def _chain(*widths: int) -> Iterator[Linear]:
    return (Linear(inputs, outputs) for inputs, outputs in pairwise(widths))

