"""TMC13 (G-PCC), an external program: run with a time limit and checked; and its recorded sizes.

tmc3 exits with 0 even on garbage, so its exit status proves nothing: streams are checked before
it reads them, and what it prints and writes is checked afterwards. Quantisation truncates toward
zero and merges points that fall together, so the decoded cloud is known without the program.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from lcpc.codecs.point_clouds._tmc13_sizes import reconstruct, sizes_at
from lcpc.codecs.point_clouds.base import (
    MAX_POINTS,
    SCALES,
    Cloud,
    PointCloudCodec,
    Recordings,
    Tools,
    as_cloud,
    checked_scale,
)
from lcpc.config import Config
from lcpc.data.ply import read_points, write_points
from lcpc.data.point_clouds import recorded_as
from lcpc.errors import BitstreamError, DataError, LcpcError, MissingTool
from lcpc.results.provenance import file_digest

NAME = "tmc13"
LABEL = "TMC13"
COLOUR = "#d55e00"
MARKER = "s"
THREADS = 4
"""Clouds coded in parallel: each is a process of its own."""

VARIABLE = "LCPC_TMC3"
WAY_OUT = (f"Set tools.tmc3 in the run's config or {VARIABLE}, or put it on PATH; its rows are "
           "marked 'skipped' until then.")
RELEASE = "14"
"""The release whose rates the documents print, and whose sizes are recorded."""

CLONE = f"git clone --branch release-v{RELEASE}.0 https://github.com/MPEGGroup/mpeg-pcc-tmc13"
BANNER = re.compile(r"tmc3 version[ \t]*(\S*)")
IS_RELEASE = re.compile(rf"(release-)?v?{RELEASE}\.")
IS_FROM_ARCHIVE = re.compile(r"$|unconfirmed")
PAYLOAD = re.compile(r"^positions bitstream size ([0-9]{1,18}) B\b", re.MULTILINE)
WHOLE = re.compile(r"^Total bitstream size ([0-9]{1,18}) B\b", re.MULTILINE)

POSITIONS = 2
"""Type of the unit with the coordinates; a unit is type (1 byte), length (4 bytes), content."""

MAX_BYTES_PER_POINT = 64
MAX_CONSOLE_BYTES = 1 << 20
RECORDED = Path("results") / "recorded" / "tmc13_v14_modelnet40.csv.gz"


@dataclass(frozen=True)
class Console:
    """What tmc3 prints: its version (None: it is not tmc3), and sizes in bytes (or None)."""

    version: str | None
    payload_bytes: int | None
    file_bytes: int | None


@dataclass(frozen=True)
class Tmc13:
    """tmc3 at `path` (None: no program is named); each process may take `timeout_s` seconds."""

    path: Path | None
    timeout_s: float = 30.0
    name: str = NAME
    settings: tuple[int, ...] = SCALES

    @property
    def is_named(self) -> bool:
        """Whether config, environment or PATH name a program; recorded sizes never replace it."""
        return self.path is not None

    def missing(self) -> str:
        """Why tmc3 can't be used and the way out, or ""."""
        if self.path is None:
            return f"tmc3 is not found. {WAY_OUT}"
        if not (self.path.is_file() and os.access(self.path, os.X_OK)):
            return f"tmc3 is not at {self.path}, or can't be run. {WAY_OUT}"
        try:
            return self._refusal(self._version())
        except LcpcError as error:
            return str(error)

    def program(self) -> dict[str, str]:
        """Version and digest of the program, for the provenance of its rows."""
        if self.path is None:
            return {}
        return {"version": self._version() or "", "sha256": file_digest(self.path)}

    def encode(self, points: Cloud, scale: int) -> bytes:
        """The stream of a cloud; its sizes are those that tmc3 reported."""
        cloud = as_cloud(points)
        with tempfile.TemporaryDirectory(prefix="lcpc-tmc3-") as folder:
            source, target = Path(folder, "in.ply"), Path(folder, "out.bin")
            write_points(source, cloud)
            console = self._run(["--mode=0", f"--uncompressedDataPath={source}",
                                 f"--compressedStreamPath={target}",
                                 f"--inputScale={checked_scale(scale)}"])
            stream = target.read_bytes() if target.is_file() else b""
        payload, size = payload_bytes(stream), len(stream)
        if (payload, size) != (console.payload_bytes, console.file_bytes):
            raise BitstreamError(
                f"{self.path} wrote {payload} bytes of positions in {size}, but reports "
                f"{console.payload_bytes} in {console.file_bytes}: is it another version?")
        return stream

    def decode(self, stream: bytes, scale: int) -> Cloud:
        """Grid points divided by `scale`. Cut or foreign streams are refused before tmc3 runs."""
        size = payload_bytes(stream)
        with tempfile.TemporaryDirectory(prefix="lcpc-tmc3-") as folder:
            source, target = Path(folder, "in.bin"), Path(folder, "out.ply")
            source.write_bytes(stream)
            console = self._run(["--mode=1", f"--compressedStreamPath={source}",
                                 f"--reconstructedDataPath={target}", "--outputBinaryPly=0"])
            grid = _decoded_grid(target, size)
        if console.payload_bytes != size:
            decoded = console.payload_bytes
            raise BitstreamError(f"{self.path} decoded {decoded} bytes of positions, not {size}")
        return (grid / checked_scale(scale)).astype(np.float32)

    def rate_bits(self, stream: bytes, decoded: Cloud, scale: int) -> float:
        """The documents count the payload of the positions; the stream is 32 to 35 bytes larger."""
        return 8 * payload_bytes(stream)

    def expected(self, points: Cloud, scale: int) -> Cloud:
        """The quantised cloud."""
        return reconstruct(points, scale)

    def _version(self) -> str | None:
        return parse_console(self._process(["--help"]).stdout).version

    def _refusal(self, version: str | None) -> str:
        """Why a program of this version is not used, or ""."""
        if version is None:
            return f"{self.path} is no tmc3, but the rates are those of v{RELEASE}. {WAY_OUT}"
        if IS_FROM_ARCHIVE.match(version):
            return (f"{self.path} does not know its release (its version is "
                    f"{version or 'empty'!r}): it was built from a source archive. Build it from a "
                    f"clone, `{CLONE}`; its rows are marked 'skipped' until then.")
        if not IS_RELEASE.match(version):
            return f"{self.path} is {version}, but the rates are those of v{RELEASE}. {WAY_OUT}"
        return ""

    def _run(self, arguments: Sequence[str]) -> Console:
        done = self._process(arguments)
        console = parse_console(done.stdout)
        if done.returncode or console.version is None:
            reason = _last_line(done.stderr) or _last_line(done.stdout) or "it said nothing"
            raise BitstreamError(f"{self.path} {arguments[0]} ended with status {done.returncode}: "
                                 f"{reason}")
        return console

    def _process(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if self.path is None:
            raise MissingTool(f"tmc3 is not found. {WAY_OUT}")
        try:
            return _run_limited([str(self.path), *arguments], self.timeout_s)
        except subprocess.TimeoutExpired:
            limit = f"{self.timeout_s:g} s"
            raise BitstreamError(f"{self.path} took more than {limit} and was ended") from None
        except OSError as error:
            raise MissingTool(f"{self.path} can't be run ({error.strerror}). {WAY_OUT}") from None


def codec(tools: Tools) -> PointCloudCodec:
    """TMC13 with the program `tools["tmc3"]`, else that of LCPC_TMC3, else the tmc3 on PATH."""
    named = tools.get("tmc3") or os.environ.get(VARIABLE) or shutil.which("tmc3")
    return Tmc13(Path(named) if named else None)


def recorded(config: Config, root: Path, points: int) -> Recordings | None:
    """The sizes recorded for the run's clouds at P, or None. Raises DataError for a broken file."""
    path, digest = root / RECORDED, recorded_as(config, root)
    return sizes_at(path, digest, points) if digest and path.is_file() else None


def payload_bytes(stream: bytes) -> int:
    """Size of the positions in a stream. Raises BitstreamError unless its units fill it exactly."""
    at = size = 0
    while at < len(stream):
        length = int.from_bytes(stream[at + 1 : at + 5], "big")
        size += length if stream[at] == POSITIONS else 0
        at += 5 + length
    if at != len(stream) or not size:
        raise BitstreamError(f"these {len(stream)} bytes are no whole TMC13 stream: were they cut?")
    return size


def parse_console(text: str) -> Console:
    """Version and sizes from what tmc3 prints when it encodes or decodes."""
    version, payload, whole = BANNER.search(text), PAYLOAD.search(text), WHOLE.search(text)
    return Console(version[1] if version else None, int(payload[1]) if payload else None,
                   int(whole[1]) if whole else None)


def _decoded_grid(target: Path, size: int) -> np.ndarray:
    """The integer points that tmc3 wrote. Raises BitstreamError for any other content."""
    if not target.is_file():
        raise BitstreamError("tmc3 decoded nothing: the stream is damaged")
    written = target.stat().st_size
    if written > MAX_POINTS * MAX_BYTES_PER_POINT:
        raise BitstreamError(f"tmc3 decoded {written} bytes of points from {size} bytes: "
                             "damaged stream")
    try:
        grid = read_points(target)
    except DataError as error:
        reason = str(error).removeprefix(f"{target}: ")
        raise BitstreamError(f"tmc3 decoded no cloud: {reason}") from None
    if (grid != np.trunc(grid)).any():
        raise BitstreamError("tmc3 decoded no cloud: its points are not on the grid")
    return grid


def _run_limited(command: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Run a program; subprocess.TimeoutExpired, with all its processes ended, if it takes longer.

    Its output goes to files, so a process that outlives it and holds its pipe blocks nothing.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                              start_new_session=True) as process:
            try:
                status = process.wait(timeout_s)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return subprocess.CompletedProcess(command, status, _beginning(out), _beginning(err))


def _beginning(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(MAX_CONSOLE_BYTES).decode("utf-8", "replace")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip()[:200] if lines else ""
