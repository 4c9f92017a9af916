"""The stations of the pipeline: data, weights, rows, tables and figures."""

import os
import sys
from pathlib import Path

from lcpc import registry
from lcpc.cli.options import RUN, THREADS, Options, Parser, count, flag, option, verb
from lcpc.log import logger

AUDIT = "audit"


def _list_files(name: str, root: Path, paths: list[Path]) -> None:
    folder = paths[-1].parent.relative_to(root).as_posix()
    logger(name).info("%s: %s", folder, ", ".join(path.name for path in paths))


@verb(RUN, THREADS, flag(
    "--download", "fetch what is missing: the archive of ModelNet40 (about 2 GB) or of "
    "dataset.source, the photographs of Kodak"))
def data(options: Options) -> None:
    """Make or check the data of a run."""
    from lcpc.data.prepare import prepare

    prepare(options.root, options.run, options.threads, options.download)


def _device(parser: Parser) -> None:
    parser.add_argument(
        "--device", default=os.environ.get("LCPC_DEVICE") or "cpu",
        help="where point codecs, classifiers and image bases train, in torch's words, such as "
             "cuda (default: $LCPC_DEVICE, else cpu); all else trains on the processor")


@verb(
    option("name", nargs="+", help="the weights, such as proposed_micro_P64 or image_base_q1"),
    RUN, THREADS,
    option("--together", type=count, default=1, metavar="N",
           help="several weights: train N of them side by side (default: 1)"),
    _device)
def train(options: Options) -> int:
    """Train files of weights of a run; goes on where it was killed."""
    from lcpc import training

    root, run, device = options.root, options.run, options.device
    if len(options.name) == 1:
        training.train(root, run, options.name[0], options.threads, device)
        return 0
    names = [(run, name) for name in options.name]
    failed = training.train_together(root, names, options.together, device)
    for output, reason in failed.items():
        print(f"{output}: {reason}", file=sys.stderr)
    return 1 if failed else 0


@verb(option("name", nargs="+", help="the weights, such as pointnet_P64 or octattention"), RUN)
def keep(options: Options) -> None:
    """Keep trained weights in the repository, so that others measure their rows without training.
    """
    from lcpc import training

    for path in training.keep(options.root, options.run, options.name):
        print(f"{path.relative_to(options.root).as_posix()}: {path.stat().st_size} bytes")


@verb(option("name", help="the rows, such as rate_accuracy/draco_P64 or latency/micro_P64"),
      RUN, THREADS)
def evaluate(options: Options) -> None:
    """Measure one file of rows of a run, from the weights on disk."""
    from lcpc.experiments import evaluate as evaluate_rows
    from lcpc.trainer.process import keep_freed_memory

    keep_freed_memory()
    path = evaluate_rows(options.root, options.run, options.name, options.threads)
    logger("lcpc.evaluate").info("%s", path.relative_to(options.root).as_posix())


def _table_name(parser: Parser) -> None:
    known = ", ".join([*registry.names("lcpc.tables"), AUDIT])
    parser.add_argument("table", help=f"one of: {known}")


@verb(_table_name, RUN)
def table(options: Options) -> None:
    """Build one table of a run from its rows."""
    from lcpc.audit.table import write
    from lcpc.tables.render import write_table

    if options.table == AUDIT:
        paths = write(options.root, options.run)
    else:
        paths = write_table(options.root, options.run, options.table)
    _list_files("lcpc.table", options.root, paths)


def _figure_name(parser: Parser) -> None:
    parser.add_argument("figure", help=f"one of: {', '.join(registry.names('lcpc.figures'))}")


@verb(_figure_name, RUN)
def figure(options: Options) -> None:
    """Draw one figure of a run from its rows."""
    from lcpc.figures.render import write_figure

    paths = write_figure(options.root, options.run, options.figure)
    _list_files("lcpc.figure", options.root, paths)
