"""Outputs of codecs that ran elsewhere: a manifest says what each stream weighed and where its decoded cloud lies.

A manifest is a CSV file `codec,sample,points,setting,rate_bits,stream_bits,decoded`, one row a coded cloud; `decoded` is a
PLY file, its path relative to the manifest and never outside its folder. Beside it, under the same name, a JSON file says
`tool`, `version`, `command` and `data_digest`: the sha256 that `lcpc data` prints for the test split that was coded.
It works for any codec. A codec of which the documents count the rate in a way of its own has a file in this room
(octattention, ipdae) that holds a manifest to it.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import TypeAlias

import numpy as np

from lcpc.codecs.point_clouds.base import MAX_POINTS, Cloud
from lcpc.data.ply import read_points
from lcpc.errors import DataError, MissingData
from lcpc.registry import load, names
from lcpc.units import BITS_PER_BYTE

COLUMNS = ("codec", "sample", "points", "setting", "rate_bits", "stream_bits", "decoded")
FACTS = ("tool", "version", "command", "data_digest")
CODEC_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
LIMIT_BYTES = 1 << 30
MAX_BYTES_PER_POINT = 256
MAX_CLOUD_BYTES = 1 << 26
WAY_OUT = "See docs/recorded.md"

Key: TypeAlias = tuple[str, int, str]
"""(sample, P, setting)."""


@dataclass(frozen=True)
class Output:
    """One cloud as it was coded elsewhere: its rate as the documents count, its whole stream, and its decoded points."""

    codec: str
    sample: str
    points: int
    setting: str
    rate_bits: float
    stream_bits: int
    decoded: Path
    line: int

    @property
    def key(self) -> Key:
        """What is unique to it among the outputs of its codec."""
        return self.sample, self.points, self.setting


@dataclass(frozen=True)
class Manifest:
    """The outputs of one manifest file, and what it says of their making."""

    path: Path
    facts: dict[str, str]
    outputs: tuple[Output, ...]

    def of(self, codec: str) -> dict[Key, Output]:
        """The outputs of one codec by sample, P and setting."""
        return self._by_codec.get(codec, {})

    @property
    def codecs(self) -> tuple[str, ...]:
        """Names of the codecs, in the order of their first rows."""
        return tuple(self._by_codec)

    @cached_property
    def _by_codec(self) -> dict[str, dict[Key, Output]]:
        found: dict[str, dict[Key, Output]] = {}
        for one in self.outputs:
            found.setdefault(one.codec, {})[one.key] = one
        return found


@dataclass
class Gaps:
    """What a set of outputs lacks of one codec's grid: how many of each (P, setting), and some names."""

    wanted: int
    missing: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def lines(self, shown: int = 3) -> Iterator[str]:
        """One line for each (P, setting) that is not complete."""
        for (points, setting), samples in self.missing.items():
            few = ", ".join(samples[:shown]) + (", ..." if len(samples) > shown else "")
            yield f"P={points}, setting {setting!r}: {len(samples)} of {self.wanted} samples missing ({few})"


def read(path: Path) -> Manifest:
    """A manifest and its JSON. Raises MissingData where one is not there, DataError naming the line that is wrong."""
    facts = read_facts(path.with_suffix(".json"))
    if not path.is_file():
        raise MissingData(f"{path} is not there. Set input_compression.recorded to the manifests that you have.")
    if path.stat().st_size > LIMIT_BYTES:
        raise DataError(f"{path}: {path.stat().st_size} bytes, at most {LIMIT_BYTES} are read. {WAY_OUT}.")
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        rows = csv.reader(file)
        header = tuple(next(rows, []))
        if header != COLUMNS:
            raise DataError(f"{path}: its columns are {','.join(header)[:120]!r}, not {','.join(COLUMNS)}.")
        outputs = tuple(output_of(path, rows.line_num, row) for row in rows if row)
    if not outputs:
        raise DataError(f"{path}: no rows. {WAY_OUT}.")
    manifest = Manifest(path, facts, outputs)
    refuse_twins(manifest)
    return manifest


def read_facts(path: Path) -> dict[str, str]:
    """What the JSON beside a manifest says; all of FACTS must stand there as texts."""
    if not path.is_file():
        raise MissingData(f"{path} is not there: it says {', '.join(FACTS)} of the manifest beside it. {WAY_OUT}.")
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no JSON: {error}") from error
    absent = [name for name in FACTS if not (isinstance(facts, dict) and isinstance(facts.get(name), str) and facts[name])]
    if absent:
        raise DataError(f"{path}: {', '.join(absent)} must stand in it as text. {WAY_OUT}.")
    return {str(name): str(value) for name, value in facts.items()}


