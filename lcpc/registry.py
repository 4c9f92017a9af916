"""Finds plug-ins by their file: a codec, an experiment, a table or a figure is one module."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from lcpc.errors import ConfigError, did_you_mean

SHARED_ROOMS = frozenset({"base", "render", "style", "diagrams"})
"""Public modules that plug-ins share; they are no plug-ins themselves."""


def names(package: str) -> list[str]:
    """Names of the plug-ins in `package`, sorted: its public modules without the shared ones."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ConfigError(f"{package} is not a package of lcpc")
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    changed = tuple(folder.stat().st_mtime_ns for folder in folders if folder.is_dir())
    return list(_public_modules(tuple(map(str, folders)), changed))


@cache
def _public_modules(folders: tuple[str, ...], changed: tuple[int, ...]) -> Sequence[str]:
    """Listed anew where a folder has changed: a workflow asks a thousand times."""
    modules = [module.name for module in pkgutil.iter_modules(folders)]
    public = [name for name in modules if not name.startswith("_")]
    return sorted(set(public) - SHARED_ROOMS)


def load(package: str, name: str) -> ModuleType:
    """The plug-in `name` of `package`, - read as _. Raises ConfigError naming the nearest name."""
    module = name.replace("-", "_")
    known = names(package)
    if module not in known:
        room = package.split(".")[-1]
        raise ConfigError(f"{room}: there is no {name!r}. {did_you_mean(module, known)}")
    try:
        return importlib.import_module(f"{package}.{module}")
    except (ImportError, SyntaxError, AttributeError, NameError) as error:
        file = f"{package.replace('.', '/')}/{module}.py"
        raise ConfigError(f"{file} cannot be loaded ({type(error).__name__}: {error}); "
                          "mend it, or take it out of its folder") from error


def attribute(package: str, name: str, attribute: str, default: Any = None) -> Any:
    """A constant of a plug-in, such as a codec's LABEL; `default` without plug-in or constant."""
    if name.replace("-", "_") not in names(package):
        return default
    return getattr(load(package, name), attribute, default)
