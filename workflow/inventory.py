"""What the rules need to know: the runs of config/, their jobs, and what each file is made from."""

import difflib
import functools
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import lcpc
from lcpc import config, experiments, registry, training
from lcpc.errors import ConfigError, did_you_mean
from lcpc.jobs import Job
from lcpc.results.fingerprint import code_digests
from lcpc.results.products import AUDIT, Product
from lcpc.results.products import products as products_of
from lcpc.results.store import PUBLISHED

ROOT = Path()
PACKAGE = Path(lcpc.__file__).parent
MANIFEST = "results/{run}/manifest.sha256"
NOWHERE = "(?!)"
"""A pattern that matches nothing."""
TRAINING_MINUTES, EVALUATION_MINUTES = 24 * 60, 6 * 60
"""Time that a job may ask of a cluster; on one machine nothing ends it."""
WORTH_MORE_CORES = {
    "classifier": 1e7,
    "image_base": 1e12,
    "ipdae": 1e6,
    "octattention": 1e4,
    "proposed": 1e10,
}
"""Work of a training, by plug-in, from which further cores help; smaller ones leave them idle most
of the time, so that two side by side are done sooner."""

# `.venv/bin/snakemake` works without an active environment: its rules find the `lcpc` beside it.
if shutil.which("lcpc") is None:
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def refuse_broken(words: Iterable[str]) -> None:
    """Raise the error of a run that the command line asks for; that of another one is only said.

    Without a run or a path among the `words`, it asks for `all`.
    """
    names = {"all", *RUNS, *BROKEN}
    wanted = {word for word in words if word in names or "/" in word}
    if not wanted or "all" in wanted:
        wanted |= {PUBLISHED, "demo"}
    for run, error in BROKEN.items():
        if run in wanted or any(f"/{run}/" in target for target in wanted):
            raise error
        print(f"lcpc: run {run} is left out: {error}", file=sys.stderr)


RUNS, BROKEN = config.load_all(ROOT)
TRAININGS = {job.output: job for settings in RUNS.values() for job in training.jobs(settings, ROOT)}
EVALUATIONS = {
    job.output: job for settings in RUNS.values() for job in experiments.jobs(settings, ROOT)
}
PRODUCTS = {
    "tables": [*registry.names("lcpc.tables"), AUDIT],
    "figures": registry.names("lcpc.figures"),
}
"""Stems of the tables and figures that there are."""


def refuse_unmade(words: Iterable[str]) -> None:
    """Raise ConfigError for a target that no rule makes, with the way out.

    Snakemake would say `No rule to produce` alone. Words of other rooms are left to it.
    """
    for word in words:
        room, run, name = (word.split("/", 2) + ["", ""])[:3]
        stem = name.split(".")[0]
        if run not in RUNS or not stem:
            continue
        if room in PRODUCTS and stem not in PRODUCTS[room]:
            raise ConfigError(f"{word}: there is no {stem!r} among the {room}. "
                              f"{did_you_mean(stem, PRODUCTS[room])}")
        if room == "results" and word.endswith(".csv"):
            refuse_unmade_rows(word, run)


