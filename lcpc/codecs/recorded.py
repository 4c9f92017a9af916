"""Outputs of codecs that ran elsewhere: manifests with rate and decoded cloud of each input.

A manifest is a CSV file `codec,sample,points,setting,rate_bits,stream_bits,decoded`, one row a
coded cloud; `decoded` is a PLY file, relative to the manifest and never outside its folder. The
JSON file of the same name holds `tool`, `version`, `command` and `data_digest`: the sha256 that
`lcpc data` prints for the test split that was coded. Any codec can have a manifest; rows of a codec
with a file in lcpc/codecs/point_clouds must pass its `defect_of_rate`.
"""

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias

import numpy as np

from lcpc import registry
from lcpc.codecs.point_clouds.base import MAX_POINTS, Cloud, Coded
from lcpc.data.ply import read_points
from lcpc.errors import DataError, LcpcError, MissingData, reader
from lcpc.results.provenance import file_digest, relative
from lcpc.results.store import is_file_name, parse_json
from lcpc.units import BITS_PER_BYTE

PACKAGE = "lcpc.codecs.point_clouds"
COLUMNS = ("codec", "sample", "points", "setting", "rate_bits", "stream_bits", "decoded")
FACTS = ("tool", "version", "command", "data_digest")
CODEC_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
LIMIT_BYTES = 1 << 30
HEADER_BYTES = 4096
MAX_BYTES_PER_POINT = 256
MAX_CLOUD_BYTES = 1 << 26
MANY_POINTS = 1 << 12
WAY_OUT = "See docs/recorded.md"

OutputKey: TypeAlias = tuple[str, int, str]
"""(sample, P, setting)."""


@dataclass(frozen=True)
class Output:
    """One row: rates and decoded cloud of one input; `line` of the manifest."""

    codec: str
    sample: str
    points: int
    setting: str
    rate_bits: float
    stream_bits: int
    decoded: Path
    line: int
    manifest: Path

    @property
    def key(self) -> OutputKey:
        """Unique among the outputs of its codec."""
        return self.sample, self.points, self.setting

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.manifest}, line {self.line}"


@dataclass(frozen=True)
class Manifest:
    """The outputs of one manifest file, and the facts of its JSON."""

    path: Path
    facts: dict[str, str]
    outputs: tuple[Output, ...]

    @property
    def codecs(self) -> tuple[str, ...]:
        """Names of the codecs, in the order of their first rows."""
        return tuple(dict.fromkeys(output.codec for output in self.outputs))

    def of(self, codec: str) -> dict[OutputKey, Output]:
        """The outputs of one codec by sample, P and setting."""
        return {output.key: output for output in self.outputs if output.codec == codec}


@dataclass(frozen=True)
class RecordedOutputs:
    """All outputs of one codec at one P, from one or more manifests."""

    codec: str
    points: int
    outputs: dict[OutputKey, Output]
    manifests: tuple[Manifest, ...]
    note: str = "streams recorded; accuracy measured"

    @property
    def settings(self) -> tuple[str, ...]:
        """Its settings in their own words, in the order of the manifest."""
        return settings_of(self.outputs)

    def check(self, samples: Sequence[str], settings: Sequence[str]) -> None:
        """Raises DataError where outputs of these samples are missing."""
        for line in gaps(self.outputs, samples, [self.points], settings):
            raise DataError(f"recorded outputs of {self.codec} are not complete: {line}. "
                            "See all: `lcpc recorded check FOLDER`.")

    def coded(self, sample: str, points: Cloud, setting: str) -> Coded:
        """Rates and decoded cloud as they are recorded."""
        output = self.outputs[sample, self.points, setting]
        return Coded(output.rate_bits, output.stream_bits, decoded_cloud(output))

    def provenance(self, root: Path) -> dict[str, Any]:
        """Digest and facts of each manifest."""
        files = {manifest.path: manifest.facts for manifest in self.manifests}
        return {relative(path, root): {"sha256": file_digest(path), **facts}
                for path, facts in files.items()}


