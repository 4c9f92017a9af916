"""Reads and writes result files: always whole, provenance first, and never appended to."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc.errors import LcpcError, MissingData, ResultError, reader, refusing
from lcpc.results import schema
from lcpc.results.csv_file import check, csv_bytes, gzipped, read_csv, read_csvs

if TYPE_CHECKING:
    import pandas

PUBLISHED = "published"
LONGEST_NAME = 200
"""Bytes of the path of a file that another file names."""
PANDAS_TYPES = {"string": "string", "float": "float64", "integer": "Int64"}


def write_whole(path: Path, data: bytes | str) -> None:
    """Write a file in one step: a temporary file in its folder, moved into place when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = data.encode() if isinstance(data, str) else data
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o666 & ~current_umask())
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno:
            error.filename = str(path)
        raise


def current_umask() -> int:
    """The umask of this process (read by setting it and setting it back)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole, keys sorted."""
    write_whole(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def parse_json(text: str) -> Any:
    """What a JSON text says.

    Raises ValueError where it holds half a character (`\\ud800`), which no file or page takes.
    """
    content = json.loads(text)
    if "\\ud" in text.lower():
        json.dumps(content, ensure_ascii=False).encode()
    return content


def is_file_name(text: str) -> bool:
    """Whether a text that a file holds can be the path of another: printable, and no longer than
    each disk takes."""
    return text.isprintable() and len(text.encode()) <= LONGEST_NAME


@reader(ResultError, "is no JSON", "Make it again")
def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that holds one object. Raises ResultError naming the file."""
    content = parse_json(path.read_text(encoding="utf-8-sig"))
    if not isinstance(content, dict):
        raise ResultError(f"{path}: expected an object, found {type(content).__name__}")
    return content


def write_rows(path: Path, kind: str, rows: "pandas.DataFrame", provenance: Mapping[str, Any],
               samples: "pandas.DataFrame | None" = None) -> None:
    """Write `<name>.json`, `<name>.samples.csv.gz` and, last, the rows `<name>.csv`.

    Each file is written in one step. Raises ResultError for rows that do not fit their kind or
    hold impossible values, before anything is written.
    """
    content = csv_bytes(_without_empty(typed(rows, kind, str(path)), kind))
    check(content.decode(), types_of(kind), str(path))
    write_json(path.with_suffix(".json"), provenance)
    if samples is not None:
        write_whole(path.with_suffix(".samples.csv.gz"), gzipped(csv_bytes(samples, digits=6)))
    write_whole(path, content)


def types_of(kind: str) -> dict[str, str]:
    """The pandas type of each column of a kind of rows."""
    return {name: PANDAS_TYPES[column.kind] for name, column in schema.columns(kind).items()}


def _without_empty(frame: "pandas.DataFrame", kind: str) -> "pandas.DataFrame":
    """`frame` without optional columns that are empty in all rows."""
    optional = [name for name, column in schema.columns(kind).items() if column.optional]
    return frame.drop(columns=[name for name in optional if (frame[name] == "").all()])


def typed(frame: "pandas.DataFrame", kind: str, where: str) -> "pandas.DataFrame":
    """`frame` in the order and types of its schema.

    Raises ResultError naming the file and the columns that differ.
    """
    types = types_of(kind)
    columns = schema.columns(kind).items()
    absent = [name for name, column in columns if column.optional and name not in frame.columns]
    frame = frame.assign(**dict.fromkeys(absent, ""))
    different = ", ".join(sorted(set(frame.columns) ^ set(types)))
    if different:
        raise ResultError(f"{where}: columns {different} differ from the schema of {kind}; "
                          "evaluate again")
    with refusing(ResultError, where, "has values of other types", "Evaluate again"):
        return frame[list(types)].astype(types)


@dataclass(frozen=True)
class Results:
    """The result files of one run, and the documents' published numbers.

    root: the project's folder.
    """

    root: Path
    run: str

    @property
    def folder(self) -> Path:
        """Folder of the run's own rows."""
        return self.root / "results" / self.run

    def published(self, name: str) -> "pandas.DataFrame":
        """Published result points: `results/published/<name>.csv`."""
        return self._documents(f"{name}.csv")

    def printed(self, name: str) -> "pandas.DataFrame":
        """What the documents print: `results/published/printed/<name>.csv`."""
        return self._documents(f"printed/{name}.csv")

    def _documents(self, name: str) -> "pandas.DataFrame":
        path = self.root / "results" / PUBLISHED / name
        return read_csv(path, self.root, needs=schema.PUBLISHED_TEXTS.get(path.stem, ()),
                        numbers=schema.PUBLISHED_NUMBERS.get(path.stem, ()))

    def measured(self, kind: str) -> "pandas.DataFrame":
        """All rows of one kind of this run; without any, an empty frame with the kind's columns."""
        import pandas

        types = types_of(kind)
        if files := sorted((self.folder / kind).glob("*.csv")):
            return self._rows_of(files, kind, types)
        empty = pandas.DataFrame({name: pandas.Series(dtype=kind) for name, kind in types.items()})
        return empty.assign(_file=pandas.Series(dtype="string"), _line=pandas.Series(dtype="Int64"))

    def class_counts(self) -> "pandas.DataFrame":
        """Classes of the run's test split and the test clouds of each: columns class, count.

        The run's provenance says them. For run published, and for rows on modelnet40 whose
        provenance does not, they are the published ones; for other rows they are counted from the
        labels of per-sample rows. Raises MissingData without any of these.
        """
        if self.run == PUBLISHED:
            return self.published("modelnet40_test_class_counts")
        rows = self.measured("rate_accuracy")
        files = sorted(set(rows["_file"]))
        for file in files:
            if counts := self._counts_in_provenance(file):
                return _counts_frame(file, counts)
        if set(rows["dataset"]) == {"modelnet40"}:
            return self.published("modelnet40_test_class_counts")
        for file in files:
            if counts := self._counts_of_labels(file):
                return _counts_frame(file, counts)
        raise MissingData(f"results/{self.run}/rate_accuracy does not say its classes; "
                          "evaluate the run again")

    def _counts_in_provenance(self, file: str) -> dict[str, int]:
        path = (self.root / file).with_suffix(".json")
        counts = read_json(path).get("class_counts", {}) if path.is_file() else {}
        is_whole = isinstance(counts, dict) and all(type(count) is int for count in counts.values())
        if not is_whole or min(counts.values(), default=0) < 0:
            raise ResultError(f"{path}: class_counts is {counts!r:.80}, not a count of clouds for "
                              "each class; evaluate again")
        return counts

    def _counts_of_labels(self, file: str) -> dict[str, int]:
        """Counts each test cloud once, though it is coded at many settings; a class without test
        clouds is not seen."""
        path = (self.root / file).with_suffix(".samples.csv.gz")
        if not path.is_file():
            return {}
        clouds = read_csv(path, self.root, needs=("sample", "label")).drop_duplicates("sample")
        counts = clouds["label"].value_counts().sort_index()
        return {str(label): int(count) for label, count in counts.items()}

    def _rows_of(self, files: Sequence[Path], kind: str,
                 types: Mapping[str, str]) -> "pandas.DataFrame":
        """Rows of files of a kind; file by file where all at once have a fault, to name it."""
        import pandas

        with suppress(LcpcError), refusing(ResultError, kind, "can't be read", "Evaluate again"):
            return self._typed(read_csvs(files, self.root, types), kind, kind)
        frames = [self._typed(read_csv(path, self.root, types), kind, str(path)) for path in files]
        return pandas.concat(frames, ignore_index=True)

    @staticmethod
    def _typed(frame: "pandas.DataFrame", kind: str, where: str) -> "pandas.DataFrame":
        rows = typed(frame.drop(columns=["_file", "_line"]), kind, where)
        return rows.assign(_file=frame["_file"], _line=frame["_line"])


def _counts_frame(file: str, counts: Mapping[str, int]) -> "pandas.DataFrame":
    import pandas

    frame = pandas.DataFrame({"class": list(counts), "count": list(counts.values())})
    return frame.assign(_file=file, _line=2)  # the first row that has these counts
