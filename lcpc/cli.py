"""The command line: each verb parses its options, calls one function and prints."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from lcpc import __version__, registry
from lcpc.errors import ConfigError, LcpcError, did_you_mean, of_the_disk
from lcpc.log import logger, talk_to_stderr

ERROR_LOG = Path("logs") / "lcpc-error.log"
REFUSED, CRASHED, INTERRUPTED, PIPE_CLOSED = 2, 1, 130, 141
DEFAULT_RUN, AUDIT = "published", "audit"
SHIPPED_RUN = "workstation"
"""The run that comes with weights and streams."""
NEWEST_WITH_COMPRESSAI = (3, 12)

Options = argparse.Namespace


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ConfigErrors, so that they come out as one line."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line. Raises ConfigError naming the way to the help."""
        raise ConfigError(f"{message}. See `{self.prog} --help`")


@dataclass(frozen=True)
class Verb:
    """One verb: its help, what adds its options to a parser, and what it does."""

    help: str
    arguments: Callable[[Parser], None]
    call: Callable[[Options], int]


VERBS: dict[str, Verb] = {}


def verb(text: str, arguments: Callable[[Parser], None]) -> Callable[..., Callable[..., int]]:
    """Register the decorated function as the verb of its name."""

    def register(function: Callable[[Options], int]) -> Callable[[Options], int]:
        VERBS[function.__name__.rstrip("_")] = Verb(text, arguments, function)
        return function

    return register


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code: 2 where lcpc refuses, 130 after Ctrl-C, 1 for a crash."""
    words = list(sys.argv[1:] if argv is None else argv)
    root = find_root(Path.cwd())
    # OpenMP reads it when torch is loaded. Threads that spin while they wait starve each other
    # as soon as another process takes a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        options = command_line(words).parse_args(words)
        root = options.root = (options.root or root).resolve()
        talk_to_stderr(options.verbose)
        code = int(VERBS[options.verb].call(options))
        sys.stdout.flush()
        return code
    except LcpcError as error:
        return _say(f"lcpc: {_one_line(error)}", REFUSED)
    except ModuleNotFoundError as error:
        return _say(f"lcpc: {_absent(error)}", REFUSED)
    except KeyboardInterrupt:
        return _say("lcpc: interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        if refusal := of_the_disk(error):
            return _say(f"lcpc: {refusal}", REFUSED)
        return _say(_crash(error, root, words), CRASHED)


def find_root(start: Path) -> Path:
    """The project's folder: the nearest one upwards with config/ and a Snakefile, else `start`."""
    for folder in (start, *start.parents):
        if (folder / "config").is_dir() and (folder / "Snakefile").is_file():
            return folder
    return start


def command_line(words: Sequence[str]) -> Parser:
    """The parser for these words. Only the options of the verb that they name are built."""
    shared = _shared_options(argparse.SUPPRESS, argparse.SUPPRESS)
    parser = Parser(
        prog="lcpc",
        parents=[_shared_options(None, False)],
        allow_abbrev=False,
        description="Every table and figure of the documents, from raw data, with the evidence.",
    )
    parser.add_argument("--version", action="version", version=f"lcpc {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", dest="verb", required=True)
    wanted = wanted_verb(words)
    for name, described in VERBS.items():
        text = described.help
        subparser = verbs.add_parser(
            name, help=text, description=text, parents=[shared], allow_abbrev=False
        )
        if name == wanted:
            described.arguments(subparser)
    return parser


def wanted_verb(words: Sequence[str]) -> str:
    """The first word that is not an option, or "". Raises ConfigError for an unknown verb."""
    for before, word in zip(("", *words), words, strict=False):
        if word.startswith("-") or before == "--root":
            continue
        if word not in VERBS:
            raise ConfigError(f"there is no {word!r}. {did_you_mean(word, list(VERBS))}")
        return word
    return ""


def _shared_options(root: object, verbose: object) -> Parser:
    # Verbs take these too, but without a default: it would overwrite a value before the verb.
    options = Parser(add_help=False)
    options.add_argument(
        "--root",
        type=Path,
        default=root,
        metavar="FOLDER",
        help="the project's folder (default: the nearest one upwards with config/ and Snakefile)",
    )
    options.add_argument(
        "--verbose", action="store_true", default=verbose, help="say more on stderr"
    )
    return options


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _say(line: str, code: int) -> int:
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        return code
    return code


def _absent(error: ModuleNotFoundError) -> str:
    """Which package is not installed, and the way out."""
    package = str(error.name).partition(".")[0]
    if package == "compressai" and sys.version_info[:2] > NEWEST_WITH_COMPRESSAI:
        return (
            "compressai has no release for this Python, so learned codecs neither train nor code; "
            "use Python 3.11 or 3.12. Tables, figures, audit and report work here."
        )
    return f"the Python package {package!r} is not installed; `make setup` installs what is missing"


