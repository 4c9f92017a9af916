"""config/README.md explains every key that lcpc.config knows, with its default, and none that it does not."""

import ast
import dataclasses
import inspect
import itertools
import re

import pytest

from lcpc import config

SECTIONS = {
    "A run": config.Config, "dataset": config.Dataset, "proposed": config.Curve, "training and classifier": config.Training,
    "input_compression": config.InputCompression, "latent_motion": config.LatentMotion,
    "reconstruction": config.Reconstruction, "latency": config.Latency, "images": config.Images,
    "tools": config.Tools,
}
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+) \|$", flags=re.MULTILINE)


def documented(root) -> dict[str, list[tuple[str, str, str]]]:
    parts = re.split(r"^## (.+)$", (root / "config" / "README.md").read_text(), flags=re.MULTILINE)
    return {title: ROW.findall(body) for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def meanings(kind) -> dict[str, str]:
    """The docstrings below a dataclass's fields."""
    body = ast.parse(inspect.getsource(kind)).body[0].body
    return {field.target.id: text.value.value for field, text in itertools.pairwise(body)
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)}


def default(field) -> str:
    if field.default_factory is not dataclasses.MISSING or field.default is None:
        return "see below"
    if field.default is dataclasses.MISSING:
        return "the file's name"
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else "empty"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_explained_with_its_default(root, section):
    expected = [(field.name, default(field)) for field in dataclasses.fields(SECTIONS[section])]
    assert [(name, shown) for name, shown, _ in documented(root)[section]] == expected


@pytest.mark.parametrize("section", SECTIONS)
def test_the_meaning_is_that_of_the_code(root, section):
    told = {name: meaning for name, _, meaning in documented(root)[section]}
    for name, meaning in meanings(SECTIONS[section]).items():
        assert told.get(name, "").startswith(" ".join(meaning.split())), f"config/README.md, {section}: {name}"


def test_every_run_is_explained(root):
    text = (root / "config" / "README.md").read_text()
    assert [path.stem for path in (root / "config").glob("*.yaml") if f"| `{path.stem}` |" not in text] == []
