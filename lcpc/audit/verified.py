"""What verifying the streams of a file of rows finds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lcpc import experiments
from lcpc.errors import ResultError
from lcpc.jobs import Job
from lcpc.results.provenance import file_digest
from lcpc.results.store import read_json

NAMED, NAME_CHARACTERS = 5, 80
"""Samples that a line names, and characters of a name; it counts the other samples."""


@dataclass
class Verified:
    """What was read of one file of rows, and how it differs from them."""

    file: str
    streams: int = 0
    stream_bytes: int = 0
    file_bytes: int = 0
    ties: int = 0
    """Classes that differ within the tolerance of logits, and streams within that of latents."""
    seconds: float = 0.0
    is_decoded: bool = True
    """False where the weights are not here, so that sizes of streams were compared alone."""
    missing: str = ""
    """What is not here and the way out."""
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rate = self.streams / self.seconds if self.seconds else 0.0
        line = f"{self.file}: {self.streams} streams of {self.stream_bytes} bytes "
        line += (f"decoded in {self.seconds:.1f} s ({rate:.{1 if rate < 10 else 0}f} a second)"
                 if self.is_decoded else "weighed, but not decoded")
        if self.missing:
            line += f"; not here: {self.missing}"
        if self.ties:
            line += f"; {self.ties} at a tie, as on another processor"
        return "\n".join([line, *(f"  DIFFERENT: {text}" for text in self.differences)])

    def differ(self, samples: Sequence[str], kind: str, where: str = "") -> None:
        """Put samples on record that differ, if there are any."""
        if samples:
            named = ", ".join(map(_shown, samples[:NAMED]))
            named += " and others" if len(samples) > NAMED else ""
            self.differences.append(f"{where}{len(samples)} {kind}: {named}")

    def read(self, root: Path, job: Job, paths: Collection[Path]) -> None:
        """Count files that come with the rows, and compare their digests with the provenance."""
        known = recorded(root, job, "shipped")
        for path in paths:
            self.file_bytes += path.stat().st_size
            if known.get(path.relative_to(root).as_posix()) != file_digest(path):
                self.differences.append(f"{path.name} is not that of the rows' provenance")


def is_shipped(root: Path, job: Job) -> bool:
    """Whether rows have weights or streams, or their provenance says that they had or is broken."""
    files = experiments.shipped(job)
    try:
        known = recorded(root, job, "shipped")
    except ResultError:
        return True
    return bool(known) or any((root / file).is_file() for file in files)


def recorded(root: Path, job: Job, field: str) -> dict[str, str]:
    """Digests of files by the provenance of the rows: `shipped` are weights and streams beside
    them, `inputs` what they were measured with.

    Raises ResultError where the provenance is broken.
    """
    path = (root / job.output).with_suffix(".json")
    known = read_json(path).get(field, {}) if path.is_file() else {}
    if not isinstance(known, dict):
        raise ResultError(f"{path}: {field} is no object of digests by file; restore the file or "
                          "evaluate again")
    return known


def _shown(name: str) -> str:
    """A name out of a file, as a terminal can show it."""
    cut = name[:NAME_CHARACTERS]
    return cut if cut.isprintable() else ascii(cut)
