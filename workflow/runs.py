"""The runs of config/ and the files that each of them makes; imported by the Snakefile, so it imports nothing heavy."""

import ast
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import depends
import image_runs

import lcpc
from lcpc.config import Config, load
from lcpc.errors import ConfigError, did_you_mean
from lcpc.registry import names
from lcpc.results.fingerprint import code_digests, reached
from lcpc.results.provenance import value_digest
from lcpc.results.schema import BUILT, kinds

PACKAGE = Path(lcpc.__file__).parent
TABLE_FILES = ("csv", "md", "tex", "html", "json")
FIGURE_FILES = ("pdf", "png", "csv", "json")
TRAINING_THREADS = {"full": 2, "lite": 1, "micro": 1}
"""The matrices of micro and lite are too small to share between cores; two curves side by side use them better."""
CODING_THREADS = {"tmc13": 4}
"""Codecs that are programs of their own code that many clouds at a time."""
ROWS_OF, INPUTS, LOOKING = ("_point_rows",), ("_point_rows", "_input_codecs", "_recorded"), ("_point_rows", "_looking")
IMAGES, MOTION = ("_images",), ("_latent_motion",)
"""Modules of `lcpc evaluate` that make the rows: of the proposed codec and PointNet, of input codecs, of what is looked at, of
images, of latent motion."""
DRAWN_FROM = "architecture"
"""Rows of built networks that the diagrams of every run are drawn from, the published one too."""
AUDIT = "audit"
"""The one table that is no file of lcpc/tables: the audit writes it, and reads the others for it."""

# `.venv/bin/snakemake` works without the environment being active: its rules find the `lcpc` beside it.
if shutil.which("lcpc") is None:
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


class Rows(NamedTuple):
    """One result file of a run, and the weights that it is measured with where the run trains them."""

    run: str
    kind: str
    name: str
    weights: str
    codec: str
    """proposed, pointnet, input for all input codecs, or what `lcpc evaluate` is called with: latency, latent-motion, ..."""

    @property
    def path(self) -> str:
        """The rows, relative to the project's folder."""
        return f"results/{self.run}/{self.kind}/{self.name}.csv"

    @property
    def checkpoint(self) -> str:
        """The weights, relative to the project's folder."""
        return checkpoint(self.run, self.weights)

    def is_evidence(self) -> bool:
        """Rows that came without their weights (a fresh clone): they are taken as they are, not made again."""
        return bool(self.weights) and Path(self.path).is_file() and not Path(self.checkpoint).is_file()


def runs() -> dict[str, Config]:
    """All runs of config/, checked, the stems of their tables and figures too. Raises ConfigError."""
    found = {path.stem: load(Path(), path.stem) for path in sorted(Path("config").glob("*.yaml"))}
    for run, settings in found.items():
        _known(settings.tables, [*TABLES, AUDIT], f"config/{run}.yaml: tables")
        _known(settings.figures, FIGURES, f"config/{run}.yaml: figures")
    return found


def _known(stems: Iterable[str], known: list[str], where: str) -> None:
    for stem in stems:
        if stem not in known:
            raise ConfigError(f"{where}: there is no {stem!r}. {did_you_mean(stem, known)}")


def rows_of(run: str) -> list[Rows]:
    """All result files of a run, as its config lists them."""
    settings = RUNS[run]
    curves = [f"proposed_{size}_P{points}" for curve in settings.proposed
              for size in curve.sizes for points in curve.points]
    rows = [Rows(run, "rate_accuracy", name, name, "proposed") for name in curves]
    images = [Rows(run, *one) for one in image_runs.rows(settings)]
    return [*rows, *_input_rows(run, settings), *_looking_rows(run, settings), *_motion_rows(run, settings), *images]


def _input_rows(run: str, settings: Config) -> Iterator[Rows]:
    if (inputs := settings.input_compression) is None:
        return
    for points in inputs.points:
        judge = f"pointnet_P{points}"
        yield from (Rows(run, "rate_accuracy", f"{codec}_P{points}", judge, "input") for codec in inputs.codecs)
        yield Rows(run, "classifier", judge, judge, "pointnet")


