"""The command line: each verb parses its options, calls one function and prints."""

import argparse
import gc
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from lcpc import __version__
from lcpc.cli import codecs, questions, stations
from lcpc.cli.options import Parser, Verb
from lcpc.errors import (
    IN_THE_WAY,
    OF_THE_DISK,
    ConfigError,
    LcpcError,
    did_you_mean,
    of_the_disk,
)
from lcpc.log import talk_to_stderr

__all__ = ["VERBS", "Parser", "Verb", "command_line", "find_root", "main"]

ERROR_LOG = Path("logs") / "lcpc-error.log"
REFUSED, CRASHED, INTERRUPTED, PIPE_CLOSED = 2, 1, 130, 141
NEWEST_WITH_COMPRESSAI = (3, 12)
OBJECTS_TO_COLLECT = 20_000
"""New objects until Python looks for cycles to free. By its default of 700 it looks hundreds of
times while modules are loaded, and frees nothing."""
MEMBERS = [*vars(stations).items(), *vars(questions).items(), *vars(codecs).items()]
VERBS = {name: member for name, member in MEMBERS if isinstance(member, Verb)}
"""In the order in which the help lists them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; its exit code: 2 where lcpc refuses, 130 after Ctrl-C, 1 for a crash."""
    words = list(sys.argv[1:] if argv is None else argv)
    root = find_root(Path.cwd())
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for terminals without UTF-8
    gc.set_threshold(OBJECTS_TO_COLLECT)
    # OpenMP reads it when torch is loaded. Threads that spin while they wait starve each other
    # as soon as another process takes a core.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        options = command_line(words).parse_args(words)
        root = options.root = (options.root or root).resolve()
        talk_to_stderr(options.verbose)
        code = int(VERBS[options.verb].call(options) or 0)
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
        if refusal := of_the_disk(error, {**OF_THE_DISK, **IN_THE_WAY}):
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
    # Verbs take the shared options too, but without a default: it would overwrite a value before
    # the verb.
    shared = _shared_options(argparse.SUPPRESS, argparse.SUPPRESS)
    parser = Parser(
        prog="lcpc", parents=[_shared_options(None, False)], allow_abbrev=False,
        description="Every table and figure of the documents, from raw data, with the evidence.")
    parser.add_argument("--version", action="version", version=f"lcpc {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", dest="verb", required=True)
    wanted = _wanted_verb(words)
    for name, verb in VERBS.items():
        subparser = verbs.add_parser(name, help=verb.help, description=verb.help, parents=[shared],
                                     allow_abbrev=False)
        if name == wanted:
            verb.add_options(subparser)
    return parser


def _wanted_verb(words: Sequence[str]) -> str:
    """The first word that is not an option, or "". Raises ConfigError for an unknown verb."""
    for before, word in zip(("", *words), words, strict=False):
        if word.startswith("-") or before == "--root":
            continue
        if word not in VERBS:
            raise ConfigError(f"there is no {word!r}. {did_you_mean(word, list(VERBS))}")
        return word
    return ""


def _shared_options(root: object, verbose: object) -> Parser:
    options = Parser(add_help=False)
    options.add_argument(
        "--root", type=Path, default=root, metavar="FOLDER",
        help="the project's folder (default: the nearest one upwards with config/ and Snakefile)")
    options.add_argument("--verbose", action="store_true", default=verbose,
                         help="say more on stderr")
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
        return ("compressai has no release for this Python, so learned image codecs do not run; "
                "use Python 3.11 or 3.12. All else works here.")
    return (f"the Python package {package!r} is not installed; `make setup` in a clone of lcpc "
            "installs what is missing")


def _crash(error: Exception, root: Path, words: Sequence[str]) -> str:
    from lcpc.results.store import write_whole

    report = f"lcpc {' '.join(words)}\n\n{''.join(traceback.format_exception(error))}"
    line = f"lcpc: {type(error).__name__}: {_one_line(error)}"
    try:
        write_whole(root / ERROR_LOG, report)
    except OSError:
        return f"{report}\n{line}"
    return f"{line} (all of it is in {ERROR_LOG}, in {root})"
