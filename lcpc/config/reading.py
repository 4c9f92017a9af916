"""Reads config/<run>.yaml into a `Config`; what is wrong is refused in one line: file, key, value and the way out."""

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from lcpc import registry
from lcpc.config.schema import Config, run_name
from lcpc.errors import ConfigError, MissingData, did_you_mean

Model = TypeVar("Model", bound=BaseModel)
DEEPEST = 100
LARGEST = 1 << 63
SHOWN_CHARACTERS = 80
EXPERIMENTS = "lcpc.experiments"
EXPECTED = {"tuple_type": "a list", "model_type": "keys and values", "mapping_type": "keys and values",
            "string_type": "a text", "int_type": "a whole number", "float_type": "a number",
            "bool_type": "true or false"}


def plain(value: BaseModel) -> dict[str, Any]:
    """A configuration as plain mappings, tuples and scalars, for provenance and digests."""
    return value.model_dump()


def data_root(root: Path) -> Path:
    """Folder that holds the data sets: `LCPC_DATA`, else `data/` in the project."""
    return Path(os.environ.get("LCPC_DATA") or root / "data")


def load(root: Path, run: str) -> Config:
    """Read and check `config/<run>.yaml`.

    Raises MissingData, or ConfigError naming file, key and the way out.
    """
    import yaml

    try:
        run_name(run)
    except ValueError as error:
        raise ConfigError(f"run is {_shown(run)}; {error}") from None
    path = root / "config" / f"{run}.yaml"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise MissingData(f"{path.name}: there is no run {run!r}. {did_you_mean(run, known)}")
    where = f"config/{path.name}"
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{where} is no YAML: {_one_line(error)}") from error
    except RecursionError:
        raise ConfigError(f"{where} is nested too deeply to be read") from None
    return parse(content, run, where)


def parse(content: Any, run: str, where: str) -> Config:
    """Turn plain YAML content into a checked `Config`; the run's name is that of its file."""
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {type(content).__name__}")
    values = _frozen({"run": run, **content}, where)
    config = _validated(Config, values, where)
    if config.run != run:
        raise ConfigError(f"{where}: run is {config.run!r}, but the file's name says {run!r}")
    for name, settings in config.experiments.items():
        _check_experiment(name, settings, where)
    return config


def _frozen(value: Any, where: str, key: str = "", depth: int = 0) -> Any:
    """`value` with tuples for lists. Raises ConfigError unless all of it is text, finite numbers, true or false."""
    if depth > DEEPEST:
        raise ConfigError(f"{where}: {key[:SHOWN_CHARACTERS]}... is nested more than {DEEPEST} times")
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise ConfigError(f"{where}: {key or 'top level'}: key {_shown(name)} is no text; write it in quotes")
        prefix = f"{key}." if key else ""
        return {name: _frozen(item, where, prefix + name, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(item, where, f"{key}[{index}]", depth + 1) for index, item in enumerate(value))
    if isinstance(value, int) and abs(value) >= LARGEST:
        raise ConfigError(f"{where}: {key} is a number of {math.log10(abs(value)):.0f} digits; it must be below 2^63")
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{where}: {key} is {value}; it must be a finite number")
    if not isinstance(value, str | int | float | None):
        raise ConfigError(f"{where}: {key} is a {type(value).__name__}, {_shown(value)}; write a text in quotes, "
                          "a number, true or false")
    return value


def _check_experiment(name: str, settings: Mapping[str, Any], where: str) -> None:
    """Raises ConfigError unless `name` is a file of lcpc.experiments and its `Settings`, if any, accept `settings`."""
    if name in Config.model_fields:
        raise ConfigError(f"{where}: experiments.{name}: it has a section of its own; write `{name}:` at the top level")
    known = registry.names(EXPERIMENTS)
    if name not in known:
        raise ConfigError(f"{where}: experiments: there is no {name!r}. {did_you_mean(name, known)}")
    model = getattr(registry.load(EXPERIMENTS, name), "Settings", None)
    if model is not None:
        _validated(model, settings, where, ("experiments", name))


def _validated(model: type[Model], values: Mapping[str, Any], where: str, outer: tuple[str, ...] = ()) -> Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(f"{where}: {_message(first, model, outer)}") from None
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None


def _message(error: Mapping[str, Any], model: type[BaseModel], outer: tuple[str, ...]) -> str:
    """One pydantic error in words: the key, its value, and what it must be."""
    path = tuple(error["loc"])
    key, value, reason = _key(outer + path), error["input"], str(error["msg"])
    match error["type"]:
        case "extra_forbidden":
            parent = _key(outer + path[:-1])
            known = sorted(_section_at(model, path[:-1]).model_fields)
            hint = did_you_mean(str(path[-1]), known)
            return f"{parent}{': ' if parent else ''}unknown key {str(path[-1])!r}. {hint}"
        case "missing":
            return f"{key} is missing"
        case "value_error":
            reason = str(error["ctx"]["error"])
            if isinstance(value, Mapping):  # a check of several keys: its reason begins with one
                return f"{key}.{reason}".lstrip(".")
            return f"{key} is {_shown(value)}; {reason}" if reason.startswith("it ") else f"{key}: {reason}"
        case "literal_error":
            known = re.findall(r"[\w.-]+", error["ctx"]["expected"].replace(" or ", ", "))
            return f"{key}: {_shown(value)} is not known. {did_you_mean(str(value), known)}"
        case kind if kind in EXPECTED:
            return f"{key} is {_shown(value)}; it must be {EXPECTED[kind]}"
    rule = re.sub("^[A-Z][a-z]+ should", "it must", reason).replace(" after validation", "")
    return f"{key} is {_shown(value)}; {rule}"


def _section_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel]:
    """The class of the section at `path`, through lists and optional sections."""
    for name in path:
        if isinstance(name, str):
            kind = model.model_fields[name].annotation
            options = (kind, *get_args(kind))
            model = next(option for option in options
                         if isinstance(option, type) and issubclass(option, BaseModel))
    return model


def _key(path: tuple[str | int, ...]) -> str:
    """A path as users write it, such as `proposed[0].training.epochs`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".")


def _shown(value: Any) -> str:
    text = repr(list(value) if isinstance(value, tuple) else value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