def _looking_rows(run: str, settings: Config) -> Iterator[Rows]:
    """What is looked at beside the curves, where a table or figure of the run shows it or the config asks for it."""
    if any(DRAWN_FROM in kinds_read(f"lcpc.figures.{stem}") for stem in settings.figures):
        yield Rows(run, DRAWN_FROM, "networks", "", DRAWN_FROM)
    if settings.proposed and "layer_sizes" in settings.tables:
        yield Rows(run, "complexity", "point_codec", "", "complexity")
    largest = {size: max(curve.points) for curve in sorted(settings.proposed, key=lambda curve: max(curve.points))
               for size in curve.sizes}
    if "critical_points" in settings.figures:
        yield from (Rows(run, "critical_points", f"{size}_P{points}", f"proposed_{size}_P{points}", "critical-points")
                    for size, points in largest.items())
    for kind, weights in (("reconstruction", "reconstruction"), ("latency", "proposed")):
        asked = getattr(settings, kind)
        for name in [f"{size}_P{points}" for size, points in settings.curves_of(asked)] if asked else ():
            yield Rows(run, kind, name, f"{weights}_{name}", kind)


def _motion_rows(run: str, settings: Config) -> Iterator[Rows]:
    if (motion := settings.latent_motion) is None:
        return
    for name in [f"{network}_{weights}" for network in motion.networks for weights in motion.weights]:
        yield Rows(run, "latent_motion", name, _own_base(settings) if name == "factorized_trained" else "", "latent-motion")


def _own_base(settings: Config) -> str:
    return f"image_base_q{min(settings.images.qualities)}" if settings.images else ""


def motion_weights(wildcards: Any) -> list[str]:
    """The weights that the run trains itself for a measurement of latent motion: those of its own base, for `factorized`."""
    name = f"{wildcards.network}_{wildcards.weights}"
    return [rows.checkpoint for rows in ROWS
            if (rows.run, rows.kind, rows.name) == (wildcards.run, "latent_motion", name) and rows.weights]


def products_of(run: str) -> list[str]:
    """All files of a run's tables and figures, but for the audit."""
    settings = RUNS[run]
    tables = [f"tables/{run}/{stem}.{kind}" for stem in settings.tables if stem != AUDIT for kind in TABLE_FILES]
    return [*tables, *(f"figures/{run}/{stem}.{kind}" for stem in settings.figures for kind in FIGURE_FILES)]


def targets(run: str) -> list[str]:
    """All tables and figures of a run, and its rows; nothing where there is no such run."""
    if run not in RUNS:
        return []
    audit = [f"tables/{run}/{AUDIT}.{kind}" for kind in TABLE_FILES if AUDIT in RUNS[run].tables]
    return [*products_of(run), *audit, *(rows.path for rows in rows_of(run))]


def evidence(package: str) -> Callable[[Any], list[str]]:
    """What a table or figure of `package` stands on: the published numbers, and the run's rows of the kinds that it reads."""
    def files(wildcards: Any) -> list[str]:
        read = kinds_read(f"{package}.{wildcards.stem}")
        return [*(rows.path for rows in rows_of(wildcards.run) if rows.kind in read), *published()]

    return files


def published() -> list[str]:
    """The documents' own numbers; rows of built networks stand beside them and are none."""
    found = sorted(Path("results/published").rglob("*.csv"))
    return [path.as_posix() for path in found if path.parent.name not in BUILT]


@cache
def kinds_read(module: str) -> frozenset[str]:
    """Kinds of rows whose names stand in a table's or figure's own code, so that it waits for no others."""
    own = [name for name in reached(module) if name.startswith(("lcpc.tables.", "lcpc.figures."))]
    trees = [ast.parse((PACKAGE.parent / f"{name.replace('.', '/')}.py").read_text()) for name in own]
    constants = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return frozenset(kind for kind in kinds() if kind in constants)


def is_made(run: str) -> bool:
    """Whether lcpc makes the run's clouds itself."""
    dataset = RUNS[run].dataset
    return dataset is not None and dataset.name in ("shapes40", "folder")


def clouds(wildcards: Any) -> list[str]:
    """Clouds that lcpc makes itself; real data sets lie outside, and the verbs check them by their digests."""
    return [f"data/{wildcards.run}/{split}.npz" for split in ("train", "test")] if is_made(wildcards.run) else []


def start(wildcards: Any) -> list[str]:
    """The weights of the curve that a curve starts from, where it does."""
    points = RUNS[wildcards.run].curve(wildcards.size, int(wildcards.points)).start_points
    return [checkpoint(wildcards.run, f"proposed_{wildcards.size}_P{points}")] if points else []


