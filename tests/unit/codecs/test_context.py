"""Context coding: streams that decode alike everywhere, from whole numbers alone, and refusals."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from lcpc import checkpoints
from lcpc.codecs.context_model import TrainedContext
from lcpc.codecs.images import context, context_small
from lcpc.codecs.images.base import Checkpoint, ImageCodec, header, unsealed
from lcpc.errors import BitstreamError, DataError
from lcpc.models.context_model import PASSES, ContextShape

MODULES = {"context": context, "context_small": context_small}


@pytest.fixture(scope="module", params=MODULES)
def codec(request, base_file, context_files) -> ImageCodec:
    paths = base_file, context_files[request.param]
    files = [Checkpoint(checkpoints.read(path), path.name) for path in paths]
    return MODULES[request.param].codec(*files)


@pytest.fixture(scope="module")
def picture(draw):
    return draw(80, 112)


@pytest.mark.parametrize("size", [(1, 1), (16, 48), (17, 47), (96, 80)])
def test_a_stream_decodes_to_what_its_encoder_foresaw(codec, draw, size):
    picture = draw(*size)
    decoded = codec.decode(codec.encode(picture))
    assert np.array_equal(decoded, codec.expected(picture))


def test_values_outside_the_tables_and_in_other_channels_come_back_too(codec, base):
    random = np.random.default_rng(3)
    symbols = random.integers(-3, 4, (16, 35))
    symbols[:, 7] = random.integers(-3000, 3000, 16)
    symbols[5] = 0
    symbols[5, [0, 20]] = 1, -700
    stream = codec.model.encode(symbols, 5, 7)
    assert np.array_equal(codec.model.decode(stream, 5, 7), symbols)
    assert 8 * len(stream) == pytest.approx(codec.model.bits(symbols, 5, 7), abs=96)


def test_streams_are_as_long_as_the_estimate_says_but_for_the_coders_state(codec, draw):
    picture = draw(256, 384)
    estimate = codec.estimate(picture)
    # The coder's state of 64 bits, up to a word more, sizes.
    assert 0 < 8 * len(codec.encode(picture)) - estimate.rate_bits < 160
    assert estimate.rate_bits_side == 0


DECODE = """
import sys
from pathlib import Path
import numpy as np
import torch
from lcpc import checkpoints, registry
from lcpc.codecs.images.base import Checkpoint
folder = Path(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
module = registry.load("lcpc.codecs.images", sys.argv[3])
files = [folder / f"{kind}_q1.pt" for kind in module.WEIGHTS]
codec = module.codec(*(Checkpoint(checkpoints.read(file), file.name) for file in files))
stream = (folder / "context.bin").read_bytes()
decoded = codec.decode(stream)
np.save(folder / "context.npy", decoded)
again = codec.model.encode(codec.base.symbols(np.load(folder / "picture.npy")), 5, 7)
(folder / "again.bin").write_bytes(again)
"""


@pytest.mark.parametrize("threads", [1, 3])
def test_another_process_with_other_threads_decodes_it_and_writes_the_same_bytes(
        codec, picture, base_file, threads):
    folder, stream = base_file.parent, codec.encode(picture)
    (folder / "context.bin").write_bytes(stream)
    np.save(folder / "picture.npy", picture)
    done = subprocess.run(
        [sys.executable, "-c", DECODE, str(folder), str(threads), codec.name], check=False,
        capture_output=True, text=True, timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)})
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(folder / "context.npy"), codec.expected(picture))
    assert (folder / "again.bin").read_bytes() == unsealed(stream).removeprefix(header(80, 112))


def test_damaged_streams_are_refused(codec, draw):
    stream = codec.encode(draw(48, 64))
    random = np.random.default_rng(4)
    flipped = bytearray(stream)
    flipped[len(stream) // 2] ^= 16
    cut = [b"", stream[:3], stream[:-4], stream + b"1234", bytes(flipped)]
    for damaged in [*cut, *(random.bytes(60) for _ in range(20))]:
        with pytest.raises(BitstreamError):
            codec.decode(damaged)


def test_a_promise_of_a_picture_that_fills_the_memory_is_refused(codec):
    with pytest.raises(BitstreamError, match="promises a picture of 16384 x 16384 pixels"):
        codec.decode(bytes.fromhex("808001808001") + bytes(40))


def test_a_short_stream_of_a_large_picture_is_refused_before_its_passes_are_decoded(
        codec, monkeypatch):
    monkeypatch.setattr(TrainedContext, "_stages", lambda *_: pytest.fail("decoded"))
    with pytest.raises(BitstreamError, match="cut or extended"):
        codec.decode(header(4096, 4096) + b"\x00\x00" + bytes(5))


def test_it_depends_on_neighbours_alone_that_are_decoded_before(codec):
    network, shape = codec.model.network, codec.model.network.shape
    random = np.random.default_rng(5)
    y = torch.from_numpy(random.integers(-2, 3, (1, 9, 11, 15))).double()
    order = _order(shape, 9, 11)
    changed = y.clone()
    # All that comes after a value, changed.
    rank = order[4, 5, 3]
    later = torch.from_numpy(order > rank)[None]
    changed[later] += 1
    tables, of_changed = (_table_of(network, shape, plane, rank) for plane in (y, changed))
    assert np.array_equal(tables, of_changed)


def _order(shape: ContextShape, height: int, width: int) -> np.ndarray:
    """When each value's pass comes: [h, w, C]."""
    order = np.zeros((height, width, sum(shape.groups)), dtype=int)
    for group, (begin, end) in enumerate(shape.bounds):
        for number, pass_ in enumerate(PASSES):
            for row, column in pass_.starts:
                rank = len(PASSES) * group + number
                order[row::pass_.step, column::pass_.step, begin:end] = rank
    return order


def _table_of(network, shape, y, rank):
    group, number = divmod(int(rank), len(PASSES))
    begin, end = shape.bounds[group]
    values = y[..., begin:end].clone()
    c = network.context(group, y)
    return network.tables(group, number, c, network.group_inputs(values), 9).cumulative


def test_the_network_equals_itself_in_whole_numbers_of_another_kind(codec):
    network, shape = codec.model.network, codec.model.network.shape
    y = torch.from_numpy(np.random.default_rng(6).integers(-9, 10, (1, 6, 8, 15))).double()
    group = len(shape.groups) - 1
    layers, f = network.groups[group], network.inputs(y[..., :shape.bounds[group][0]])
    weight, bias = (value.numpy().astype(np.int64) for value in layers.embed.parameters())
    summed = f.numpy().astype(np.int64) @ weight.T + bias
    assert np.array_equal(layers.embed(f).numpy(), summed)
    assert abs(summed).max() < 2**53


def test_weights_of_something_else_are_refused(base, base_file, context_files):
    content = checkpoints.read(context_files["context_small"])
    wrong = {
        "belongs to another base than quality 1": {"base_logs": content["base_logs"] + 1},
        "does not fit its own description": {"channels": content["channels"] + 2},
        "here: features holds no whole numbers": {
            "state": {**content["state"], "features": content["state"]["features"].float()}},
        "no context model has the settings": {"shape": {**content["shape"], "hidden": -1}},
    }
    for message, part in wrong.items():
        with pytest.raises(DataError, match=message):
            TrainedContext.load({**content, **part}, "here", base)
    with pytest.raises(DataError, match="holds 'image_base', not 'context'"):
        TrainedContext.load(checkpoints.read(base_file), "here", base)
