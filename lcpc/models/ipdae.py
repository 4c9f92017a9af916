"""IPDAE, a patch-based autoencoder of point clouds, for patches of one size K.

    x ─► centroids c by farthest point sampling, S = 2 N / K ─► cells of an octree ─► c_hat
    x, c_hat ─► patches of the K points nearest to each c_hat, about it and scaled by sqrt(S)
    patch ─► set abstraction ─► PointNet ─► sigmoid(.) (L - 0.2) - (L - 0.2) / 2 ─► y ─► y_hat
    y_hat ─► K / 2 features ─► pointwise layers ─► K / 2 points ─► / sqrt(S), + c_hat
    all c_hat, the patch's own c_hat ─► entropy model ─► p(y_hat), 16 x 7 softmax

    x: a cloud [N, 3] in the unit cube; y: latents of a patch [16], rounded to -3 ... 3

Source: You, Wang, Liu and Pan, *IPDAE: Improved patch-based deep autoencoder for lossy point cloud
geometry compression* (2022), from its description. Widths are smaller than the paper's, so that a
network trains on two cores; `lcpc.metrics.input_codecs` has both. Layer norms (ours) keep the
latents from saturating early in so short a training.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lcpc.entropy.octree_cells import DEEPEST
from lcpc.metrics.input_codecs import PatchWidths

LATENTS = 16
LEVELS = 7
"""L, values that a latent can have."""
LARGEST_SYMBOL = LEVELS // 2
MARGIN = 0.2
"""What the range of y lacks to L, so that its ends round to the outer values."""
NEIGHBOURS = 16
MOST_CENTRES = 256
"""Points of a patch about which features are made: all, or evenly as many of a larger one."""
SIZE_UNITS = 8
"""Networks see log2(S), rounded down, in so many parts."""


class PatchAutoencoder(nn.Module):
    """The networks of patches of `patch` points, K."""

    def __init__(self, patch: int, widths: PatchWidths | None = None) -> None:
        super().__init__()
        self.patch, self.widths = patch, widths or PatchWidths()
        self.encoder = PatchEncoder(self.widths)
        self.decoder = PatchDecoder(patch // 2, self.widths)
        self.entropy_model = EntropyModel(self.widths)

    def analyse(self, x: Tensor, centroids: Tensor) -> Tensor:
        """Latents y [B, S, 16] of clouds x [B, N, 3] about decoded centroids [B, S, 3]."""
        batch, count = centroids.shape[:2]
        patches = nearest_points(x, centroids, self.patch) - centroids.unsqueeze(2)
        flat = (patches * patch_scale(count)).flatten(0, 1)
        return bounded(self.encoder(flat, size_code(count))).view(batch, count, LATENTS)

    def synthesise(self, y_hat: Tensor, centroids: Tensor) -> Tensor:
        """Points [B, S K / 2, 3] of decoded latents [B, S, 16]."""
        batch, count = centroids.shape[:2]
        patches = self.decoder(y_hat.flatten(0, 1), size_code(count)) / patch_scale(count)
        points = patches.view(batch, count, -1, 3) + centroids.unsqueeze(2)
        return points.flatten(1, 2)

    def log_probabilities(self, centroids: Tensor) -> Tensor:
        """log2 of the probabilities of all values of all latents: [B, S, 16, 7]."""
        logits = self.entropy_model(centroids, size_code(centroids.shape[1]))
        return torch.log_softmax(logits, -1) * LOG2_E


LOG2_E = 1.4426950408889634


class PatchEncoder(nn.Module):
    """Set abstraction about points of a patch, then a PointNet of the patch."""

    def __init__(self, widths: PatchWidths) -> None:
        super().__init__()
        features = widths.abstraction[-1]
        self.abstraction = pointwise(3, *widths.abstraction)
        self.points = pointwise(3 + features, *widths.pointnet)
        self.norm = nn.LayerNorm(widths.pointnet[-1])
        self.outer = nn.Linear(widths.pointnet[-1] + 1, LATENTS)

    def forward(self, patches: Tensor, code: float) -> Tensor:
        """[G, K, 3] -> [G, 16]."""
        centres = patches[:, ::-(-patches.shape[1] // MOST_CENTRES)]
        near = neighbour_offsets(centres, patches)
        # ReLU of the largest is the largest of ReLU, and has fewer values to go through.
        features = F.relu(self.abstraction(near).max(2).values)
        pooled = F.relu(self.points(torch.cat([centres, features], -1)).max(1).values)
        return self.outer(with_code(self.norm(pooled), code))


class PatchDecoder(nn.Module):
    """Latents of a patch to `points` points."""

    def __init__(self, points: int, widths: PatchWidths) -> None:
        super().__init__()
        features = widths.features_of(points)
        self.points = points
        self.patch = pointwise(LATENTS + 1, *widths.decoder, last_relu=True, norm=True)
        self.features = nn.Linear(widths.decoder[-1], points * features)
        self.outer = pointwise(features + LATENTS, *widths.pointwise, 3)

    def forward(self, y_hat: Tensor, code: float) -> Tensor:
        """[G, 16] -> [G, points, 3]."""
        hidden = self.features(self.patch(with_code(y_hat, code)))
        features = F.relu(hidden).view(len(y_hat), self.points, -1)
        latents = y_hat.unsqueeze(1).expand(-1, self.points, -1)
        return self.outer(torch.cat([features, latents], -1))


class EntropyModel(nn.Module):
    """A PointNet over all centroids; then logits of each patch's latents from that and its own."""

    def __init__(self, widths: PatchWidths) -> None:
        super().__init__()
        self.cloud = pointwise(3, *widths.cloud, last_relu=True)
        inputs = widths.cloud[-1] + 1 + 3
        self.own = pointwise(inputs, *widths.entropy, LATENTS * LEVELS)

    def forward(self, centroids: Tensor, code: float) -> Tensor:
        """[B, S, 3] -> [B, S, 16, 7]."""
        cloud = with_code(self.cloud(centroids).max(1, keepdim=True).values, code)
        inputs = torch.cat([cloud.expand(-1, centroids.shape[1], -1), centroids], -1)
        logits: Tensor = self.own(inputs)
        return logits.unflatten(-1, (LATENTS, LEVELS))


