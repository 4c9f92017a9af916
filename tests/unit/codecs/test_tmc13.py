"""TMC13: what it printed and wrote in real runs, a process that misbehaves, and sizes recorded elsewhere."""

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lcpc.codecs.point_clouds import tmc13
from lcpc.codecs.point_clouds._tmc13_sizes import COLUMNS, recorded_sizes
from lcpc.codecs.point_clouds.base import canonical, round_trip
from lcpc.codecs.point_clouds.tmc13 import Tmc13, parse_console, payload_bytes, reconstruct
from lcpc.data.ply import read_points
from lcpc.errors import BitstreamError, DataError, MissingData, MissingTool

RUNS = ("airplane_0630_P0064_S008", "airplane_0630_P1024_S016", "chair_0890_P0256_S064", "table_0400_P0008_S256",
        "vase_0500_P1024_S001")
RELEASE = "MPEG PCC tmc3 version release-v14.0-0-gfake"

FAKE = '''#!{python}
"""Stands in for tmc3: same options, same units, same console, and the grid points as plain text for a payload."""
import os, sys, time
import numpy as np
mode = os.environ.get("FAKE", "")
options = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:] if "=" in word)
if mode == "sleep":
    time.sleep(60)
if mode == "mute":
    sys.exit(0)
print("{release}".replace("v14", "v99") if mode == "other version" else "{release}")
if "--help" in sys.argv or mode == "no output":
    sys.exit(0)
if mode == "fails":
    print("error: no input points", file=sys.stderr)
    sys.exit(255)
if options["mode"] == "0":
    data = open(options["uncompressedDataPath"], "rb").read().split(b"end_header\\n")[1]
    grid = np.trunc(np.frombuffer(data, "<f4").reshape(-1, 3) * float(options["inputScale"])) + 0.0
    payload = "\\n".join(" ".join(f"{{v:.5f}}" for v in row) for row in np.unique(grid, axis=0)).encode()
    units = [(0, b"parameters"), (1, b"geometry"), (2, payload)]
    stream = b"".join(bytes([kind]) + len(content).to_bytes(4, "big") + content for kind, content in units)
    open(options["compressedStreamPath"], "wb").write(stream[:-1] if mode == "cuts" else stream)
    extra = " (1.5 bpp)"
else:
    stream = open(options["compressedStreamPath"], "rb").read()
    payload, extra = stream[33:], ""
    rows = payload.decode().splitlines()
    body = {{"nonsense": ["x y z"] * len(rows), "off grid": ["0.5 0 0"] * len(rows), "short": rows[1:]}}.get(mode, rows)
    if mode == "wrong points":
        body = ["7 7 7"] * len(rows)
    head = ["ply", "format ascii 1.0", f"element vertex {{len(rows)}}"] + [f"property float {{a}}" for a in "xyz"]
    open(options["reconstructedDataPath"], "w").write("\\n".join(head + ["end_header"] + body) + "\\n")
print(f"positions bitstream size {{len(payload)}} B{{extra}}")
print(f"Total bitstream size {{len(stream)}} B")
'''


@pytest.fixture
def fake(tmp_path):
    path = tmp_path / "tmc3"
    path.write_text(FAKE.format(python=sys.executable, release=RELEASE))
    path.chmod(0o755)
    return Tmc13(path)


@pytest.fixture
def cloud():
    return np.random.default_rng(0).uniform(-0.9, 0.9, (40, 3)).astype(np.float32)


@pytest.fixture(params=RUNS)
def recorded_run(request, shared):
    return shared / "data/tmc13_v14" / request.param


def test_real_runs_are_read_as_they_are(recorded_run):
    stream = recorded_run.with_suffix(".bin").read_bytes()
    for suffix in (".encode.txt", ".decode.txt"):
        console = parse_console(recorded_run.with_suffix(suffix).read_text())
        assert console.version == "release-v14.0-0-gc3c9798"
        assert (console.payload_bytes, console.file_bytes) == (payload_bytes(stream), len(stream))


def test_real_runs_decode_to_the_reconstruction_without_the_program(recorded_run):
    points = read_points(recorded_run.with_suffix(".ply")).astype(np.float32)
    scale = int(recorded_run.name[-3:])
    decoded = read_points(recorded_run.with_suffix(".rec.ply")) / scale
    assert np.array_equal(canonical(decoded), reconstruct(points, scale))