def _crash(error: Exception, root: Path, words: Sequence[str]) -> str:
    from lcpc.results.store import write_whole

    report = f"lcpc {' '.join(words)}\n\n{''.join(traceback.format_exception(error))}"
    line = f"lcpc: {type(error).__name__}: {_one_line(error)}"
    try:
        write_whole(root / ERROR_LOG, report)
    except OSError:
        return f"{report}\n{line}"
    return f"{line} (all of it is in {ERROR_LOG}, in {root})"


# Options that several verbs share.


def _run(parser: Parser, default: str = DEFAULT_RUN) -> None:
    parser.add_argument(
        "--run", default=default, help=f"the run, a file of config/ (default: {default})"
    )


def _threads(parser: Parser) -> None:
    parser.add_argument(
        "--threads", type=_count, default=1, metavar="N", help="processor cores (default: 1)"
    )


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError("at least one")
    return count


# Stations of the pipeline.


def _data_options(parser: Parser) -> None:
    _run(parser)
    _threads(parser)
    parser.add_argument(
        "--download",
        action="store_true",
        help="fetch what is missing: the archive of ModelNet40 (about 2 GB) or of dataset.source, "
        "the photographs of Kodak",
    )


@verb("make or check the data of a run", _data_options)
def data(options: Options) -> int:
    """Make or check the clouds and photographs of a run."""
    from lcpc.data.prepare import prepare

    prepare(options.root, options.run, options.threads, options.download)
    return 0


def _train_options(parser: Parser) -> None:
    parser.add_argument("name", nargs="+",
                        help="the weights, such as proposed_micro_P64 or image_base_q1")
    _run(parser)
    _threads(parser)
    parser.add_argument("--together", type=_count, default=1, metavar="N",
                        help="several weights: train N of them side by side (default: 1)")
    parser.add_argument(
        "--device",
        default=os.environ.get("LCPC_DEVICE") or "cpu",
        help="where point codecs, classifiers and image bases train, in torch's words, such as "
        "cuda (default: $LCPC_DEVICE, else cpu); all else trains on the processor",
    )


@verb("train files of weights of a run; goes on where it was killed", _train_options)
def train(options: Options) -> int:
    """Train and write weights, each file whole."""
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


def _evaluate_options(parser: Parser) -> None:
    parser.add_argument(
        "name", help="the rows, such as rate_accuracy/draco_P64 or latency/micro_P64"
    )
    _run(parser)
    _threads(parser)


@verb("measure one file of rows of a run, from the weights on disk", _evaluate_options)
def evaluate(options: Options) -> int:
    """Measure and write rows, rows of samples and provenance."""
    from lcpc.experiments import evaluate as evaluate_rows

    path = evaluate_rows(options.root, options.run, options.name, options.threads)
    logger("lcpc.evaluate").info("%s", path.relative_to(options.root).as_posix())
    return 0


def _table_options(parser: Parser) -> None:
    known = ", ".join([*registry.names("lcpc.tables"), AUDIT])
    parser.add_argument("table", help=f"one of: {known}")
    _run(parser)


@verb("build one table of a run from its rows", _table_options)
def table(options: Options) -> int:
    """Build the table and write it to tables/<run>/."""
    from lcpc.audit.table import write
    from lcpc.tables.render import write_table

    if options.table == AUDIT:
        paths = write(options.root, options.run)
    else:
        paths = write_table(options.root, options.run, options.table)
    _list_files("lcpc.table", options.root, paths)
    return 0


def _figure_options(parser: Parser) -> None:
    known = ", ".join(registry.names("lcpc.figures"))
    parser.add_argument("figure", help=f"one of: {known}")
    _run(parser)


@verb("draw one figure of a run from its rows", _figure_options)
def figure(options: Options) -> int:
    """Draw the figure and write it to figures/<run>/."""
    from lcpc.figures.render import write_figure

    _list_files(
        "lcpc.figure", options.root, write_figure(options.root, options.run, options.figure)
    )
    return 0


def _list_files(name: str, root: Path, paths: list[Path]) -> None:
    folder = paths[-1].parent.relative_to(root).as_posix()
    logger(name).info("%s: %s", folder, ", ".join(path.name for path in paths))


# Questions about numbers.


def _audit_options(parser: Parser) -> None:
    _run(parser)
    parser.add_argument("--list", action="store_true", help="list the claims and stop")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="make tables and points of figures anew in memory too, and compare them",
    )
    change = parser.add_mutually_exclusive_group()
    change.add_argument(
        "--record", metavar="CLAIM", help="put the run's value on record as a known difference"
    )
    change.add_argument(
        "--forget", metavar="CLAIM", help="take the run's line out of the known differences"
    )
    change.add_argument(
        "--seal",
        action="store_true",
        help="write the run's manifest anew: all files are meant to be as they are now",
    )
    parser.add_argument(
        "--reason", default="", help="with --record: why the value differs from print"
    )
    parser.add_argument("--until", default="", help="with --record: what would resolve it")


