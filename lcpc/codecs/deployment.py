"""A trained codec as files that an edge device and its server can run: exported networks and integer tables."""

import io
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.entropy import coder
from lcpc.entropy.pmf import PRECISION_BITS
from lcpc.errors import DataError
from lcpc.models.folded import fold

FORMAT = "lcpc-codec-1"
PROGRAM, SCRIPT = ".pt2", ".pt"
"""Endings of files of `torch.export` and of TorchScript."""
LATENT_TOLERANCE = 1e-5
"""Largest difference between folded and unfolded latents, as a share of the largest latent: float32 sums in another order."""
LOGIT_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Comparison:
    """How far the folded network is from the unfolded one on some clouds."""

    clouds: int
    latent_error: float
    """Largest difference, as a share of the largest latent."""
    logit_error: float
    streams_same: int
    streams_at_a_tie: int
    """Clouds whose bytes differ because a latent lies so near the middle of two integers that float32 cannot tell."""


@torch.no_grad()
def compare(curve: TrainedCurve, member: int, clouds: NDArray[np.float32]) -> Comparison:
    """Folded against unfolded on clouds [B, P, 3]. Raises DataError where they differ by more than rounding explains."""
    encoder, decoder = fold(curve.network, member)
    x = torch.from_numpy(np.ascontiguousarray(clouds.transpose(0, 2, 1)))
    y, folded = curve.network.analyse(x)[member], encoder.latents(x)
    span = float(y.abs().max()) or 1.0
    latent_error = float((folded - y).abs().max()) / span
    symbols = curve.symbols(clouds)[member]
    same, ties = _streams(curve, member, symbols, encoder(x).numpy(), _near_ties(y - encoder.median, LATENT_TOLERANCE * span))
    everyone = np.ascontiguousarray(np.broadcast_to(symbols, (curve.network.shape.members, *symbols.shape)))
    logits = curve.logits(everyone)[member]
    logit_error = float(np.abs(decoder(torch.from_numpy(symbols)).numpy() - logits).max() / (np.abs(logits).max() or 1.0))
    if latent_error > LATENT_TOLERANCE or logit_error > LOGIT_TOLERANCE or same + ties < len(clouds):
        raise DataError(f"the folded codec differs from the trained one (latents by {latent_error:.2g}, logits by "
                        f"{logit_error:.2g}, {len(clouds) - same - ties} streams); train again, and report it if it stays")
    return Comparison(len(clouds), latent_error, logit_error, same, ties)


def _streams(curve: TrainedCurve, member: int, ours: NDArray[np.int64], theirs: NDArray[np.int64],
             near: NDArray[np.bool_]) -> tuple[int, int]:
    """How many clouds have the same bytes, and how many differ only where a latent is `near` a tie."""
    table = curve.tables[member]
    same = [coder.encode(a, table) == coder.encode(b, table) for a, b in zip(ours, theirs, strict=True)]
    excused = ((ours == theirs) | (near & (np.abs(ours - theirs) == 1))).all(1)
    return sum(same), int((excused & ~np.array(same)).sum())


def _near_ties(y: Tensor, reach: float) -> NDArray[np.bool_]:
    return ((y - torch.floor(y) - 0.5).abs() <= reach).numpy()


def program(module: nn.Module, example: Tensor, free: tuple[int, ...]) -> bytes:
    """A module as a file of `torch.export`, for inputs like `example` that may differ in the axes `free`."""
    shapes = (dict.fromkeys(free, torch.export.Dim.DYNAMIC),)
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(module, (example,), dynamic_shapes=shapes), buffer)
    return buffer.getvalue()


def script(module: nn.Module, example: Tensor, free: tuple[int, ...]) -> bytes:
    """A module as a file of TorchScript, traced on `example`; no axis of these networks is bound by that."""
    buffer = io.BytesIO()
    with _torchscript():
        torch.jit.save(torch.jit.trace(module, example), buffer)
    return buffer.getvalue()


def loaded(ending: str, content: bytes) -> Callable[[Tensor], Tensor]:
    """What a device gets out of a file: a function of one tensor."""
    if ending == PROGRAM:
        return torch.export.load(io.BytesIO(content)).module()
    with _torchscript():
        return torch.jit.load(io.BytesIO(content))


@contextmanager
def _torchscript() -> Iterator[None]:
    # Its makers call it deprecated at every call; the runtimes of phones and of C++ still read nothing else.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", FutureWarning)
        yield


WRITERS = {PROGRAM: program, SCRIPT: script}


@torch.no_grad()
def files(curve: TrainedCurve, member: int, about: dict[str, Any], clouds: NDArray[np.float32],
          ending: str = PROGRAM) -> dict[str, bytes]:
    """What is written: ending of the file -> content. Encoder for the edge, decoder for the server, tables for both.

    The encoder maps clouds [B, 3, P] to symbols [B, N] int64, the decoder these to logits [B, K], for any B and P.
    Both are read back and run on clouds [B, P, 3]: raises DataError where they give anything else than the folded codec.
    """
    encoder, decoder = fold(curve.network, member)
    write = WRITERS[ending]
    x = torch.from_numpy(np.ascontiguousarray(clouds.transpose(0, 2, 1)))
    made = {ending: write(encoder, torch.zeros(2, 3, max(curve.points, 2)), (0, 2)),
            f".decoder{ending}": write(decoder, torch.zeros(2, decoder.inputs, dtype=torch.int64), (0,))}
    symbols = encoder(x)
    encode, decode = (loaded(ending, content) for content in made.values())
    if not torch.equal(encode(x), symbols):
        raise DataError(f"the exported encoder ({ending}) gives other symbols than the trained one; report it")
    if not torch.allclose(decode(symbols), decoder(symbols), LOGIT_TOLERANCE, LOGIT_TOLERANCE):
        raise DataError(f"the exported decoder ({ending}) gives other logits than the trained one; report it")
    arrays = {name: array.tolist() for name, array in curve.tables[member].to_arrays().items()}
    tables = {"format": FORMAT, "precision_bits": PRECISION_BITS, **about, "tables": arrays}
    return {**made, ".tables.json": (json.dumps(tables, sort_keys=True) + "\n").encode()}
