"""`python -m lcpc.config` writes the tables of config/README.md, and config/schema.json."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from lcpc.config.base import Section
from lcpc.config.schema import Config

README, SCHEMA = Path("config/README.md"), Path("config/schema.json")
BEGIN = "<!-- The tables below are made from lcpc/config by `python -m lcpc.config`. -->"
ROOT_TITLE = "A run"
BOUNDS = {"exclusiveMinimum": "> {}", "minimum": ">= {}", "exclusiveMaximum": "< {}",
          "maximum": "<= {}", "multipleOf": "a multiple of {}", "minItems": "at least {}"}
KINDS = {"integer": "whole number", "number": "number", "string": "text",
         "boolean": "true or false", "object": "keys and values"}


def write(root: Path) -> None:
    """Write config/schema.json, and config/README.md below its hand-written beginning."""
    (root / README).write_text(readme((root / README).read_text()))
    (root / SCHEMA).write_text(schema_text())


def readme(text: str) -> str:
    """`text` of config/README.md with the tables of today below its hand-written beginning."""
    return f"{text.partition(BEGIN)[0]}{BEGIN}\n\n{tables()}"


def schema_text() -> str:
    """The JSON schema of a run's file, for editors; the run's name follows from the file's."""
    schema = Config.model_json_schema()
    for _, model in sections(Config, ROOT_TITLE):
        describe(schema["$defs"].get(model.__name__, schema)["properties"], model)
    schema["required"] = [name for name in schema["required"] if name != "run"]
    return json.dumps(schema, indent=1) + "\n"


def describe(properties: dict[str, dict[str, Any]], model: type[BaseModel]) -> None:
    """Add to the JSON schemas of a section's keys what the keys mean."""
    for key, text in descriptions(model).items():
        properties[key] = dict(sorted({**properties[key], "description": text}.items()))


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """The texts below the keys of a section, those of the sections that it extends included."""
    texts = {}
    for section in reversed(model.__mro__):
        if issubclass(section, Section):
            (definition,) = ast.parse(inspect.getsource(section)).body
            assert isinstance(definition, ast.ClassDef)
            for key, below in pairwise(definition.body):
                match key, below:
                    case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                        texts[name] = inspect.cleandoc(text)
    return texts


def tables() -> str:
    """One table of keys for each kind of section, in Markdown."""
    titles: dict[type[BaseModel], list[str]] = {}
    for key, model in sections(Config, ROOT_TITLE):
        titles.setdefault(model, []).append(key)
    names = {model: " and ".join(dict.fromkeys(keys)) for model, keys in titles.items()}
    return "\n".join(table(name, model) for model, name in names.items())


def sections(model: type[BaseModel], key: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """(key, model) of a section and of all sections in it."""
    yield key, model
    for name, field in model.model_fields.items():
        for option in (field.annotation, *get_args(field.annotation)):
            if isinstance(option, type) and issubclass(option, Section):
                yield from sections(option, name)


def table(title: str, model: type[BaseModel]) -> str:
    """The heading, the model's docstring, and one row a key: type, default and meaning."""
    properties = model.model_json_schema()["properties"]
    meanings = descriptions(model)
    lines = [f"## {title}", one_line(model.__doc__ or ""), "",
             "| key | type | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        meaning = one_line(meanings.get(name, ""))
        shown = default(field.get_default())
        lines.append(f"| `{name}` | {kind(properties[name])} | {shown} | {meaning} |")
    return "\n".join(lines) + "\n"


def kind(schema: Mapping[str, Any]) -> str:
    """A JSON schema in words, such as `list of whole numbers > 0`."""
    if "anyOf" in schema:
        return kind(schema["anyOf"][0])
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return "section"
    limits = [name for name in BOUNDS if name in schema]
    bounds = ", ".join(BOUNDS[name].format(f"{schema[name]:g}") for name in limits)
    if schema["type"] == "array":
        many = re.sub("^(section|text|whole number|number)", r"\1s", kind(schema["items"]))
        return f"list of {many}" + (f"; {bounds}" if bounds else "")
    return f"{KINDS[schema['type']]} {bounds}".strip()


def default(value: Any) -> str:
    """A default as a run's file writes it."""
    if value is PydanticUndefined:
        return "the file's name"
    if value is None or isinstance(value, Section):
        return "see below"
    if value == "":
        return "empty"
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"


def one_line(text: str) -> str:
    """`text` without line breaks, fit for a cell of a Markdown table."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


if __name__ == "__main__":
    write(Path(__file__).parents[2])
