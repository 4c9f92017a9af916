"""OctAttention keeps the contract of codecs; its streams decode alike in every process."""

import os
import subprocess
import sys
import time
import warnings
import zlib
from dataclasses import replace

import numpy as np
import pytest

from lcpc import checkpoints, config
from lcpc.codecs.point_clouds import octattention
from lcpc.codecs.point_clouds.base import SCALES, canonical, round_trip
from lcpc.codecs.point_clouds.octattention import CHECKED, StreamHeader, load
from lcpc.errors import BitstreamError, ConfigError, DataError
from lcpc.jobs import JobContext
from lcpc.models.exact_attention import whole_state
from lcpc.models.oct_attention import OctAttentionNetwork, OctShape

SHAPE = OctShape(window=64)
DECODE = """
import os, sys
from pathlib import Path
import torch
from lcpc import checkpoints
from lcpc.codecs.point_clouds import octattention
torch.set_num_threads(int(sys.argv[2]))
torch.set_float32_matmul_precision(sys.argv[3])
codec = octattention.load(checkpoints.read(Path(sys.argv[1])), "weights")
for line in sys.stdin.read().split():
    scale, stream = line.split(":")
    decoded = codec.decode(bytes.fromhex(stream), int(scale))
    assert codec.encode(decoded, int(scale)).hex() == stream
    print(decoded.tobytes().hex())
"""


def content_of(seed=1, **changes):
    network = OctAttentionNetwork(SHAPE, seed)
    network.outer.weight.data *= 10
    return {"kind": "octattention", "training": SHAPE.plain(), "dataset": "shapes40", "shape": SHAPE.plain(),
            "state": whole_state(network), **changes}


@pytest.fixture(scope="module")
def codec():
    return load(content_of(), "weights")


def cloud_of(points, seed=0):
    cloud = np.random.default_rng(seed).normal(size=(points, 3))
    return (cloud / np.linalg.norm(cloud, axis=1).max()).astype(np.float32)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("points", [1, 2, 8, 100])
def test_a_cloud_comes_back_as_the_cells_that_tmc13_codes_too(codec, scale, points):
    cloud = cloud_of(points)
    before = cloud.copy()
    stream, decoded = round_trip(codec, cloud, scale)
    assert np.array_equal(cloud, before)
    assert decoded.dtype == np.float32
    assert 0 <= codec.rate_bits(stream, decoded, scale) <= 8 * len(stream) - 40


@pytest.mark.parametrize("cloud", [
    np.zeros((5, 3), np.float32), np.ones((3, 3), np.float32), -np.ones((1, 3), np.float32),
    np.float32([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, -1]]), np.repeat(cloud_of(30), 4, axis=0),
    cloud_of(20) * 50, cloud_of(20) + 3, cloud_of(20) - 9, np.float32([[0, 0, 0], [-0.0, 1e-30, -1e-30]]),
], ids=["zeros", "ones", "a corner", "axes", "duplicates", "large", "to the right", "to the left", "tiny"])
@pytest.mark.parametrize("scale", [1, 16, 256])
def test_clouds_of_every_kind_come_back(codec, cloud, scale):
    round_trip(codec, cloud, scale)


def test_the_order_of_the_points_and_duplicates_change_nothing(codec):
    cloud = cloud_of(80)
    again = np.concatenate([cloud, cloud[:30]])[np.random.default_rng(1).permutation(110)]
    assert codec.encode(again, 64) == codec.encode(cloud, 64)


def test_a_cloud_too_far_away_is_refused(codec):
    for cloud in (cloud_of(4) * 1e5, cloud_of(4) * 1e30, cloud_of(4) * 3000, cloud_of(4) * np.float32(3e38)):
        with warnings.catch_warnings(action="error"), pytest.raises(DataError, match="too far for OctAttention at S = 256; centre it and scale it"):
            codec.encode(cloud, 256)


