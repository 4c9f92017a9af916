"""Reads config/<run>.yaml; refuses what is wrong in one line: file, key, value and the way out."""

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from lcpc import registry
from lcpc.config.schema import Config, run_name
from lcpc.config.yaml_text import DEEPEST, parse_yaml
from lcpc.errors import ConfigError, LcpcError, MissingData, did_you_mean, refusing

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]
LARGEST = 1 << 63
LARGEST_BYTES = 1 << 20
"""Of a file; all of lcpc's runs have below 4,000."""
SHOWN_CHARACTERS = 80
EXPERIMENTS = "lcpc.experiments"
EXPECTED = {
    "tuple_type": "a list", "model_type": "keys and values", "mapping_type": "keys and values",
    "string_type": "a text", "int_type": "a whole number", "float_type": "a number",
    "bool_type": "true or false",
}


def plain(value: Any) -> Any:
    """A section as plain mappings, tuples and scalars, for provenance and digests; others as is."""
    return value.model_dump() if isinstance(value, BaseModel) else value


def data_root(root: Path) -> Path:
    """Folder that holds the data sets: `LCPC_DATA`, else `data/` in the project."""
    return Path(os.environ.get("LCPC_DATA") or root / "data")


def require_project(root: Path) -> None:
    """Raises MissingData unless `root` is a project's folder."""
    if not (root / "config").is_dir():
        raise MissingData(f"{root} is no lcpc project: it has no config/. Go to a clone of lcpc, "
                          "or name it with --root FOLDER")


def load(root: Path, run: str) -> Config:
    """Read and check `config/<run>.yaml`.

    Raises MissingData, or ConfigError naming file, key and the way out.
    """
    try:
        run_name(run)
    except ValueError as error:
        raise ConfigError(f"run is {_shown(run)}; {error}") from None
    require_project(root)
    path = root / "config" / f"{run}.yaml"
    if not path.is_file():
        hint = did_you_mean(run, runs(root))
        raise MissingData(f"{path.name}: there is no run {run!r}. {hint}")
    where = f"config/{path.name}"
    with refusing(ConfigError, where, "is no YAML, or nested too deeply", "Mend it there"):
        if path.stat().st_size > LARGEST_BYTES:
            raise ConfigError(f"{where} has more than {LARGEST_BYTES} bytes; it is no run")
        content = parse_yaml(path.read_text(encoding="utf-8"))
    return parse(content, run, where)


def runs(root: Path) -> list[str]:
    """Names of the runs of a project, sorted."""
    return sorted(path.stem for path in (root / "config").glob("*.yaml"))


def load_all(root: Path) -> tuple[dict[str, Config], dict[str, LcpcError]]:
    """All runs that can be read, and what is wrong with the others, by name."""
    configs, broken = {}, {}
    for run in runs(root):
        try:
            configs[run] = load(root, run)
        except LcpcError as error:
            broken[run] = error
    return configs, broken


def parse(content: Any, run: str, where: str) -> Config:
    """Turn plain YAML content into a checked `Config`; the run's name is that of its file."""
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {type(content).__name__}")
    try:
        values = _frozen({"run": run, **content}, ())
        config = _validated(Config, values, ())
        if config.run != run:
            raise ConfigError(f"run is {config.run!r}, but the file's name says {run!r}")
        for name, settings in config.experiments.items():
            _check_experiment(name, settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    return config


def _frozen(value: Any, path: Location) -> Any:
    """`value` with tuples for lists.

    Raises ConfigError unless all of it is text, finite numbers, true or false, under keys of text.
    """
    if len(path) > DEEPEST:
        raise ConfigError(f"{_key(path[:3])} is nested more than {DEEPEST} times")
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise ConfigError(f"{_key((*path, 'key'))} {_shown(name)} is no text; "
                                  "write it in quotes")
        return {name: _frozen(item, (*path, name)) for name, item in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(item, (*path, index)) for index, item in enumerate(value))
    if fault := _fault(value):
        raise ConfigError(f"{_key(path)} is {fault}")
    return value


def _fault(value: Any) -> str:
    """Why a scalar can't be in a configuration, or ""."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value}; it must be a finite number"
    if isinstance(value, int) and abs(value) >= LARGEST:
        return f"a number of about {math.log10(abs(value)):.0f} digits; it must be below 2^63"
    if value is None or isinstance(value, str | int | float):
        return ""
    kind = type(value).__name__
    return f"a {kind}, {_shown(value)}; write a text in quotes, a number, true or false"


def _check_experiment(name: str, settings: Mapping[str, Any]) -> None:
    """Raises ConfigError unless lcpc.experiments has `name` and its `Settings`, if any, accept
    `settings`."""
    if name in Config.model_fields:
        raise ConfigError(f"experiments.{name}: it has a section of its own; "
                          f"write `{name}:` at the top level")
    known = registry.names(EXPERIMENTS)
    if name not in known:
        raise ConfigError(f"experiments: there is no {name!r}. {did_you_mean(name, known)}")
    model = getattr(registry.load(EXPERIMENTS, name), "Settings", None)
    if model is not None:
        _validated(model, settings, ("experiments", name))


def _validated(model: type[Model], values: Mapping[str, Any], outer: Location) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(_message(first, model, outer)) from None


def _message(error: Mapping[str, Any], model: type[BaseModel], outer: Location) -> str:
    """One error of pydantic in words: the key, its value, and what it must be."""
    path: Location = tuple(error["loc"])
    key, value, kind = _key(outer + path), error["input"], error["type"]
    if kind == "missing":
        return f"{key} is missing"
    if kind == "extra_forbidden":
        return _unknown_key(path, model, outer)
    if kind == "literal_error":
        known = re.findall(r"[\w.-]+", error["ctx"]["expected"].replace(" or ", ", "))
        return f"{key}: {_shown(value)} is not known. {did_you_mean(str(value), known)}"
    if kind == "value_error":
        reason = str(error["ctx"]["error"])
        if isinstance(value, Mapping):  # a check of several keys: its reason begins with one
            return f"{key}.{reason}".lstrip(".")
        if not reason.startswith("it must"):
            return f"{key}: {reason}"
    elif kind in EXPECTED:
        reason = f"it must be {EXPECTED[kind]}"
    else:
        reason = re.sub("^[A-Z][a-z]+ should", "it must", error["msg"])
    return f"{key} is {_shown(value)}; {reason.replace(' after validation', '')}"


def _unknown_key(path: Location, model: type[BaseModel], outer: Location) -> str:
    for name in path[:-1]:  # down to the section, through lists and optional sections
        if isinstance(name, str):
            kind = model.model_fields[name].annotation
            options = [option for option in (kind, *get_args(kind)) if isinstance(option, type)]
            model = next(option for option in options if issubclass(option, BaseModel))
    section = _key(outer + path[:-1])
    hint = did_you_mean(str(path[-1]), sorted(model.model_fields))
    return f"{section}{': ' if section else ''}unknown key {str(path[-1])!r}. {hint}"


def _key(path: Location) -> str:
    """A path as users write it, such as `proposed[0].training.epochs`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).lstrip(".")


def _shown(value: Any) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
