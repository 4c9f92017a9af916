"""YAML to plain values by libyaml, ten times as fast as in Python."""

from typing import Any

import yaml

DEEPEST = 100
# Some builds of PyYAML come without libyaml.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
OPENING = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
CLOSING = (yaml.SequenceEndEvent, yaml.MappingEndEvent)


def parse_yaml(text: str) -> Any:
    """The values of a YAML text. Raises ValueError unless it is YAML, nested at most 100 times."""
    try:
        _check_depth(text)
        return yaml.load(text, LOADER)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _check_depth(text: str) -> None:
    """Deeper texts end the process: libyaml's composer calls itself for each level."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        depth += isinstance(event, OPENING) - isinstance(event, CLOSING)
        if depth > DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} times")