def output_of(path: Path, line: int, row: Sequence[str]) -> Output:
    """One row, checked. Raises DataError naming file and line."""
    if len(row) != len(COLUMNS) or not all(row):
        raise DataError(f"{path}, line {line}: {len(row)} values, some perhaps empty; {len(COLUMNS)} are needed: "
                        f"{','.join(COLUMNS)}.")
    codec, sample, points, setting, rate_bits, stream_bits, decoded = row
    try:
        one = Output(codec, sample, int(points), setting, float(rate_bits), int(stream_bits), inside(path, line, decoded), line)
    except ValueError as error:
        raise DataError(f"{path}, line {line}: points and stream_bits are whole numbers, "
                        f"rate_bits a number ({error}).") from None
    if reason := defect(one):
        raise DataError(f"{path}, line {line}: {reason}.")
    return one


def defect(one: Output) -> str:
    """What can't be true of an output, by its numbers, or ""."""
    if not CODEC_NAME.fullmatch(one.codec):
        return f"codec is {one.codec[:40]!r}, not a name of letters, digits and dashes"
    if not 1 <= one.points <= MAX_POINTS:
        return f"points is {one.points}, not 1 to {MAX_POINTS}"
    if not (math.isfinite(one.rate_bits) and one.rate_bits > 0):
        return f"rate_bits is {one.rate_bits:g}, not a positive number"
    if one.stream_bits <= 0 or one.stream_bits % BITS_PER_BYTE:
        return f"stream_bits is {one.stream_bits}, not {BITS_PER_BYTE} x a number of bytes"
    rule = rule_of(one.codec)
    return rule(one.rate_bits, one.stream_bits) if rule else ""


@cache
def rule_of(codec: str) -> Callable[[float, int], str] | None:
    """What a codec's own file holds (rate_bits, stream_bits) of an output to, or None where it has no such file or rule."""
    module = codec.replace("-", "_")
    if module not in names("lcpc.codecs.point_clouds"):
        return None
    return getattr(load("lcpc.codecs.point_clouds", module), "defect_of_rate", None)


def inside(path: Path, line: int, decoded: str) -> Path:
    """The path of a decoded cloud. Raises DataError where it leads out of the manifest's folder."""
    relative = PurePosixPath(decoded)
    if relative.is_absolute() or ".." in relative.parts or "\\" in decoded or "\0" in decoded or relative.suffix != ".ply":
        raise DataError(f"{path}, line {line}: decoded is {decoded[:80]!r}, not a .ply file below the manifest's folder.")
    return path.parent / relative


def refuse_twins(manifest: Manifest) -> None:
    """DataError where two rows stand for the same cloud."""
    seen: dict[tuple[str, Key], int] = {}
    for one in manifest.outputs:
        if (before := seen.setdefault((one.codec, one.key), one.line)) != one.line:
            raise DataError(f"{manifest.path}, line {one.line}: {one.codec}, {one.sample}, P={one.points}, "
                            f"setting {one.setting!r} stands in line {before} already.")


def decoded_cloud(one: Output, manifest: Path) -> Cloud:
    """The decoded points, float32 [P', 3]. Raises MissingData or DataError naming the file."""
    path = one.decoded
    if not path.resolve().is_relative_to(manifest.parent.resolve()):
        raise DataError(f"{path}: a link leads out of the manifest's folder. Put the file itself there.")
    if path.is_file() and path.stat().st_size > min(MAX_CLOUD_BYTES, 4096 + MAX_BYTES_PER_POINT * max(one.points, 1 << 12)):
        raise DataError(f"{path}: {path.stat().st_size} bytes are too many for a decoded cloud of about {one.points} points.")
    points = read_points(path)
    if len(points) > MAX_POINTS or np.abs(points).max() > np.finfo(np.float32).max:
        raise DataError(f"{path}: {len(points)} points as far as {np.abs(points).max():.3g}; at most {MAX_POINTS} in the range "
                        "of float32 can be judged.")
    return points.astype(np.float32)


def settings_of(outputs: dict[Key, Output], points: int | None = None) -> tuple[str, ...]:
    """The settings of outputs, of one P or all, in the order of the manifest."""
    return tuple(dict.fromkeys(setting for _, count, setting in outputs if points in (None, count)))


def gaps(outputs: dict[Key, Output], samples: Sequence[str], points: Sequence[int], settings: Sequence[str]) -> Gaps:
    """What `outputs` lack of all (sample, P, setting)."""
    found = Gaps(len(samples))
    for count in points:
        for setting in settings:
            if absent := [sample for sample in samples if (sample, count, setting) not in outputs]:
                found.missing[count, setting] = absent
    return found
