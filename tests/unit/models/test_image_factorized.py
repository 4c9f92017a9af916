"""The base of the image codecs equals CompressAI's bmshj2018-factorized, and takes its trained
weights."""

import copy

import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.image_base import TrainedBase
from lcpc.codecs.images.bmshj2018_factorized import FactorizedCodec
from lcpc.errors import DataError
from lcpc.models.image_factorized import ImageBase, of_compressai
from lcpc.models.image_transforms import spread
from lcpc.training._image_bottleneck import base_content


@pytest.fixture(scope="module")
def theirs():
    from compressai.models.google import FactorizedPrior

    torch.manual_seed(1)
    network = FactorizedPrior(8, 12).eval()
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    network.entropy_bottleneck.quantiles.data[:, 0, 1] = torch.randn(12)
    return network


@pytest.fixture(scope="module")
def x():
    return torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
def test_its_reconstruction_and_likelihoods_are_compressais(theirs, x):
    base, expected = of_compressai(theirs.state_dict(), "here"), theirs(x)
    y_hat = base.dequantise(base.symbols(base.analyse(x)))
    assert torch.equal(base.synthesise(y_hat), expected["x_hat"])
    assert torch.allclose(base.likelihood(y_hat), expected["likelihoods"]["y"], atol=1e-6)


def test_old_spellings_of_the_weights_fit_too(theirs):
    state = theirs.state_dict()
    for old, new in (("_matrix", "matrices."), ("_bias", "biases."), ("_factor", "factors.")):
        renamed = {
            name.replace(f"entropy_bottleneck.{new}", f"entropy_bottleneck.{old}"): held
            for name, held in state.items()
        }
        assert torch.equal(
            of_compressai(renamed, "here").bottleneck.matrices[2],
            theirs.entropy_bottleneck.matrices[2],
        )


def test_weights_trained_on_several_devices_fit_too(theirs):
    state = {f"module.{name}": held for name, held in theirs.state_dict().items()}
    assert torch.equal(of_compressai(state, "here").g_s[0].weight, theirs.g_s[0].weight)


@torch.no_grad()
def test_its_streams_are_as_long_as_compressais_with_the_same_weights(theirs, x, tmp_path):
    network = copy.deepcopy(theirs)
    network.update()
    torch.save({"state_dict": network.state_dict()}, tmp_path / "zoo.pth.tar")
    base = of_compressai(checkpoints.foreign(tmp_path / "zoo.pth.tar"), "zoo")
    content = base_content(base, {"quality": 1, "origin": "compressai"}, 64)
    codec = FactorizedCodec(TrainedBase.load(content, "base"))
    for image in (255 * x).round().byte():
        expected = network.compress(image.unsqueeze(0) / 255)["strings"][0][0]
        assert len(codec.encode(image.permute(1, 2, 0).numpy())) == pytest.approx(
            len(expected), rel=5e-3, abs=8
        )


def test_other_weights_are_refused_by_name(theirs):
    state = dict(theirs.state_dict())
    del state["g_s.0.weight"]
    for content in ({}, {"g_a.0.weight": 3}, state):
        with pytest.raises(
            DataError, match=r"zoo\.pth\.tar holds no weights of bmshj2018-factorized"
        ):
            of_compressai(content, "zoo.pth.tar")


@torch.no_grad()
def test_the_pmf_is_what_the_density_gives_to_each_symbol(theirs):
    base = of_compressai(theirs.state_dict(), "here")
    symbols = torch.arange(-8, 8).view(1, 1, -1, 1).expand(1, 12, -1, 1)
    assert torch.allclose(
        torch.exp2(base.log2_pmf(16)), base.likelihood(base.dequantise(symbols))[0, :, :, 0]
    )


def test_equal_seeds_give_equal_weights_and_leave_the_global_state_alone():
    before = torch.get_rng_state()
    one, other = ImageBase(4, 6, seed=7), ImageBase(4, 6, seed=7)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_its_transforms_start_as_compressais(theirs):
    from compressai.models.google import FactorizedPrior

    torch.manual_seed(7)
    expected, base = FactorizedPrior(8, 12), ImageBase(8, 12, seed=7)
    pairs = ((base.g_a, expected.g_a), (base.g_s, expected.g_s))
    for transform, other in pairs:
        state, other_state = transform.state_dict(), other.state_dict()
        assert list(state) == list(other_state)
        assert all(torch.equal(state[name], other_state[name]) for name in state)


@torch.no_grad()
def test_a_spread_start_lifts_the_latent_out_of_its_noise(x):
    plain, base = ImageBase(32, 48, seed=7), ImageBase(32, 48, seed=7)
    spread(base.g_a, base.g_s)
    y = base.analyse(x)
    assert plain.analyse(x).std() < 0.3 < 1 < y.std() < 10
    assert 0.05 < base.synthesise(y).std() < 1
