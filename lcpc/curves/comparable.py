"""Why a measured curve is not compared with print: it was measured on less than the documents'.

The documents measure on all test clouds of ModelNet40, and input codecs at every pair of P and S.
A curve of fewer clouds, pairs or rates is another quantity under the same name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lcpc.config import SCALES
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results

ANCHOR = "tmc13"
LEARNED = "proposed"
RANGE_TOLERANCE = 1.1
"""An anchor may begin and end at rates that differ by this factor from the documents'."""


@dataclass(frozen=True)
class DocumentSettings:
    """What the documents measure on: test clouds, all P, and the rates (bits) of their anchor."""

    test_clouds: int
    points: frozenset[int]
    low: float
    high: float

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """All (P, S) of an input codec."""
        return frozenset((points, scale) for points in self.points for scale in SCALES)


def document_settings(results: Results, published: DataFrame) -> DocumentSettings:
    """Settings of the published points, and the published number of test clouds."""
    counts = results.published("modelnet40_test_class_counts")
    learned = published[published["codec"] == LEARNED]
    anchor_bits = published.loc[published["codec"] == ANCHOR, "rate_bits"]
    points = frozenset(int(count) for count in learned["points"].dropna())
    return DocumentSettings(int(counts["count"].sum()), points,
                            float(anchor_bits.min()), float(anchor_bits.max()))


def reason(rows: DataFrame, documents: DocumentSettings) -> str:
    """What a curve lacks beside the documents', as `measured on ...`; empty if nothing."""
    codec = str(rows["codec"].iloc[0])
    parts: list[str] = []
    clouds = int(rows["samples"].min())
    if clouds < documents.test_clouds:
        parts.append(f"on {clouds:,} of the {documents.test_clouds:,} test clouds")
    if codec != LEARNED:
        parts += _fewer_settings(rows, documents)
    if codec == ANCHOR:
        parts += _shorter_range(rows, documents)
    return f"measured {' and '.join(parts)}" if parts else ""


def _fewer_settings(rows: DataFrame, documents: DocumentSettings) -> Iterator[str]:
    """Codecs whose settings are words have no S that compares with the documents'."""
    points = {int(count) for count in rows["points"].dropna()} & documents.points
    with_scale = rows.dropna(subset=["points", "scale"])
    columns = with_scale["points"], with_scale["scale"]
    pairs = {(int(count), int(scale)) for count, scale in zip(*columns, strict=True)}
    shared = pairs & documents.pairs
    if pairs and shared != documents.pairs:
        yield f"at {len(shared)} of the documents' {len(documents.pairs)} pairs of P and S"
    elif points != documents.points:
        yield f"at {len(points)} of the documents' {len(documents.points)} P"


def _shorter_range(rows: DataFrame, documents: DocumentSettings) -> Iterator[str]:
    low, high = float(rows["rate_bits"].min()), float(rows["rate_bits"].max())
    begins_later = low > documents.low * RANGE_TOLERANCE
    ends_earlier = high < documents.high / RANGE_TOLERANCE
    if begins_later or ends_earlier:
        yield (f"over {low:,.0f} to {high:,.0f} bits, where the documents' curve covers "
               f"{documents.low:,.0f} to {documents.high:,.0f}")


def grouped_notes(reasons: Mapping[str, str]) -> list[str]:
    """A sentence for each reason, with the curves (by their names) that it holds for."""
    curves_of: dict[str, list[str]] = {}
    for name, text in reasons.items():
        curves_of.setdefault(text, []).append(name)
    return [f"Not held against print: {listed(names)}, {text}."
            for text, names in curves_of.items()]


def listed(names: Sequence[str]) -> str:
    """Names of curves in words: all of a few, of many the first and the last."""
    if len(names) <= 3:
        return " and ".join(names)
    return f"{len(names)} curves from {names[0]} to {names[-1]}"
