"""A plan in words, for people, and in plain values, for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from lcpc.planning.causes import counted, listed, several
from lcpc.planning.estimates import KEPT, PAST, SCALED, UNKNOWN, Estimate
from lcpc.planning.graph import PlannedJob
from lcpc.planning.plan import Plan

BASES = {
    PAST: "from their own past",
    SCALED: "scaled from similar jobs",
    KEPT: "with kept weights",
    UNKNOWN: "never run, so not counted",
}

MIB = 2**20
LEAST_WHOLE_SECONDS = 10
"""Shorter times have a decimal."""
DERIVED = ("exit_code", "seconds", "chain_seconds", "memory_mib")


def lines(plan: Plan, every_job: bool = False) -> Iterator[str]:
    """The plan, line by line."""
    outdated = {job.id for job in plan.outdated}
    current = [job for job in plan.jobs if not job.runs and job.id not in outdated]
    targets = " ".join(plan.targets)
    yield f"{targets}: {_verdict(plan)}{counted(current) or 'nothing'} up to date"
    if plan.pending:
        yield from ("", "why", *_causes(plan))
    yield from _outdated(plan)
    if plan.pending:
        yield from ("", f"cost on {several(plan.cores, 'core')}", *_costs(plan))
    if plan.pending and every_job:
        yield from ("", "jobs", *_jobs(plan))
    yield from _kept(plan, current)


def _verdict(plan: Plan) -> str:
    if plan.pending:
        return f"{counted(plan.pending)} would run; "
    if plan.outdated:
        return f"nothing would run, but {counted(plan.outdated)} out of date, "
    return "nothing to do, "


def _causes(plan: Plan) -> Iterator[str]:
    by_id = {job.id: job for job in plan.jobs}
    for cause in plan.causes:
        jobs = [by_id[number] for number in cause.jobs]
        yield f"  {cause.words}: {counted(jobs)}"


def _outdated(plan: Plan) -> Iterator[str]:
    """What Snakemake keeps because it has no record, and the command that makes it again."""
    if not plan.outdated:
        return
    rules = sorted({job.rule for job in plan.outdated})
    titles = [job.title for job in plan.outdated]
    command = ["snakemake", "--cores", str(plan.cores), *plan.targets, "--forcerun", *rules]
    yield ""
    yield ("kept, but made by other code than today's, as its .json says "
           "(Snakemake has no record of that)")
    yield f"  {listed(titles)}"
    yield f"  made again by `{' '.join(command)}`"


def _costs(plan: Plan) -> Iterator[str]:
    costs = list(plan.estimates.values())
    is_known = all(cost.seconds is not None for cost in costs)
    about, up_to = "about", "up to"
    if not is_known:
        about = up_to = "at least"
    yield f"  time      {about} {duration(plan.seconds)}; {_bases(costs)}"
    yield f"  chain     {duration(plan.chain_seconds)}, however many cores"
    yield f"  memory    {up_to} {size(plan.memory_mib * MIB)} at once"
    written = sum(cost.disk_bytes or 0 for cost in costs)
    new = max(0, written - plan.replaced_bytes)
    or_more = "" if all(cost.disk_bytes for cost in costs) else " or more"
    free = size(plan.free_bytes)
    yield f"  disk      {size(written)}{or_more} written, {size(new)} of it new; {free} free"


def _bases(costs: Sequence[Estimate]) -> str:
    counts = Counter(cost.basis for cost in costs)
    parts = [f"{several(counts[basis], 'job')} {words}" for basis, words in BASES.items()
             if counts[basis]]
    return ", ".join(parts)


def _jobs(plan: Plan) -> Iterator[str]:
    for job in plan.pending:
        cost = plan.estimates[job.id]
        time = "unknown" if cost.seconds is None else duration(cost.seconds)
        memory = "" if cost.memory_mib is None else f", {size(cost.memory_mib * MIB)}"
        source = PAST if cost.basis == PAST else cost.source
        yield f"  {job.title}: {time}{memory} ({source})"


def _kept(plan: Plan, current: Sequence[PlannedJob]) -> Iterator[str]:
    if current or plan.evidence or plan.resumes or plan.taken:
        yield from ("", "kept")
    if current:
        yield f"  up to date: {counted(current)}"
    if plan.evidence:
        files = several(len(plan.evidence), "file")
        yield f"  taken as they are, since their weights are not here: {files} of rows"
    if plan.taken:
        files = several(len(plan.taken), "file")
        yield f"  taken from the repository (lcpc keep), not trained: {files} of weights"
    yield from (f"  goes on from where it was killed: {path}" for path in plan.resumes)


def plain(plan: Plan) -> dict[str, Any]:
    """The plan as plain values: what `lines` says, and every job that would run."""
    pending = {job.id for job in plan.pending}
    content = asdict(plan)
    jobs = [job for job in content["jobs"] if job["id"] in pending]
    for job in jobs:
        job["estimate"] = content["estimates"][job["id"]]
    derived = {name: getattr(plan, name) for name in DERIVED}
    up_to_date = len(plan.jobs) - len(pending) - len(plan.outdated)
    outdated = [job.title for job in plan.outdated]
    changes = {"jobs": jobs, "outdated": outdated, "up_to_date": up_to_date}
    del content["estimates"]
    return {**content, **derived, **changes}


def duration(seconds: float) -> str:
    """Seconds as people say them: `3.6 s`, `40 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds < LEAST_WHOLE_SECONDS:
        return f"{seconds:.1f} s"
    minutes, whole_seconds = divmod(round(seconds), 60)
    hours, whole_minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {whole_minutes:02d} min"
    return f"{minutes} min {whole_seconds:02d} s" if minutes else f"{whole_seconds} s"


def size(count: float) -> str:
    """Bytes as people say them: `512 B`, `1.5 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    digits = 0 if unit == "B" or count >= 100 else 1
    return f"{count:.{digits}f} {unit}"
