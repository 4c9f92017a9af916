"""Digests of code: of each module that a plug-in imports, blind to comments and layout.

Reading the syntax trees of the whole package takes a second, so what was read is kept in a file
beside the package's bytecode, by the SHA-256 of each source.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lcpc.results.provenance import value_digest
from lcpc.results.store import write_whole

PROJECT = Path(__file__).parents[2]
PACKAGE = "lcpc"
SETTLED = ("lcpc.config", "lcpc.errors", "lcpc.log", "lcpc.registry", __name__)
"""Rooms that change no result: the values of a configuration are digested, the rest is messages."""
DUMPED: dict[str, bool] = {"show_empty": True} if sys.version_info >= (3, 13) else {}
"""All Pythons write a syntax tree as 3.11 does, so that code has one digest."""
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Code(NamedTuple):
    """What counts of one source file: a digest of its statements, and the names that it imports."""

    digest: str
    imports: Sequence[str]


def code_digests(*modules: str) -> dict[str, str]:
    """Digest of each module of lcpc that `modules` import, directly or not, and of themselves.

    Comments, docstrings and layout do not count, nor do the `SETTLED` rooms; any other change of a
    statement does. Imports inside functions count too. Raises ModuleNotFoundError for a module that
    is not there.
    """
    known = len(_kept())
    counted = [name for name in sorted(reached(*modules)) if not _is_settled(name)]
    digests = {name: _code(name).digest for name in counted}
    if len(_kept()) > known:
        _keep()
    return digests


def code_digest(*modules: str) -> str:
    """Digest of `code_digests` (16 hex digits): equal as long as none of them changes."""
    return value_digest(code_digests(*modules))


def reached(*modules: str) -> set[str]:
    """Names of all modules of lcpc that `modules` import, directly or not, themselves included."""
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_imported_modules(name))
    return seen


def _is_settled(module: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in SETTLED)


@cache
def _imported_modules(module: str) -> frozenset[str]:
    names = {name for name in _code(module).imports if source_path(name)}
    packages = {package for name in names for package in _packages(name)}
    return frozenset(names | packages)


def _packages(module: str) -> Iterator[str]:
    parts = module.split(".")
    for end in range(1, len(parts)):
        yield ".".join(parts[:end])


@cache
def source_path(module: str) -> Path | None:
    """The file of a module of lcpc; None if there is no such module."""
    base = PROJECT.joinpath(*module.split("."))
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


@cache
def _code(module: str) -> Code:
    path = source_path(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is not a module of {PACKAGE}")
    source = path.read_bytes()
    key = hashlib.sha256(source).hexdigest()
    return _kept().get(key) or _kept().setdefault(key, _read(source))


def _read(source: bytes) -> Code:
    tree = ast.parse(source)
    imports: set[str] = set()
    for node in ast.walk(tree):
        imports.update(_imported_names(node))
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        _leave_out_what_is_new(node)
    text = ast.dump(tree, **DUMPED)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Code(digest, sorted(imports))


def _leave_out_what_is_new(node: ast.AST) -> None:
    """Make a node as Python 3.11 reads it. 3.12 adds a field for parameters of types, and its first
    releases an empty text after a nested format."""
    if getattr(node, "type_params", None) == []:
        del node.type_params  # type: ignore[attr-defined]
    if isinstance(node, ast.JoinedStr):
        node.values = [part for part in node.values if not _is_empty_text(part)]


def _is_empty_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == ""


def _imported_names(node: ast.AST) -> Iterator[str]:
    """Names inside lcpc that an import statement brings: of modules, and of what may be one."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module:
        names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return
    yield from (name for name in names if name.split(".")[0] == PACKAGE)


def _cache_file() -> Path:
    name = f"code_digests.{sys.implementation.cache_tag}.json"
    return PROJECT / PACKAGE / "__pycache__" / name


@cache
def _kept() -> dict[str, Code]:
    """What earlier processes read, by the SHA-256 of the source; {} if this file has changed."""
    with suppress(OSError, ValueError, TypeError, LookupError):
        content = json.loads(_cache_file().read_text())
        if content.pop("reader") == _reader():
            return {key: Code(*code) for key, code in content.items()}
    return {}


def _keep() -> None:
    with suppress(OSError):
        write_whole(_cache_file(), json.dumps({"reader": _reader(), **_kept()}))


@cache
def _reader() -> str:
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
