"""The topics of the documents: tables and figures of each, and the few numbers that show it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from lcpc.config.yaml_text import parse_yaml
from lcpc.report.auditview import ClaimView, Side

View = TypeVar("View")

OTHERS = "Others"


@dataclass(frozen=True)
class Topic:
    """One topic: a sentence of the documents, words of each claim, pictures (the best first)."""

    name: str
    title: str
    says: str
    claims: Mapping[str, str]
    pictures: Sequence[str]
    figures: Sequence[str]
    tables: Sequence[str]


@dataclass(frozen=True)
class Glance:
    """One number of a topic beside print, in one digit more than print has."""

    words: str
    claim: ClaimView
    recomputed: str
    measured: str


@cache
def topics() -> tuple[Topic, ...]:
    """All topics, in the order of the pages."""
    path = Path(__file__).parent / "templates" / "topics.yaml"
    entries = parse_yaml(path.read_text(encoding="utf-8"))
    return tuple(Topic(**entry) for entry in entries)


def glances(topic: Topic, claims: Iterable[ClaimView]) -> list[Glance]:
    """The numbers of a topic that the audit knows."""
    known = {claim.name: claim for claim in claims}
    shown = [(words, known[name]) for name, words in topic.claims.items() if name in known]
    return [Glance(words, claim, _short(claim, claim.recomputed), _short(claim, claim.measured))
            for words, claim in shown]


def grouped(views: Iterable[View], kind: str,
            stem: Callable[[View], str]) -> list[tuple[str, list[View]]]:
    """Views by topic as (title, members), in the topics' order; others last."""
    remaining = {stem(view): view for view in views}
    groups = []
    for topic in topics():
        stems = topic.tables if kind == "table" else topic.figures
        members = [remaining.pop(name) for name in stems if name in remaining]
        groups.append((topic.title, members))
    groups.append((OTHERS, list(remaining.values())))
    return [group for group in groups if group[1]]


def _short(claim: ClaimView, side: Side | None) -> str:
    """A value in one digit more than its print has; a text stays as it is."""
    if side is None or not side.text:
        return ""
    digits = len(claim.printed.partition(".")[2]) + 1
    try:
        return f"{float(side.order):,.{digits}f}".replace("-", "−")
    except ValueError:
        return side.text
