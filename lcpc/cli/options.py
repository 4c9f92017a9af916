"""Verbs and their options, and the options that several verbs share."""

import argparse
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from lcpc.errors import ConfigError

DEFAULT_RUN = "published"
SHIPPED_RUN = "workstation"
"""The run that comes with weights and streams."""

Options = argparse.Namespace


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are ConfigErrors, so that they come out as one line."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line. Raises ConfigError naming the way to the help."""
        raise ConfigError(f"{message}. See `{self.prog} --help`")


AddOption = Callable[[Any], object]
"""Adds an option to a parser or a group of one."""
Call = Callable[[Options], int | None]
"""What a verb does with its options; its exit code, None for 0."""


@dataclass(frozen=True)
class Verb:
    """One verb: its options, and what it does, whose docstring is the verb's help."""

    call: Call
    options: tuple[AddOption, ...] = ()

    @property
    def help(self) -> str:
        """The docstring's first sentence, as a list of verbs shows it."""
        text = " ".join((inspect.getdoc(self.call) or "").partition("\n\n")[0].split())
        return text[:1].lower() + text[1:].removesuffix(".")

    def add_options(self, parser: Parser) -> None:
        """Add the verb's options to its parser."""
        for add in self.options:
            add(parser)


def verb(*options: AddOption) -> Callable[[Call], Verb]:
    """Makes the decorated function a verb; its docstring is the help."""
    return lambda function: Verb(function, options)


def option(*names: str, **settings: Any) -> AddOption:
    """An option or argument; `settings` are those of `add_argument`."""
    return lambda parser: parser.add_argument(*names, **settings)


def flag(name: str, meaning: str) -> AddOption:
    """An option that is there or not."""
    return option(name, action="store_true", help=meaning)


def one_of(*options: AddOption) -> AddOption:
    """Options of which at most one may be given."""

    def add(parser: Any) -> None:
        """Adds the options to `parser` as alternatives."""
        group = parser.add_mutually_exclusive_group()
        for add_option in options:
            add_option(group)

    return add


def seed(text: str) -> int:
    """A whole number of 0 or more."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("at least zero")
    return number


def count(text: str) -> int:
    """A whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one")
    return number


def new_file(text: str) -> Path:
    """The file that --out names; one that is there is replaced.

    Raises ConfigError for a folder, for a pipe or device, which a file moved into its place would
    replace, and where its folder is not there.
    """
    path, way_out = Path(text), "name a file in a folder that is there"
    if path.is_dir():
        raise ConfigError(f"--out {text}: {path} is a folder; {way_out}")
    if not path.parent.is_dir():
        raise ConfigError(f"--out {text}: {path.parent} is not there; {way_out}")
    if text == "-" or (path.exists() and not path.is_file()):
        raise ConfigError(f"--out {text}: only files are written, whole, and no pipes and devices; "
                          f"{way_out}")
    return path


def run_option(default: str) -> AddOption:
    """The option --run."""
    return option("--run", default=default, help=f"the run, a file of config/ (default: {default})")


RUN = run_option(DEFAULT_RUN)
JSON = flag("--json", "print JSON for programs")
THREADS = option("--threads", type=count, default=1, metavar="N",
                 help="processor cores (default: 1)")
