"""A plan in words, for people, and in plain values, for programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from lcpc.planning.causes import counted, listed, plural
from lcpc.planning.estimates import PAST, SCALED, UNKNOWN, Estimate
from lcpc.planning.graph import PlannedJob
from lcpc.planning.plan import Plan

BASES = {
    PAST: "from their own past",
    SCALED: "scaled from similar jobs",
    UNKNOWN: "never run, so not counted",
}

DERIVED = ("exit_code", "seconds", "chain_seconds", "memory_mib")


def lines(plan: Plan, every_job: bool = False) -> Iterator[str]:
    """The plan, line by line."""
    outdated = {job.id for job in plan.outdated}
    current = [job for job in plan.jobs if not job.runs and job.id not in outdated]
    yield f"{' '.join(plan.targets)}: {_verdict(plan)}{counted(current) or 'nothing'} up to date"
    if plan.pending:
        yield from ("", "why", *_causes(plan))
    yield from _outdated(plan)
    if plan.pending:
        yield from ("", f"cost on {plan.cores} core{plural(plan.cores)}", *_costs(plan))
    if plan.pending and every_job:
        yield from ("", "jobs")
        yield from (f"  {_job(job, plan.estimates[job.id])}" for job in plan.pending)
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
        yield f"  {cause.words}: {counted(by_id[number] for number in cause.jobs)}"


def _outdated(plan: Plan) -> Iterator[str]:
    """What Snakemake keeps because it has no record, and the command that makes it again."""
    if not plan.outdated:
        return
    rules = " ".join(sorted({job.rule for job in plan.outdated}))
    command = f"snakemake --cores {plan.cores} {' '.join(plan.targets)} --forcerun {rules}"
    yield ""
    yield ("kept, but made by other code than today's, as its .json says "
           "(Snakemake has no record of that)")
    yield f"  {listed([job.title for job in plan.outdated])}"
    yield f"  made again by `{command}`"


def _costs(plan: Plan) -> Iterator[str]:
    costs = list(plan.estimates.values())
    is_known = all(cost.seconds is not None for cost in costs)
    time, memory = ("about", "up to") if is_known else ("at least", "at least")
    yield f"  time      {time} {duration(plan.seconds)}; {_bases(costs)}"
    yield f"  chain     {duration(plan.chain_seconds)}, however many cores"
    yield f"  memory    {memory} {size(plan.memory_mib * 2**20)} at once"
    written = sum(cost.disk_bytes or 0 for cost in costs)
    new = max(0, written - plan.replaced_bytes)
    or_more = "" if all(cost.disk_bytes for cost in costs) else " or more"
    yield (f"  disk      {size(written)}{or_more} written, {size(new)} of it new; "
           f"{size(plan.free_bytes)} free")


def _bases(costs: Sequence[Estimate]) -> str:
    counts = Counter(cost.basis for cost in costs)
    known = [basis for basis in BASES if counts[basis]]
    parts = [f"{counts[basis]} job{plural(counts[basis])} {BASES[basis]}" for basis in known]
    return ", ".join(parts)


def _job(job: PlannedJob, cost: Estimate) -> str:
    time = "unknown" if cost.seconds is None else duration(cost.seconds)
    memory = "" if cost.memory_mib is None else f", {size(cost.memory_mib * 2**20)}"
    return f"{job.title}: {time}{memory} ({PAST if cost.basis == PAST else cost.source})"


def _kept(plan: Plan, current: Sequence[PlannedJob]) -> Iterator[str]:
    if current or plan.evidence or plan.resumes:
        yield from ("", "kept")
    if current:
        yield f"  up to date: {counted(current)}"
    if plan.evidence:
        count = len(plan.evidence)
        yield f"  taken as they are, since their weights are not here: {count} files of rows"
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
