"""Titles of tables and figures: their names in the documents, else their stems in words."""

from functools import cache
from pathlib import Path

from lcpc.config.yaml_text import parse_yaml

WORDS = {"bd": "BD", "rd": "RD", "pointnet": "PointNet", "80": "80 %"}


def of_stem(stem: str) -> str:
    """The title of a table or figure.

    >>> of_stem("bd_metrics"), of_stem("rd_of_mine")
    ('Table II: accuracy, BD-rate and BD-accuracy', 'RD of mine')
    """
    return titles().get(stem) or _in_words(stem)


def _in_words(stem: str) -> str:
    words = [WORDS.get(word, word) for word in stem.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


@cache
def titles() -> dict[str, str]:
    """Titles by stem, of those that are listed."""
    path = Path(__file__).parent / "templates" / "titles.yaml"
    return parse_yaml(path.read_text(encoding="utf-8"))
