"""A digest of code moves with statements that a module reaches, and with nothing else."""

import time

import pytest

from lcpc.results import fingerprint
from lcpc.results.fingerprint import code_digest, code_digests

FILES = {
    "__init__": "",
    "low": "X = 1\n",
    "high": "from lcpc.results.low import X\nY = X\n",
    "other": "Z = 1\n",
    "settings": "from lcpc.config import SIZES\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder lcpc/results of a small package."""
    folder = tmp_path / "lcpc" / "results"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(text)
    (tmp_path / "lcpc" / "__init__.py").write_text("")
    (tmp_path / "lcpc" / "config.py").write_text("SIZES = ['full']\n")
    monkeypatch.setattr(fingerprint, "PROJECT", tmp_path)
    forget()
    yield folder
    forget()


def forget():
    """What a new process starts with."""
    caches = (
        fingerprint.source_path,
        fingerprint._code,
        fingerprint._imported_modules,
        fingerprint._kept,
    )
    for cached in caches:
        cached.cache_clear()


def after(folder, name, text):
    (folder / f"{name}.py").write_text(text)
    forget()
    return code_digests("lcpc.results.high")


@pytest.mark.parametrize(
    "text", ['"""A room."""\n\n# why\nX   =   1\n', "X = (\n    1)\n", "X = 1\r\n", "\ufeffX = 1\n"]
)
def test_comments_docstrings_and_layout_do_not_count(package, text):
    before = code_digests("lcpc.results.high")
    assert after(package, "low", text) == before


def test_all_pythons_read_the_same_code(package):
    """Python 3.12 adds fields to functions and classes, its first releases a text to nested formats, and 3.13 leaves
    out empty lists."""
    text = "class A:\n    def f(self, *a):\n        return f'{self!r:{a}} {a:.{a}f}', [], None\n"
    assert after(package, "low", text)["lcpc.results.low"] == "8be803a73c35c6ec"


def test_a_changed_statement_below_counts_and_its_module_is_named(package):
    before = code_digests("lcpc.results.high")
    now = after(package, "low", "X = 2\n")
    assert [name for name in now if now[name] != before[name]] == ["lcpc.results.low"]


def test_a_docstring_that_becomes_a_value_counts(package):
    before = after(package, "low", 'def f():\n    """Text."""\n')
    assert after(package, "low", 'def f():\n    return """Text."""\n') != before


def test_an_unrelated_module_does_not_count(package):
    before = code_digests("lcpc.results.high")
    assert after(package, "other", "Z = 2\n") == before


def test_imports_inside_functions_count(package):
    assert "lcpc.results.other" not in code_digests("lcpc.results.high")
    text = "from lcpc.results.low import X\nY = X\ndef f():\n    from lcpc.results import other\n"
    assert "lcpc.results.other" in after(package, "high", text)


def test_the_configuration_counts_by_its_values_and_not_by_its_code(package):
    assert set(code_digests("lcpc.results.settings")) == {"lcpc", "lcpc.results.settings"}


def test_one_digest_stands_for_all(package):
    before = code_digest("lcpc.results.high")
    after(package, "low", "X = 2\n")
    assert code_digest("lcpc.results.high") != before
    after(package, "low", "X = 1  # again\n")
    assert code_digest("lcpc.results.high") == before


def test_a_module_that_is_not_there_is_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"lcpc\.nowhere"):
        code_digest("lcpc.nowhere")


def test_what_was_read_is_not_read_again_by_the_next_process(package, monkeypatch):
    before = code_digests("lcpc.results.high")
    forget()
    monkeypatch.setattr(fingerprint, "_read", lambda source: pytest.fail("read again"))
    assert code_digests("lcpc.results.high") == before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"reader": "other", "a": 1}'])
def test_a_broken_cache_is_made_again(package, content):
    before = code_digests("lcpc.results.high")
    fingerprint._cache_file().write_text(content)
    forget()
    assert code_digests("lcpc.results.high") == before
    assert fingerprint._cache_file().read_text() != content


def test_a_package_that_cannot_be_written_to_costs_only_time(package):
    (package.parent / "__pycache__").write_text("a file where the folder should be")
    assert set(code_digests("lcpc.results.other")) == {"lcpc.results.other"}


def test_the_real_metrics_reach_neither_training_nor_models():
    reached = fingerprint.reached("lcpc.metrics.bjontegaard")
    assert not any(name.startswith(("lcpc.training", "lcpc.models")) for name in reached)


def test_the_whole_package_is_digested_in_moments(root):
    files = (root / "lcpc").rglob("*.py")
    modules = [
        path.relative_to(root).with_suffix("").as_posix().replace("/", ".") for path in files
    ]
    names = [name.removesuffix(".__init__") for name in modules]
    code_digests(*names)
    forget()
    start = time.process_time()
    code_digests(*names)
    assert time.process_time() - start < 1
