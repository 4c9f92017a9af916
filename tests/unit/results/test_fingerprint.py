"""A fingerprint moves with statements that a module reaches, and with nothing else."""

import pytest

from lcpc.results import fingerprint as module


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "lcpc" / "results"
    folder.mkdir(parents=True)
    files = {"__init__": "", "low": "X = 1\n", "high": "from lcpc.results.low import X\nY = X\n", "other": "Z = 1\n"}
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    (tmp_path / "lcpc" / "__init__.py").write_text("")
    monkeypatch.setattr(module, "__file__", str(folder / "fingerprint.py"))
    forget()
    yield folder
    forget()


def forget():
    for cached in (module._source, module._imports, module._stripped, module._tree):
        cached.cache_clear()


def after(folder, name, text):
    (folder / f"{name}.py").write_text(text)
    forget()
    return module.fingerprint("lcpc.results.high")


def test_comments_docstrings_and_layout_do_not_count(package):
    before = module.fingerprint("lcpc.results.high")
    assert after(package, "low", '"""A room."""\n\n# why\nX   =   1\n') == before


def test_a_changed_statement_below_counts(package):
    before = module.fingerprint("lcpc.results.high")
    assert after(package, "low", "X = 2\n") != before


def test_definitions_say_which_of_them_changed(package):
    text = 'X = 1\nclass A:\n    n: int = 1\n    def f(self):\n        """Does."""\n        return 1\n    def g(self): ...\n'
    after(package, "low", text)
    before = module.definitions("lcpc.results.low")
    assert before.keys() == {"X", "A", "A.n", "A.f", "A.g"}
    after(package, "low", text.replace("Does", "Does something").replace("return 1", "return 2"))
    now = module.definitions("lcpc.results.low")
    assert [name for name in now if now[name] != before[name]] == ["A.f"]


def test_an_unrelated_module_does_not_count(package):
    before = module.fingerprint("lcpc.results.high")
    assert after(package, "other", "Z = 2\n") == before


def test_imports_inside_functions_count(package):
    before = module.fingerprint("lcpc.results.high")
    changed = after(package, "high", "from lcpc.results.low import X\nY = X\ndef f():\n    from lcpc.results import other\n")
    assert changed != before
    assert "lcpc.results.other" in module.reached("lcpc.results.high")


def test_a_module_that_counts_alone_brings_nothing_along(package):
    before = module.fingerprint("lcpc.results.other", alone=("lcpc.results.high",))
    assert before != module.fingerprint("lcpc.results.other")
    after(package, "low", "X = 2\n")
    assert module.fingerprint("lcpc.results.other", alone=("lcpc.results.high",)) == before
    after(package, "high", "from lcpc.results.low import X\nY = -X\n")
    assert module.fingerprint("lcpc.results.other", alone=("lcpc.results.high",)) != before


def test_a_module_that_is_not_there_is_an_error():
    with pytest.raises(ModuleNotFoundError, match="lcpc.nowhere"):
        module.fingerprint("lcpc.nowhere")


def test_the_real_table_modules_reach_metrics_but_not_training():
    reached = module.reached("lcpc.metrics.bjontegaard")
    assert not any(name.startswith(("lcpc.training", "lcpc.models")) for name in reached)
