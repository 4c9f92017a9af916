"""TMC13 (G-PCC), an external program: run, watched and checked; and its stream sizes as recorded elsewhere.

tmc3 exits with 0 even on garbage, so its exit status proves nothing: streams are checked before it sees them, and what
it says and writes is checked afterwards. Quantisation truncates toward zero and merges points that fall together, so
the decoded cloud is known without the program: see `reconstruct`.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from lcpc.codecs.point_clouds.base import MAX_POINTS, SCALES, Cloud, PointCloudCodec, Tools, as_cloud, canonical, checked_scale
from lcpc.data.ply import read_points, write_points
from lcpc.errors import BitstreamError, DataError, LcpcError, MissingData, MissingTool

if TYPE_CHECKING:
    import pandas as pd

NAME = "tmc13"
LABEL = "TMC13"
COLOUR = "#d55e00"
MARKER = "s"
VARIABLE = "LCPC_TMC3"
WAY_OUT = (
    f"Set tools.tmc3 in the run's config or {VARIABLE}, or put it on PATH; its rows are marked 'skipped' until then."
)
RELEASE = "14"
"""The release whose rates the documents print, and whose sizes are recorded."""

BANNER = re.compile(r"tmc3 version (\S+)")
PAYLOAD = re.compile(r"^positions bitstream size (\d+) B\b", re.MULTILINE)
WHOLE = re.compile(r"^Total bitstream size (\d+) B\b", re.MULTILINE)

POSITIONS = 2
"""Type of the unit that holds the coordinates; a stream is units of type (1 byte), length (4 bytes), content."""

MAX_BYTES_PER_POINT = 64
MAX_CONSOLE_BYTES = 1 << 20
RECORDED_COLUMNS = ("sample", "points", "scale", "payload_bytes", "file_bytes")


@dataclass(frozen=True)
class Console:
    """What a run of tmc3 says of itself; sizes in bytes, None where it does not say them."""

    version: str
    payload_bytes: int | None
    file_bytes: int | None


@dataclass(frozen=True)
class Tmc13:
    """tmc3 at `path` (None: there is none); each process may take `timeout_s` seconds."""

    path: Path | None
    timeout_s: float = 30.0
    name: str = NAME
    settings: tuple[int, ...] = SCALES

    def missing(self) -> str:
        """Why tmc3 can't be used and the way out, or ""."""
        if self.path is None:
            return f"tmc3 is not found. {WAY_OUT}"
        if not (self.path.is_file() and os.access(self.path, os.X_OK)):
            return f"tmc3 is not at {self.path}, or can't be run. {WAY_OUT}"
        try:
            version = parse_console(self._process(["--help"]).stdout).version
        except LcpcError as error:
            return str(error)
        if not re.match(rf"(release-)?v?{RELEASE}\.", version):
            return f"{self.path} is {version or 'no tmc3'}, but the rates are those of v{RELEASE}. {WAY_OUT}"
        return ""

    def encode(self, points: Cloud, scale: int) -> bytes:
        """The whole stream of a cloud, whose sizes are those that tmc3 reported."""
        cloud = as_cloud(points)
        with tempfile.TemporaryDirectory(prefix="lcpc-tmc3-") as folder:
            source, target = Path(folder, "in.ply"), Path(folder, "out.bin")
            write_points(source, cloud)
            console = self._run(["--mode=0", f"--uncompressedDataPath={source}", f"--compressedStreamPath={target}",
                                 f"--inputScale={checked_scale(scale)}"])
            stream = target.read_bytes() if target.is_file() else b""
        wrote = (payload_bytes(stream), len(stream))
        if wrote != (console.payload_bytes, console.file_bytes):
            raise BitstreamError(f"{self.path} wrote {wrote[0]} bytes of positions in {wrote[1]}, but reports "
                                 f"{console.payload_bytes} in {console.file_bytes}: is it another version?")
        return stream

    def decode(self, stream: bytes, scale: int) -> Cloud:
        """The decoded cloud: grid points divided by `scale`. A cut or foreign stream is refused before tmc3 sees it."""
        size = payload_bytes(stream)
        with tempfile.TemporaryDirectory(prefix="lcpc-tmc3-") as folder:
            source, target = Path(folder, "in.bin"), Path(folder, "out.ply")
            source.write_bytes(stream)
            console = self._run(["--mode=1", f"--compressedStreamPath={source}", f"--reconstructedDataPath={target}",
                                 "--outputBinaryPly=0"])
            grid = _decoded_grid(target, size)
        if console.payload_bytes != size:
            raise BitstreamError(f"{self.path} decoded {console.payload_bytes} bytes of positions, not {size}")
        return (grid / checked_scale(scale)).astype(np.float32)

    def counted_bits(self, stream: bytes) -> int:
        """The documents count the payload of the positions; the whole stream is 32 to 35 bytes larger."""
        return 8 * payload_bytes(stream)

    def expected(self, points: Cloud, scale: int) -> Cloud:
        """The quantised cloud."""
        return reconstruct(points, scale)

    def _run(self, arguments: Sequence[str]) -> Console:
        done = self._process(arguments)
        console = parse_console(done.stdout)
        if done.returncode or not console.version:
            raise BitstreamError(f"{self.path} {arguments[0]} ended with status {done.returncode}: "
                                 f"{_last_line(done.stderr) or _last_line(done.stdout) or 'it said nothing'}")
        return console

    def _process(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        if self.path is None:
            raise MissingTool(f"tmc3 is not found. {WAY_OUT}")
        try:
            return _watched([str(self.path), *arguments], self.timeout_s)
        except subprocess.TimeoutExpired:
            raise BitstreamError(f"{self.path} took more than {self.timeout_s:g} s and was ended") from None
        except OSError as error:
            raise MissingTool(f"{self.path} can't be run ({error.strerror}). {WAY_OUT}") from None


def codec(tools: Tools) -> PointCloudCodec:
    """TMC13 with the program named by `tools["tmc3"]`, else by LCPC_TMC3, else the tmc3 on PATH."""
    named = tools.get("tmc3") or os.environ.get(VARIABLE) or shutil.which("tmc3")
    return Tmc13(Path(named) if named else None)


def reconstruct(points: Cloud, scale: int) -> Cloud:
    """What TMC13 decodes, without TMC13: unique(trunc(x S)) / S in float32, sorted."""
    return canonical(np.trunc(as_cloud(points) * np.float32(checked_scale(scale)))) / np.float32(scale)


def payload_bytes(stream: bytes) -> int:
    """Size of the positions in a TMC13 stream. Raises BitstreamError where its units do not fill it exactly."""
    at = size = 0
    while at < len(stream):
        length = int.from_bytes(stream[at + 1 : at + 5], "big")
        size += length if stream[at] == POSITIONS else 0
        at += 5 + length
    if at != len(stream) or not size:
        raise BitstreamError(f"these {len(stream)} bytes are no whole TMC13 stream: were they cut?")
    return size


def parse_console(text: str) -> Console:
    """Version and sizes from what tmc3 prints when it encodes or decodes; an empty version means it is not tmc3."""
    version, payload, whole = BANNER.search(text), PAYLOAD.search(text), WHOLE.search(text)
    return Console(
        version[1] if version else "", int(payload[1]) if payload else None, int(whole[1]) if whole else None
    )


def recorded_sizes(path: Path, dataset_digest: str) -> "pd.DataFrame":
    """Recorded TMC13 stream sizes: columns RECORDED_COLUMNS, one row a (sample, points, scale).

    path: the .csv.gz; its facts (rows, sha256 of the data file) stand beside it in the .json of the same name.
    dataset_digest: sha256 of the data file whose clouds are at hand. Raises MissingData; DataError where they differ.
    """
    import pandas as pd

    beside = path.with_name(path.name.removesuffix(".csv.gz") + ".json")
    for file in (path, beside):
        if not file.is_file():
            raise MissingData(f"{file} is not there: TMC13's rates can then only be measured. {WAY_OUT}")
    facts = json.loads(beside.read_text())
    digest, rows = str(facts.get("data_sha256")), facts.get("rows")
    if digest != dataset_digest:
        raise DataError(f"{path} was recorded on data {digest[:12]}, not on {dataset_digest[:12]}: "
                        "its sizes do not belong to these clouds")
    frame = pd.read_csv(path)
    if tuple(frame.columns) != RECORDED_COLUMNS or len(frame) != rows or not _is_plausible(frame):
        raise DataError(f"{path} does not hold the {rows} rows that {beside.name} promises: fetch it again")
    return frame


def _is_plausible(frame: "pd.DataFrame") -> bool:
    sizes = frame[["payload_bytes", "file_bytes"]]
    is_positive = (sizes > 0).all(axis=None) and (frame["file_bytes"] > frame["payload_bytes"]).all()
    return bool(is_positive and not frame.duplicated(["sample", "points", "scale"]).any())


def _decoded_grid(target: Path, size: int) -> np.ndarray:
    """The integer points that tmc3 wrote. Raises BitstreamError where the file holds anything else."""
    if not target.is_file():
        raise BitstreamError("tmc3 decoded nothing: the stream is damaged")
    if target.stat().st_size > MAX_POINTS * MAX_BYTES_PER_POINT:
        raise BitstreamError(f"tmc3 decoded {target.stat().st_size} bytes of points from {size} bytes: damaged stream")
    try:
        grid = read_points(target)
    except DataError as error:
        raise BitstreamError(f"tmc3 decoded no cloud: {str(error).removeprefix(f'{target}: ')}") from None
    if (grid != np.trunc(grid)).any():
        raise BitstreamError("tmc3 decoded no cloud: its points are not on the grid")
    return grid


def _watched(command: Sequence[str], timeout_s: float) -> subprocess.CompletedProcess[str]:
    """Run a program; subprocess.TimeoutExpired where it takes too long, and then nothing that it started goes on either.

    What it prints goes to files, so that a process that outlives it and holds its pipe keeps nobody waiting.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True) as process:
            try:
                status = process.wait(timeout_s)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        told = [_beginning(file) for file in (out, err)]
    return subprocess.CompletedProcess(command, status, *told)


def _beginning(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(MAX_CONSOLE_BYTES).decode("utf-8", "replace")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