def refuse_unmade_rows(word: str, run: str) -> None:
    """Raise ConfigError for rows that the run does not measure, or that are evidence."""
    job = EVALUATIONS.get(word)
    if job is None:
        near = difflib.get_close_matches(word, rows(run), n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise ConfigError(f"{word}: run {run} measures no such rows. {hint}"
                          f"config/{run}.yaml says which it does.")
    if is_evidence(job):
        weights = next(path for path in job.inputs if path.startswith("checkpoints/"))
        raise ConfigError(
            f"{word} came without the weights that it was measured with, so it is taken as it is "
            "and no rule makes it. To measure it again, remove it and ask again (`lcpc plan "
            f"{weights}` says how long the training takes); `lcpc verify {job.kind}/{job.name} "
            f"--run {run}` checks it as it is, where streams came with it.")


# What a run makes.


def targets(run: str) -> list[str]:
    """All tables and figures of a run, and its rows; nothing where there is no such run."""
    if run not in RUNS:
        return []
    settings = RUNS[run]
    audit = [*Product("table", run, AUDIT).files, MANIFEST.format(run=run)]
    return [*products(run), *(audit if AUDIT in settings.tables else []), *rows(run)]


def products(run: str) -> list[str]:
    """All files of a run's tables and figures, but for the audit."""
    return [file for product in products_of(RUNS[run]) for file in product.files]


def rows(run: str, kinds: Iterable[str] | None = None) -> list[str]:
    """Files of a run's rows, of all kinds or of some."""
    wanted = None if kinds is None else set(kinds)
    jobs = [job for job in EVALUATIONS.values() if job.run == run]
    return [job.output for job in jobs if wanted is None or job.kind in wanted]


def published() -> list[str]:
    """The documents' own numbers; rows of built networks lie beside them and are not among them."""
    files = [path.as_posix() for path in sorted(Path("results/published").rglob("*.csv"))]
    return [file for file in files if file not in EVALUATIONS]


# Rules of jobs: one rule for each training and each experiment.


def plugins(jobs: dict[str, Job]) -> list[str]:
    """Names of the plug-ins that some run asks for."""
    return sorted({_plugin(job) for job in jobs.values()})


def _plugin(job: Job) -> str:
    return job.plugin.rsplit(".", 1)[1]


def kind_of(experiment: str) -> str:
    """Folder of an experiment's rows."""
    return str(registry.load(experiments.PACKAGE, experiment).KIND)


def endings(experiment: str) -> list[str]:
    """Endings of the files that an experiment makes."""
    return list(registry.load(experiments.PACKAGE, experiment).FILES)


def trained_by(plugin: str) -> str:
    """A pattern for the wildcard `run` that matches the weights of one training and no others."""
    return only(path for path, job in TRAININGS.items() if _plugin(job) == plugin)


def measured_by(plugin: str) -> str:
    """A pattern for `run` that matches what one experiment has to measure; never evidence."""
    pending = [
        path for path, job in EVALUATIONS.items() if _plugin(job) == plugin and not is_evidence(job)
    ]
    return only(pending)


def is_evidence(job: Job) -> bool:
    """Whether rows came without their weights (a fresh clone): they are taken as they are."""
    needed = [path for path in job.inputs if path.startswith("checkpoints/")]
    return (
        Path(job.output).is_file()
        and bool(needed)
        and not any(Path(path).is_file() for path in needed)
    )


def only(paths: Iterable[str]) -> str:
    """A pattern for the wildcard `run` that lets a rule match these files and no others.

    The rest of the path is looked ahead at, since a wildcard alone can't say which names belong
    to which run.
    """
    stems = [path.rsplit(".", 1)[0].split("/", 2) for path in paths]
    return "|".join(f"{run}(?=/{re.escape(rest)}\\.)" for _, run, rest in stems) or NOWHERE


class OfJob:
    """What a rule takes from its job, as functions of wildcards; `path` is the rule's output."""

    def __init__(self, jobs: dict[str, Job], path: str) -> None:
        self._jobs, self._path = jobs, path

    def _job(self, wildcards: Any) -> Job:
        return self._jobs[self._path.format(run=wildcards.run, name=wildcards.name)]

    def inputs(self, wildcards: Any) -> list[str]:
        """Files that the job reads. A missing one that nothing makes is left to the verb, which
        says where to get it."""
        made = {*TRAININGS, *EVALUATIONS}
        listed = self._job(wildcards).inputs
        return [
            path
            for path in listed
            if path in made or path.startswith("data/") or Path(path).exists()
        ]

    def values(self, wildcards: Any) -> dict[str, Any]:
        """Every setting and constant that counts."""
        return dict(self._job(wildcards).values)

    def code(self, wildcards: Any) -> dict[str, str]:
        """Digest of each module that counts."""
        job = self._job(wildcards)
        return code(job.plugin, *job.modules)

    def threads(self, wildcards: Any) -> int:
        """Processor cores that it uses; a small training shares none."""
        job = self._job(wildcards)
        return job.threads if job.work >= WORTH_MORE_CORES.get(_plugin(job), 0) else 1


@functools.cache
def code(*modules: str) -> dict[str, str]:
    """Digest of each module that these reach: a comment or an unrelated module reruns nothing."""
    return dict(code_digests(*modules))


# Rules of products.


def read_by(package: str) -> Callable[[Any], list[str]]:
    """What a table or figure is made from: published numbers, and the run's rows that it reads."""

    def inputs(wildcards: Any) -> list[str]:
        module = registry.load(package, wildcards.stem)
        return [*rows(wildcards.run, module.READS), *published()]

    return inputs


def product_code(package: str) -> Callable[[Any], dict[str, str]]:
    """Digests of the code of a table or figure."""
    return lambda wildcards: code(f"{package}.{wildcards.stem}", f"{package}.render")


def dataset_values(wildcards: Any) -> dict[str, Any]:
    """Settings that made clouds depend on."""
    settings = RUNS[wildcards.run]
    return {"seed": settings.seed, "dataset": config.plain(settings.dataset)}


def is_made(run: str) -> bool:
    """Whether lcpc makes the run's clouds itself."""
    from lcpc.data import point_clouds

    return RUNS[run].dataset is not None and point_clouds.is_made(RUNS[run])


def cloud_files(wildcards: Any) -> list[str]:
    """The user's own files that a run's clouds are made from."""
    from lcpc.data import point_clouds

    return point_clouds.input_files(RUNS[wildcards.run], ROOT)


def audited(wildcards: Any) -> list[str]:
    """What the audit of a run reads: its tables and figures, the published ones, and the rows."""
    runs = [run for run in dict.fromkeys((PUBLISHED, wildcards.run)) if run in RUNS]
    files = [file for run in runs for file in products(run)]
    tables = [file for file in files if file.endswith((".csv", ".json"))]
    others = [run for run in runs if run != wildcards.run and AUDIT in RUNS[run].tables]
    manifests = [MANIFEST.format(run=run) for run in others]
    return [*tables, *manifests, *rows(wildcards.run), *published()]


def whole_config(wildcards: Any) -> dict[str, Any]:
    """All that a run's config says."""
    plain: dict[str, Any] = config.plain(RUNS[wildcards.run])
    return plain


@functools.cache
def assets(room: str) -> dict[str, str]:
    """Digests of what a room of lcpc holds beside its code, such as templates and style sheets."""
    from lcpc.results.provenance import file_digest

    files = [
        path
        for path in (PACKAGE / room).rglob("*")
        if path.suffix in (".html", ".css", ".js", ".jinja")
    ]
    return {path.relative_to(PACKAGE).as_posix(): file_digest(path)[:16] for path in sorted(files)}
