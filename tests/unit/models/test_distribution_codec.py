"""The distribution model: its size, what q_hat = 0 says, and the same whole numbers on every
machine."""

import math

import pytest
import torch

from lcpc.errors import DataError
from lcpc.models.distribution_codec import (
    DistributionCodec,
    DistributionShape,
    analysis,
    shape_of,
    synthesis,
)

LOW, HIGH = DistributionShape(), DistributionShape(320, 64, 32, 1024)
SMALL = DistributionShape(32, 16, 8, 64, window=48, slope=0.75)


def weights(network):
    return sum(
        parameter.numel()
        for name, parameter in network.named_parameters()
        if name.endswith("weight")
    )


def codec_of(shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    default = torch.log2(
        torch.softmax(-torch.linspace(-3, 3, shape.bins).abs().repeat(shape.m_y, 1) * 4, -1)
    )
    codec = DistributionCodec(shape, default, generator).eval()
    p = torch.softmax(3 * torch.randn(4, shape.m_y, shape.width, generator=generator), -1)
    codec.start(p, generator)
    torch.nn.init.normal_(codec.h_s_q[-1].weight, std=0.2, generator=generator)
    return codec, p


@pytest.mark.parametrize(("shape", "expected"), [(LOW, 28_800), (HIGH, 97_280)])
def test_it_has_the_documents_number_of_weights(shape, expected):
    assert (weights(analysis(shape)), weights(synthesis(shape))) == (expected, expected)


@pytest.mark.parametrize("shape", [LOW, SMALL])
@torch.no_grad()
def test_shapes_are_those_of_the_documents(shape):
    codec, p = codec_of(shape)
    q = codec.analyse(p)
    assert q.shape == (4, shape.m_q, shape.width // 8)
    assert codec.synthesise(q).shape == p.shape
    assert codec.likelihood(q).shape == (4, shape.m_q * shape.positions)


@torch.no_grad()
def test_rows_of_p_hat_sum_to_one():
    codec, p = codec_of(SMALL)
    assert torch.allclose(torch.exp2(codec.synthesise(codec.analyse(p))).sum(-1), torch.ones(4, 32))


@torch.no_grad()
def test_training_starts_from_the_default_distributions_and_a_q_that_survives_rounding():
    codec, p = codec_of(SMALL)
    torch.nn.init.zeros_(codec.h_s_q[-1].weight)
    q = codec.analyse(p)
    assert q.std() == pytest.approx(3, rel=0.01)
    assert torch.allclose(
        codec.synthesise(q), torch.log_softmax(codec.default * 0.6931472, -1) / 0.6931472, atol=1e-5
    )


@torch.no_grad()
def test_whole_numbers_are_near_the_floating_point_network():
    codec, p = codec_of(SMALL)
    q_hat = torch.round(codec.analyse(p))
    exact = codec.exact()(q_hat)
    assert exact.dtype == torch.int64
    shares = torch.softmax(codec.windowed(exact) / 1024 * math.log(2), -1)
    assert (shares - torch.exp2(codec.synthesise(q_hat))).abs().max() < 0.01
    assert torch.equal(exact[..., :8], codec.logs[:, :8].expand(4, -1, -1))


@torch.no_grad()
def test_what_is_added_to_all_bins_of_the_window_alike_changes_nothing():
    codec, p = codec_of(SMALL)
    q_hat = torch.round(codec.analyse(p))
    before = codec.exact()(q_hat)
    codec.h_s_q[-1].bias -= 1000
    assert torch.equal(codec.exact()(q_hat), before)


@torch.no_grad()
def test_whole_numbers_do_not_depend_on_the_order_of_sums():
    codec, p = codec_of(SMALL)
    q_hat, exact = torch.round(codec.analyse(p)), codec.exact()
    together, alone = exact(q_hat), torch.cat([exact(one.unsqueeze(0)) for one in q_hat])
    assert torch.equal(together, alone)
    with torch.backends.mkldnn.flags(enabled=False):
        assert torch.equal(exact(q_hat), together)
    turned = exact(q_hat.flip(0)).flip(0)
    assert torch.equal(turned, together)


@torch.no_grad()
def test_hostile_q_stays_within_exact_numbers():
    codec, _ = codec_of(SMALL)
    wild = torch.full((1, 8, 6), 32767)
    exact = codec.exact()
    assert torch.equal(exact(wild), exact(wild.clone()))
    assert exact(wild).abs().max() < 2**33


def test_settings_of_no_model_are_refused():
    assert shape_of(SMALL.plain()) == SMALL
    for change in (
        {"bins": -1},
        {"window": 47},
        {"window": 128},
        {"colour": 1},
        {"bins": 1 << 20, "window": 0},
    ):
        with pytest.raises(DataError, match="no distribution model has the settings"):
            shape_of(SMALL.plain() | change)
