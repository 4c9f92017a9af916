"""A run as a Workflow Run RO-Crate: its files, and what made each, for any reader of crates.

A crate is a zip of the run's files with `ro-crate-metadata.json`, JSON-LD by the profiles
https://w3id.org/ro/wfrun/workflow/0.5 and https://w3id.org/ro/wfrun/provenance/0.5. The workflow is
the Snakefile, whose steps are commands of lcpc; its run is one action, and so is each job that
measured rows or made a product. Weights and data stay where they are: the crate holds their
digests. Equal files give equal bytes.
"""

import io
import json
import mimetypes
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lcpc import __version__, config
from lcpc.audit import manifest
from lcpc.audit.files import read_json
from lcpc.errors import MissingData, ResultError, refusing
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_whole

METADATA = "ro-crate-metadata.json"
CONTEXT = ["https://w3id.org/ro/crate/1.1/context",
           "https://w3id.org/ro/terms/workflow-run/context"]
CRATE, WORKFLOW_CRATE = (
    "https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0")
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/provenance/0.5": ("Provenance Run Crate", "0.5"),
    WORKFLOW_CRATE: ("Workflow RO-Crate", "1.0"),
}
LICENCE = "https://spdx.org/licenses/MIT"
SNAKEFILE = "workflow/Snakefile"
LANGUAGE, PROGRAM = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake", "#lcpc"
DONE = "http://schema.org/CompletedActionStatus"
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
STEPS = {"data": "data sets", "train": "weights", "evaluate": "rows", "table": "tables",
         "figure": "figures", "audit": "the audit"}
"""What the workflow makes, in this order: the commands of lcpc that its rules call."""
README, AUTHORS = "README.md", "#authors"
KINDS = {".csv": "text/csv", ".gz": "application/gzip", ".json": "application/json",
         ".md": "text/markdown", ".npz": "application/zip", ".tex": "application/x-tex",
         ".yaml": "application/yaml", ".sha256": "text/plain", ".py": "text/x-python"}
TIME, ISO_TIME = "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+00:00"
"""As provenance writes times of day (UTC), and as crates do."""
DATE = (1980, 1, 1, 0, 0, 0)

Entity = dict[str, Any]


def write(root: Path, run: str, out: Path) -> Path:
    """Write the crate of a run to `out`, a zip; its path.

    Raises MissingData for a run without rows, products or workflow, ResultError for provenance that
    can't be read.
    """
    settings = config.load(root, run)
    files = crated(root, run)
    entities = graph(root, run, settings.description, files)
    text = json.dumps({"@context": CONTEXT, "@graph": entities}, indent=1, sort_keys=True) + "\n"
    about = f"# {run}\n\n{settings.description}\n\nA run of lcpc, as a Workflow Run RO-Crate.\n"
    contents = {METADATA: text.encode(), README: about.encode()}
    contents |= {file: (root / file).read_bytes() for file in files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, DATE), content, zipfile.ZIP_DEFLATED)
    write_whole(out, buffer.getvalue())
    return out


def crated(root: Path, run: str) -> list[str]:
    """Files of the crate: what the run ships, its manifest, and the workflow."""
    files = [file for file in manifest.shipped(root, run) if (root / file).is_file()]
    workflow = sorted((root / "workflow").glob("*.*")) + [root / SNAKEFILE, root / "Snakefile"]
    others = [manifest.manifest_path(root, run), *workflow]
    made = [file for file in files if not file.startswith("config/")]
    if not made or not (root / SNAKEFILE).is_file():
        raise MissingData(f"run {run} has no rows and products, or {SNAKEFILE} is not there; "
                          f"make them: `snakemake --cores 8 {run}`")
    found = {path.relative_to(root).as_posix() for path in others if path.is_file()}
    return sorted({*files, *found})


def graph(root: Path, run: str, description: str, files: Sequence[str]) -> list[Entity]:
    """All entities of the crate, the descriptor and the root first."""
    jobs = list(actions(root, files))
    starts = [job["startTime"] for job in jobs if "startTime" in job]
    ends = [job["endTime"] for job in jobs if "endTime" in job]
    made = [file for file in files if file.split("/")[0] in ("results", "tables", "figures")]
    whole = {
        "@id": "#run", "@type": "CreateAction", "name": f"run {run} of lcpc",
        "description": f"snakemake --cores 8 {run}",
        "instrument": _ref(SNAKEFILE), "object": _ref(f"config/{run}.yaml"),
        "result": _refs(made), "actionStatus": DONE,
    }
    if starts:
        whole |= {"startTime": min(starts), "endTime": max(ends)}
    inputs: dict[str, Entity] = {}
    for job in jobs:
        inputs |= {entity["@id"]: entity for entity in job.pop("inputs")}
    top = {
        "@id": "./", "@type": "Dataset", "name": f"lcpc, run {run}",
        "description": description or f"Rows, tables and figures of run {run}",
        "datePublished": max(ends, default="1980-01-01")[:10], "license": _ref(LICENCE),
        "author": _ref(AUTHORS), "publisher": _ref(AUTHORS),
        "conformsTo": [_ref(profile) for profile in PROFILES], "mainEntity": _ref(SNAKEFILE),
        "hasPart": _refs([README, *files]),
        "mentions": [_ref("#run"), *(_ref(job["@id"]) for job in jobs)],
    }
    about = {"@id": README, "@type": "File", "name": README, "about": _ref("./"),
             "encodingFormat": KINDS[".md"]}
    descriptor = {"@id": METADATA, "@type": "CreativeWork", "about": _ref("./"),
                  "conformsTo": [_ref(CRATE), _ref(WORKFLOW_CRATE)]}
    return [descriptor, top, about, *_fixed(), whole, *jobs, *inputs.values(),
            *(_file(root, file) for file in files)]