def test_what_is_no_cloud_or_scale_is_refused(codec):
    for points in (np.zeros((0, 3), np.float32), np.zeros((8, 3), np.int64), np.full((8, 3), np.nan, np.float32)):
        with pytest.raises(DataError):
            codec.encode(points, 16)
    with pytest.raises(DataError, match="S = 3 is no setting"):
        codec.encode(cloud_of(4), 3)
    with pytest.raises(DataError, match="S = 3 is no setting"):
        codec.decode(codec.encode(cloud_of(4), 4), 3)


def test_a_scale_may_be_a_number_of_numpy_or_of_a_table(codec):
    cloud = cloud_of(9)
    stream = codec.encode(cloud, 16)
    for scale in (np.int64(16), 16.0, np.float64(16)):
        assert codec.encode(cloud, scale) == stream
        assert np.array_equal(codec.decode(stream, scale), codec.decode(stream, 16))


def test_the_farthest_cells_are_where_the_limit_says(codec):
    inside = np.nextafter(np.float32(1 << 16), np.float32(0))
    assert octattention._grid(np.float32([[inside, 0, -inside]]), 4).tolist() == [[262143, 0, -262143]]
    with pytest.raises(DataError, match="reaches 6.55e[+]04, too far for OctAttention at S = 4"):
        octattention._grid(np.float32([[0, -(1 << 16), 0]]), 4)


@pytest.mark.parametrize(("threads", "precision"), [("1", "highest"), ("2", "medium"), ("5", "high")])
def test_streams_decode_alike_in_other_processes_threads_and_precisions(codec, tmp_path, threads, precision):
    checkpoints.save(tmp_path / "octattention.pt", content_of())
    clouds = [(cloud_of(points, points), scale) for points, scale in ((1, 256), (60, 8), (150, 64))]
    lines = [f"{scale}:{codec.encode(cloud, scale).hex()}" for cloud, scale in clouds]
    command = [sys.executable, "-c", DECODE, tmp_path / "octattention.pt", threads, precision]
    variables = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    done = subprocess.run(command, input="\n".join(lines), env=variables, capture_output=True, text=True, check=True)
    for line, (cloud, scale) in zip(done.stdout.split(), clouds, strict=True):
        decoded = np.frombuffer(bytes.fromhex(line), np.float32).reshape(-1, 3)
        assert np.array_equal(canonical(decoded), canonical(codec.expected(cloud, scale)))


def test_cut_extended_altered_and_foreign_streams_are_refused(codec):
    stream = codec.encode(cloud_of(50), 16)
    flipped = [stream[:place] + bytes([stream[place] ^ 64]) + stream[place + 1:] for place in range(len(stream))]
    for other in (stream[:-1], stream + b"\0", stream[:3], b"", b"\0", b"garbage" * 30, *flipped):
        with pytest.raises(BitstreamError):
            codec.decode(other, 16)
    with pytest.raises(BitstreamError, match="of other weights or S"):
        codec.decode(stream, 32)
    with pytest.raises(BitstreamError, match="of other weights or S"):
        load(content_of(seed=2), "weights").decode(stream, 16)


@pytest.mark.parametrize("points", [1, 20, 1 << 20])
@pytest.mark.parametrize("above", [0, 8])
def test_streams_made_to_promise_much_are_refused_soon(codec, points, above):
    """Their check is right, as that of an attacker who knows the weights."""
    rng = np.random.default_rng(points)
    for size in (0, 1, 5, 40):
        coded = rng.bytes(size)
        stream = StreamHeader(256, above, points).written(coded, codec.network.digest)
        begin = time.process_time()
        with pytest.raises(BitstreamError):
            codec.decode(stream, 256)
        assert time.process_time() - begin < 5


