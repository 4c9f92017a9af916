"""Why a run's values of a claim are not held against print: what its curves stand on."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from lcpc import curves
from lcpc.audit.claims import Claim
from lcpc.audit.files import number_of, parse_row
from lcpc.curves import PROPOSED, SIZES, CurveKey, Curves
from lcpc.errors import LcpcError
from lcpc.results.store import PUBLISHED, Results
from lcpc.tables.rate_at_80 import POINTS


def measured_curves(root: Path, run: str) -> Curves | None:
    """The curves of a run with their limits; None where it has none or a file can't be read."""
    if run == PUBLISHED:
        return None
    with suppress(LcpcError):
        return curves.measured(Results(root, run), "")
    return None


def limit(claim: Claim, measured: Curves | None) -> str:
    """Why the claim's measured value is not held against print; empty if it is."""
    if measured is None or "dataset" not in parse_row(claim.comparable):
        return ""
    own = measured.limits.get(_key(parse_row(claim.row)), "")
    if own or "anchor" not in parse_row(claim.comparable):
        return own
    return measured.anchor_limit


def _key(row: Mapping[str, str]) -> CurveKey:
    """The curve of a row of bd_metrics or of rate_at_80."""
    codec, points = row.get("codec", ""), number_of(row.get("points", ""))
    if codec in SIZES:
        return PROPOSED, codec, POINTS
    return codec, row.get("size", ""), "" if points is None else int(points)
