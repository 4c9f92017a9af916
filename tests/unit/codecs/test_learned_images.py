"""The learned image codecs on one base: real streams that decode in a fresh process, and identities
between their rates."""

import copy
import dataclasses
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import torch

from lcpc import checkpoints, registry
from lcpc.codecs.distribution_model import TrainedDistribution
from lcpc.codecs.image_base import RecallingBase, TrainedBase
from lcpc.codecs.images._rates import cross_entropy_bits, probabilities, shares
from lcpc.codecs.images.balcilar2022 import BalcilarCodec, GaussianMixtures, packed
from lcpc.codecs.images.base import Checkpoint, ImageCodec, RateEstimate, header, sealed
from lcpc.codecs.images.bmshj2018_factorized import FactorizedCodec
from lcpc.codecs.images.ideal import IdealCodec
from lcpc.codecs.images.proposed import AdaptiveCodec
from lcpc.entropy import integer_tables
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import BitstreamError, DataError
from lcpc.models.distribution_codec import DistributionCodec, DistributionShape
from lcpc.models.image_factorized import ImageBase
from lcpc.training._distribution_model import frequency_arrays

PACKAGE = "lcpc.codecs.images"
STREAMED = ("factorized", "balcilar2022", "adaptive", "forced")


class Forced(AdaptiveCodec):
    """Sends its distributions even where they do not pay."""

    def shorter(self, counts):
        q_hat = self.model.q_of(shares(counts))
        return self.side(q_hat), self.tables(q_hat)

    def estimate(self, picture):
        counts, outside = self.base.counts(self.base.symbols(picture))
        q_hat = self.model.q_of(shares(counts))
        p_hat = probabilities(self.model.logs_of(q_hat))
        return RateEstimate(cross_entropy_bits(counts, p_hat, outside), 8 * len(self.side(q_hat)))


def on(base, model):
    """All codecs on a base, by a short name."""
    return {
        "factorized": FactorizedCodec(base),
        "balcilar2022": BalcilarCodec(base),
        "adaptive": AdaptiveCodec(base, model),
        "forced": Forced(base, model),
        "ideal": IdealCodec(base),
    }


@pytest.fixture(scope="module")
def codecs(base, model):
    return on(base, model)


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
    assert np.array_equal(decoded, codecs[name].expected(picture))


@pytest.mark.parametrize("size", [(1, 1), (17, 47), (50, 33)])
def test_other_sides_than_whole_steps_are_continued_with_their_last_pixels_and_cut_again(
        base, draw, size):
    picture = draw(*size)
    whole = np.pad(picture, ((0, -size[0] % 16), (0, -size[1] % 16), (0, 0)), mode="edge")
    assert np.array_equal(base.symbols(picture), base.symbols(whole))
    assert np.array_equal(
        FactorizedCodec(base).expected(picture),
        FactorizedCodec(base).expected(whole)[: size[0], : size[1]],
    )


@pytest.mark.parametrize("name", STREAMED)
def test_streams_are_as_long_as_the_estimate_says_within_half_a_percent(codecs, name, picture):
    estimate = codecs[name].estimate(picture)
    assert 8 * len(codecs[name].encode(picture)) == pytest.approx(estimate.rate_bits, rel=5e-3)


def test_the_gap_is_the_sum_of_the_divergences(codecs, base, picture, counts):
    p, default = counts / counts.sum(1, keepdims=True), probabilities(base.logs)
    divergence = np.sum(p * np.log2(p / default, out=np.zeros_like(p), where=p > 0), axis=1)
    gap = (
        codecs["factorized"].estimate(picture).rate_bits_y
        - codecs["ideal"].estimate(picture).rate_bits_y
    )
    assert gap == pytest.approx(32 * 48 * divergence.sum(), rel=1e-9)
    assert gap > 0


def test_no_method_beats_the_ideal_one_before_its_side_information(codecs, picture):
    least = codecs["ideal"].estimate(picture).rate_bits_y
    assert all(codecs[name].estimate(picture).rate_bits_y >= least for name in STREAMED)


def test_the_rate_under_p_hat_is_its_cross_entropy(codecs, model, picture, counts):
    shown = codecs["adaptive"].distributions(picture)
    p, p_hat = shown["p"], shown["p_hat"]
    expected = -32 * 48 * np.sum(p * np.log2(p_hat, out=np.zeros_like(p), where=p > 0))
    assert cross_entropy_bits(
        counts, probabilities(model.logs_of(model.q_of(shares(counts))))
    ) == pytest.approx(expected)
    assert np.allclose(p_hat.sum(1), 1)


