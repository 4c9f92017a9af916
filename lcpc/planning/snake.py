"""The one room that knows Snakemake from inside: prints its job graph as JSON. Run by `lcpc.planning.graph` as a process.

A process of its own, because reading a Snakefile changes the working folder, the logging and the loaded modules for good.
"""

import ast
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

PROFILE = Path("profiles") / "default" / "profile.yaml"


def main(cores: int, targets: list[str]) -> dict[str, Any]:
    """The jobs behind `targets` in the project of the working folder: {"jobs": [...]}, or {"error": "..."}."""
    try:
        return {"jobs": _jobs(cores, targets)}
    except Exception as error:
        return {"error": " ".join(str(error).split("Traceback:")[0].split()) or type(error).__name__}


def _jobs(cores: int, targets: list[str]) -> list[dict[str, Any]]:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import DAGSettings, OutputSettings, Quietness, ResourceSettings

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as snakemake:
        workflow = snakemake.workflow(ResourceSettings(cores=cores), snakefile=Path("Snakefile"), workdir=Path())
        settings = DAGSettings(targets=set(targets), rerun_triggers=_triggers(), force_incomplete=True)
        workflow.dag(settings).execute_workflow(executor="dryrun")
        dag = workflow._workflow.dag
        return [_job(dag, job) for job in dag.jobs if job.output]


def _triggers() -> Any:
    """The same reasons to run again that a plain `snakemake` in this folder goes by."""
    import yaml
    from snakemake.settings.types import RerunTrigger

    names = (yaml.safe_load(PROFILE.read_text()) or {}).get("rerun-triggers") if PROFILE.is_file() else None
    return RerunTrigger.parse_choices_set(names) if names else RerunTrigger.all()


def _job(dag: Any, job: Any) -> dict[str, Any]:
    params = dict(job.params.items())
    return {
        "id": job.jobid, "rule": job.rule.name, "title": job.message or job.rule.name, "wildcards": dict(job.wildcards_dict),
        "inputs": sorted(map(str, job.input)), "outputs": sorted(map(str, job.output)), "threads": int(job.threads),
        "benchmark": str(job.benchmark or ""), "needs": sorted(one.jobid for one in dag.dependencies[job] if one.output),
        "code": str(params.get("code", "")), "settings": str(params.get("settings", "")),
        "runs": bool(dag.needrun(job)), "reason": _reason(dag, job),
    }


def _reason(dag: Any, job: Any) -> dict[str, Any]:
    reason = dag.reason(job)
    from_jobs = set(map(str, reason.updated_input_run))
    old, new = _param_changes(dag, job)
    return {
        "missing": sorted(map(str, reason.missing_output)), "incomplete": sorted(map(str, reason.incomplete_output)),
        "newer": sorted(set(map(str, reason.updated_input)) - from_jobs), "remade": sorted(from_jobs),
        "old_params": old, "new_params": new, "inputs_changed": _input_changes(dag, job),
        "other": [name for name in reason.get_names() if name in OTHERS],
    }


OTHERS = ("forced", "code has changed since last execution", "software environment definition has changed since last execution")
"""Reasons of Snakemake that the profile leaves out or that nobody asks for here; told in its own words if they come."""


def _param_changes(dag: Any, job: Any) -> tuple[list[str], list[str]]:
    # Asked here, because Snakemake looks no further once it has found one reason.
    if not dag.needrun(job) or dag.reason(job).missing_output:
        return [], []
    change = dag.workflow.persistence.params_changed(job)
    return _plain(change.only_old), _plain(change.only_new)


def _plain(params: Any) -> list[str]:
    return sorted(str(ast.literal_eval(one)) for one in params)


def _input_changes(dag: Any, job: Any) -> list[str]:
    recorded = dag.workflow.persistence.input(job.output[0]) if dag.needrun(job) else None
    return sorted(set(map(str, recorded)) ^ set(map(str, job.input))) if recorded else []


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        found = main(int(sys.argv[1]), sys.argv[2:])
    json.dump(found, sys.stdout)
