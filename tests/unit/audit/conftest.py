"""A project of two claims and one table, small enough to break in every way."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from lcpc import experiments
from lcpc.audit import check, derived, manifest
from lcpc.audit.claims import CLAIM_COLUMNS, KNOWN_COLUMNS
from lcpc.audit.files import read_table
from lcpc.audit.rendered import RENDERERS, rebuilt
from lcpc.audit.summary import failures
from lcpc.jobs import Job
from lcpc.layout.table import laid_out
from lcpc.results.provenance import file_digest

COLUMNS = ["codec", "rate_percent", "evidence", "recomputed_rate_percent", "width", "note"]
POINTS = "results/published/points.csv"


class Project:
    """Files of a small project below `root`; each method writes one of them anew."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def audit(self, run: str = "published") -> list[check.Finding]:
        """The audit where all files are meant to be as they are."""
        for name in {"published", run} & {path.stem for path in self.root.glob("config/*.yaml")}:
            manifest.seal(self.root, name)
        return check.audit(self.root, run)

    def verdicts(self, run: str = "published") -> dict[str, str]:
        return {finding.name: str(finding.verdict) for finding in self.audit(run)}

    def notes(self, run: str = "published") -> str:
        """What failing findings say."""
        failing = failures(self.audit(run))
        return " | ".join(f"{finding.name}: {finding.note}" for finding in failing)

    def write(self, file: str, content: str | bytes) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def csv(self, file: str, columns: list[str], rows: list[dict[str, str]]) -> Path:
        path = self.write(file, "")
        with path.open("w", newline="") as out:
            writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def claims(self, **changes: str) -> None:
        shared = {
            "method": "counted",
            "table": "sizes",
            "row": "codec=ours",
            "source": "a paper, Table X",
        }
        rate = {
            "claim": "x.rate",
            "value": "-12.3",
            "unit": "percent",
            "decimals": "1",
            "tolerance": "0.05",
            "recomputed": "recomputed_rate_percent",
            "measured": "rate_percent",
            "measured_tolerance": "2",
            "comparable": "dataset=modelnet40",
            "printed_at": "table_x:2:rate_percent",
        }
        width = {
            "claim": "x.width",
            "value": "8 16/2",
            "unit": "channels",
            "recomputed": "width",
            "printed_at": "table_x:2:width",
        }
        self.csv(
            "results/published/claims.csv",
            CLAIM_COLUMNS,
            [{**shared, **rate, **changes}, {**shared, **width}],
        )

    def known(self, *rows: dict[str, str]) -> None:
        told = {
            "kind": "recomputed",
            "reason": "another recipe.",
            "until": "the recipe is published.",
        }
        self.csv(
            "results/published/known_differences.csv",
            KNOWN_COLUMNS,
            [{**told, **row} for row in rows],
        )

    def with_interval(self, run: str, low: str, high: str) -> None:
        """Adds the ends of rate_percent to the csv of the run's table."""
        header, row = (self.root / f"tables/{run}/sizes.csv").read_text().splitlines()
        lines = [f"{header},low_rate_percent,high_rate_percent", f"{row},{low},{high}", ""]
        self.write(f"tables/{run}/sizes.csv", "\n".join(lines))

    def table(
        self, run: str = "published", sources: tuple[str, ...] = (POINTS,), **changes: str
    ) -> Path:
        row = {
            "codec": "ours",
            "rate_percent": "-12.34",
            "evidence": "published",
            "recomputed_rate_percent": "-12.34",
            "width": "8 16/2",
            "note": "",
            **changes,
        }
        path = self.csv(f"tables/{run}/sizes.csv", COLUMNS, [row])
        value = float(row["recomputed_rate_percent"]) if row["recomputed_rate_percent"] else None
        cell = {
            "value": value,
            "formula": "a over b",
            "missing": "" if row["recomputed_rate_percent"] else "nothing is there",
            "sources": [{"file": file, "lines": [2]} for file in sources],
        }
        self.write(
            f"tables/{run}/sizes.json",
            json.dumps(
                {
                    "stem": "sizes",
                    "caption": "Sizes",
                    "code": "c0de",
                    "key": ["codec"],
                    "columns": COLUMNS,
                    "notes": [],
                    "sources": {file: file_digest(self.root / file) for file in sources},
                    "rows": [
                        {
                            "key": {"codec": "ours"},
                            "cells": {
                                "recomputed_rate_percent": cell,
                                "rate_percent": {
                                    **cell,
                                    "value": float(row["rate_percent"])
                                    if row["rate_percent"]
                                    else None,
                                    "missing": "" if row["rate_percent"] else "nothing is there",
                                },
                            },
                        }
                    ],
                }
            ),
        )
        self.render(path)
        return path

    def render(self, path: Path) -> None:
        """Write the Markdown, LaTeX and HTML of the table at `path`."""
        content = json.loads(path.with_suffix(".json").read_text())
        layout = laid_out(rebuilt(read_table(path, self.root), content, "", self.root))
        for ending, render in RENDERERS.items():
            path.with_suffix(f".{ending}").write_text(render(layout))


    def rows(self, run: str, status: str = "done", dataset: str = "modelnet40") -> str:
        file = f"results/{run}/rate_accuracy/proposed_micro_P8.csv"
        weights = self.write(f"checkpoints/{run}/proposed_micro_P8.pt", "weights")
        columns = ["run", "dataset", "codec", "status", "note", "samples", "top1_percent"]
        self.csv(
            file,
            columns,
            [
                {
                    "run": run,
                    "dataset": dataset,
                    "codec": "proposed",
                    "status": status,
                    "note": "out of memory",
                    "samples": "200",
                    "top1_percent": "81.5",
                }
            ],
        )
        self.write(
            file.replace(".csv", ".json"),
            json.dumps(
                {
                    "run": run,
                    "seed": 1,
                    "dataset": dataset,
                    "dataset_digests": {"test": "d1"},
                    "command": "lcpc evaluate proposed",
                    "config_digest": "c0ffee",
                    "code": "ab",
                    "packages": {"python": "3.11"},
                    "machine": {"cores": 2},
                    "inputs": {weights.relative_to(self.root).as_posix(): file_digest(weights)},
                    "time": {"seconds": 1.5},
                }
            ),
        )
        self.write(file.replace(".csv", ".npz"), "arrays")
        clouds = [f"c{index},0,{int(index >= 163)}\n" for index in range(200)]
        samples = "".join(["sample,label,predicted\n", *clouds])
        self.write(file.replace(".csv", ".samples.csv.gz"), gzip.compress(samples.encode()))
        return file