def test_the_program_writes_the_streams_of_the_real_runs_byte_for_byte(recorded_run):
    program = tmc13.codec({})
    if reason := program.missing():
        pytest.skip(reason)
    points, scale = read_points(recorded_run.with_suffix(".ply")).astype(np.float32), int(recorded_run.name[-3:])
    stream, decoded = round_trip(program, points, scale)
    assert stream == recorded_run.with_suffix(".bin").read_bytes()
    assert np.array_equal(canonical(decoded * scale), canonical(read_points(recorded_run.with_suffix(".rec.ply"))))


def test_a_real_stream_that_is_cut_or_extended_is_refused(recorded_run):
    stream = recorded_run.with_suffix(".bin").read_bytes()
    for damaged in (stream[:-1], stream[:20], stream + b"\0", b"", stream[1:]):
        with pytest.raises(BitstreamError, match="no whole TMC13 stream"):
            payload_bytes(damaged)


def test_points_move_toward_zero_and_merge():
    points = np.array([[-0.3, 0.3, 0.99], [-0.4, 0.2, 0.9], [0.5, 0, 0]], dtype=np.float32)
    assert reconstruct(points, 2).tolist() == [[0, 0, 0.5], [0.5, 0, 0]]
    assert reconstruct(points, 1).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("scale", [1, 8, 256])
def test_a_cloud_goes_through_the_program_and_back(fake, cloud, scale):
    assert fake.missing() == ""
    stream, decoded = round_trip(fake, cloud, scale)
    assert np.array_equal(canonical(decoded), reconstruct(cloud, scale))
    assert fake.rate_bits(stream, decoded, scale) == 8 * (len(stream) - 33)


@pytest.mark.parametrize(
    ("mode", "message"),
    [("mute", "ended with status 0: it said nothing"), ("fails", "ended with status 255: error: no input points"),
     ("no output", "0 bytes are no whole TMC13 stream"), ("cuts", "no whole TMC13 stream")],
)  # fmt: skip
def test_an_encoder_that_misbehaves_is_caught(fake, cloud, monkeypatch, mode, message):
    monkeypatch.setenv("FAKE", mode)
    with pytest.raises(BitstreamError, match=message):
        fake.encode(cloud, 8)


@pytest.mark.parametrize(
    ("mode", "message"),
    [("fails", "status 255"), ("no output", "tmc3 decoded nothing"), ("nonsense", "a vertex is not what the header says"),
     ("off grid", "its points are not on the grid"), ("short", "ends after")],
)  # fmt: skip
def test_a_decoder_that_misbehaves_is_caught(fake, cloud, monkeypatch, mode, message):
    stream = fake.encode(cloud, 8)
    monkeypatch.setenv("FAKE", mode)
    with pytest.raises(BitstreamError, match=message):
        fake.decode(stream, 8)


def test_wrong_points_with_exit_status_0_are_caught(fake, cloud, monkeypatch):
    monkeypatch.setenv("FAKE", "wrong points")
    with pytest.raises(BitstreamError, match="what was decoded is not the quantised input"):
        round_trip(fake, cloud, 8)


def test_a_garbage_stream_never_reaches_the_program(cloud):
    with pytest.raises(BitstreamError, match="no whole TMC13 stream"):
        Tmc13(Path("/no/such/program")).decode(b"garbage" * 9, 8)


def test_a_program_that_hangs_is_ended(fake, cloud, monkeypatch):
    monkeypatch.setenv("FAKE", "sleep")
    with pytest.raises(BitstreamError, match=r"took more than 0\.5 s and was ended"):
        Tmc13(fake.path, timeout_s=0.5).encode(cloud, 8)


def test_what_a_program_started_is_ended_with_it(tmp_path):
    script, child, late = tmp_path / "tmc3", tmp_path / "child", tmp_path / "late"
    script.write_text(f"#!/bin/sh\n(sleep 30; touch {late}) &\necho $! > {child}\nwait\n")
    script.chmod(0o755)
    assert "took more than 2 s" in Tmc13(script, timeout_s=2).missing()
    for _ in range(100):
        if not (going_on := is_running(int(child.read_text()))):
            break
        time.sleep(0.05)
    assert not going_on
    assert not late.exists()


