"""The command line: one verb a file, found by the registry. Only this room talks to people and exits."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from lcpc import __version__, registry
from lcpc.errors import ConfigError, LcpcError
from lcpc.log import talk_to_stderr

ERROR_LOG = Path("logs") / "lcpc-error.log"
REFUSED, CRASHED, INTERRUPTED, PIPE_CLOSED = 2, 1, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code: 2 where lcpc refuses, 130 after Ctrl-C, 1 where it crashes."""
    words = list(sys.argv[1:] if argv is None else argv)
    root = find_root(Path.cwd())
    try:
        arguments = _parser(words).parse_args(words)
        root = arguments.root = (arguments.root or root).resolve()
        talk_to_stderr(arguments.verbose)
        code = int(arguments.call(arguments))
        sys.stdout.flush()
        return code
    except LcpcError as error:
        return _say(f"lcpc: {_one_line(error)}", REFUSED)
    except KeyboardInterrupt:
        return _say("lcpc: interrupted", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except Exception as error:
        return _say(_crash(error, root, words), CRASHED)


def find_root(start: Path) -> Path:
    """The project's folder: the nearest one from `start` upwards that holds config/ and a Snakefile, else `start`."""
    for folder in (start, *start.parents):
        if (folder / "config").is_dir() and (folder / "Snakefile").is_file():
            return folder
    return start


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ConfigErrors, so that they come out as one line like all others."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line. Raises ConfigError naming the way to the help."""
        raise ConfigError(f"{message}. See `{self.prog} --help`")


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    shared = _shared_options(argparse.SUPPRESS, argparse.SUPPRESS)
    parser = Parser(prog="lcpc", parents=[_shared_options(None, False)], allow_abbrev=False,
                    description="Every table and figure of the documents, from raw data, with the evidence behind it.")
    parser.add_argument("--version", action="version", version=f"lcpc {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", dest="verb", required=True)
    for name, module in _modules(words):
        verb = verbs.add_parser(name, help=module.HELP, description=module.HELP, parents=[shared], allow_abbrev=False)
        module.arguments(verb)
        verb.set_defaults(call=module.run)
    return parser


def _shared_options(root: object, verbose: object) -> Parser:
    # Verbs take these too, but with no default there: it would overwrite what stands before the verb.
    options = Parser(add_help=False)
    options.add_argument("--root", type=Path, default=root, metavar="FOLDER",
                         help="the project's folder (default: the nearest one upwards with config/ and Snakefile)")
    options.add_argument("--verbose", action="store_true", default=verbose, help="say more on stderr")
    return options


def _modules(words: Sequence[str]) -> list[tuple[str, ModuleType]]:
    # The first word that may be a verb decides: one module instead of all keeps `lcpc table` quick.
    names = _without_options(words)[:1] or registry.names("lcpc.cli")
    return [(name.replace("_", "-"), registry.load("lcpc.cli", name)) for name in names]


def _without_options(words: Sequence[str]) -> list[str]:
    return [word for before, word in zip(("", *words), words, strict=False)
            if not word.startswith("-") and before != "--root"]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _say(line: str, code: int) -> int:
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        return code
    return code


def _crash(error: Exception, root: Path, words: Sequence[str]) -> str:
    from lcpc.results.store import write_whole

    report = f"lcpc {' '.join(words)}\n\n{''.join(traceback.format_exception(error))}"
    what = f"lcpc: {type(error).__name__}: {_one_line(error)}"
    try:
        write_whole(root / ERROR_LOG, report)
    except OSError:
        return f"{report}\n{what}"
    return f"{what} (the whole story is in {ERROR_LOG}, in {root})"
