"""Recorded stream sizes of TMC13, and the clouds that it decodes, computed without the program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from lcpc.codecs.point_clouds.base import SCALES, Cloud, Coded, as_cloud, canonical, checked_scale
from lcpc.errors import DataError, MissingData, reader
from lcpc.results.csv_file import read_csv
from lcpc.results.frames import DataFrame
from lcpc.results.provenance import file_digest, relative
from lcpc.results.store import read_json

COLUMNS = ("sample", "points", "scale", "payload_bytes", "file_bytes")
TYPES = {"sample": "string"} | dict.fromkeys(COLUMNS[1:], "int64")


@dataclass(frozen=True)
class RecordedSizes:
    """Recorded stream sizes (payload, file; bytes) of each (sample, S) at one P."""

    path: Path
    sizes: Mapping[tuple[str, int], tuple[int, int]]
    settings: tuple[int, ...] = SCALES
    note: str = "rate recorded with TMC13 v14; accuracy measured"

    def check(self, samples: Sequence[str], settings: Sequence[int]) -> None:
        """Raises DataError where sizes of these samples are missing."""
        for key in product(samples, settings):
            if key not in self.sizes:
                raise DataError(f"{self.path} has no sizes of {key[0]} at S = {key[1]}; "
                                "fetch it again or set tools.tmc3 in the run's config")

    def coded(self, sample: str, points: Cloud, setting: int) -> Coded:
        """Sizes of the recording, and the cloud that TMC13 decodes."""
        payload, size = self.sizes[sample, setting]
        return Coded(8 * payload, 8 * size, reconstruct(points, setting))

    def provenance(self, root: Path) -> dict[str, Any]:
        """The recording and its digest."""
        return {relative(self.path, root): file_digest(self.path)}


def reconstruct(points: Cloud, scale: int) -> Cloud:
    """What TMC13 decodes, computed without it: unique(trunc(x S)) / S in float32, sorted."""
    grid = np.trunc(as_cloud(points) * np.float32(checked_scale(scale)))
    return canonical(grid) / np.float32(scale)


def sizes_at(path: Path, dataset_digest: str, points: int) -> RecordedSizes:
    """The recorded sizes of clouds of P points. Raises as `recorded_sizes` does."""
    frame = recorded_sizes(path, dataset_digest)
    chosen = frame[frame["points"] == points]
    columns = chosen[["sample", "scale", "payload_bytes", "file_bytes"]]
    sizes = {(sample, scale): (payload, size)
             for sample, scale, payload, size in columns.itertuples(index=False)}
    return RecordedSizes(path, sizes)


@reader(DataError, "is no recording of sizes", "Fetch it again")
def recorded_sizes(path: Path, dataset_digest: str) -> DataFrame:
    """Recorded stream sizes: columns COLUMNS, one row a (sample, points, scale).

    path: the .csv.gz; the .json of the same name holds its number of rows and the sha256 of the
    data file. dataset_digest: sha256 of the data file at hand. Raises MissingData without the
    files, DataError where they do not belong together.
    """
    beside = path.with_name(path.name.removesuffix(".csv.gz") + ".json")
    for file in (path, beside):
        if not file.is_file():
            raise MissingData(f"{file} is not there: TMC13's rates can then only be measured. "
                              "Fetch it again, or set tools.tmc3 in the run's config.")
    facts = read_json(beside)
    digest, rows = str(facts.get("data_sha256")), facts.get("rows")
    if digest != dataset_digest:
        raise DataError(f"{path} was recorded on data {digest[:12]}, not on {dataset_digest[:12]}: "
                        "its sizes do not belong to these clouds")
    frame = read_csv(path, path.parent, TYPES).drop(columns=["_file", "_line"])
    is_whole = tuple(frame.columns) == COLUMNS and len(frame) == rows
    if not is_whole or not _is_plausible(frame):
        raise DataError(f"{path} does not hold the {rows} rows that {beside.name} promises: "
                        "fetch it again")
    return frame


def _is_plausible(frame: DataFrame) -> bool:
    payload, size = frame["payload_bytes"], frame["file_bytes"]
    is_positive = (payload > 0).all() and (size > payload).all()
    return bool(is_positive and not frame.duplicated(["sample", "points", "scale"]).any())