def is_running(process):
    """Whether a process goes on; one that was ended, and that nobody has waited for yet, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def test_another_version_is_not_used_and_named(fake, monkeypatch):
    monkeypatch.setenv("FAKE", "other version")
    assert "release-v99.0-0-gfake, but the rates are those of v14" in fake.missing()


def test_another_program_is_not_used(fake, monkeypatch):
    monkeypatch.setenv("FAKE", "mute")
    assert "is no tmc3" in fake.missing()


def test_without_the_program_the_message_says_where_it_may_stand(monkeypatch, tmp_path, cloud):
    monkeypatch.delenv("LCPC_TMC3", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    codec = tmc13.codec({})
    for part in ("tools.tmc3", "LCPC_TMC3", "PATH", "marked 'skipped'"):
        assert part in codec.missing()
    with pytest.raises(MissingTool, match="tmc3 is not found"):
        codec.encode(cloud, 8)


def test_a_file_that_cannot_be_run_is_named(tmp_path, cloud):
    plain = tmp_path / "tmc3"
    plain.write_text("not a program")
    assert f"tmc3 is not at {plain}, or can't be run" in Tmc13(plain).missing()
    with pytest.raises(MissingTool, match="can't be run"):
        Tmc13(plain).encode(cloud, 8)


def test_a_program_that_does_not_even_start_is_missing_with_a_reason(tmp_path):
    broken = tmp_path / "tmc3"
    broken.write_bytes(b"\x7fELF" + bytes(20))
    broken.chmod(0o755)
    assert "can't be run" in Tmc13(broken).missing()


def test_a_program_that_hangs_is_missing_with_a_reason(fake, monkeypatch):
    monkeypatch.setenv("FAKE", "sleep")
    assert "took more than 0.5 s" in Tmc13(fake.path, timeout_s=0.5).missing()


def test_the_config_goes_before_the_environment_and_that_before_the_path(fake, monkeypatch):
    monkeypatch.setenv("PATH", str(fake.path.parent))
    monkeypatch.delenv("LCPC_TMC3", raising=False)
    assert tmc13.codec({}) == fake
    monkeypatch.setenv("LCPC_TMC3", "/from/environment")
    assert tmc13.codec({}) == Tmc13(Path("/from/environment"))
    assert tmc13.codec({"tmc3": "/from/config"}) == Tmc13(Path("/from/config"))


@pytest.fixture(scope="module")
def recorded(root):
    return root / "results/recorded/tmc13_v14_modelnet40.csv.gz"


def test_recorded_sizes_are_complete_and_belong_to_the_data_at_hand(recorded, shared):
    data = (shared / "data/modelnet40_points1024/test.npz").read_bytes()
    frame = recorded_sizes(recorded, hashlib.sha256(data).hexdigest())
    assert len(frame) == 2468 * 8 * 9
    assert frame["sample"].nunique() == 2468
    assert (frame.loc[frame["scale"] == 1, "payload_bytes"] == 9).all()


def test_recorded_sizes_agree_with_the_real_runs(recorded, recorded_run):
    frame = pd.read_csv(recorded).set_index(["sample", "points", "scale"])
    sample, points, scale = recorded_run.name.rsplit("_", 2)
    row = frame.loc[(sample, int(points[1:]), int(scale[1:]))]
    stream = recorded_run.with_suffix(".bin").read_bytes()
    assert (row["payload_bytes"], row["file_bytes"]) == (payload_bytes(stream), len(stream))


def test_recorded_sizes_of_other_data_are_refused(recorded):
    with pytest.raises(DataError, match="was recorded on data 5411b95fa4c5, not on 000000000000"):
        recorded_sizes(recorded, "0" * 64)


def write_recording(folder, rows, promised):
    pd.DataFrame(rows, columns=COLUMNS).to_csv(folder / "sizes.csv.gz", index=False)
    (folder / "sizes.json").write_text(json.dumps({"data_sha256": "d", "rows": promised}))
    return folder / "sizes.csv.gz"


ROW = ("chair_0001", 8, 4, 9, 41)


@pytest.mark.parametrize(
    ("rows", "promised"),
    [([ROW], 2), ([ROW, ROW], 2), ([("chair_0001", 8, 4, 41, 9)], 1), ([("chair_0001", 8, 4, 0, 41)], 1)],
    ids=["too few", "twice the same", "payload above file", "no payload"],
)
def test_recorded_sizes_that_cannot_be_true_are_refused(tmp_path, rows, promised):
    with pytest.raises(DataError, match=f"does not hold the {promised} rows that sizes.json promises"):
        recorded_sizes(write_recording(tmp_path, rows, promised), "d")


def test_recorded_sizes_without_their_facts_are_refused(tmp_path):
    path = write_recording(tmp_path, [ROW], 1)
    assert len(recorded_sizes(path, "d")) == 1
    path.with_name("sizes.json").unlink()
    with pytest.raises(MissingData, match=r"sizes\.json is not there"):
        recorded_sizes(path, "d")