def load(paths: Iterable[Path], codec: str, points: int, digest: str) -> RecordedOutputs | None:
    """All outputs of a codec at P in these manifests, or None.

    digest: of the clouds that must have been coded. Raises DataError where a manifest's outputs
    are of other clouds, or where two manifests hold the same output.
    """
    outputs: dict[OutputKey, Output] = {}
    manifests = []
    for path in paths:
        manifest = read(path)
        here = {key: output for key, output in manifest.of(codec).items() if key[1] == points}
        if not here:
            continue
        check_data(manifest, digest)
        for key in here.keys() & outputs.keys():
            raise DataError(f"{here[key].where}: {outputs[key].manifest} holds the same output. "
                            "Name only one of them.")
        outputs |= here
        manifests.append(manifest)
    return RecordedOutputs(codec, points, outputs, tuple(manifests)) if outputs else None


def check_data(manifest: Manifest, digest: str) -> None:
    """DataError where a manifest's outputs are of other clouds than those with this digest."""
    recorded = manifest.facts["data_digest"]
    if recorded != digest:
        raise DataError(
            f"{manifest.path} was made of clouds {recorded[:12]}, not of the run's test split "
            f"{digest[:12]}: its outputs do not belong to these clouds. Code the run's own "
            "(`lcpc recorded inputs`).")


@reader(DataError, "is no readable manifest", WAY_OUT)
def read(path: Path) -> Manifest:
    """A manifest and its JSON. Raises MissingData without them, DataError naming a wrong line."""
    facts = read_facts(path.with_suffix(".json"))
    if not path.is_file():
        raise MissingData(f"{path} is not there. "
                          "Set input_compression.recorded to the manifests that you have.")
    size = path.stat().st_size
    if size > LIMIT_BYTES:
        raise DataError(f"{path}: {size} bytes, at most {LIMIT_BYTES} are read. {WAY_OUT}.")
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        rows = csv.reader(file)
        header = tuple(next(rows, []))
        if header != COLUMNS:
            names = ",".join(header)[:120]
            raise DataError(f"{path}: its columns are {names!r}, not {','.join(COLUMNS)}.")
        outputs = tuple(output_of(path, rows.line_num, row) for row in rows if row)
    if not outputs:
        raise DataError(f"{path}: no rows. {WAY_OUT}.")
    refuse_duplicates(outputs)
    return Manifest(path, facts, outputs)


def files_of(path: Path, codec: str, points: int) -> list[Path]:
    """A manifest, its JSON, and the decoded clouds of a codec at P, as far as they are there.

    For the list of a job's inputs: those of a manifest with errors are the manifest alone.
    """
    files = [path, path.with_suffix(".json")]
    with suppress(LcpcError):
        outputs = read(path).of(codec).values()
        files += [output.decoded for output in outputs if output.points == points]
    return [file for file in files if file.is_file()]


@reader(DataError, "is no JSON", WAY_OUT)
def read_facts(path: Path) -> dict[str, str]:
    """The JSON beside a manifest; all of FACTS must be in it as texts."""
    if not path.is_file():
        raise MissingData(f"{path} is not there: it says {', '.join(FACTS)} of the manifest "
                          f"beside it. {WAY_OUT}.")
    facts = parse_json(path.read_text(encoding="utf-8-sig"))
    facts = facts if isinstance(facts, dict) else {}
    texts = {str(name) for name, value in facts.items() if isinstance(value, str) and value}
    absent = [name for name in FACTS if name not in texts]
    if absent:
        raise DataError(f"{path}: {', '.join(absent)} must be in it as text. {WAY_OUT}.")
    return {str(name): str(value) for name, value in facts.items()}


def output_of(path: Path, line: int, row: Sequence[str]) -> Output:
    """One row, checked. Raises DataError naming file and line."""
    where = f"{path}, line {line}"
    if len(row) != len(COLUMNS) or not all(row):
        raise DataError(f"{where}: {len(row)} values, some perhaps empty; {len(COLUMNS)} are "
                        f"needed: {','.join(COLUMNS)}.")
    codec, sample, points, setting, rate_bits, stream_bits, decoded = row
    file = inside(path, line, decoded)
    try:
        output = Output(codec, sample, int(points), setting, float(rate_bits), int(stream_bits),
                        file, line, path)
    except ValueError as error:
        raise DataError(f"{where}: points and stream_bits are whole numbers, "
                        f"rate_bits a number ({error}).") from None
    if reason := defect(output):
        raise DataError(f"{where}: {reason}.")
    return output