@pytest.fixture(autouse=True)
def inventory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each size and P of a config is one file of rows, with arrays for a picture beside it."""

    def jobs(config, root):
        names = [
            f"proposed_{size}_P{points}"
            for curve in config.proposed
            for size in curve.sizes
            for points in curve.points
        ]
        rows = [f"results/{config.run}/rate_accuracy/{name}.csv" for name in names]
        return [Job(config.run, "lcpc.experiments.classifier", file, "") for file in rows]

    def files(job):
        stem = job.output.removesuffix(".csv")
        return [f"{stem}.{ending}" for ending in ("csv", "json", "npz")]

    monkeypatch.setattr(experiments, "jobs", jobs)
    def samples(job):
        return job.output.replace(".csv", ".samples.csv.gz")

    monkeypatch.setattr(experiments, "files", files)
    monkeypatch.setattr(experiments, "samples", samples)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """All agrees in run published; runs mini and toy have measured nothing yet."""
    made = Project(tmp_path)
    made.write("Snakefile", "")
    made.write("config/published.yaml", "tables: [sizes, audit]\n")
    measured = (
        "dataset: {{name: {name}}}\n"
        "proposed: [{{sizes: [micro], points: [8], lambdas: [10]}}]\n"
        "tables: [sizes]\n"
    )
    made.write("config/mini.yaml", measured.format(name="modelnet40"))
    made.write("config/toy.yaml", measured.format(name="shapes40"))
    made.write(
        "results/published/printed/table_x.csv", "codec,rate_percent,width\nours,-12.3,8 16/2\n"
    )
    made.write(POINTS, "codec,rate,source\nours,1.5,a paper\n")
    made.claims()
    made.known()
    made.table()
    return made


@pytest.fixture
def measured(project: Project) -> Project:
    """The same after run mini measured what it promises, 1.2 points from print."""
    file = project.rows("mini")
    project.table("mini", (file,), rate_percent="-11.1", evidence="measured")
    return project


@pytest.fixture(autouse=True)
def stems_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small project's table and figure count as files of lcpc."""
    from lcpc import registry
    from lcpc.config import base

    monkeypatch.setattr(derived, "code_of", lambda product: "c0de")
    stems = {"lcpc.tables": ["sizes"], "lcpc.figures": ["curve"]}
    monkeypatch.setattr(base, "names", lambda room: [*registry.names(room), *stems.get(room, [])])