@pytest.mark.parametrize("above", [1, 3])
def test_a_tree_of_more_levels_than_its_cells_need_is_refused(codec, above, monkeypatch):
    """Its check and its symbols are right: only lcpc writes no such stream."""
    cloud, of = cloud_of(5), StreamHeader.of
    with monkeypatch.context() as patch:
        patch.setattr(StreamHeader, "of", lambda grid, scale: replace(of(grid, scale), above=above))
        stream = codec.encode(cloud, 8)
        assert np.array_equal(codec.decode(stream, 8), canonical(codec.expected(cloud, 8)))
    with pytest.raises(BitstreamError, match="larger than its cells need: lcpc writes no such stream"):
        codec.decode(stream, 8)


def test_a_header_out_of_bounds_is_refused(codec):
    for header in (StreamHeader(512, 0, 9), StreamHeader(256, 9, 9), StreamHeader(16, 200, 9), StreamHeader(16, 0, (1 << 20) + 1)):
        stream = header.written(b"abc", codec.network.digest)
        with pytest.raises(BitstreamError, match="are no stream of OctAttention"):
            codec.decode(stream, 16)


def test_the_check_covers_header_weights_and_coder():
    head, digest = bytes([4, 0, 7]), b"w" * 32
    stream = StreamHeader(16, 0, 8).written(b"coded", digest)
    assert stream == head + zlib.crc32(head + digest + b"coded").to_bytes(4, "big")[:2] + b"coded"


def test_some_streams_are_decoded_in_measurements_and_the_note_says_how_many(codec, monkeypatch):
    decoded, decode = [], type(codec).decode
    monkeypatch.setattr(type(codec), "decode", lambda self, stream, scale: decoded.append(scale) or decode(self, stream, scale))
    cloud = cloud_of(8)
    coded = [codec.coded(f"sample {number}", cloud, 4) for number in range(10 * CHECKED)]
    assert 5 < len(decoded) < 20
    assert len({(result.rate_bits, result.stream_bits) for result in coded}) == 1
    assert all(np.array_equal(canonical(result.decoded), canonical(codec.expected(cloud, 4))) for result in coded)
    assert f"1 of {CHECKED} decoded" in codec.note


@pytest.mark.parametrize(("changes", "message"), [
    ({"kind": "mixed"}, "weights holds 'mixed'"), ({"shape": {}}, "OctAttention: occupancy is None"),
    ({"shape": SHAPE.plain() | {"layers": 9}}, "weights"), ({"state": {}}, "weights"),
])
def test_other_checkpoints_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        load(content_of(**changes), "weights")


def test_weights_of_other_data_or_settings_are_refused(tmp_path, make_run):
    context, clouds = make_run(tmp_path, window=64)
    path = context.weights("octattention")
    path.parent.mkdir(parents=True)
    checkpoints.save(path, content_of())
    assert octattention.trained(context, 8, clouds).settings == SCALES
    context, _ = make_run(tmp_path, window=32)
    with pytest.raises(ConfigError, match="was trained with window 64, but 32 is asked in config/mine.yaml"):
        octattention.trained(context, 8, clouds)
    checkpoints.save(path, content_of(dataset="modelnet40"))
    with pytest.raises(ConfigError, match="was trained on modelnet40, not on shapes40"):
        octattention.trained(context, 8, clouds)


@pytest.fixture
def make_run():
    from lcpc.data.base import clouds

    def make(root, **settings):
        run = {"dataset": {"name": "shapes40"},
               "input_compression": {"codecs": ["octattention"], "points": [8], "octattention": settings}}
        points, label = cloud_of(8)[None].repeat(2, 0), np.array([0, 1])
        data = clouds("shapes40", ("a", "b"), "test", points, label, np.array(["c0", "c1"]), {})
        return JobContext(root, config.parse(run, "mine", "config/mine.yaml")), data

    return make


def test_a_run_trains_its_weights_only_where_it_says_how():
    for section, wanted in (({}, ()), ({"octattention": {}}, ("octattention",))):
        run = {"dataset": {"name": "shapes40"}, "input_compression": {"codecs": ["octattention"], **section}}
        assert octattention.weights(config.parse(run, "mine", "config/mine.yaml"), 8) == wanted
