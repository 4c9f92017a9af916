"""Members of a stacked network: many from one, latents put to sleep, and a part of the latents taken out and put back."""

import copy

import pytest
import torch

from lcpc.errors import ConfigError
from lcpc.models.members import at_work, let_sleep, part_of, put_back, start_from
from lcpc.models.point_codec import PointCodec, Shape


def test_a_warm_start_gives_all_lambdas_the_network_of_the_largest():
    single, curve = PointCodec(Shape("lite", 1, seed=3)), PointCodec(Shape("lite", 3))
    start_from(curve, single)
    x = torch.randn(4, 3, 20, generator=torch.Generator().manual_seed(1))
    expected = single.eval()(x, torch.Generator().manual_seed(2))
    for ours, one in zip(curve.eval()(x, torch.Generator().manual_seed(2)), expected, strict=True):
        torch.testing.assert_close(ours, one.expand_as(ours), rtol=1e-4, atol=1e-4)


def test_the_latents_of_most_rate_stay_awake_and_a_sleeper_has_a_gradient():
    codec = PointCodec(Shape("lite", 2))
    x = torch.randn(40, 3, 20, generator=torch.Generator().manual_seed(1))
    for _ in range(50):  # running statistics
        codec(x, torch.Generator().manual_seed(2))
    wide = codec.g_a(x)[1].detach().mean(0).topk(5).indices.sort().values
    with torch.no_grad():
        codec.gain[1, 0, wide] = 50.0  # far out, where the untrained densities give many bits
    before = copy.deepcopy(codec.state_dict())
    let_sleep(codec, x, [32, 5], torch.Generator().manual_seed(3))
    assert codec.training
    assert torch.equal(codec.gain[0], before["gain"][0]), "all of them are asked for"
    awake = codec.gain[1, 0] > 0.001
    assert torch.equal(torch.where(awake)[0], wide)
    logits, rate_bits = codec(x, torch.Generator().manual_seed(2))
    (logits.square().mean() + rate_bits.mean()).backward()
    assert (codec.gain.grad[1, 0][~awake] != 0).all()
    assert (codec.gain_decoder.grad[1, 0][~awake] != 0).all()


def test_latents_that_code_one_symbol_only_are_not_at_work(used):
    codec, x = used(3, 0, 9)
    assert at_work(codec, x).sum(1).tolist() == [3, 0, 9]


def test_a_part_of_the_latents_is_what_the_whole_is_in_them_and_goes_back_to_where_it_was(used):
    codec, x = used(3, 0, 9)
    kept = torch.zeros(3, 16, dtype=torch.bool)
    for member, numbers in enumerate(([2, 7, 11], [], range(1, 10))):
        kept[member, list(numbers)] = True
    part, number = part_of(codec, kept)
    assert number.shape == (3, 9)
    assert number[2].tolist() == list(range(1, 10))
    y, y_part = codec.analyse(x), part.eval().analyse(x)
    at = torch.arange(3).unsqueeze(1)
    assert torch.equal(y_part, torch.where(kept[at, number].unsqueeze(1), y.take_along_dim(number.unsqueeze(1), 2), 0.0))
    torch.testing.assert_close(part.rates(y_part)[2], codec.rates(y)[2][:, 1:10])
    before = copy.deepcopy(codec.state_dict())
    put_back(codec, part.state_dict(), number)
    for name, value in codec.state_dict().items():
        if name in ("gain", "gain_decoder"):
            assert torch.equal(value, before[name] * kept.unsqueeze(1)), name
        else:
            assert torch.equal(value, before[name]), name
    silent = codec.classify(codec.analyse(x), torch.Generator().manual_seed(1))
    torch.testing.assert_close(part.classify(y_part, torch.Generator().manual_seed(1)), silent)


def test_every_latent_in_use_makes_the_part_the_whole(used):
    codec, x = used(16, 16)
    part, number = part_of(codec, at_work(codec, x))
    assert number.tolist() == [list(range(16))] * 2
    for name, value in codec.state_dict().items():
        assert torch.equal(part.state_dict()[name], value), name


def test_no_part_is_taken_of_a_convolution_in_groups():
    with pytest.raises(ConfigError, match="last convolution of lite has 4 groups"):
        part_of(PointCodec(Shape("lite", 1)), torch.ones(1, 32, dtype=torch.bool))
