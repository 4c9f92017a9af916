"""Trainings: one file a training, each with `jobs(config, root)` and `run(job, context)`; the loop
and what they share is in `lcpc.trainer`.

    $ lcpc train proposed_micro_P64 --run demo

Helpers of this package start with `_`. A training imports torch when it runs, not before.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from lcpc import config as configs
from lcpc import registry
from lcpc.config import Config
from lcpc.jobs import Job, JobContext, job_named
from lcpc.log import logger
from lcpc.results.fingerprint import code_digest

PACKAGE = "lcpc.training"
LOG = logger("lcpc.training")


def jobs(config: Config, root: Path) -> list[Job]:
    """All weights that a run's config asks for, training by training."""
    listed: list[Job] = []
    for name in registry.names(PACKAGE):
        listed.extend(registry.load(PACKAGE, name).jobs(config, root))
    return listed


def train(root: Path, run: str, name: str, threads: int = 1, device: str = "cpu") -> Path:
    """Train the weights `name` of a run, such as `proposed_micro_P64`, on from where they were
    killed, or take those that the repository keeps; their path.

    Raises ConfigError where the run's config asks for no such weights, or where torch has no such
    device.
    """
    from lcpc.trainer import kept
    from lcpc.trainer.process import prepare_process, usable_device

    config = configs.load(root, run)
    job = job_named(jobs(config, root), name, run)
    if kept.take(JobContext(root, config), job):
        return root / job.output
    context = JobContext(root, config, max(1, threads), usable_device(device))
    prepare_process(context.threads)
    forget_other_code(context.resume(job.name), code_digest(job.plugin, *job.modules))
    registry.load(PACKAGE, job.plugin.rsplit(".", 1)[1]).run(job, context)
    return root / job.output


def train_together(
    root: Path, names: Sequence[tuple[str, str]], together: int, device: str = "cpu"
) -> dict[str, str]:
    """Train several weights side by side in one process; the reasons of those that failed, by name.

    names: (run, name) of each, the first ones first; `together` at a time. Weights that start from
    others of the list wait for them. On a CUDA device the small kernels of all of them run at once.
    """
    configured = {run: configs.load(root, run) for run, _ in names}
    listed = {run: jobs(config, root) for run, config in configured.items()}
    waiting = [job_named(listed[run], name, run) for run, name in names]
    outputs, failed = {job.output for job in waiting}, dict[str, str]()
    running: dict[Future[None], Job] = {}
    with ThreadPoolExecutor(together) as pool:
        while waiting or running:
            for job in list(waiting):
                starts = [path for path in job.inputs if path in outputs]
                if any(path in failed for path in starts):
                    failed[job.output] = "what it starts from failed"
                elif any(not (root / path).is_file() for path in starts):
                    continue
                else:
                    context = JobContext(root, configured[job.run], device=device)
                    running[pool.submit(_train_beside, job, context)] = job
                waiting.remove(job)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running.pop(future)
                if error := future.exception():
                    failed[job.output] = f"{type(error).__name__}: {error}"
                LOG.info("%s: %s", job.output, failed.get(job.output, "done"))
    return failed


def _train_beside(job: Job, context: JobContext) -> None:
    """Train one of several that share a process, unless it is there; each has a stream of its own
    on a CUDA device."""
    import torch

    from lcpc.trainer import kept
    from lcpc.trainer.process import prepare_process, usable_device

    if (context.root / job.output).is_file() or kept.take(context, job):
        return
    prepare_process(context.threads)
    device = torch.device(usable_device(context.device))
    stream = torch.cuda.Stream(device) if device.type == "cuda" else None
    with torch.cuda.stream(stream):
        registry.load(PACKAGE, job.plugin.rsplit(".", 1)[1]).run(job, context)


def keep(root: Path, run: str, names: Sequence[str]) -> list[Path]:
    """Copy trained weights of a run to where the repository keeps them; their paths.

    Raises ConfigError for a name that the run does not train.
    """
    from lcpc.trainer import kept

    listed = jobs(configs.load(root, run), root)
    wanted = [job_named(listed, name, run) for name in names]
    return [kept.keep(root, job) for job in wanted]


def forget_other_code(resume: Path, code: str) -> None:
    """Remove the states of a killed training if other code than today's wrote them."""
    from lcpc.results.store import write_whole

    record = resume.with_suffix(".code")
    if record.is_file() and record.read_text() != code:
        for path in resume.parent.glob(f"{resume.stem}*.pt"):
            path.unlink()
        LOG.info("%s: the code has changed since it was killed; starting afresh", resume.stem)
    write_whole(record, code)


def write_weights(job: Job, context: JobContext, content: Mapping[str, Any],
                  seconds: float) -> None:
    """Write the weights of a job, and beside them what their training took and on which machine."""
    from lcpc import checkpoints
    from lcpc.trainer.process import training_stats

    weights = context.root / job.output
    checkpoints.save(weights, content)
    training_stats(weights, seconds, context.device)
    for path in (context.resume(job.name), context.resume(job.name).with_suffix(".code")):
        path.unlink(missing_ok=True)