def pointwise(*widths: int, last_relu: bool = False, norm: bool = False) -> nn.Sequential:
    """Fully connected layers with ReLU between, over the last axis; `norm`: layer norm before each.
    """
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs)]
        layers += [nn.LayerNorm(outputs)] if norm else []
        layers += [nn.ReLU()]
    return nn.Sequential(*(layers if last_relu else layers[:-1]))


def with_code(x: Tensor, code: float) -> Tensor:
    """x [..., C] with one more feature."""
    return F.pad(x, (0, 1), value=code)


def bounded(outputs: Tensor) -> Tensor:
    """The quantiser's input y, from -3.4 to 3.4."""
    span = LEVELS - MARGIN
    return torch.sigmoid(outputs) * span - span / 2


def rounded(y: Tensor) -> Tensor:
    """Rounded, with the gradient of y."""
    return y + (torch.round(y) - y).detach()


def size_code(centroids: int) -> float:
    """log2 of the number of centroids, rounded down, as networks take it: a multiple of 1/8."""
    return (centroids.bit_length() - 1) / SIZE_UNITS


def patch_scale(centroids: int) -> float:
    """Factor on patches: a surface's patch has a radius of about 1 / sqrt(S)."""
    return float(centroids**0.5)


def centroid_count(points: int, patch: int) -> int:
    """S = 2 N / K, at least 1."""
    return max(1, 2 * points // patch)


def octree_depth(centroids: int) -> int:
    """Levels of the octree of so many centroids: cells of a third of a patch's radius or so."""
    return min((centroids.bit_length() - 1) // 2 + 2, DEEPEST)


def cells_of(points: Tensor, depth: int) -> Tensor:
    """Cells [..., 3] of points in the unit cube about 0, int64, 0 to 2^depth - 1."""
    side = 1 << depth
    return torch.floor((points + 0.5) * side).long().clamp(0, side - 1)


def cell_centres(cells: Tensor, depth: int) -> Tensor:
    """Centres of cells [..., 3]: exact in float32."""
    return (cells.float() + 0.5) / (1 << depth) - 0.5


def farthest_points(x: Tensor, count: int) -> Tensor:
    """Indices [B, S] by farthest point sampling of clouds x [B, N, 3] in the unit cube about 0.

    The first is the point farthest from the centre of the cube; of equals, the first.
    """
    points = x.transpose(1, 2).contiguous()
    distance = points.square().sum(1)
    nearest = torch.full_like(distance, torch.inf)
    chosen = []
    for _ in range(count):
        index = distance.argmax(1)
        chosen.append(index)
        centre = points.gather(2, index.view(-1, 1, 1).expand(-1, 3, 1))
        distance = (points - centre).square_().sum(1)
        distance = nearest = torch.minimum(nearest, distance)
    return torch.stack(chosen, 1)


def nearest_points(x: Tensor, centroids: Tensor, count: int) -> Tensor:
    """The points of x [B, N, 3] nearest to each centroid [B, S, 3], at most N: [B, S, K, 3]."""
    with torch.no_grad():
        distance = squared_distances(centroids, x)
        index = distance.topk(min(count, x.shape[1]), largest=False, sorted=False).indices
    return taken(x, index)


def neighbour_offsets(centres: Tensor, patches: Tensor) -> Tensor:
    """From points [G, C, 3] to the nearest ones of their patches [G, K, 3], themselves included:
    [G, C, 16, 3]."""
    with torch.no_grad():
        distance = squared_distances(centres, patches)
        count = min(NEIGHBOURS, patches.shape[1])
        index = distance.topk(count, largest=False, sorted=False).indices
    return taken(patches, index) - centres.unsqueeze(2)


def taken(x: Tensor, index: Tensor) -> Tensor:
    """Points of x [B, N, 3] by their numbers [B, ...]: [B, ..., 3]."""
    flat = index.flatten(1).unsqueeze(-1).expand(-1, -1, 3)
    return x.gather(1, flat).view(*index.shape, 3)


def squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances of all pairs, as products (a, a^2, 1) (-2 b, 1, b^2): [B, P, 3],
    [B, Q, 3] -> [B, P, Q]."""
    a_square, b_square = (x.square().sum(-1, keepdim=True) for x in (a, b))
    left = torch.cat([a, a_square, torch.ones_like(a_square)], -1)
    right = torch.cat([-2 * b, torch.ones_like(b_square), b_square], -1)
    return left @ right.transpose(1, 2)


def chamfer(made: Tensor, reference: Tensor) -> Tensor:
    """Chamfer distance, mean over a batch: [B, P, 3], [B, Q, 3] -> []. On any device."""
    with torch.no_grad():
        to_reference = squared_distances(made, reference).argmin(2)
        to_made = squared_distances(reference, made).argmin(2)
    there = (made - taken(reference, to_reference)).square().sum(-1)
    back = (reference - taken(made, to_made)).square().sum(-1)
    return there.mean() + back.mean()
