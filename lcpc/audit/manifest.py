"""The manifest of a run: the SHA-256 of each file that the repository ships of it.

`results/<run>/manifest.sha256` has the format of `sha256sum`, so that a reader can check a run
without lcpc: `sha256sum --check --quiet results/workstation/manifest.sha256`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from lcpc import config, experiments
from lcpc.audit.evidence import FOLDERS, Flaw
from lcpc.audit.files import read_text, relative
from lcpc.errors import LcpcError, ResultError
from lcpc.results.products import ENDINGS, Product
from lcpc.results.provenance import file_digest
from lcpc.results.store import PUBLISHED, write_whole

NAME = "manifest.sha256"
RESULTS = "results/"
LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
RECORDED = "results/recorded"
"""Outputs of codecs that ran elsewhere; they count as part of run published."""

Digests = Mapping[str, str]


def manifest_path(root: Path, run: str) -> Path:
    """Path of a run's manifest."""
    return root / "results" / run / NAME


def shipped(root: Path, run: str) -> list[str]:
    """All files of a run that are there, relative to the project: config, rows, tables, figures.

    The manifest itself does not count, nor do hidden files, but for rows. Links to folders, which
    are no part of a run, do: some readers follow them.
    """
    folders = [root / kind / run for kind in FOLDERS]
    if run == PUBLISHED:
        folders.append(root / RECORDED)
    paths = [root / "config" / f"{run}.yaml"]
    for folder in folders:
        paths.extend(folder.rglob("*"))
    manifest = manifest_path(root, run)
    files = [path for path in paths if path.is_file() or path.is_symlink()]
    return sorted(path.relative_to(root).as_posix() for path in files
                  if path != manifest and (path.name[0] != "." or path.suffix == ".csv"))


def read(root: Path, run: str) -> dict[str, str]:
    """Digests of files on the manifest. Raises MissingData without one, ResultError if broken."""
    path = manifest_path(root, run)
    digests = {}
    for number, line in enumerate(read_text(path, root).splitlines(), 1):
        match = LINE.fullmatch(line)
        if match is None or match[2] in digests:
            raise ResultError(f"{relative(path, root)}:{number} is not a digest and a new file")
        digests[match[2]] = match[1]
    return digests


def seal(root: Path, run: str, made: Collection[str] | None = None) -> Path:
    """Write a run's manifest from the files that are there; its path.

    made: the only results that may get another digest, such as those that the pipeline makes.
    Lines of other results stay as they are, so that the pipeline never signs what it did not make.
    """
    digests = {file: _digest(root, file) for file in shipped(root, run)}
    if made is not None and manifest_path(root, run).is_file():
        before = read(root, run)
        not_made = {file for file in {*before, *digests} if file.startswith(RESULTS)} - set(made)
        for file in not_made:
            digests.pop(file, None)
        digests.update({file: before[file] for file in not_made if file in before})
    _write(root, run, digests)
    return manifest_path(root, run)


def _digest(root: Path, file: str) -> str:
    if not (root / file).is_file():
        raise ResultError(f"{file} is a link to no file; remove it, it is no part of a run")
    return file_digest(root / file)


def seal_made(root: Path, run: str) -> Path:
    """What the pipeline does last: `seal`, but results that can't be made here keep their lines.

    These are published numbers, recorded outputs, and rows whose weights are not here.
    """
    made: list[str] = []
    for job in experiments.jobs(config.load(root, run), root):
        weights = [file for file in job.inputs if file.startswith("checkpoints/")]
        if all((root / file).is_file() for file in weights):
            made += [*experiments.files(job), experiments.samples(job), *experiments.shipped(job)]
    return seal(root, run, made)


def update(root: Path, run: str, paths: Collection[Path]) -> None:
    """Put files that were just written on the manifest, if there is a readable one."""
    with suppress(LcpcError):
        before = read(root, run)
        new = {path.relative_to(root).as_posix(): file_digest(path) for path in paths}
        if {**before, **new} != before:
            _write(root, run, {**before, **new})


def _write(root: Path, run: str, digests: Digests) -> None:
    lines = [f"{digests[file]}  {file}\n" for file in sorted(digests)]
    write_whole(manifest_path(root, run), "".join(lines))


def _make(file: str, run: str) -> str:
    product = Product(file.split("/")[0].removesuffix("s"), run, Path(file).stem)
    return f" or make it again (`{product.command}`)" if product.kind in ENDINGS else ""


def differences(root: Path, run: str,
                digest: Callable[[Path], str] = file_digest) -> Iterator[Flaw]:
    """Files of a run that are altered, missing or new since its manifest was written.

    digest: SHA-256 of a file, of which some may be known.
    """
    manifest = relative(manifest_path(root, run), root)
    intended = f"if that is meant, `lcpc audit --run {run} --seal`"
    try:
        listed = read(root, run)
    except LcpcError as error:
        verdict = "drift" if (root / manifest).is_file() else "missing"
        reason = error if verdict == "drift" else "not there"
        text = f"{reason}; restore it (`git checkout {manifest}`) or make it (`snakemake {run}`)"
        yield Flaw(manifest, verdict, f"{text}; {intended}")
        return
    present = shipped(root, run)
    for file in sorted({*listed, *present}):
        if file not in listed:
            yield Flaw(file, "drift", f"not on {manifest}: remove {file}; {intended}")
        else:
            restore = f"restore it (`git checkout {file}`){_make(file, run)}"
            if file not in present:
                yield Flaw(file, "missing", f"{manifest} lists it; {restore}; {intended}")
            elif digest(root / file) != listed[file]:
                text = f"altered: another digest than on {manifest}"
                yield Flaw(file, "drift", f"{text}; {restore}; {intended}")
