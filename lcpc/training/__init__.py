"""Trainings: one file a training, each with `jobs(config, root)` and `run(job, context)`;
`trainer.py` is the one loop.

    $ lcpc train proposed_micro_P64 --run demo

Helpers of this room start with `_`. A training imports torch when it runs, not before.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from lcpc import config as configs
from lcpc import registry
from lcpc.config import Config
from lcpc.context import Context
from lcpc.jobs import Job, job_named
from lcpc.log import logger
from lcpc.results.fingerprint import code_digest

ROOM = "lcpc.training"
LOG = logger("lcpc.training")


def jobs(config: Config, root: Path) -> list[Job]:
    """All weights that a run's config asks for, training by training."""
    listed: list[Job] = []
    for name in registry.names(ROOM):
        listed.extend(registry.load(ROOM, name).jobs(config, root))
    return listed


def train(root: Path, run: str, name: str, threads: int = 1, device: str = "cpu") -> Path:
    """Train the weights `name` of a run, such as `proposed_micro_P64`, on from where they were
    killed; their path.

    Raises ConfigError where the run's config asks for no such weights, or where torch has no such
    device.
    """
    from lcpc.training._process import prepare_process, usable_device

    config = configs.load(root, run)
    job = job_named(jobs(config, root), name, run)
    context = Context(root, config, max(1, threads), usable_device(device))
    prepare_process(context.threads)
    forget_other_code(context.resume(job.name), code_digest(job.plugin, *job.modules))
    registry.load(ROOM, job.plugin.rsplit(".", 1)[1]).run(job, context)
    return root / job.output


def train_together(
    root: Path, runs: Mapping[str, Sequence[str]], together: int, device: str = "cpu"
) -> list[str]:
    """Train the weights of runs side by side in one process, as a device of many small kernels
    likes it; what failed, with the reason.

    runs: names of weights by run. Weights that start from others wait for them. A training that
    fails stops those that wait for it, and no others.
    """
    wanted = {config.run: (config, [job_named(jobs(config, root), name, config.run)
                                    for name in runs[config.run]])
              for config in (configs.load(root, run) for run in runs)}
    outputs = {job.output for _, listed in wanted.values() for job in listed}
    waiting = [(config, job) for config, listed in wanted.values() for job in listed]
    failed: dict[str, str] = {}
    running: dict[Future[None], Job] = {}
    with ThreadPoolExecutor(together) as pool:
        while waiting or running:
            for config, job in list(waiting):
                needed = [path for path in job.inputs if path in outputs]
                if any(path in failed for path in needed):
                    failed[job.output] = "what it starts from failed"
                elif all((root / path).is_file() for path in needed):
                    running[pool.submit(_train_beside, root, config, job, device)] = job
                else:
                    continue
                waiting.remove((config, job))
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                if error := future.exception():
                    failed[job.output] = f"{type(error).__name__}: {error}"
                LOG.info("%s: %s", job.output, failed.get(job.output, "done"))
    return [f"{output}: {reason}" for output, reason in failed.items()]


def _train_beside(root: Path, config: Config, job: Job, device: str) -> None:
    """Train one of several that share a process; a thread has a stream of its own."""
    import torch

    from lcpc.training._process import prepare_process, usable_device

    if (root / job.output).is_file():
        return
    prepare_process(1)
    context = Context(root, config, 1, usable_device(device))
    plugin = registry.load(ROOM, job.plugin.rsplit(".", 1)[1])
    if torch.device(device).type != "cuda":
        return plugin.run(job, context)
    with torch.cuda.stream(torch.cuda.Stream(device)):
        plugin.run(job, context)


def forget_other_code(resume: Path, code: str) -> None:
    """Remove the states of a killed training if other code than today's wrote them."""
    from lcpc.results.store import write_whole

    record = resume.with_suffix(".code")
    if record.is_file() and record.read_text() != code:
        for path in resume.parent.glob(f"{resume.stem}*.pt"):
            path.unlink()
        LOG.info("%s: the code has changed since it was killed; starting afresh", resume.stem)
    write_whole(record, code)


def write_weights(job: Job, context: Context, content: Mapping[str, Any], seconds: float) -> None:
    """Write the weights of a job, and beside them what their training took and on which machine."""
    from lcpc import checkpoints
    from lcpc.training._process import training_stats

    weights = context.root / job.output
    checkpoints.save(weights, content)
    training_stats(weights, seconds, context.device)
    for path in (context.resume(job.name), context.resume(job.name).with_suffix(".code")):
        path.unlink(missing_ok=True)
