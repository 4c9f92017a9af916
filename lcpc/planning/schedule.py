"""The order of a plan on so many cores: how long it would take, its longest chain, and its memory at the peak."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lcpc.planning.estimates import Estimate
from lcpc.planning.graph import Job, in_order


@dataclass(frozen=True)
class Schedule:
    """Seconds and MiB are those of the jobs that have an estimate: at least so much."""

    seconds: float
    path: tuple[int, ...]
    """Numbers of the jobs of the critical path, first to last."""
    path_seconds: float
    peak_mib: float


def schedule(jobs: Sequence[Job], estimates: Mapping[int, Estimate], cores: int) -> Schedule:
    """A greedy schedule: whatever can start does, the job with the longest chain behind it first."""
    pending = {job.id: job for job in jobs if job.runs}
    chain = _chains(jobs, pending, estimates)
    started, seconds = _simulated(pending, chain, estimates, cores)
    path = _critical(pending, chain)
    total = sum(_seconds(estimates, number) for number in path)
    return Schedule(seconds, path, total, _peak(started, estimates))


def _seconds(estimates: Mapping[int, Estimate], number: int) -> float:
    return estimates[number].seconds or 0.0


def _chains(jobs: Sequence[Job], pending: Mapping[int, Job], estimates: Mapping[int, Estimate]) -> dict[int, float]:
    """Seconds from the start of each job to the end of the longest chain that begins with it."""
    behind = dict.fromkeys(pending, 0.0)
    for job in reversed([job for job in in_order(jobs) if job.id in pending]):
        own = behind[job.id] + _seconds(estimates, job.id)
        behind[job.id] = own
        for need in job.needs:
            if need in behind:
                behind[need] = max(behind[need], own)
    return behind


def _critical(pending: Mapping[int, Job], chain: Mapping[int, float]) -> tuple[int, ...]:
    path: list[int] = []
    choices = [number for number, job in pending.items() if not set(job.needs) & pending.keys()]
    while choices:
        path.append(max(choices, key=lambda number: (chain[number], -number)))
        choices = [number for number, job in pending.items() if path[-1] in job.needs]
    return tuple(path)


def _simulated(pending: Mapping[int, Job], chain: Mapping[int, float], estimates: Mapping[int, Estimate],
               cores: int) -> tuple[dict[int, tuple[float, float]], float]:
    """When each job starts and ends, and the end of the last."""
    waiting = {number: set(job.needs) & pending.keys() for number, job in pending.items()}
    times: dict[int, tuple[float, float]] = {}
    running: list[tuple[float, int]] = []
    now, free = 0.0, cores
    while len(times) < len(pending) or running:
        for number in sorted((one for one, needs in waiting.items() if not needs), key=lambda one: -chain[one]):
            threads = min(pending[number].threads, cores)
            if threads <= free:
                free -= threads
                times[number] = (now, now + _seconds(estimates, number))
                heapq.heappush(running, (times[number][1], number))
                del waiting[number]
        now, ended = heapq.heappop(running)
        free += min(pending[ended].threads, cores)
        for needs in waiting.values():
            needs.discard(ended)
    return times, now


def _peak(times: Mapping[int, tuple[float, float]], estimates: Mapping[int, Estimate]) -> float:
    memory = {number: estimates[number].memory_mib or 0.0 for number in times}
    return max((sum(memory[other] for other, (start, end) in times.items() if start <= moment < max(end, start + 1e-9))
                for moment, _ in times.values()), default=0.0)