def test_equal_distributions_cost_only_the_side_information(base, model, picture):
    network = copy.deepcopy(model.network)
    for parameter in network.h_s_q.parameters():
        parameter.data.zero_()
    quiet = TrainedDistribution(network, model.tables)
    q_hat = quiet.q_of(shares(base.counts(base.symbols(picture))[0]))
    assert np.array_equal(quiet.logs_of(q_hat), base.logs)
    side = Forced(base, quiet).side(q_hat)
    assert len(Forced(base, quiet).encode(picture)) == len(
        FactorizedCodec(base).encode(picture)
    ) + len(side)
    assert (
        len(AdaptiveCodec(base, quiet).encode(picture))
        == len(FactorizedCodec(base).encode(picture)) + 1
    )


def test_distributions_that_cost_more_than_they_save_are_not_sent(codecs, picture):
    assert len(codecs["forced"].encode(picture)) > len(codecs["factorized"].encode(picture)) + 1
    assert len(codecs["adaptive"].encode(picture)) == len(codecs["factorized"].encode(picture)) + 1
    assert codecs["adaptive"].estimate(picture).rate_bits_side == 8


def test_balcilar_saves_bits_where_a_picture_differs_from_the_average(codecs, picture):
    dark = picture // 3
    assert (
        codecs["balcilar2022"].estimate(dark).rate_bits
        < codecs["factorized"].estimate(dark).rate_bits
    )
    assert len(codecs["balcilar2022"].encode(dark)) < len(codecs["factorized"].encode(dark))


def test_mixtures_of_no_gaussians_leave_the_static_tables(codecs, base):
    adapted = GaussianMixtures(np.zeros(16, dtype=np.int64), ())
    assert np.array_equal(
        codecs["balcilar2022"].weights(adapted), integer_tables.weights(base.logs)
    )
    assert (adapted.side_bits, packed(adapted)) == (16, bytes(2))


@pytest.fixture(scope="module")
def narrow(base):
    """The codecs with eight bins a channel and latents ten times as wide, so that many values have
    no bin."""
    wide = copy.deepcopy(base.network)
    wide.g_a[6].weight.data *= 10
    few = TrainedBase(wide, 1, np.ascontiguousarray(base.logs[:, 28:36]), "narrow")
    generator = torch.Generator().manual_seed(6)
    network = DistributionCodec(
        DistributionShape(16, 16, 8, 8), torch.from_numpy(few.logs) / 1024, generator
    )
    tables = FrequencyTables.from_arrays(
        {name: held.numpy() for name, held in frequency_arrays(network).items()}
    )
    return on(few, TrainedDistribution(network.eval(), tables))


@pytest.mark.parametrize("name", STREAMED)
def test_values_outside_the_bins_are_escaped_and_none_is_lost(narrow, draw, name):
    picture = draw(96, 128)
    _, outside = narrow[name].base.counts(narrow[name].base.symbols(picture))
    assert outside > 100
    assert np.array_equal(
        narrow[name].decode(narrow[name].encode(picture)), narrow["ideal"].expected(picture)
    )
    assert (
        narrow[name].estimate(picture).rate_bits_y
        >= narrow["ideal"].estimate(picture).rate_bits_y
        > 30 * outside
    )


def test_ideal_says_that_it_has_no_stream(codecs, picture):
    with pytest.raises(DataError, match="ideal has no stream"):
        codecs["ideal"].encode(picture)
    with pytest.raises(BitstreamError, match="ideal has no stream"):
        codecs["ideal"].decode(b"")


@pytest.mark.parametrize("name", STREAMED)
def test_damaged_streams_are_refused(codecs, draw, name):
    stream = codecs[name].encode(draw(48, 64))
    random = np.random.default_rng(4)
    for damaged in [
        b"",
        stream[:3],
        stream[:-4],
        stream + b"1234",
        *(random.bytes(60) for _ in range(20)),
    ]:
        with pytest.raises(BitstreamError):
            codecs[name].decode(damaged)


@pytest.mark.parametrize("name", STREAMED)
def test_a_promise_of_a_picture_that_fills_the_memory_is_refused(codecs, name):
    with pytest.raises(BitstreamError, match="promises a picture of 16384 x 16384 pixels"):
        codecs[name].decode(bytes.fromhex("80800180800100") + bytes(40))