@verb(
    "compare printed, recomputed and measured numbers, and check every file behind them",
    _audit_options,
)
def audit(options: Options) -> int:
    """Audit the files that are there and write the audit table; 1 where anything fails."""
    from lcpc.audit import claims, manifest, record, summary

    if options.list:
        print(summary.listing(claims.read_claims(options.root)))
        return 0
    if (options.reason or options.until) and not options.record:
        raise ConfigError(
            "--reason and --until go with --record: they say why a claim differs from print"
        )
    if options.record:
        record.record(options.root, options.run, options.record, options.reason, options.until)
    if options.forget:
        record.forget(options.root, options.run, options.forget)
    if options.seal:
        manifest.seal(options.root, options.run)
    text, holds = summary.conclude(options.root, options.run, options.rebuild)
    print(text)
    return 0 if holds else 1


def _verify_options(parser: Parser) -> None:
    _run(parser, SHIPPED_RUN)
    _threads(parser)
    parser.add_argument(
        "--encode", action="store_true", help="make all streams anew from the data set too"
    )


@verb("decode the shipped streams of a run and compare them with its rows", _verify_options)
def verify(options: Options) -> int:
    """Print one line a curve and what differs; 1 where anything does."""
    from lcpc.audit.verify import verify as verify_run

    return 0 if verify_run(options.root, options.run, options.encode, options.threads) else 1


def _trace_options(parser: Parser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        help="a table or a figure's points, such as tables/published/bd_metrics.csv",
    )
    parser.add_argument(
        "--row", required=True, help="the row, such as codec=proposed,size=micro,points=1024"
    )
    parser.add_argument("--column", required=True, help="the column, such as bd_rate_percent")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


@verb("show formula, rows, runs, seeds, inputs and digests behind one number", _trace_options)
def trace(options: Options) -> int:
    """Print the trace."""
    from lcpc.audit.trace import format_trace
    from lcpc.audit.trace import trace as trace_number

    traced = trace_number(options.root, options.file, options.row, options.column)
    print(json.dumps(traced, indent=1) if options.json else format_trace(traced))
    return 0


def _plan_options(parser: Parser) -> None:
    parser.add_argument(
        "target",
        nargs="*",
        default=["all"],
        help="a run, or a file by its path, as for snakemake "
        "(default: all, which is published and demo)",
    )
    cores = len(os.sched_getaffinity(0))
    parser.add_argument(
        "--cores",
        type=_count,
        default=cores,
        metavar="N",
        help="cores that the plan may use (default: those of this machine)",
    )
    parser.add_argument(
        "--jobs", action="store_true", help="list every job that would run, with its estimate"
    )
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")


@verb(
    "say what would run for a target and why, with time, memory and disk; "
    "ends with 3 or 4 where anything would",
    _plan_options,
)
def plan(options: Options) -> int:
    """Print the plan; 0: nothing would run, 3: something is out of date, 4: not there yet."""
    from lcpc.planning import plan as plans
    from lcpc.planning import words

    made = plans.make(options.root, options.target, options.cores)
    if options.json:
        print(json.dumps(words.plain(made), indent=1))
    else:
        print("\n".join(words.lines(made, every_job=options.jobs)))
    return made.exit_code


def _report_options(parser: Parser) -> None:
    _run(parser)
    parser.add_argument(
        "--compare",
        action="append",
        metavar="RUN",
        help="a run to compare with; may be given again (default: all runs whose tables are there)",
    )


@verb(
    "write the report of a run: report/<run>/index.html, for any browser, without a network",
    _report_options,
)
def report(options: Options) -> int:
    """Write the pages from the files that are there; nothing is built first."""
    from lcpc.report.site import build

    paths = build(options.root, options.run, options.compare)
    name = paths[-1].relative_to(options.root).as_posix()
    logger("lcpc.report").info("%s (%d files)", name, len(paths))
    return 0


def _crate_options(parser: Parser) -> None:
    _run(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the zip to write (default: crate/<run>.zip)"
    )


@verb("write a run and its provenance as a Workflow Run RO-Crate, a zip", _crate_options)
def crate(options: Options) -> int:
    """Write the crate from the files that are there; nothing is built first."""
    from lcpc.audit.crate import write

    out = options.out or options.root / "crate" / f"{options.run}.zip"
    print(write(options.root, options.run, out))
    return 0


def _doctor_options(parser: Parser) -> None:
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


