"""A plan in words, for people, and in plain values, for programs."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lcpc.planning.causes import MISSING, counted, listed
from lcpc.planning.estimates import PAST, SCALED, UNKNOWN, Estimate
from lcpc.planning.graph import Job
from lcpc.planning.plan import Plan, exit_code

WIDTH = 10


def lines(plan: Plan, every_job: bool = False) -> Iterator[str]:
    """The plan, line by line."""
    pending, outdated = plan.pending(), {job.id for job in plan.outdated}
    current = [job for job in plan.jobs if not job.runs and job.id not in outdated]
    name = " ".join(plan.targets)
    if not pending:
        told = f"nothing would run, but {counted(plan.outdated)} out of date" if plan.outdated else "nothing to do"
        yield f"{name}: {told}, {counted(current) or 'nothing'} up to date"
        yield from _outdated(plan)
        yield from _kept(plan, current)
        return
    yield f"{name}: {counted(pending)} would run; {counted(current) or 'nothing'} up to date"
    yield from ("", "why")
    by_id = {job.id: job for job in plan.jobs}
    for cause in plan.causes:
        yield f"  {cause.words}: {counted(by_id[number] for number in cause.jobs)}"
    yield from _outdated(plan)
    yield from ("", f"cost on {plan.cores} core{'s' * (plan.cores > 1)}")
    yield from _costs(plan)
    yield from _critical(plan)
    if every_job:
        yield from ("", "jobs")
        yield from (f"  {_job(job, plan.estimates[job.id])}" for job in pending)
    yield from _kept(plan, current)


def _outdated(plan: Plan) -> Iterator[str]:
    """What Snakemake keeps for want of a record, and the command that makes it again."""
    if plan.outdated:
        rules = " ".join(sorted({job.rule for job in plan.outdated}))
        yield from ("", "kept, but made by other code than today's, as its .json says (Snakemake has no record of that)")
        yield f"  {listed([job.title for job in plan.outdated])}"
        yield f"  made again by `snakemake --cores {plan.cores} {' '.join(plan.targets)} --forcerun {rules}`"


def _costs(plan: Plan) -> Iterator[str]:
    costs = list(plan.estimates.values())
    unknown = [one for one in costs if one.seconds is None]
    least = "at least " if unknown else "about "
    yield f"  {'time':{WIDTH}}{least}{duration(plan.schedule.seconds)}; {_bases(costs)}"
    yield f"  {'memory':{WIDTH}}{least if unknown else 'up to '}{size(plan.schedule.peak_mib * 2**20)} at once"
    written = sum(one.disk_bytes or 0 for one in costs)
    new = max(0, written - plan.replaced_bytes)
    more = "" if all(one.disk_bytes for one in costs) else " or more"
    yield f"  {'disk':{WIDTH}}{size(written)}{more} written, {size(new)} of it new; {size(plan.free_bytes)} free"


BASES = {PAST: "from their own past", SCALED: "scaled from similar jobs or settings", UNKNOWN: "never run, so not counted"}


def _bases(costs: list[Estimate]) -> str:
    counts = Counter(one.basis for one in costs)
    return ", ".join(f"{counts[basis]} job{'s' * (counts[basis] > 1)} {told}" for basis, told in BASES.items() if counts[basis])


def _critical(plan: Plan) -> Iterator[str]:
    by_id = {job.id: job for job in plan.jobs}
    yield from ("", f"critical path: {duration(plan.schedule.path_seconds)}, however many cores")
    for number in plan.schedule.path:
        yield f"  {_job(by_id[number], plan.estimates[number])}"


def _job(job: Job, cost: Estimate) -> str:
    time = "unknown" if cost.seconds is None else duration(cost.seconds)
    memory = "" if cost.memory_mib is None else f", {size(cost.memory_mib * 2**20)}"
    return f"{job.title}: {time}{memory} ({cost.basis if cost.basis == PAST else cost.source})"


def _kept(plan: Plan, kept: list[Job]) -> Iterator[str]:
    if kept or plan.evidence or plan.resumes:
        yield from ("", "kept")
    if kept:
        yield f"  up to date: {counted(kept)}"
    if plan.evidence:
        yield f"  taken as they are, since their weights are not here: {len(plan.evidence)} files of rows"
    yield from (f"  goes on from where it was killed: {path}" for path in plan.resumes)


def plain(plan: Plan) -> dict[str, Any]:
    """The plan as plain values: what `lines` says, and every job."""
    pending = plan.pending()
    return {
        "targets": list(plan.targets), "cores": plan.cores, "exit_code": exit_code(plan),
        "causes": [{"words": cause.words, "stale": cause.kind != MISSING, "jobs": sorted(cause.jobs)} for cause in plan.causes],
        "jobs": [{"id": job.id, "rule": job.rule, "title": job.title, "outputs": list(job.outputs), "needs": list(job.needs),
                  "threads": job.threads, "reason": asdict(job.reason), "estimate": asdict(plan.estimates[job.id])}
                 for job in pending],
        "seconds": plan.schedule.seconds, "critical_path": list(plan.schedule.path),
        "critical_path_seconds": plan.schedule.path_seconds, "peak_memory_mib": plan.schedule.peak_mib,
        "up_to_date": len(plan.jobs) - len(pending) - len(plan.outdated),
        "outdated": [job.title for job in plan.outdated], "evidence": list(plan.evidence), "resumes": list(plan.resumes),
        "free_bytes": plan.free_bytes, "replaced_bytes": plan.replaced_bytes,
    }


def duration(seconds: float) -> str:
    """Seconds as people say them: `40 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def size(count: float) -> str:
    """Bytes as people say them: `512 B`, `1.5 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