def defect(output: Output) -> str:
    """Why the values of an output can't be true, or ""."""
    if not CODEC_NAME.fullmatch(output.codec):
        return f"codec is {output.codec[:40]!r}, not a name of letters, digits and dashes"
    if not 1 <= output.points <= MAX_POINTS:
        return f"points is {output.points}, not 1 to {MAX_POINTS}"
    if not (math.isfinite(output.rate_bits) and output.rate_bits > 0):
        return f"rate_bits is {output.rate_bits:g}, not a positive number"
    if output.stream_bits <= 0 or output.stream_bits % BITS_PER_BYTE:
        return f"stream_bits is {output.stream_bits}, not {BITS_PER_BYTE} x a number of bytes"
    rule = rule_of(output.codec)
    return rule(output.rate_bits, output.stream_bits) if rule else ""


@cache
def rule_of(codec: str) -> Callable[[float, int], str] | None:
    """`defect_of_rate` of a codec's own file, or None."""
    return registry.attribute(PACKAGE, codec, "defect_of_rate")


def inside(path: Path, line: int, decoded: str) -> Path:
    """The path of a decoded cloud. Raises DataError where it leads out of the manifest's folder."""
    file = PurePosixPath(decoded)
    leads_out = file.is_absolute() or ".." in file.parts or "\\" in decoded
    if leads_out or not is_file_name(decoded) or file.suffix != ".ply":
        raise DataError(f"{path}, line {line}: decoded is {decoded[:80]!r}, "
                        "not a .ply file below the manifest's folder.")
    return path.parent / file


def refuse_duplicates(outputs: Sequence[Output]) -> None:
    """DataError where two rows are of the same codec and input at the same setting."""
    lines: dict[tuple[str, OutputKey], int] = {}
    for output in outputs:
        first = lines.setdefault((output.codec, output.key), output.line)
        if first != output.line:
            raise DataError(f"{output.where}: {output.codec}, {output.sample}, P={output.points}, "
                            f"setting {output.setting!r} is in line {first} already.")


def decoded_cloud(output: Output) -> Cloud:
    """The decoded points, float32 [P', 3]. Raises MissingData or DataError naming the file."""
    path = output.decoded
    if not path.resolve().is_relative_to(output.manifest.parent.resolve()):
        raise DataError(f"{path}: a link leads out of the manifest's folder. "
                        "Put the file itself there.")
    most_points = max(output.points, MANY_POINTS)
    limit = min(MAX_CLOUD_BYTES, HEADER_BYTES + MAX_BYTES_PER_POINT * most_points)
    if path.is_file() and path.stat().st_size > limit:
        raise DataError(f"{path}: {path.stat().st_size} bytes are too many for a decoded cloud of "
                        f"about {output.points} points.")
    points = read_points(path)
    largest = np.abs(points).max()
    if len(points) > MAX_POINTS or largest > np.finfo(np.float32).max:
        raise DataError(f"{path}: {len(points)} points as far as {largest:.3g}; at most "
                        f"{MAX_POINTS} in the range of float32 can be classified.")
    return points.astype(np.float32)


def settings_of(outputs: Iterable[OutputKey]) -> tuple[str, ...]:
    """The settings of outputs, in the order of the manifest."""
    return tuple(dict.fromkeys(setting for _, _, setting in outputs))


def gaps(outputs: dict[OutputKey, Output], samples: Sequence[str], points: Sequence[int],
         settings: Sequence[str], shown: int = 3) -> Iterator[str]:
    """The (sample, P, setting) that `outputs` lack: one line for each P and setting."""
    for count, setting in product(points, settings):
        absent = [name for name in samples if (name, count, setting) not in outputs]
        if absent:
            few = ", ".join(absent[:shown]) + (", ..." if len(absent) > shown else "")
            yield (f"P={count}, setting {setting!r}: {len(absent)} of {len(samples)} samples "
                   f"missing ({few})")
