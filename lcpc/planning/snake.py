"""The one module that knows Snakemake from inside: prints its job graph as JSON.

`lcpc.planning.graph` runs it as a process of its own, because reading a Snakefile changes the
working folder, the logging and the loaded modules for good.
"""

import ast
import contextlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PROFILE = Path("profiles") / "default" / "profile.yaml"
IN_ITS_WORDS = (
    "forced",
    "code has changed since last execution",
    "software environment definition has changed since last execution",
)
"""Reasons of Snakemake that are repeated as they are; the project's profile leaves them out."""


def main(cores: int, targets: list[str]) -> dict[str, Any]:
    """The jobs for `targets` in the working folder: {"jobs": [...]} or {"error": "..."}."""
    try:
        return {"jobs": _jobs(cores, targets)}
    except Exception as error:
        message = str(error).split("Traceback:")[0]
        return {"error": " ".join(message.split()) or type(error).__name__}


def _jobs(cores: int, targets: list[str]) -> list[dict[str, Any]]:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import DAGSettings, OutputSettings, Quietness, ResourceSettings

    output = OutputSettings(quiet={Quietness.ALL}, dryrun=True)
    with SnakemakeApi(output) as snakemake:
        resources = ResourceSettings(cores=cores)
        workflow = snakemake.workflow(resources, snakefile=Path("Snakefile"), workdir=Path())
        settings = DAGSettings(
            targets=set(targets), rerun_triggers=_triggers(), force_incomplete=True)
        workflow.dag(settings).execute_workflow(executor="dryrun")
        dag = workflow._workflow.dag
        return [_job(dag, job) for job in dag.jobs if job.output]


def _triggers() -> Any:
    """The reasons to run again that a plain `snakemake` in this folder goes by."""
    import yaml
    from snakemake.settings.types import RerunTrigger

    text = PROFILE.read_text() if PROFILE.is_file() else ""
    profile = yaml.safe_load(text) or {}
    names = profile.get("rerun-triggers")
    return RerunTrigger.parse_choices_set(names) if names else RerunTrigger.all()


def _job(dag: Any, job: Any) -> dict[str, Any]:
    params = dict(job.params.items())
    code = params.get("code")
    return {
        "id": job.jobid,
        "rule": job.rule.name,
        "title": job.message or job.rule.name,
        "inputs": sorted(map(str, job.input)),
        "outputs": sorted(map(str, job.output)),
        "threads": int(job.threads),
        "benchmark": str(job.benchmark or ""),
        "needs": sorted(other.jobid for other in dag.dependencies[job] if other.output),
        "code": code if isinstance(code, dict) else {},
        "runs": bool(dag.needrun(job)),
        "reason": _reason(dag, job) if dag.needrun(job) else {},
    }


def _reason(dag: Any, job: Any) -> dict[str, Any]:
    reason = dag.reason(job)
    now = set(map(str, job.input))
    recorded = dag.workflow.persistence.input(job.output[0])
    before = now if recorded is None else set(map(str, recorded))
    newer = set(reason.updated_input) - set(reason.updated_input_run)
    params = {"old": {}, "new": {}} if reason.missing_output else _changed_params(dag, job)
    return {
        "missing": sorted(map(str, reason.missing_output)),
        "incomplete": sorted(map(str, reason.incomplete_output)),
        "newer": sorted(map(str, newer)),
        "added": sorted(now - before),
        "removed": sorted(before - now),
        "other": [name for name in reason.get_names() if name in IN_ITS_WORDS],
        **params,
    }


def _changed_params(dag: Any, job: Any) -> dict[str, Any]:
    # Asked here, because Snakemake looks no further after its first reason.
    change = dag.workflow.persistence.params_changed(job)
    return {"old": _by_name(change.only_old), "new": _by_name(change.only_new)}


def _by_name(recorded: Iterable[Any]) -> dict[str, Any]:
    """Params by name: Snakemake records them without, as text."""
    named: dict[str, Any] = {}
    for text in recorded:
        value = _plain(text)
        if not isinstance(value, dict):
            named["param"] = value
        elif value and all(str(key).split(".")[0] == "lcpc" for key in value):
            named["code"] = value
        else:
            named["values"] = value
    return named


def _plain(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        graph = main(int(sys.argv[1]), sys.argv[2:])
    json.dump(graph, sys.stdout)
