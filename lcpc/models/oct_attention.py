"""The network of OctAttention, small: attention over the octree nodes that are already decoded.

    rows (occupancy, level, octant) of node i and 3 ancestors ┐
    cells around, place, numbers of nodes ────────────────────┴─► h_i ─► 2 layers ─► head ─► p(x_i)
                                                                          │
                     keys and values of h_j + e(x_j), j = i - 256 ... i-1 ┘

The rows are the paper's [Fu et al. 2022], as is the previous node's occupancy in the row of the
node itself. What is not: the network is narrower; the cells around, the children of those that
precede, the place and the numbers of nodes, which a decoder knows, are shown to it; keys and
values hold a node's own occupancy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from lcpc.errors import DataError
from lcpc.metrics.input_codecs import OctWidths
from lcpc.models.octree import (
    ANCESTORS,
    BEFORE,
    COUNTS,
    LEVELS,
    NEIGHBOURS,
    POSITION_BITS,
    Nodes,
)

OCCUPANCIES = 256
SYMBOLS = OCCUPANCIES - 1
ROWS = ANCESTORS + 1
OCTANTS_OF_NODE = 8
OCTANTS = OCTANTS_OF_NODE + 1
SURROUNDINGS = len(NEIGHBOURS) + 3 * POSITION_BITS
MOST, WIDEST, WIDEST_HEAD, MOST_LAYERS = 1024, 256, 64, 16
"""Limits of the window and of widths: sums stay exact, see `lcpc.models.exact_layers`."""
LARGEST_KEY = 8.0
"""Queries, keys and values are kept within -8 ... 8, so that whole numbers can hold them."""
LARGEST_HIDDEN = 16.0
SCORE_FACTOR = 0.25
"""A power of two in place of 1 / sqrt(width of a head)."""
BLOCK = 128
"""Nodes that attend at once."""


@dataclass(frozen=True)
class OctShape(OctWidths):
    """Widths of a network that can be built."""

    def __post_init__(self) -> None:
        """Raises DataError for widths whose sums would not be exact, so that a hostile file is
        refused."""
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or not 1 <= value <= MOST:
                raise DataError(f"OctAttention: {field.name} is {value!r:.40}, not a whole number "
                                f"from 1 to {MOST}")
        head, rest = divmod(self.width, self.heads)
        if rest or head > WIDEST_HEAD or self.width > WIDEST or self.layers > MOST_LAYERS:
            raise DataError(f"OctAttention: {self.layers} layers of {self.heads} heads and width "
                            f"{self.width} can't be had: at most {MOST_LAYERS} of {WIDEST}, with "
                            f"heads of equal widths up to {WIDEST_HEAD}")

    @staticmethod
    def of(settings: Mapping[str, Any]) -> "OctShape":
        """The widths among the settings of a training."""
        widths: dict[str, Any] = {
            field.name: settings.get(field.name) for field in fields(OctShape)}
        return OctShape(**widths)

    def plain(self) -> dict[str, Any]:
        """The shape as plain values, for a checkpoint."""
        return asdict(self)


class AttentionLayer(nn.Module):
    """Attention over decoded nodes, then a feed-forward network; post-norm."""

    def __init__(self, shape: OctShape) -> None:
        super().__init__()
        width = shape.width
        self.heads = shape.heads
        self.occupancy = nn.Embedding(OCCUPANCIES, width)
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.none = nn.Parameter(torch.zeros(2, width))
        """Key and value in place of a node before the first."""
        self.out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.inner = nn.Linear(width, shape.hidden)
        self.outer = nn.Linear(shape.hidden, width)
        self.outer_norm = nn.LayerNorm(width)

    def forward(self, h: Tensor, occupancy: Tensor, is_first: Tensor, mask: Tensor) -> Tensor:
        """h [B, N, C]; is_first [B, N]: nothing is known before a node; mask: of `visible`."""
        known = h + self.occupancy(occupancy)
        key = _shifted(self.key(known), self.none[0], is_first)
        value = _shifted(self.value(known), self.none[1], is_first)
        earlier = mask.shape[-1] // BLOCK - 1
        query = _blocks(self._split(self.query(h)))
        key, value = (_with_earlier(_blocks(self._split(x)), earlier) for x in (key, value))
        # Blocks of queries [B, blocks, heads, 128, C / heads].
        seen = functional.scaled_dot_product_attention(
            query.flatten(0, 1), key.flatten(0, 1), value.flatten(0, 1),
            attn_mask=mask.flatten(0, 1)[:, None], scale=SCORE_FACTOR)
        seen = seen.unflatten(0, query.shape[:2]).transpose(2, 3).flatten(1, 2).flatten(2)
        h = self.norm(h + self.out(seen[:, :h.shape[1]]))
        hidden = self.inner(h).clamp(0, LARGEST_HIDDEN)
        return self.outer_norm(h + self.outer(hidden))

    def _split(self, x: Tensor) -> Tensor:
        # [B, N, C] -> [B, heads, N, C / heads]
        bounded = x.clamp(-LARGEST_KEY, LARGEST_KEY)
        return bounded.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def visible(start: Tensor, window: int) -> Tensor:
    """Which places nodes see, by blocks: bool [B, blocks, 128, places].

    start [B, N]: place of the first node that a node may see. Place j is that of node j - 1; the
    places of a block are its own and those of as many blocks before it as the window reaches.
    """
    first = _padded(start[..., None]).unflatten(1, (-1, BLOCK))
    earlier = -(-(window - 1) // BLOCK)
    block = torch.arange(first.shape[1], device=start.device)[:, None, None]
    node = torch.arange(BLOCK, device=start.device)[:, None]
    place = torch.arange(-earlier * BLOCK, BLOCK, device=start.device)
    is_near = (node >= place) & (node - place < window)
    return is_near & (block * BLOCK + place >= first)


def _padded(x: Tensor) -> Tensor:
    # [..., N, C] -> [..., N', C], N' a multiple of 128
    return functional.pad(x, (0, 0, 0, -x.shape[-2] % BLOCK))


def _blocks(x: Tensor) -> Tensor:
    # [B, heads, N, C] -> [B, blocks, heads, 128, C]
    return _padded(x).unflatten(2, (-1, BLOCK)).transpose(1, 2)


def _with_earlier(blocks: Tensor, earlier: int) -> Tensor:
    """Each block after so many before it: [B, blocks, heads, places, C]."""
    count = blocks.shape[1]
    shifted = [functional.pad(blocks, (0, 0, 0, 0, 0, 0, back, 0))[:, :count]
               for back in range(earlier, -1, -1)]
    return torch.cat(shifted, 3)


def _shifted(x: Tensor, none: Tensor, is_first: Tensor) -> Tensor:
    """x [B, N, C] one place later; `none` before a first node."""
    later = torch.cat([x[:, :1], x[:, :-1]], 1)
    return torch.where(is_first[..., None], none.to(x.dtype), later)


class OctAttentionNetwork(nn.Module):
    """Distribution of each node's occupancy given what is known of the node and those before."""

    def __init__(self, shape: OctShape, seed: int = 0) -> None:
        super().__init__()
        self.shape, width = shape, shape.width
        self.occupancy = nn.Embedding(OCCUPANCIES, shape.occupancy)
        self.level = nn.Embedding(LEVELS, shape.level)
        self.octant = nn.Embedding(OCTANTS, shape.octant)
        self.surroundings = nn.Linear(SURROUNDINGS, width, bias=False)
        self.before = nn.Linear(OCTANTS_OF_NODE * len(BEFORE), width, bias=False)
        self.count = nn.Embedding(COUNTS, width)
        self.parents = nn.Embedding(COUNTS, width)
        self.below = nn.Embedding(LEVELS, width)
        self.norm = nn.LayerNorm(width)
        layers = nn.ModuleList(AttentionLayer(shape) for _ in range(shape.layers))
        self.layers = cast(Sequence[AttentionLayer], layers)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, SYMBOLS)
        self._start(torch.Generator().manual_seed(seed))

    def _start(self, rng: torch.Generator) -> None:
        """Weights before training, from a generator of their own."""
        for module in self.modules():
            if isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, 0, 0.1, generator=rng)
            elif isinstance(module, nn.Linear):
                bound = (3 / module.in_features) ** 0.5
                nn.init.uniform_(module.weight, -bound, bound, generator=rng)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        with torch.no_grad():
            self.outer.weight.mul_(0.1)

    def forward(self, nodes: Nodes, previous: Tensor, occupancy: Tensor, start: Tensor) -> Tensor:
        """Logits [B, N, 255] of occupancies 1 ... 255.

        nodes: [B, N]; previous: occupancy of the node before, 0 for a first one; start [B, N]:
        place of the first node that a node may see.
        """
        is_first = start == torch.arange(start.shape[1], device=start.device)
        mask = visible(start, self.shape.window)
        h = self.norm(self.rows(nodes, previous) + self.around(nodes)
                      + self.children_before(nodes.before))
        for layer in self.layers:
            h = layer(h, occupancy, is_first, mask)
        return self.outer(self.inner(h).clamp(0, LARGEST_HIDDEN))

    def rows(self, nodes: Nodes, previous: Tensor) -> Tensor:
        """The paper's context: four rows side by side [B, N, C]."""
        steps = torch.arange(ROWS, device=previous.device)
        level = (nodes.level[..., None] - steps).clamp(min=0)
        occupancy = torch.cat([previous[..., None], nodes.ancestors], -1)
        rows = (self.occupancy(occupancy), self.level(level), self.octant(nodes.octants))
        return torch.cat(rows, -1).flatten(-2)

    def around(self, nodes: Nodes) -> Tensor:
        """Cells around, place, and numbers of nodes [B, N, C]."""
        signs = surroundings(nodes).to(self.surroundings.weight.dtype)
        counts = self.count(nodes.count) + self.parents(nodes.parents) + self.below(nodes.below)
        return self.surroundings(signs) + counts

    def children_before(self, before: Tensor) -> Tensor:
        """The children of the cells around that precede, by their occupancies [B, N, 7]."""
        bits = before[..., None] >> torch.arange(OCTANTS_OF_NODE, device=before.device) & 1
        return self.before(bits.flatten(-2).to(self.before.weight.dtype))


def surroundings(nodes: Nodes) -> Tensor:
    """The cells around (0 or 1) and the bits of the place (-1 or 1; 0 below the level) [.., 56]."""
    place = torch.arange(POSITION_BITS - 1, -1, -1, device=nodes.position.device)
    bits = 2 * (nodes.position[..., None] >> place & 1) - 1
    level = nodes.level[..., None, None]
    is_known = POSITION_BITS - place < level
    signs = torch.where(is_known, bits, 0).flatten(-2)
    return torch.cat([nodes.neighbours.to(signs.dtype), signs], -1)