def recorded(wildcards: Any) -> list[str]:
    """What was recorded elsewhere of an input codec: stream sizes that stand in for a program, and manifests of outputs."""
    sizes = sorted(Path("results/recorded").glob(f"{wildcards.codec}_*"))
    manifests = [Path(name) for name in depends.compression(RUNS[wildcards.run]).recorded]
    return [path.as_posix() for path in (*sizes, *manifests, *(one.with_suffix(".json") for one in manifests))]


def only(paths: Iterable[str]) -> str:
    """A pattern for the wildcard `run` that lets a rule match these files and no others, whatever their ending.

    The rest of the path is looked ahead at, because a wildcard alone can't say which sizes belong to which run.
    """
    stems = [path.rsplit(".", 1)[0].split("/", 2) for path in paths]
    allowed = [f"{run}(?=/{re.escape(rest)}\\.)" for _, run, rest in stems]
    return "|".join(allowed) or "(?!)"


def pending(codec: str) -> str:
    """A pattern for `run` that matches what has to be measured with one codec, or with `input` codecs; never evidence."""
    return only(rows.path for rows in ROWS if rows.codec == codec and not rows.is_evidence())


@cache
def code(*modules: str, verb: tuple[str, ...] = ()) -> dict[str, str]:
    """Digests of the code behind a rule: a comment or an unrelated module reruns nothing.

    Of the command line, the modules that make the rule's rows count (`verb`), but not what they bring along for others.
    """
    alone = [f"lcpc.cli.{name}" for name in verb]
    return {**code_digests(*modules), **{name: code_digests(name)[name] for name in alone}}


@cache
def look(room: str) -> str:
    """Digest of what a room of lcpc holds beside its code, such as templates and style sheets."""
    files = sorted(path for path in (PACKAGE / room).rglob("*") if path.suffix in (".html", ".css", ".js"))
    return value_digest([(path.name, path.read_text()) for path in files])


def codec_module(codec: str) -> list[str]:
    """The module of an input codec; none for codecs whose outputs are only recorded."""
    module = codec.replace("-", "_")
    own = [f"lcpc.codecs.point_clouds.{module}"] if module in names("lcpc.codecs.point_clouds") else []
    return [*own, "lcpc.codecs.point_clouds.recorded"]


def audited(wildcards: Any) -> list[str]:
    """What the audit of a run reads: its tables and figures, the published ones, and the rows behind them."""
    products = [file for run in dict.fromkeys(("published", wildcards.run)) if run in RUNS for file in products_of(run)]
    tables = [file for file in products if file.endswith((".csv", ".json"))]
    return [*tables, *(rows.path for rows in rows_of(wildcards.run)), *published()]


def of(values: Callable[[Config, Any], Any]) -> Callable[[Any], Any]:
    """A rule's parameter: the settings of the job's own run that it depends on."""
    return lambda wildcards: values(RUNS[wildcards.run], wildcards)


def of_images(told: Callable[[Config, int], dict[str, Any]]) -> Callable[[Any], Any]:
    """The same for the settings for images that `told` picks."""
    return of(depends.images(told))


def image_weights(wildcards: Any) -> list[str]:
    """What a learned image codec is measured with."""
    return [checkpoint(wildcards.run, name) for name in image_runs.weights(wildcards.codec, wildcards.quality)]


def base_before(wildcards: Any) -> list[str]:
    """The base that the training of another one starts from, where it starts from one."""
    return [checkpoint(wildcards.run, name) for name in image_runs.before(RUNS[wildcards.run], int(wildcards.quality))]


def image_checkpoints(what: str) -> list[str]:
    """All weights of a kind (`image_base`, `distribution`) that the runs can train."""
    return [checkpoint(run, name) for run, settings in RUNS.items() for name in image_runs.trained(what, settings)]


def checkpoint(run: str, name: str) -> str:
    """Weights of a run by their name, relative to the project's folder."""
    return f"checkpoints/{run}/{name}.pt"


data_of, all_of, training_of, looking_of = map(of, (depends.data, depends.everything, depends.training, depends.looking))
drawn_of, motion_of, measurement_of = map(of, (depends.drawn, depends.motion, depends.measurement))
TABLES = names("lcpc.tables")
FIGURES = names("lcpc.figures")
RUNS = runs()
ROWS = [rows for run in RUNS for rows in rows_of(run)]
