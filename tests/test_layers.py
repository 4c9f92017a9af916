"""The house keeps its layers, and what shows numbers needs no network library."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LIGHT = tuple(f"lcpc.{room}" for room in (
    "report", "tables", "figures", "metrics", "audit", "planning", "results", "curves", "layout"))
SHOW = """
import importlib, pkgutil, sys
package = importlib.import_module({package!r})
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module({package!r} + "." + module.name)
print(*sorted(set(sys.modules) & {{"torch", "torchvision", "compressai", "snakemake"}}))
"""


def test_no_layer_imports_a_higher_one(root):
    # In a process of its own: import-linter configures logging, which silences every logger that is there already.
    call = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(sys.argv[1], cache_dir=None))"
    words = [sys.executable, "-c", call, str(root / ".importlinter")]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def imported_names(path):
    """Full names of all that a file of lcpc imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def private_room(name):
    """The room of the first private module in a full name, such as lcpc.codecs of
    lcpc.codecs._layers; None where each part is public, or is no module of lcpc."""
    parts = name.split(".")
    for end, part in enumerate(parts):
        if end and part.startswith("_") and not part.startswith("__") and parts[0] == "lcpc":
            return ".".join(parts[:end])
    return None


@pytest.mark.parametrize(("name", "room"), [
    ("lcpc.codecs.shipped._fold.ship", "lcpc.codecs.shipped"), ("lcpc.data._places", "lcpc.data"),
    ("lcpc.data.base", None), ("torch._foreach_mul_", None), ("lcpc.config.__main__", None)])
def test_a_private_module_is_told_by_its_name(name, room):
    assert private_room(name) == room


@pytest.mark.parametrize("folder", ["lcpc", "benchmarks", "workflow"])
def test_nobody_outside_a_room_imports_its_private_modules(root, folder):
    strangers = []
    for path in sorted((root / folder).rglob("*.py")):
        own_room = ".".join(path.relative_to(root).parent.parts)
        for name in imported_names(path):
            if private_room(name) not in (None, own_room):
                strangers.append(f"{path.relative_to(root)} imports {name}")
    assert strangers == []


@pytest.mark.parametrize("package", LIGHT)
def test_a_light_room_loads_no_network_library(package):
    done = subprocess.run([sys.executable, "-c", SHOW.format(package=package)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("heavy", ["torch", "pandas", "matplotlib", "numpy"])
def test_the_command_line_starts_without(heavy):
    code = ("import sys; from lcpc.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
            f"sys.exit({heavy!r} in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_workflow_is_read_without_network_libraries_or_pandas(root):
    code = ("import sys; sys.path.insert(0, 'workflow'); import inventory; "
            "print(*sorted(set(sys.modules) & {'torch', 'pandas', 'scipy', 'matplotlib'}))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == []


@pytest.mark.parametrize("words", [
    ["doctor"], ["plan", "published"], ["codecs"],
    ["trace", "tables/published/bd_metrics.csv", "--row", "codec=draco", "--column", "bd_rate_percent"],
])
def test_what_answers_questions_loads_no_network_library(root, tmp_path, words):
    code = (f"import sys; from lcpc.cli import main; main({words!r}); "
            "sys.exit(bool({'torch', 'compressai', 'open3d'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def is_installed(name):
    try:
        return bool(distribution(name))
    except PackageNotFoundError:
        return False


def test_each_library_that_is_asked_for_is_used(root):
    content = tomllib.loads((root / "pyproject.toml").read_text())
    asked = {canonicalize_name(Requirement(text).name) for text in content["project"]["dependencies"]}
    sources = "\n".join(path.read_text() for path in (root / "lcpc").rglob("*.py"))
    words = set(re.findall(r"\w+", sources))
    for module, distributions in packages_distributions().items():
        if module in words:
            asked -= set(map(canonicalize_name, distributions))
    assert not set(filter(is_installed, asked))