@verb("say what is there and what is missing, with the way out", _doctor_options)
def doctor(options: Options) -> int:
    """Print all findings; 1 where something is missing that `snakemake all` needs."""
    from lcpc.audit import doctor as room

    checks = room.examine(options.root)
    if options.json:
        print(json.dumps([check._asdict() for check in checks], indent=1))
    else:
        print(room.format_checks(checks))
    return 0 if room.holds(checks) else 1


# Codecs.


def _codecs_options(parser: Parser) -> None:
    _run(parser)


@verb("list the codecs and say which can't run here, and why", _codecs_options)
def codecs(options: Options) -> int:
    """Print one line a codec; 0 also where one can't run: its rows are skipped."""
    from lcpc.codecs import listing

    print("\n".join(listing.lines(options.root, options.run)))
    return 0


def _encode_options(parser: Parser) -> None:
    parser.add_argument("file", type=Path, help="a mesh or a cloud: OFF, PLY, OBJ or npz")
    parser.add_argument(
        "--model", required=True, help="size, P and lambda, such as micro-1024-80; of another run "
        "or codec, such as beyond/mixed-micro-1024-80"
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FILE", help="the file")
    parser.add_argument("--seed", type=int, default=1, help="of the points that are drawn")


@verb("encode anyone's mesh or cloud with shipped weights", _encode_options)
def encode(options: Options) -> int:
    """Write the file and say how large it is."""
    from lcpc.codecs import portable

    print(portable.encode_to(options.root, options.file, options.model, options.out, options.seed))
    return 0


def _decode_options(parser: Parser) -> None:
    parser.add_argument("file", type=Path, help="a file of `lcpc encode`")


@verb("say what a file of `lcpc encode` is: its class, by shipped weights", _decode_options)
def decode(options: Options) -> int:
    """Print class, probabilities and bits."""
    from lcpc.codecs import portable

    print(portable.decode(options.root, options.file))
    return 0


def _recorded_options(parser: Parser) -> None:
    parser.add_argument(
        "action",
        choices=("check", "inputs"),
        help="check a folder of outputs, or write the inputs to one",
    )
    parser.add_argument(
        "folder", type=Path, help="folder of the manifests, or of the inputs to write"
    )
    _run(parser)
    parser.add_argument(
        "--settings",
        default="",
        help="check: settings that each codec must have, with commas "
        "(default: all that its manifests name)",
    )


@verb(
    "write a run's clouds for a codec elsewhere, or check the outputs that came back",
    _recorded_options,
)
def recorded(options: Options) -> int:
    """Write the inputs, or check; 1 where the folder is not complete."""
    from lcpc.codecs import exchange

    if options.action == "inputs":
        print(exchange.write_inputs_of(options.root, options.run, options.folder))
        return 0
    settings = [word for word in options.settings.split(",") if word]
    problems = exchange.check_outputs_of(options.root, options.run, options.folder, settings)
    for problem in problems:
        print(problem)
    print(f"{options.folder}: {len(problems) or 'nothing'} to mend for run {options.run}")
    return int(bool(problems))


def _export_options(parser: Parser) -> None:
    from lcpc.config import SIZES

    _run(parser)
    parser.add_argument("--size", choices=SIZES, default="micro", help="size of the proposed codec")
    parser.add_argument("--points", type=int, required=True, help="P, points of the input cloud")
    parser.add_argument(
        "--lambda", dest="lambda_", type=float, required=True, help="which codec of the curve"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE.pt2|FILE.pt",
        help="the encoder, .pt2 for torch.export, .pt for TorchScript; FILE.decoder.pt2 (or .pt) "
        "and "
        "FILE.tables.json are written beside it",
    )


@verb(
    "write one trained codec for deployment: encoder and decoder for torch.export or TorchScript, "
    "and the integer tables",
    _export_options,
)
def export(options: Options) -> int:
    """Fold batch norm and gains in, compare on test clouds, and write."""
    from lcpc.codecs.export import export as write_codec
    from lcpc.config import load
    from lcpc.jobs import JobContext

    context = JobContext(options.root, load(options.root, options.run))
    checked = write_codec(context, options.size, options.points, options.lambda_, options.out)
    logger("lcpc.export").info("%s: %s", options.out, checked)
    return 0


def _bench_options(parser: Parser) -> None:
    benchmarks = parser.add_subparsers(metavar="BENCHMARK", dest="benchmark", required=True)
    for name in registry.names("lcpc.bench"):
        module = registry.load("lcpc.bench", name)
        text = (module.__doc__ or "").splitlines()[0]
        module.arguments(
            benchmarks.add_parser(name, help=text, description=text, allow_abbrev=False)
        )


@verb("time training and coding on this machine, as tables in Markdown", _bench_options)
def bench(options: Options) -> int:
    """Print a table in Markdown, each line as soon as it is known."""
    for line in registry.load("lcpc.bench", options.benchmark).run(options):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
