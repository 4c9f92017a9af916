"""The learned image codecs on one base: real streams that decode in a fresh process, and identities between their rates."""

import copy
import subprocess
import sys

import numpy as np
import pytest
import torch

from lcpc.codecs.image_base import TrainedBase, cross_entropy_bits, probabilities
from lcpc.codecs.images import balcilar2022, ideal
from lcpc.codecs.images import bmshj2018_factorized as factorized
from lcpc.codecs.images import proposed as adaptive
from lcpc.codecs.images.base import ImageCodec, Parts
from lcpc.entropy import integer_tables
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import BitstreamError, DataError
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.training import checkpoint
from lcpc.training.distribution import frequency_arrays

STREAMED = ("factorized", "balcilar2022", "adaptive", "forced")


class Forced(adaptive.AdaptiveCodec):
    """Sends its distributions even where they do not pay."""

    def _chosen(self, symbols):
        q_hat = self.model.q_of(self.base.counts(symbols)[0])
        return self._side(q_hat), self._tables(self.model.logs_of(q_hat))

    def parts(self, picture):
        counts, outside = self.base.counts(self.base.symbols(picture))
        q_hat = self.model.q_of(counts)
        return Parts(cross_entropy_bits(counts, probabilities(self.model.logs_of(q_hat)), outside), 8 * len(self._side(q_hat)))


@pytest.fixture(scope="module")
def codecs(base, model):
    return {"factorized": factorized.codec(base), "balcilar2022": balcilar2022.codec(base),
            "adaptive": adaptive.codec(base, model), "forced": Forced(base, model), "ideal": ideal.codec(base)}


@pytest.fixture(scope="module")
def picture(draw):
    return draw(512, 768)


@pytest.fixture(scope="module")
def counts(base, picture):
    counts, outside = base.counts(base.symbols(picture))
    assert outside == 0
    return counts


def test_all_of_them_keep_the_contract(codecs):
    names = {}
    for codec in codecs.values():
        kept: ImageCodec = codec
        names[kept.name] = kept.quality
    assert names == dict.fromkeys(("bmshj2018-factorized", "balcilar2022", "proposed", "ideal"), 1)


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("size", [(1, 1), (16, 16), (17, 47), (96, 80)])
def test_a_stream_decodes_to_what_its_encoder_foresaw(codecs, draw, name, size):
    picture = draw(*size)
    decoded = codecs[name].decode(codecs[name].encode(picture))
    assert decoded.shape == picture.shape
    assert np.array_equal(decoded, codecs[name].reconstruct(picture))


@pytest.mark.parametrize("size", [(1, 1), (17, 47), (50, 33)])
def test_sides_that_are_no_whole_steps_are_continued_with_their_last_pixels_and_cut_to_the_same_place(base, draw, size):
    picture = draw(*size)
    whole = np.pad(picture, ((0, -size[0] % 16), (0, -size[1] % 16), (0, 0)), mode="edge")
    assert np.array_equal(base.symbols(picture), base.symbols(whole))
    assert np.array_equal(base.reconstruct(picture), base.reconstruct(whole)[:size[0], :size[1]])


@pytest.mark.parametrize("name", STREAMED)
def test_streams_are_as_long_as_the_estimate_says_within_half_a_percent(codecs, name, picture):
    parts = codecs[name].parts(picture)
    assert 8 * len(codecs[name].encode(picture)) == pytest.approx(parts.rate_bits, rel=5e-3)


def test_the_gap_is_the_sum_of_the_divergences(codecs, base, picture, counts):
    p, default = counts / counts.sum(1, keepdims=True), probabilities(base.logs)
    divergence = np.sum(p * np.log2(p / default, out=np.zeros_like(p), where=p > 0), axis=1)
    gap = codecs["factorized"].parts(picture).rate_bits_y - codecs["ideal"].parts(picture).rate_bits_y
    assert gap == pytest.approx(32 * 48 * divergence.sum(), rel=1e-9)
    assert gap > 0


def test_no_method_beats_the_ideal_one_before_its_side_information(codecs, picture):
    least = codecs["ideal"].parts(picture).rate_bits_y
    assert all(codecs[name].parts(picture).rate_bits_y >= least for name in STREAMED)


def test_the_rate_under_p_hat_is_its_cross_entropy(codecs, model, picture, counts):
    shown = codecs["adaptive"].distributions(picture)
    p, p_hat = shown["p"], shown["p_hat"]
    expected = -32 * 48 * np.sum(p * np.log2(p_hat, out=np.zeros_like(p), where=p > 0))
    assert cross_entropy_bits(counts, probabilities(model.logs_of(model.q_of(counts)))) == pytest.approx(expected)
    assert np.allclose(p_hat.sum(1), 1)


def test_equal_distributions_cost_only_the_side_information(base, model, picture):
    network = copy.deepcopy(model.network)
    for parameter in network.h_s_q.parameters():
        parameter.data.zero_()
    quiet = adaptive.TrainedDistribution(network, model.tables)
    q_hat = quiet.q_of(base.counts(base.symbols(picture))[0])
    assert np.array_equal(quiet.logs_of(q_hat), base.logs)
    side = Forced(base, quiet)._side(q_hat)
    assert len(Forced(base, quiet).encode(picture)) == len(factorized.codec(base).encode(picture)) + len(side)
    assert len(adaptive.codec(base, quiet).encode(picture)) == len(factorized.codec(base).encode(picture)) + 1


def test_distributions_that_cost_more_than_they_save_are_not_sent(codecs, picture):
    assert len(codecs["forced"].encode(picture)) > len(codecs["factorized"].encode(picture)) + 1
    assert len(codecs["adaptive"].encode(picture)) == len(codecs["factorized"].encode(picture)) + 1
    assert codecs["adaptive"].parts(picture).rate_bits_side == 8


