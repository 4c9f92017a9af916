"""What is there, what is missing, and the way out of each: the machine, the project, its runs."""

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lcpc import config, experiments
from lcpc.codecs import listing
from lcpc.data import point_clouds
from lcpc.data.sampling import LIBRARIES, load_error
from lcpc.errors import LcpcError
from lcpc.results.provenance import versions

NEEDED_RUNS = ("published", "demo")
"""The runs that `snakemake all` makes; what only other runs lack is no failure."""
WITHOUT_COMPRESSAI = ("for which compressai and the numpy below 2 that it needs have no release: "
                      "learned image codecs do not run, all else does")
LEAST_MEMORY_GIB = 4.0
LEAST_DISK_GIB = 2.0
OK, ABSENT, MISSING = "ok", "absent", "missing"
"""States: `absent` is something that `snakemake all` can do without, `missing` what it needs."""


class Check(NamedTuple):
    """One thing that was looked at."""

    area: str
    name: str
    state: str
    detail: str
    remedy: str = ""


def examine(root: Path) -> list[Check]:
    """All checks of this machine and this project, in the order in which they are best mended."""
    return [
        python(), *packages(root / "envs" / "requirements.txt"), *libraries(), *machine(root),
        published(root), *runs(root), *tools(root)]


def holds(checks: list[Check]) -> bool:
    """Whether `snakemake all` has all it needs."""
    return all(check.state != MISSING for check in checks)


def format_checks(checks: list[Check]) -> str:
    """The checks as lines, remedies below them, and a closing line on `snakemake all`."""
    width = max(len(f"{check.area} {check.name}") for check in checks)
    lines = []
    for check in checks:
        lines.append(f"{check.state:8}{f'{check.area} {check.name}':{width}}  {check.detail}")
        if check.remedy:
            lines.append(f"{'':8}-> {check.remedy}")
    states = [check.state for check in checks]
    missing, absent = states.count(MISSING), states.count(ABSENT)
    verdict = f"{missing} missing for `snakemake all`"
    if not missing:
        verdict = "`snakemake all` has all it needs"
    return "\n".join([*lines, f"{verdict}; {absent} absent that it can do without"])


def _needed(area: str, name: str, is_there: bool, detail: str, remedy: str) -> Check:
    state = OK if is_there else MISSING
    return Check(area, name, state, detail, "" if is_there else remedy)


def python() -> Check:
    """The interpreter."""
    detail = version = platform.python_version()
    remedy = "make PYTHON=/path/to/python3.11 setup"
    is_supported = version.startswith(("3.11.", "3.12."))
    if version.startswith("3.13."):
        detail += f", {WITHOUT_COMPRESSAI}"
    return _needed("python", "3.11 or 3.12", is_supported, detail, remedy)


def packages(pins: Path) -> Iterator[Check]:
    """Installed packages and their pins: one line for all that agree, one for each other."""
    if not pins.is_file():
        detail, remedy = f"{pins.name} is not there", "restore envs/requirements.txt"
        yield Check("packages", "pins", ABSENT, detail, remedy)
        return
    pinned = _pinned(pins.read_text())
    names = [name for name, _ in pinned]
    installed = dict.fromkeys(names, "") | versions(names)
    # A build of torch for one kind of processor adds "+cpu" and the like to its version.
    odd = [(name, version) for name, version in pinned
           if version not in (installed[name], installed[name].split("+")[0])]
    agreeing = f"{len(pinned) - len(odd)} of {len(pinned)} at their pinned versions"
    yield Check("packages", "pinned", OK, agreeing)
    for name, version in odd:
        state = ABSENT if installed[name] else MISSING
        detail = f"{installed[name] or 'not installed'}, pinned is {version}"
        remedy = "make setup (or: pip install -r envs/requirements.txt)"
        yield Check("packages", name, state, detail, remedy)


def _pinned(text: str) -> list[tuple[str, str]]:
    """Packages and versions of the lines that hold for this Python."""
    from packaging.requirements import Requirement

    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    requirements = [Requirement(line) for line in lines]
    return [(requirement.name, str(requirement.specifier).removeprefix("=="))
            for requirement in requirements
            if requirement.marker is None or requirement.marker.evaluate()]


def libraries() -> Iterator[Check]:
    """System libraries, by whether they can be loaded."""
    for library, package in LIBRARIES.items():
        if reason := load_error(library):
            yield Check("library", library, MISSING, reason, f"apt-get install {package}")
        else:
            yield Check("library", library, OK, "can be loaded")


def machine(root: Path) -> Iterator[Check]:
    """Cores that this process may use, memory, and free space at the project."""
    yield Check("machine", "cores", OK, str(len(os.sched_getaffinity(0))))
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    remedy = "run with --cores 1, or on a machine with more memory"
    yield _enough("memory", memory_gib, LEAST_MEMORY_GIB, remedy)
    disk_gib = shutil.disk_usage(root).free / 2**30
    yield _enough("disk", disk_gib, LEAST_DISK_GIB, "free some space")


def _enough(name: str, size_gib: float, least_gib: float, remedy: str) -> Check:
    is_enough = size_gib >= least_gib
    detail = f"{size_gib:.1f} GiB"
    if not is_enough:
        detail += f", and {least_gib:g} GiB are needed"
    return _needed("machine", name, is_enough, detail, remedy)


def published(root: Path) -> Check:
    """The documents' own numbers."""
    count = len(list((root / "results" / "published").rglob("*.csv")))
    remedy = "restore results/published/ from the repository"
    return _needed("results", "published", count > 0, f"{count} files", remedy)


def runs(root: Path) -> Iterator[Check]:
    """For each run: its config, its data set, its rows and its weights."""
    for run in config.runs(root):
        try:
            settings = config.load(root, run)
            jobs = experiments.jobs(settings, root)
        except LcpcError as error:
            remedy = f"mend config/{run}.yaml; see config/README.md"
            yield Check("run", run, MISSING, str(error), remedy)
            continue
        if settings.dataset is not None:
            yield _data(root, settings, settings.dataset.name)
        if jobs:
            yield _rows(root, settings.run, [job.output for job in jobs])


def _data(root: Path, settings: config.Config, dataset: str) -> Check:
    try:
        reason = point_clouds.missing(settings, root)
    except LcpcError as error:
        reason = str(error)
    lacking = MISSING if settings.run in NEEDED_RUNS else ABSENT
    detail = reason or "can be read or made"
    return Check(f"data of {settings.run}:", dataset, lacking if reason else OK, detail)


def _rows(root: Path, run: str, files: list[str]) -> Check:
    present = sum((root / file).is_file() for file in files)
    weights = len(list((root / "checkpoints" / run).glob("*.pt")))
    detail = f"{present} of {len(files)} files, {weights} weights"
    if present == len(files):
        return Check(f"rows of {run}:", "measured", OK, detail)
    # Not `missing`: `snakemake all` makes them.
    remedy = f"snakemake --cores all {run}"
    return Check(f"rows of {run}:", "measured", ABSENT, detail, remedy)


def tools(root: Path) -> Iterator[Check]:
    """Codecs and their programs; a codec that can't run makes skipped rows, no failure."""
    for codec in listing.states(_configured_tools(root)):
        state = ABSENT if codec.missing else OK
        yield Check("codec", codec.name, state, codec.missing or "ready")


def _configured_tools(root: Path) -> config.Tools:
    """The tools of the first run that names any."""
    readable, _ = config.load_all(root)
    named = [settings.tools for settings in readable.values() if settings.tools != config.Tools()]
    return named[0] if named else config.Tools()
