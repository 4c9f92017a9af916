"""config/README.md and config/schema.json are made from the models of lcpc.config."""

import json

import jsonschema
import pytest
import yaml

from lcpc import config
from lcpc.config import __main__ as documentation

MODELS = dict(documentation.sections(config.Config, "A run"))
FIRST_LINE = "# yaml-language-server: $schema=schema.json\n"


def runs(root):
    return sorted((root / "config").glob("*.yaml"))


def test_the_tables_of_keys_are_those_of_the_models(root):
    text = (root / documentation.README).read_text()
    assert text == documentation.readme(text), "run `python -m lcpc.config`"
    assert text.count("\n## ") == len(set(MODELS.values()))


def test_the_schema_is_that_of_the_models(root):
    text = (root / documentation.SCHEMA).read_text()
    assert text == documentation.schema_text(), "run `python -m lcpc.config`"


@pytest.mark.parametrize("section", MODELS)
def test_every_key_says_what_it_means(section):
    model = MODELS[section]
    assert list(documentation.descriptions(model)) == list(model.model_fields)
    assert all(documentation.descriptions(model).values())
    assert model.__doc__ != config.Config.__base__.__doc__


def test_types_and_defaults_stand_beside_the_keys():
    tables = documentation.tables()
    for row in ("| `run` | text | the file's name |",
                "| `sizes` | list of `full`, `lite`, `micro`; at least 1 | `[\"micro\"]` |",
                "| `epochs` | whole number > 0 | `100` |",
                 "| `head_norm` | true or false | `true` |",
                "| `held_out` | number >= 0, < 1 | `0.0` |",
                 "| `schedule` | `cosine`, `constant` | `cosine` |",
                "| `bins` | whole number >= 0, a multiple of 16 | `0` |",
                 "## training and classifier"):
        assert row in tables, row


def test_every_run_of_the_project_fits_the_schema_and_names_it(root):
    schema = json.loads((root / documentation.SCHEMA).read_text())
    for path in runs(root):
        assert path.read_text().startswith(FIRST_LINE), path.name
        jsonschema.validate(yaml.safe_load(path.read_text()), schema)


def test_the_schema_refuses_what_lcpc_refuses(root):
    schema = json.loads((root / documentation.SCHEMA).read_text())
    for wrong in ({"sead": 1}, {"proposed": [{"sizes": ["mikro"]}]}, {"images": {"m": 20}},
     {"seed": "one"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


def test_writing_makes_both_files_again_below_the_beginning_by_hand(root, tmp_path):
    (tmp_path / "config").mkdir()
    text = (root / documentation.README).read_text()
    (tmp_path / documentation.README).write_text(text.replace("| `epochs` |", "| `epoch` |"))
    documentation.write(tmp_path)
    assert (tmp_path / documentation.README).read_text() == text
    assert (tmp_path / documentation.SCHEMA).read_text() == documentation.schema_text()


def test_every_run_is_explained(root):
    text = (root / "config" / "README.md").read_text()
    assert [path.stem for path in runs(root) if f"| `{path.stem}` |" not in text] == []