def test_balcilar_saves_bits_where_a_picture_differs_from_the_average(codecs, picture):
    dark = picture // 3
    assert codecs["balcilar2022"].parts(dark).rate_bits < codecs["factorized"].parts(dark).rate_bits
    assert len(codecs["balcilar2022"].encode(dark)) < len(codecs["factorized"].encode(dark))


def test_mixtures_of_no_gaussians_leave_the_static_tables(codecs, base):
    adapted = balcilar2022.Adapted(np.zeros(16, dtype=np.int64), ())
    assert np.array_equal(codecs["balcilar2022"].weights(adapted), integer_tables.weights(base.logs))
    assert (adapted.side_bits, balcilar2022.written(adapted)) == (16, bytes(2))


@pytest.fixture(scope="module")
def narrow(base):
    """The codecs with eight bins a channel and latents ten times as wide, so that many values have no bin."""
    wide = copy.deepcopy(base.network)
    wide.g_a[6].weight.data *= 10
    few = TrainedBase(wide, 1, np.ascontiguousarray(base.logs[:, 28:36]), "narrow")
    generator = torch.Generator().manual_seed(6)
    network = DistributionCodec(DistributionShape(16, 16, 8, 8), torch.from_numpy(few.logs) / 1024, generator)
    tables = FrequencyTables.from_arrays({name: held.numpy() for name, held in frequency_arrays(network).items()})
    model = adaptive.TrainedDistribution(network.eval(), tables)
    return {"factorized": factorized.codec(few), "balcilar2022": balcilar2022.codec(few),
            "adaptive": adaptive.codec(few, model), "forced": Forced(few, model), "ideal": ideal.codec(few)}


@pytest.mark.parametrize("name", STREAMED)
def test_values_outside_the_bins_are_escaped_and_none_is_lost(narrow, draw, name):
    picture = draw(96, 128)
    _, outside = narrow[name].base.counts(narrow[name].base.symbols(picture))
    assert outside > 100
    assert np.array_equal(narrow[name].decode(narrow[name].encode(picture)), narrow["ideal"].reconstruct(picture))
    assert narrow[name].parts(picture).rate_bits_y >= narrow["ideal"].parts(picture).rate_bits_y > 30 * outside


def test_ideal_says_that_it_has_no_stream(codecs, picture):
    with pytest.raises(DataError, match="ideal has no stream"):
        codecs["ideal"].encode(picture)
    with pytest.raises(BitstreamError, match="ideal has no stream"):
        codecs["ideal"].decode(b"")


@pytest.mark.parametrize("name", STREAMED)
def test_damaged_streams_are_refused(codecs, draw, name):
    stream = codecs[name].encode(draw(48, 64))
    random = np.random.default_rng(4)
    for damaged in [b"", stream[:3], stream[:-4], stream + b"1234", *(random.bytes(60) for _ in range(20))]:
        with pytest.raises(BitstreamError):
            codecs[name].decode(damaged)


@pytest.mark.parametrize("name", STREAMED)
def test_a_promise_of_a_picture_that_fills_the_memory_is_refused(codecs, name):
    with pytest.raises(BitstreamError, match="promises a picture of 16384 x 16384 pixels"):
        codecs[name].decode(bytes.fromhex("80800180800100") + bytes(40))


def test_what_is_no_picture_is_refused(codecs):
    with pytest.raises(DataError, match=r"a picture is uint8 \[H, W, 3\], not float64"):
        codecs["factorized"].encode(np.zeros((16, 16, 3)))


def test_weights_of_something_else_are_refused(base_file, model_file, base):
    with pytest.raises(DataError, match="holds 'distribution', no base of image codecs"):
        TrainedBase.of(checkpoint.read(model_file), "here")
    with pytest.raises(DataError, match="holds 'image_base', no distribution model"):
        adaptive.TrainedDistribution.of(checkpoint.read(base_file), base, "here")
    other = TrainedBase(base.network, 2, base.logs + 1, "other")
    with pytest.raises(DataError, match="belongs to another base than quality 2"):
        adaptive.TrainedDistribution.of(checkpoint.read(model_file), other, "here")


DECODE = """
import sys
from pathlib import Path
import numpy as np
from lcpc.codecs.images import proposed as adaptive
from lcpc.codecs.images import balcilar2022
from lcpc.codecs.images import bmshj2018_factorized as factorized
from lcpc.codecs.image_base import TrainedBase
from lcpc.training import checkpoint
folder = Path(sys.argv[1])
base = TrainedBase.of(checkpoint.read(folder / "image_base_q1.pt"), "base")
model = adaptive.TrainedDistribution.of(checkpoint.read(folder / "distribution_q1.pt"), base, "model")
codecs = {"factorized": factorized.codec(base), "balcilar2022": balcilar2022.codec(base), "forced": adaptive.codec(base, model)}
for name, codec in codecs.items():
    np.save(folder / f"{name}.npy", codec.decode((folder / f"{name}.bin").read_bytes()))
"""


def test_a_fresh_process_decodes_from_stream_and_weights_alone(codecs, draw, base_file, model_file):
    folder, picture = base_file.parent, draw(80, 112)
    names = ("factorized", "balcilar2022", "forced")
    for name in names:
        (folder / f"{name}.bin").write_bytes(codecs[name].encode(picture))
    done = subprocess.run([sys.executable, "-c", DECODE, str(folder)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for name in names:
        assert np.array_equal(np.load(folder / f"{name}.npy"), codecs[name].reconstruct(picture))