def actions(root: Path, files: Sequence[str]) -> Iterator[Entity]:
    """One action a provenance: a measurement of rows, or the making of a product.

    `inputs` of an action are the entities that it read beside the crate's files.
    """
    for file in files:
        if not file.endswith(".json") or not file.startswith(("results/", "tables/", "figures/")):
            continue
        content = read_json(root / file, root)
        stem = file.removesuffix(".json")
        made = [other for other in files if other.startswith(f"{stem}.")]
        with refusing(ResultError, file, "is no provenance", "make it again"):
            if "sources" in content:
                yield _action(stem, str(content["caption"]), made, content["sources"], files)
            elif {"command", "time"} <= set(content):
                yield _of_rows(stem, content, made, files)


def _of_rows(stem: str, content: Mapping[str, Any], made: Sequence[str],
             files: Sequence[str]) -> Entity:
    action = _action(stem, str(content["command"]), made, content.get("inputs", {}), files)
    start = datetime.strptime(content["time"]["started"], TIME)
    end = start + timedelta(seconds=float(content["time"]["seconds"]))
    times = {"startTime": start.strftime(ISO_TIME), "endTime": end.strftime(ISO_TIME)}
    return action | times


def _action(stem: str, description: str, made: Sequence[str], sources: Mapping[str, str],
            files: Sequence[str]) -> Entity:
    # What the crate does not hold, such as weights, has its name and digest in it.
    inputs = [{"@id": f"#sha256-{digest}", "@type": "CreativeWork", "name": file, "sha256": digest}
              for file, digest in sources.items() if file not in files]
    read = [file for file in sources if file in files] + [entity["@id"] for entity in inputs]
    return {
        "@id": f"#{stem}", "@type": "CreateAction", "name": stem, "description": description,
        "instrument": _ref(PROGRAM), "result": _refs(made), "actionStatus": DONE,
        "object": _refs(read), "inputs": inputs,
    }


def _file(root: Path, file: str) -> Entity:
    path = root / file
    kind = KINDS.get(path.suffix) or mimetypes.guess_type(file)[0] or "text/plain"
    entity = {"@id": file, "@type": "File", "name": file, "encodingFormat": kind,
              "contentSize": str(path.stat().st_size), "sha256": file_digest(path)}
    if file != SNAKEFILE:
        return entity
    return entity | {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"],
        "name": "the workflow of lcpc", "programmingLanguage": _ref(LANGUAGE),
        "version": __version__, "license": _ref(LICENCE), "conformsTo": _ref(BIOSCHEMAS),
        "hasPart": _ref(PROGRAM), "step": _refs([f"#step-{verb}" for verb in STEPS])}


def _fixed() -> list[Entity]:
    """Profiles, licence, language, program and steps of the workflow."""
    profiles = [{"@id": address, "@type": "CreativeWork", "name": name, "version": version}
                for address, (name, version) in PROFILES.items()]
    return [
        *profiles,
        {"@id": LICENCE, "@type": "CreativeWork", "name": "MIT License"},
        {"@id": BIOSCHEMAS, "@type": "CreativeWork", "name": "ComputationalWorkflow",
         "version": "1.0-RELEASE"},
        {"@id": LANGUAGE, "@type": "ComputerLanguage", "name": "Snakemake",
         "identifier": _ref("https://doi.org/10.1093/bioinformatics/bts480"),
         "url": _ref("https://snakemake.readthedocs.io")},
        {"@id": PROGRAM, "@type": "SoftwareApplication", "name": "lcpc",
         "softwareVersion": __version__},
        {"@id": AUTHORS, "@type": "Organization", "name": "The authors of lcpc"},
        *({"@id": f"#step-{verb}", "@type": "HowToStep", "name": f"lcpc {verb}",
           "description": f"makes {made}", "position": str(position), "workExample": _ref(PROGRAM)}
          for position, (verb, made) in enumerate(STEPS.items(), 1)),
    ]


def _ref(address: str) -> dict[str, str]:
    return {"@id": address}


def _refs(addresses: Sequence[str]) -> Any:
    """References; a single one stands alone, as JSON-LD of crates has it."""
    references = [_ref(address) for address in addresses]
    return references[0] if len(references) == 1 else references
