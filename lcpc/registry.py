"""Finds plug-ins by their file: a codec, a table, a figure or a command is one module in its package."""

import importlib
import importlib.util
import pkgutil
from types import ModuleType

from lcpc.errors import ConfigError, did_you_mean

SHARED_ROOMS = frozenset({"base", "render", "style", "diagrams", "trainer"})


def names(package: str) -> list[str]:
    """Names of the plug-ins in `package`, sorted: its modules without a leading underscore and without shared rooms."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ConfigError(f"{package} is no package of lcpc")
    found = (module.name for module in pkgutil.iter_modules(spec.submodule_search_locations))
    return sorted(name for name in found if not name.startswith("_") and name not in SHARED_ROOMS)


def load(package: str, name: str) -> ModuleType:
    """The plug-in `name` of `package` (dashes read as underscores). Raises ConfigError naming the nearest known one."""
    module = name.replace("-", "_")
    known = names(package)
    if module not in known:
        raise ConfigError(f"{package.split('.')[-1]}: there is no {name!r}. {did_you_mean(module, known)}")
    return importlib.import_module(f"{package}.{module}")
