"""How simple the house is, in numbers: `python benchmarks/house.py [FOLDER ...]` (default: lcpc).

Lines by room, expression nodes in all and a statement, comprehensions in 1,000 lines, long lines,
long functions, names of types with two meanings, and the share of variables whose names say how a
thing came and not what it is. Any other package can be measured beside it. How many files a value
passes is counted by `benchmarks/walk.py`. CONTRIBUTING.md has these numbers beside their goals.
"""

import ast
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

BOOKKEEPING = ("cli", "cli.py", "config", "results", "planning", "audit", "report", "jobs.py")
VAGUE = frozenset({"found", "told", "held", "own", "one", "what", "more"})
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
WIDTH = 100
NO_STATEMENTS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Pass,
)


def main(folders: list[str]) -> None:
    """Print one block a folder; ends with a line on stderr for one without Python files."""
    for folder in map(Path, folders or ["lcpc"]):
        if next(folder.rglob("*.py"), None) is None:
            sys.exit(f"{folder} holds no Python files; name the folder of a package, such as lcpc")
        print(f"{folder}")
        for line in report(folder):
            print(f"  {line}")


def report(folder: Path) -> Iterator[str]:
    """The numbers of one package, as lines."""
    files = sorted(folder.rglob("*.py"))
    sources = {path: path.read_text() for path in files}
    trees = {path: ast.parse(source) for path, source in sources.items()}
    lines = {path: len(source.splitlines()) for path, source in sources.items()}
    total = sum(lines.values())
    rooms: Counter[str] = Counter()
    for path, count in lines.items():
        rooms[path.relative_to(folder).parts[0]] += count
    yield f"lines {total} in {len(files)} files: " + ", ".join(
        f"{room} {count}" for room, count in rooms.most_common()
    )
    yield f"bookkeeping {sum(rooms[room] for room in BOOKKEEPING)} ({', '.join(BOOKKEEPING)})"
    nodes_of = {path: list(statement_nodes(tree)) for path, tree in trees.items()}
    nodes = [count for counts in nodes_of.values() for count in counts]
    kept = [path for path in files if path.relative_to(folder).parts[0] in BOOKKEEPING]
    books = sum(sum(nodes_of[path]) for path in kept)
    yield f"expression nodes {sum(nodes)}, of bookkeeping {books} (whatever the length of lines)"
    median, mean = statistics.median(nodes), statistics.mean(nodes)
    yield f"expression nodes a statement, median {median:g}, mean {mean:.1f}"
    comprehensions = sum(
        isinstance(node, COMPREHENSIONS) for tree in trees.values() for node in ast.walk(tree)
    )
    code = sum(
        bool(line.strip()) and not line.strip().startswith("#")
        for source in sources.values()
        for line in source.splitlines()
    )
    share = 1000 * comprehensions / code
    yield f"comprehensions in 1,000 lines {share:.0f} (without blank lines and comments)"
    crowded = [where for path, tree in trees.items() for where in crowded_statements(path, tree)]
    yield f"statements with two comprehensions or more {len(crowded)}"
    long = sum(len(line) > WIDTH for source in sources.values() for line in source.splitlines())
    yield f"lines of more than {WIDTH} characters {long}"
    names = [name for tree in trees.values() for name in variables(tree)]
    share = 100 * sum(name in VAGUE for name in names) / max(1, len(names))
    yield f"variables called {', '.join(sorted(VAGUE))}: {share:.1f} % of {len(names)}"
    twice = sorted(repeated_names(trees))
    yield f"names of types with two meanings {len(twice)}: {', '.join(twice)}"
    lengths = [length for tree in trees.values() for length in function_lengths(tree)]
    yield (
        f"functions {len(lengths)}, median {statistics.median(lengths):g} lines, "
        f"ninth decile {statistics.quantiles(lengths, n=10)[-1]:.0f}, longest {max(lengths)}"
    )


def statement_nodes(tree: ast.AST) -> Iterator[int]:
    """Expression nodes of each statement, without those of the statements inside it; definitions,
    docstrings and imports left out."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(node, NO_STATEMENTS):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        yield sum(isinstance(part, ast.expr) for part in own_nodes(node))


def own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement down to the statements inside it."""
    waiting = list(ast.iter_child_nodes(statement))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.stmt):
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def crowded_statements(path: Path, tree: ast.AST) -> Iterator[str]:
    """Places of statements with more than one comprehension."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            count = sum(isinstance(part, COMPREHENSIONS) for part in own_nodes(node))
            if count > 1:
                yield f"{path}:{node.lineno}"


def variables(tree: ast.AST) -> Iterator[str]:
    """Names of variables and arguments where they are bound."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def repeated_names(trees: dict[Path, ast.Module]) -> Iterator[str]:
    """Names of classes and type aliases that mean different things in different files: two classes,
    a class and an alias, or aliases of different types."""
    meanings: dict[str, set[str]] = {}
    for path, tree in trees.items():
        for name, meaning in type_names(path, tree):
            meanings.setdefault(name, set()).add(meaning)
    yield from (name for name, known in meanings.items() if len(known) > 1)


def type_names(path: Path, tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(name, meaning) of each class and type alias of a file; a class is unlike any other."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name, str(path)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and re.match("[A-Z].*[a-z]", target.id):
                yield target.id, ast.unparse(node.value).strip("'")


def function_lengths(tree: ast.AST) -> Iterator[int]:
    """Lines of each function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield node.end_lineno - node.lineno + 1


if __name__ == "__main__":
    main(sys.argv[1:])
