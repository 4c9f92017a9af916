"""Fingerprints of code: a hash of the syntax trees that a module reaches inside lcpc, blind to comments and docstrings."""

import ast
import hashlib
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

PACKAGE = "lcpc"
SETTLED = ("lcpc.config", "lcpc.errors", "lcpc.log", "lcpc.registry")
"""Rooms that change no result: what a configuration says is digested by its values, the rest is talk."""


def fingerprint(*modules: str, alone: Collection[str] = ()) -> str:
    """Digest of `modules` and of all they import inside lcpc, and of modules that count `alone` (16 hex digits).

    Comments, docstrings, layout and the `SETTLED` rooms do not count; any other change of a statement does. Imports
    anywhere in a file count, those inside functions too. Raises ModuleNotFoundError for a module that is not there.
    """
    digest = hashlib.sha256()
    for name in sorted(name for name in reached(*modules) | set(alone) if not name.startswith(SETTLED)):
        digest.update(f"{name}\n{_tree(name)}\n".encode())
    return digest.hexdigest()[:16]


def reached(*modules: str) -> set[str]:
    """Names of all modules of lcpc that `modules` import, directly or not, themselves included."""
    seen: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_imports(name))
    return seen


def _path(module: str) -> Path | None:
    base = Path(__file__).parents[2] / Path(*module.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _source(module: str) -> ast.Module:
    path = _path(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is no module of {PACKAGE}")
    return ast.parse(path.read_text())


@cache
def _imports(module: str) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(_source(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    inside = {name for name in found if name.split(".")[0] == PACKAGE and _path(name)}
    return frozenset(inside | {parent for name in inside for parent in _packages(name)})


def _packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def definitions(module: str) -> dict[str, str]:
    """Digest of each function, class, method and constant of a module (8 hex digits), as blind as `fingerprint`.

    Methods are named `Class.method`; all that defines no name, imports above all, stands under the empty name.
    """
    pieces: dict[str, list[str]] = {}
    for name, node in _named(_stripped(module).body):
        pieces.setdefault(name, []).append(ast.dump(node))
    return {name: hashlib.sha256("\n".join(dumps).encode()).hexdigest()[:8] for name, dumps in pieces.items()}


def _named(statements: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _named(node.body, f"{node.name}.")
            yield node.name, ast.ClassDef(node.name, node.bases, node.keywords, [], node.decorator_list)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield prefix + ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target), node
        else:
            yield prefix.rstrip("."), node


@cache
def _tree(module: str) -> str:
    return ast.dump(_stripped(module))


@cache
def _stripped(module: str) -> ast.Module:
    tree = ast.parse(ast.unparse(_source(module)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and _has_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _has_docstring(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.body) and ast.get_docstring(node, clean=False) is not None
