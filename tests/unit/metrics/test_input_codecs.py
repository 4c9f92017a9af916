"""Counts of OctAttention and IPDAE are those of the networks that are built."""

from dataclasses import asdict

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from lcpc.config import IpdaeTraining
from lcpc.config import OctAttentionTraining as OctSettings
from lcpc.metrics import input_codecs
from lcpc.metrics.input_codecs import OCT_PAPER, PATCH_PAPER, OctWidths, PatchParts, PatchWidths
from lcpc.models.ipdae import PatchAutoencoder
from lcpc.models.oct_attention import BLOCK, OctAttentionNetwork, OctShape, visible
from lcpc.models.octree import trees
from lcpc.tables import input_codec_sizes

DISTANCE_MACS = 5
"""Of the distance of a pair: coordinates and squares."""
SMALL = OctWidths(occupancy=2, level=1, octant=1, layers=3, heads=2, hidden=9, window=8)


def parameters(network):
    return sum(value.numel() for value in network.parameters())


def macs(function, *inputs):
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        function(*inputs)
    return counter.get_total_flops() // 2


def test_widths_are_those_that_a_run_trains():
    ours = asdict(OctWidths())
    assert OctShape().plain() == ours
    assert {name: getattr(OctSettings(), name) for name in ours} == ours
    assert IpdaeTraining().patches == input_codec_sizes.PATCHES


@pytest.mark.parametrize("widths", [OctWidths(), SMALL])
def test_parameters_of_octattention_are_those_of_the_built_network(widths):
    assert input_codecs.oct_parameters(widths) == parameters(OctAttentionNetwork(OctShape(**asdict(widths))))


@pytest.mark.parametrize("widths", [OctWidths(), SMALL])
def test_multiplications_of_octattention_are_those_of_the_built_network(widths):
    """In training, nodes attend by blocks, to more places than their windows have."""
    network = OctAttentionNetwork(OctShape(**asdict(widths))).eval()
    grid = torch.randint(0, 1024, (600, 3), generator=torch.Generator().manual_seed(1)).unique(dim=0)
    nodes, occupancy, _ = trees(grid, torch.zeros(len(grid), dtype=torch.int64), torch.tensor([10]))
    count = 2 * BLOCK
    nodes, occupancy = nodes[:count], occupancy[None, :count]
    batch = type(nodes)(*(value[None] for value in vars(nodes).values()))
    start = torch.zeros(1, count, dtype=torch.int64)
    counted = macs(network, batch, occupancy, occupancy, start)
    places = visible(start, widths.window).shape[-1]
    more = widths.layers * 2 * (places - widths.window) * widths.width
    assert counted == count * (input_codecs.oct_macs(widths) + more)


@pytest.mark.parametrize("patch", [2, 8, 64, 256, 600, 2048])
@pytest.mark.parametrize("widths", [PatchWidths(), PatchWidths((5,), (6, 7), (8, 9), 10, 300, (11,), (12,), (13, 14))])
def test_counts_of_ipdae_are_those_of_the_built_network(patch, widths):
    parts, points = PatchParts(patch, widths), 1024
    network = PatchAutoencoder(patch, widths).eval()
    assert parts.parameters() == parameters(network)
    count = parts.patches(points)
    x = torch.rand(1, points, 3, generator=torch.Generator().manual_seed(1)) - 0.5
    centroids, y_hat = x[:, :count], torch.zeros(1, count, 16)
    searches = count * points * DISTANCE_MACS + macs_of_neighbours(min(patch, points)) * count
    entropy = macs(network.log_probabilities, centroids)
    assert parts.encoder_macs(points) == macs(network.analyse, x, centroids) + entropy - searches
    assert parts.decoder_macs(points) == macs(network.synthesise, y_hat, centroids) + entropy


def macs_of_neighbours(points):
    """Of the distances within a patch, which the table leaves out."""
    centres = len(range(0, points, -(-points // input_codecs.SET_CENTRES)))
    return centres * points * DISTANCE_MACS


def test_all_are_smaller_than_with_the_widths_of_the_papers():
    assert input_codecs.oct_parameters(OctWidths()) < input_codecs.oct_parameters(OCT_PAPER) / 10
    for patch in input_codec_sizes.PATCHES:
        ours, papers = PatchParts(patch, PatchWidths()), PatchParts(patch, PATCH_PAPER)
        assert ours.parameters() < papers.parameters() / 4
        assert ours.encoder_macs(1024) < papers.encoder_macs(1024) / 3
        assert ours.decoder_macs(1024) < papers.decoder_macs(1024) / 2
