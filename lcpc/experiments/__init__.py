"""One file an experiment: the jobs that a run asks for, the columns of its rows, how to measure.

`jobs` is the one inventory of what a run measures: workflow, audit, doctor, plan and report read
it. An experiment has

    KIND: str                               folder of its rows, results/<run>/<KIND>/
    COLUMNS: Mapping[str, Column]           columns of a row
    FILES: tuple[str, ...]                  endings of its files: csv, json, and npz for pictures
    SAMPLES: tuple[str, ...]                if rows are means of samples, written beside them: the
                                            columns that say of which row a sample is, if any
    OF_SAMPLES: Mapping[str, str]           if only some rows are: what these have in which column
    summarise(samples) -> DataFrame         with SAMPLES: the rows' columns that follow from samples
    SHIPPED: tuple[str, ...]                if weights or streams are: endings of their files
    ships(job) -> bool                      with SHIPPED: which jobs come with them; without: all
    lambdas(job, config) -> Sequence[float] if there is a row for each lambda: those of a job
    jobs(config, root) -> Iterator[Job]     what a run's config asks for
    run(job, context) -> Rows               measures one job

and imports torch, pandas and other heavy packages inside functions only. Columns that rows of
several experiments share are below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from numpy.typing import NDArray

from lcpc import config as configs
from lcpc import registry
from lcpc.config import Config
from lcpc.jobs import Job, JobContext, job_named
from lcpc.results import provenance, store
from lcpc.results.fingerprint import code_digest
from lcpc.results.frames import DataFrame
from lcpc.results.schema import Column

PACKAGE = "lcpc.experiments"

CURVE: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "dataset": Column("string", "name of the data set"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite, micro or local"),
    "points": Column("integer", "P, points in the input cloud"),
    "lambda": Column("float", "weight of the distortion in L = R + lambda D"),
    "samples": Column("integer", "test clouds of the row"),
}
"""First columns of rows of a trained codec, one a lambda."""

STATUS: Mapping[str, Column] = {
    "evidence": Column("string", "measured, recorded or published"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed, and which command mends it; what a number "
                             "leaves out"),
}
TRAINED: Mapping[str, Column] = {"seed": Column("integer", "seed of the training"), **STATUS}
"""Last columns of rows that are measured with trained weights."""


@dataclass
class Rows:
    """What an experiment measured: rows, rows of each sample, and arrays of a picture."""

    frame: DataFrame
    samples: DataFrame | None = None
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """What the provenance says beside the run, its config, code and machine."""
    inputs: tuple[Path, ...] = ()
    """Files that were read and whose digests the provenance holds, such as weights."""
    shipped: Mapping[str, bytes] = field(default_factory=dict)
    """Files of weights and streams that come with the rows, by their endings."""


def jobs(config: Config, root: Path, kind: str = "") -> list[Job]:
    """All rows that a run's config asks for, or those of one kind, experiment by experiment."""
    listed: list[Job] = []
    for name in registry.names(PACKAGE):
        experiment = registry.load(PACKAGE, name)
        if kind in ("", experiment.KIND):
            listed.extend(experiment.jobs(config, root))
    return listed


def is_read(config: Config, kind: str) -> bool:
    """Whether a table or figure of the run declares in its READS that it reads rows of `kind`."""
    packages = {"lcpc.tables": config.tables, "lcpc.figures": config.figures}
    for package, stems in packages.items():
        for stem in set(stems) & set(registry.names(package)):
            if kind in getattr(registry.load(package, stem), "READS", ()):
                return True
    return False


def files(job: Job) -> list[str]:
    """All files that a job promises: its rows, their provenance, arrays of a picture."""
    stem = job.output.removesuffix(".csv")
    return [f"{stem}.{ending}" for ending in experiment_of(job).FILES]


def samples(job: Job) -> str:
    """The rows of samples beside a job's measured rows; empty where the experiment keeps none."""
    return "" if _constant(job, "SAMPLES", None) is None else _beside(job, "samples.csv.gz")


def shipped(job: Job) -> list[str]:
    """The files of weights and streams beside a job's rows, if the experiment ships any.

    Rows without them stay valid: they can be read, but not decoded again.
    """
    ships = _constant(job, "ships", None)
    if ships and not ships(job):
        return []
    return [_beside(job, ending) for ending in _constant(job, "SHIPPED", ())]


def lambdas(job: Job, config: Config) -> Sequence[float]:
    """Lambdas of a job's rows, one a row; () for rows of something else."""
    of_job = _constant(job, "lambdas", None)
    return of_job(job, config) if of_job else ()


def experiment_of(job: Job) -> ModuleType:
    """The file of the experiment that measures a job."""
    return registry.load(PACKAGE, job.plugin.rsplit(".", 1)[1])


def _constant(job: Job, name: str, default: Any) -> Any:
    return getattr(experiment_of(job), name, default)


def _beside(job: Job, ending: str) -> str:
    return f"{job.output.removesuffix('.csv')}.{ending}"


def evaluate(root: Path, run: str, name: str, threads: int = 1) -> Path:
    """Measure the job `name` of a run, such as `latency/micro_P64`, and write its rows; their path.

    Raises ConfigError if the run's config asks for no such rows, MissingData without data or
    weights.
    """
    import torch

    stopwatch = provenance.Stopwatch()
    config = configs.load(root, run)
    of_kind = jobs(config, root, name.split("/")[0])
    job = job_named(of_kind or jobs(config, root), name, run)
    torch.set_num_threads(max(1, threads))
    rows = experiment_of(job).run(job, JobContext(root, config, max(1, threads)))
    return write(root, config, job, rows, stopwatch)


def write(
    root: Path, config: Config, job: Job, rows: Rows, stopwatch: provenance.Stopwatch
) -> Path:
    """Write arrays, weights and streams, provenance, rows of samples and, last, the rows.

    Each file is written in one step.
    """
    target = root / job.output
    if rows.arrays:
        from lcpc.data.store import npz_bytes

        store.write_whole(target.with_suffix(".npz"), npz_bytes(dict(rows.arrays)))
    digests = {}
    for ending, content in rows.shipped.items():
        file = _beside(job, ending)
        store.write_whole(root / file, content)
        digests[file] = provenance.file_digest(root / file)
    record = provenance.provenance(
        root,
        configs.plain(config),
        code_digest(job.plugin, *job.modules),
        rows.inputs,
        stopwatch,
        run=config.run,
        seed=config.seed,
        values=dict(job.values),
        **({"shipped": digests} if digests else {}),
        **training_stats(rows.inputs),
        **rows.provenance,
    )
    store.write_rows(target, job.kind, rows.frame, record, rows.samples)
    return target


def training_stats(weights: tuple[Path, ...]) -> dict[str, Any]:
    """Training time and machine recorded beside the weights; {} if absent or for other weights."""
    for path in weights:
        beside = path.with_suffix(".json")
        stats = store.read_json(beside) if beside.is_file() else {}
        if stats.pop("weights", "") == provenance.file_digest(path):
            return {"training": stats}
    return {}