@pytest.mark.parametrize("name", STREAMED)
def test_a_small_stream_that_promises_a_large_picture_costs_little_memory(codecs, name):
    side = {"factorized": b"", "balcilar2022": bytes(2)}.get(name, b"\x00")
    words = np.random.default_rng(4).integers(0, 256, 128, dtype=np.uint8).tobytes()
    stream = sealed(header(8192, 4096) + side + bytes(1) + words)
    assert len(stream) < 141
    codecs[name].decode(codecs[name].encode(np.zeros((16, 16, 3), np.uint8)))
    tracemalloc.start()
    with pytest.raises(BitstreamError, match="can't hold what they promise"):
        codecs[name].decode(stream)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 64 << 20


def test_what_is_no_picture_is_refused(codecs):
    with pytest.raises(DataError, match=r"a picture is uint8 \[H, W, 3\], not float64"):
        codecs["factorized"].encode(np.zeros((16, 16, 3)))


def test_weights_of_something_else_are_refused(base_file, model_file, base):
    with pytest.raises(DataError, match="holds 'distribution', not .image_base"):
        TrainedBase.load(checkpoints.read(model_file), "here")
    with pytest.raises(DataError, match="holds .image_base., not .distribution"):
        TrainedDistribution.load(checkpoints.read(base_file), "here", base)
    other = TrainedBase(base.network, 2, base.logs + 1, "other")
    with pytest.raises(DataError, match="belongs to another base than quality 2"):
        TrainedDistribution.load(checkpoints.read(model_file), "here", other)


DECODE = """
import sys
from pathlib import Path
import numpy as np
from lcpc import checkpoints, registry
from lcpc.codecs.images.base import Checkpoint
folder = Path(sys.argv[1])
for name in sys.argv[2:]:
    stream = folder / f"{name}.bin"
    module = registry.load("lcpc.codecs.images", name)
    files = [folder / f"{kind}_q1.pt" for kind in module.WEIGHTS]
    codec = module.codec(*(Checkpoint(checkpoints.read(file), file.name) for file in files))
    np.save(stream.with_suffix(".npy"), codec.decode(stream.read_bytes()))
"""


def test_a_fresh_process_decodes_from_stream_and_weights_alone(codecs, draw, base_file, model_file):
    folder, picture = base_file.parent, draw(80, 112)
    files = {
        "factorized": "bmshj2018_factorized",
        "balcilar2022": "balcilar2022",
        "forced": "proposed",
    }
    for name, file in files.items():
        (folder / f"{file}.bin").write_bytes(codecs[name].encode(picture))
    done = subprocess.run([sys.executable, "-c", DECODE, str(folder), *files.values()],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for name, file in files.items():
        assert np.array_equal(np.load(folder / f"{file}.npy"), codecs[name].expected(picture))


@pytest.mark.parametrize("name", registry.names(PACKAGE))
def test_a_learned_codec_is_made_of_the_weights_that_it_names(
        name, base_file, model_file, context_files):
    module = registry.load(PACKAGE, name)
    files = [base_file.with_name(f"{kind}_q1.pt") for kind in module.WEIGHTS]
    codec = module.codec(*(Checkpoint(checkpoints.read(file), file.name) for file in files))
    assert (codec.name, codec.missing(), codec.setting) == (module.NAME, "", "quality=1")
    assert registry.load(PACKAGE, module.NAME) is module
    assert module.LABEL
    assert module.COLOUR.startswith("#")
    assert isinstance(module.MARKER, str)


def test_plug_ins_are_looked_up_without_torch():
    code = ("import sys; from lcpc import registry\n"
            "for room in ('lcpc.codecs.images', 'lcpc.codecs.formats'):\n"
            "    for name in registry.names(room): print(registry.load(room, name).LABEL)\n"
            "assert not {'torch', 'compressai', 'pandas', 'PIL'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("name", STREAMED)
def test_a_base_that_recalls_gives_the_same_streams_with_one_pass_a_transform(
        codecs, draw, name, monkeypatch):
    passes = []
    for transform in ("analyse", "synthesise"):
        original = getattr(ImageBase, transform)
        monkeypatch.setattr(ImageBase, transform, lambda self, x, transform=transform,
                            original=original: passes.append(transform) or original(self, x))
    codec, pictures = codecs[name], [draw(48, 64, seed) for seed in (1, 2)]
    recalling = dataclasses.replace(codec, base=RecallingBase.of(codec.base))
    for picture in (*pictures, pictures[0]):
        expected = codec.encode(picture), codec.expected(picture), codec.estimate(picture)
        passes.clear()
        stream = recalling.encode(picture)
        recalling.decode(stream)
        assert (stream, recalling.estimate(picture)) == (expected[0], expected[2])
        assert np.array_equal(recalling.expected(picture), expected[1])
        assert sorted(passes) == ["analyse", "synthesise"]
