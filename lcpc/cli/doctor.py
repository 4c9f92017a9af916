"""`lcpc doctor`: what is there, what is missing, and the way out of each; ends with 1 where `all` could not be made."""

import argparse
import ctypes
import json
import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from lcpc import config
from lcpc.errors import LcpcError

HELP = "say what is there and what is missing, with the way out"
NEEDED_RUNS = ("published", "demo")
"""The runs that `snakemake all` makes; what only other runs lack is no failure."""
LIBRARIES = {"libusb-1.0.so.0": "libusb-1.0-0", "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libX11.so.6": "libx11-6"}
"""System libraries that Open3D loads, and the Debian packages that hold them."""
LEAST_MEMORY_GIB = 4.0
LEAST_DISK_GIB = 2.0


class Finding(NamedTuple):
    """One thing: `state` is ok, absent (a run other than those of `all` lacks it) or missing (`all` needs it)."""

    area: str
    name: str
    state: str
    detail: str
    remedy: str = ""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the verb."""
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print all findings; 1 where something is missing that `all` needs."""
    findings = examine(Path(args.root))
    if args.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=1))
    else:
        print("\n".join(text(findings)))
    return int(any(finding.state == "missing" for finding in findings))


def examine(root: Path) -> list[Finding]:
    """All findings on this machine and this project, in the order in which they are best mended."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        python, lambda: packages(root / "envs" / "requirements.txt"), libraries, lambda: machine(root),
        lambda: published(root), lambda: runs(root), lambda: tools(root),
    ]
    return [finding for check in checks for finding in check()]


def text(findings: list[Finding]) -> Iterator[str]:
    """The findings as lines, remedies below them, and a closing line that says whether `all` can be made."""
    width = max(len(f"{finding.area} {finding.name}") for finding in findings)
    for finding in findings:
        yield f"{finding.state:8}{finding.area + ' ' + finding.name:{width}}  {finding.detail}"
        if finding.remedy:
            yield f"{'':8}-> {finding.remedy}"
    missing = sum(finding.state == "missing" for finding in findings)
    absent = sum(finding.state == "absent" for finding in findings)
    verdict = f"{missing} missing for `snakemake all`" if missing else "`snakemake all` has all it needs"
    yield f"{verdict}; {absent} absent that it can do without"


def python() -> Iterator[Finding]:
    """The interpreter."""
    version = platform.python_version()
    fits = version.startswith("3.11.")
    yield Finding("python", "3.11", _needed(fits), version, "" if fits else "make PYTHON=/path/to/python3.11 setup")


def packages(pins: Path) -> Iterator[Finding]:
    """Installed packages against the pins: one line for all that agree, one for each that does not."""
    if not pins.is_file():
        yield Finding("packages", "pins", "absent", f"{pins.name} is not there", "restore envs/requirements.txt")
        return
    wanted = re.findall(r"^([\w.-]+)==(\S+)", pins.read_text(), flags=re.MULTILINE)
    odd = [(name, version, _installed(name)) for name, version in wanted if not _agrees(_installed(name), version)]
    yield Finding("packages", "pinned", "ok", f"{len(wanted) - len(odd)} of {len(wanted)} at their pinned versions")
    for name, version, found in odd:
        state = "absent" if found else "missing"
        yield Finding("packages", name, state, f"{found or 'not installed'}, pinned is {version}",
                      "make setup (or: pip install -r envs/requirements.txt)")


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _agrees(found: str, wanted: str) -> bool:
    # A build of torch for one kind of processor adds "+cpu" and the like to its version.
    return found == wanted or found.split("+")[0] == wanted


def libraries() -> Iterator[Finding]:
    """System libraries, by whether they can be loaded."""
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
            yield Finding("library", library, "ok", "can be loaded")
        except OSError as error:
            yield Finding("library", library, "missing", str(error), f"apt-get install {package}")


def machine(root: Path) -> Iterator[Finding]:
    """Cores that this process may use, memory, and free space where the project is."""
    yield Finding("machine", "cores", "ok", str(len(os.sched_getaffinity(0))))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield _enough("memory", memory, LEAST_MEMORY_GIB, "run with --cores 1, or on a machine with more memory")
    yield _enough("disk", shutil.disk_usage(root).free / 2**30, LEAST_DISK_GIB, "free some space")


def _enough(name: str, found_gib: float, least_gib: float, remedy: str) -> Finding:
    enough = found_gib >= least_gib
    detail = f"{found_gib:.1f} GiB" if enough else f"{found_gib:.1f} GiB, and {least_gib:g} GiB are needed"
    return Finding("machine", name, _needed(enough), detail, "" if enough else remedy)


def published(root: Path) -> Iterator[Finding]:
    """The documents' own numbers."""
    files = list((root / "results" / "published").rglob("*.csv"))
    yield Finding("results", "published", _needed(bool(files)), f"{len(files)} files",
                  "" if files else "restore results/published/ from the repository")


def runs(root: Path) -> Iterator[Finding]:
    """For each run: its config, its data set, its rows and its weights."""
    for path in sorted((root / "config").glob("*.yaml")):
        try:
            settings = config.load(root, path.stem)
        except LcpcError as error:
            yield Finding("run", path.stem, "missing", str(error), f"mend config/{path.name}; see config/README.md")
            continue
        yield from _data(root, settings)
        yield from _rows(root, settings)


def _data(root: Path, settings: config.Config) -> Iterator[Finding]:
    from lcpc.data import point_clouds

    if settings.dataset is None:
        return
    try:
        reason = point_clouds.missing(settings, root)
    except LcpcError as error:
        reason = str(error)
    state = "ok" if not reason else _needed(False) if settings.run in NEEDED_RUNS else "absent"
    yield Finding(f"data of {settings.run}:", settings.dataset.name, state, reason or "can be read or made")


def _rows(root: Path, settings: config.Config) -> Iterator[Finding]:
    from lcpc.audit.evidence import promised_rows

    rows = [root / name for name in promised_rows(settings)]
    if not rows:
        return
    there = sum(path.is_file() for path in rows)
    weights = len(list((root / "checkpoints" / settings.run).glob("*.pt")))
    complete = there == len(rows)
    remedy = "" if complete else f"snakemake --cores all {settings.run}"
    # Rows that can be made are nothing that `all` lacks.
    yield Finding(f"rows of {settings.run}:", "measured", "ok" if complete else "absent",
                  f"{there} of {len(rows)} files, {weights} weights", remedy)


def tools(root: Path) -> Iterator[Finding]:
    """Input codecs and the programs behind them; a codec that can't run makes skipped rows, no failure."""
    from lcpc.codecs.listing import states

    for state in states(_configured_tools(root)):
        yield Finding("codec", state.name, "absent" if state.missing else "ok", state.missing or "ready")


def _configured_tools(root: Path) -> config.Tools:
    for path in sorted((root / "config").glob("*.yaml")):
        try:
            found = config.load(root, path.stem).tools
        except LcpcError:
            continue  # `runs` has said what is wrong with it
        if found != config.Tools():
            return found
    return config.Tools()


def _needed(there: bool) -> str:
    return "ok" if there else "missing"
