"""Reads config/<run>.yaml into one frozen value; an unknown key is an error that names the nearest known one."""

import dataclasses
import os
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lcpc.config.checks import check
from lcpc.config.schema import Config
from lcpc.errors import ConfigError, MissingData, did_you_mean


def plain(value: Any) -> Any:
    """A configuration as plain mappings, lists and scalars, for provenance and digests."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def given(value: Any) -> dict[str, Any]:
    """What a configuration says beyond the defaults, for digests that a new key must not move."""
    fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    kinds = typing.get_type_hints(type(value))
    default = type(value)(**{one.name: fields[one.name] for one in dataclasses.fields(value) if _is_required(one)})
    told = {name: held for name, held in fields.items() if held != getattr(default, name)}
    return {name: given(held) if dataclasses.is_dataclass(kinds[name]) else plain(held) for name, held in told.items()}


def _is_required(one: "dataclasses.Field[Any]") -> bool:
    return one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING


def data_root(root: Path) -> Path:
    """Folder that holds the data sets: `LCPC_DATA`, else `data/` in the project."""
    return Path(os.environ.get("LCPC_DATA") or root / "data")


def load(root: Path, run: str) -> Config:
    """Read and check `config/<run>.yaml`. Raises MissingData or ConfigError naming file, key and the way out."""
    import yaml

    path = root / "config" / f"{run}.yaml"
    if not path.is_file():
        known = sorted(file.stem for file in path.parent.glob("*.yaml"))
        raise MissingData(f"{path.name}: there is no run {run!r}. {did_you_mean(run, known)}")
    try:
        content = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"config/{path.name} is no YAML: {' '.join(str(error).split())}") from error
    return parse(content, run, f"config/{path.name}")


def parse(content: Any, run: str, where: str) -> Config:
    """Turn plain YAML content into a checked `Config`; the run's name is that of its file."""
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {type(content).__name__}")
    config = _build(Config, {"run": run, **content}, where)
    if config.run != run:
        raise ConfigError(f"{where}: run is {config.run!r}, but the file's name says {run!r}")
    check(config, where)
    return config


def _build(kind: Any, content: Any, where: str) -> Any:
    if not isinstance(content, Mapping):
        raise ConfigError(f"{where}: expected keys and values, found {content!r}")
    hints = typing.get_type_hints(kind)
    for key in content:
        if key not in hints:
            raise ConfigError(f"{where}: unknown key {key!r}. {did_you_mean(str(key), sorted(hints))}")
    values = {key: _convert(hints[key], value, f"{where}: {key}") for key, value in content.items()}
    return kind(**values)


def _convert(hint: Any, value: Any, where: str) -> Any:
    origin, options = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        return None if value is None else _convert(next(o for o in options if o is not type(None)), value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"{where}: expected a list, found {value!r}")
        return tuple(_convert(options[0], item, f"{where}[{index}]") for index, item in enumerate(value))
    if dataclasses.is_dataclass(hint):
        return _build(hint, value, where)
    return _scalar(hint, value, where)


def _scalar(hint: type, value: Any, where: str) -> Any:
    fits = isinstance(value, int | float) if hint is float else isinstance(value, hint)
    if not fits or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where}: expected {hint.__name__}, found {value!r}")
    return float(value) if hint is float else value
