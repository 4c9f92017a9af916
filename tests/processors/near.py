"""Logits and latents of shipped curves: how far those of two processors lie apart.

They are sums of float32, so other processors add them in another order. `lcpc verify` allows for
shares of the largest value; here two machines' values are held against these very shares.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc.audit.verify_clouds import LATENT_TOLERANCE, LOGIT_TOLERANCE
from lcpc.codecs.shipped import base
from tests.processors.clouds import Clouds

TOLERANCES = {"logits": LOGIT_TOLERANCE, "latents": LATENT_TOLERANCE}
DECIDED = {"logits": "classes", "latents": "symbols"}
"""By the first word of what is compared."""
TABLE_II, MIXED = "results/workstation/rate_accuracy/proposed_", "results/beyond/mixed/"
CURVES = (*(TABLE_II + name for name in ("micro_P8", "micro_P1024", "lite_P64", "full_P64")),
          *(MIXED + name for name in ("micro_P1024_seed1", "local_P1024_seed1")))


@dataclass(frozen=True, eq=False)
class Values:
    """float32 of [rows, columns]: differences count as shares of the largest value of a row.

    integers: what is decided by them, the class of each logit row or the symbols of latents.
    """

    rows: NDArray[np.float32]
    integers: NDArray[np.int32]

    def packed(self) -> dict[str, object]:
        """For JSON."""
        return {"columns": self.rows.shape[1], "rows": _text(self.rows, "<f4"),
                "integers": _text(self.integers, "<i4")}

    @classmethod
    def unpacked(cls, packed: dict[str, str | int]) -> "Values":
        """From JSON."""
        rows = _numbers(packed["rows"], "<f4").reshape(-1, int(packed["columns"]))
        return cls(rows, _numbers(packed["integers"], "<i4"))


def curves(root: Path, clouds: Clouds) -> Iterator[tuple[str, Values]]:
    """Logits of the first streams, and latents of the clouds, of some curves at all lambdas."""
    count = len(clouds.points)
    for curve in CURVES:
        codec = base.read_weights(root / f"{curve}.weights.npz")
        streams = base.read_streams(root / f"{curve}.streams.npz")
        points = clouds.points[:, :int(codec.header["points"])]
        logits, latents = [], []
        for lambda_ in codec.header["lambdas"]:
            symbols = codec.decode(streams.by_lambda[lambda_][:count], lambda_)
            logits.append(codec.classify(symbols, lambda_))
            latents.append(codec.latents(points, lambda_).reshape(1, -1))
        stem = curve.removeprefix("results/")
        rows = np.concatenate(logits)
        yield f"logits of {len(rows)} streams by {stem}", Values(rows, rows.argmax(axis=1))
        rows = _padded(latents)
        yield f"latents of {clouds} by {stem}", Values(rows, base.symbols_of(rows).ravel())


def _padded(rows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """[1, n] each, of different n, as one array; each lambda has its own number of latents."""
    most = max(row.size for row in rows)
    return np.concatenate([np.pad(row, ((0, 0), (0, most - row.size))) for row in rows])


def largest_share(values: Values, others: Values) -> float:
    """Largest difference, as a share of the largest value of its row."""
    apart = np.abs(values.rows - others.rows).max(axis=1)
    largest = np.abs(values.rows).max(axis=1)
    return float((apart / np.maximum(largest, np.finfo(np.float32).tiny)).max())


def compare(name: str, kinds: dict[str, Values]) -> bool:
    """Say how far the values of some kinds are from the first; whether a share is too large."""
    first, *others = kinds
    word = name.split(" ", 1)[0]
    limit, decided = TOLERANCES[word], DECIDED[word]
    shares = {kind: largest_share(kinds[first], kinds[kind]) for kind in others}
    if not shares:
        print(f"{name}: made by {first} alone")
    for kind, share in shares.items():
        changed = int((kinds[first].integers != kinds[kind].integers).sum())
        print(f"{name}: {kind} differs from {first} by {share:.1e} of the largest, at most "
              f"{limit:g} is allowed; {changed} {decided} differ")
    return any(share > limit for share in shares.values())


def _text(values: NDArray[np.generic], kind: str) -> str:
    return base64.b64encode(values.astype(kind).tobytes()).decode()


def _numbers(text: object, kind: str) -> NDArray[np.generic]:
    return np.frombuffer(base64.b64decode(str(text)), kind)
