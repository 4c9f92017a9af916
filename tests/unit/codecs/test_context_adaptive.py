"""Context coding with a picture's own distributions: exact streams, the shortest of all
exponents."""

import subprocess
import sys

import numpy as np
import pytest

from lcpc import checkpoints
from lcpc.codecs.images import context, context_adaptive
from lcpc.codecs.images.base import Checkpoint, header, sealed, unsealed
from lcpc.entropy.pmf import FrequencyTables, frequency_tables
from lcpc.entropy.reweighted import ratios_of, reweighted
from lcpc.errors import BitstreamError

UNIT = 1 << 16


def made(module, folder):
    files = [folder / f"{kind}_q1.pt" for kind in module.WEIGHTS]
    return module.codec(*(Checkpoint(checkpoints.read(file), file.name) for file in files))


@pytest.fixture(scope="module")
def codec(base_file, model_file, context_files):
    return made(context_adaptive, base_file.parent)


@pytest.fixture(scope="module")
def plain(base_file, context_files):
    return made(context, base_file.parent)


def forced(codec, exponent, monkeypatch):
    """The codec with one exponent for all pictures."""
    choices = context_adaptive.ContextAdaptiveCodec._choices
    monkeypatch.setattr(context_adaptive.ContextAdaptiveCodec, "_choices",
                        lambda *given: [list(choices(*given))[exponent]])
    return codec


def test_ratios_are_powers_of_two_in_units_of_two_to_the_minus_16():
    logs = np.array([[0, 1024, -1024, 512, 100_000, -100_000]])
    expected = [1, 2, 0.5, 2**0.5, 256, 1 / 256]
    assert ratios_of(logs)[0] / UNIT == pytest.approx(expected, rel=1e-4)


def test_tables_are_multiplied_value_by_value_and_rescaled():
    tables = frequency_tables([[0.25, 0.5, 0.2], [0.6, 0.1, 0.1]] * 2, [-1] * 4)
    ratio = np.array([[2.0, 1.0, 0.5], [1.0, 1.0, 1.0]])
    result = reweighted(tables, (ratio * UNIT).astype(np.int64))
    counts = np.diff(result.cumulative.reshape(4, 5))
    changed = np.array([0.5, 0.5, 0.1, 0.05])
    for row, wanted in zip(counts, [changed / 1.15, [0.6, 0.1, 0.1, 0.2]] * 2, strict=True):
        assert row / UNIT == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("ratio", [1 << 24, 1 << 8])
def test_the_largest_and_smallest_ratios_leave_a_count_to_every_value(ratio):
    flat = FrequencyTables(np.array([-127]), np.array([256]),
                           np.append(np.arange(256), UNIT))
    row = np.full((1, 255), 1 << 16)
    row[0, 100] = ratio
    assert np.diff(reweighted(flat, row).cumulative).min() >= 1


@pytest.mark.parametrize("size", [(1, 1), (17, 47), (96, 80)])
@pytest.mark.parametrize("exponent", [0, 1, 4])
def test_streams_of_all_exponents_decode_exactly(codec, draw, size, exponent, monkeypatch):
    picture = draw(*size)
    codec = forced(codec, exponent, monkeypatch)
    stream = codec.encode(picture)
    assert unsealed(stream)[len(header(*size))] == exponent
    assert np.array_equal(codec.decode(stream), codec.expected(picture))


def test_it_takes_the_shortest_and_is_never_a_byte_longer_than_context_alone(codec, plain, draw):
    sizes = []
    for picture in (draw(256, 384), draw(16, 16)):
        choices = list(codec._choices(codec.base.symbols(picture), picture))
        bodies = [codec.context.stream(codec.base.symbols(picture), choice.parts)
                  for choice in choices]
        lengths = [len(choice.side) + len(body)
                   for choice, body in zip(choices, bodies, strict=True)]
        stream = unsealed(codec.encode(picture))
        assert len(stream) - len(header(*picture.shape[:2])) <= min(lengths) + 4
        sizes.append(len(stream))
        assert len(stream) <= len(unsealed(plain.encode(picture))) + 1


def test_streams_are_as_long_as_the_estimate_says_but_for_the_coders_state(
        codec, draw, monkeypatch):
    picture = draw(256, 384)
    for exponent in (0, 2):
        with monkeypatch.context() as patch:
            estimate = forced(codec, exponent, patch).estimate(picture)
            assert 0 < 8 * len(codec.encode(picture)) - estimate.rate_bits < 160
            assert (estimate.rate_bits_side > 8) == (exponent > 0)


DECODE = """
import sys
from pathlib import Path
import numpy as np
from lcpc import checkpoints
from lcpc.codecs.images import context_adaptive
from lcpc.codecs.images.base import Checkpoint
folder = Path(sys.argv[1])
files = [folder / f"{kind}_q1.pt" for kind in context_adaptive.WEIGHTS]
codec = context_adaptive.codec(*(Checkpoint(checkpoints.read(file), file.name) for file in files))
np.save(folder / "adaptive.npy", codec.decode((folder / "adaptive.bin").read_bytes()))
"""


def test_another_process_decodes_it(codec, draw, base_file, monkeypatch):
    folder, picture = base_file.parent, draw(80, 112)
    (folder / "adaptive.bin").write_bytes(forced(codec, 3, monkeypatch).encode(picture))
    done = subprocess.run([sys.executable, "-c", DECODE, str(folder)], check=False,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(folder / "adaptive.npy"), codec.expected(picture))


def test_damaged_streams_are_refused(codec, draw, monkeypatch):
    stream = unsealed(forced(codec, 2, monkeypatch).encode(draw(48, 64)))
    place = len(header(48, 64))
    unknown = stream[:place] + bytes([context_adaptive.PARTS + 1]) + stream[place + 1:]
    with pytest.raises(BitstreamError, match="exponent is 5, more than 4"):
        codec.decode(sealed(unknown))
    random = np.random.default_rng(4)
    cuts = [stream[:count] for count in (0, place, place + 1, place + 3, len(stream) - 4)]
    for damaged in [*map(sealed, cuts), *(header(48, 64) + random.bytes(50) for _ in range(20))]:
        with pytest.raises(BitstreamError):
            codec.decode(damaged)
