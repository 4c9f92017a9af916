"""A trained codec as files that an edge device and its server can run: exported networks and
integer tables."""

import io
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lcpc import config
from lcpc.codecs.point_clouds.proposed import ProposedCodec, as_input
from lcpc.codecs.trained import codec_of, curve_name
from lcpc.data.base import spread
from lcpc.entropy import coder
from lcpc.entropy.pmf import PRECISION_BITS, FrequencyTables
from lcpc.errors import ConfigError, DataError
from lcpc.jobs import JobContext
from lcpc.models.folded import fold
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_whole

FORMAT = "lcpc-codec-1"
CHECKED_CLOUDS = 200
PROGRAM, SCRIPT = ".pt2", ".pt"
"""Endings of files of `torch.export` and of TorchScript."""
LATENT_TOLERANCE = 1e-5
"""Largest difference between folded and unfolded latents, as a share of the largest latent:
float32 sums in another order."""
LOGIT_TOLERANCE = 1e-4


@dataclass(frozen=True)
class FoldingCheck:
    """How far the folded network is from the unfolded one on some clouds."""

    clouds: int
    latent_error: float
    """Largest difference, as a share of the largest latent."""
    logit_error: float
    streams_same: int
    streams_at_a_tie: int
    """Clouds whose bytes differ because a latent lies so near the middle of two integers that
    float32 cannot tell."""

    def __str__(self) -> str:
        return (f"folded equals unfolded on {self.clouds} clouds: {self.streams_same} streams "
                f"the same, {self.streams_at_a_tie} at a tie; latents differ by "
                f"{self.latent_error:.1g}, logits by {self.logit_error:.1g}")


@torch.no_grad()
def compare(codec: ProposedCodec, lambda_: float, clouds: NDArray[np.float32]) -> FoldingCheck:
    """Folded against unfolded on clouds [B, P, 3]. Raises DataError beyond rounding."""
    model, x = codec.model(lambda_), as_input(clouds)
    encoder, decoder = fold(model)
    y, folded_y = model.analyse(x), encoder.latents(x)
    latent_error = _relative_error(folded_y, y)
    reach = LATENT_TOLERANCE * float(y.abs().max())
    symbols, folded = codec.symbols(clouds, lambda_), encoder(x).numpy()
    near_tie = _near_ties(y - encoder.median, reach)
    same, ties = _streams(codec.tables[lambda_], symbols, folded, near_tie)
    logits = torch.from_numpy(codec.classify(codec.dequantise(symbols, lambda_), lambda_))
    logit_error = _relative_error(decoder(torch.from_numpy(symbols)), logits)
    different = len(clouds) - same - ties
    if latent_error > LATENT_TOLERANCE or logit_error > LOGIT_TOLERANCE or different:
        raise DataError(
            f"the folded codec differs from the trained one (latents by {latent_error:.2g}, "
            f"logits by {logit_error:.2g}, {different} streams); train again, "
            "and report it if it stays"
        )
    return FoldingCheck(len(clouds), latent_error, logit_error, same, ties)


def _relative_error(value: Tensor, reference: Tensor) -> float:
    """Largest difference as a share of the largest reference value."""
    largest = float(reference.abs().max()) or 1.0
    return float((value - reference).abs().max()) / largest


def _streams(tables: FrequencyTables, symbols: NDArray[np.int64], folded: NDArray[np.int64],
             near_tie: NDArray[np.bool_]) -> tuple[int, int]:
    """How many clouds have the same bytes, and how many differ where a latent is near a tie."""
    pairs = zip(symbols, folded, strict=True)
    is_same = np.array([coder.encode(a, tables) == coder.encode(b, tables) for a, b in pairs])
    is_excused = (symbols == folded) | (near_tie & (np.abs(symbols - folded) == 1))
    return int(is_same.sum()), int((is_excused.all(1) & ~is_same).sum())


def _near_ties(y: Tensor, reach: float) -> NDArray[np.bool_]:
    """Whether a latent is within `reach` of the middle of two integers."""
    return ((y - torch.floor(y) - 0.5).abs() <= reach).numpy()


def program(module: nn.Module, example: Tensor, free: tuple[int, ...]) -> bytes:
    """A module as a file of `torch.export`, for inputs like `example`; axes `free` may differ."""
    shapes = (dict.fromkeys(free, torch.export.Dim.DYNAMIC),)
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(module, (example,), dynamic_shapes=shapes), buffer)
    return buffer.getvalue()


def script(module: nn.Module, example: Tensor, free: tuple[int, ...]) -> bytes:
    """A module as a file of TorchScript, traced on `example`; no axis is bound by that."""
    buffer = io.BytesIO()
    with _torchscript():
        torch.jit.save(torch.jit.trace(module, example), buffer)
    return buffer.getvalue()


def loaded(ending: str, content: bytes) -> Callable[[Tensor], Tensor]:
    """The exported network of a file: a function of one tensor."""
    if ending == PROGRAM:
        return torch.export.load(io.BytesIO(content)).module()
    with _torchscript():
        return torch.jit.load(io.BytesIO(content))


@contextmanager
def _torchscript() -> Iterator[None]:
    # Its makers call it deprecated at every call; the runtimes of phones and of C++ still read
    # nothing else.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", FutureWarning)
        yield


WRITERS = {PROGRAM: program, SCRIPT: script}


@torch.no_grad()
def files(codec: ProposedCodec, lambda_: float, about: dict[str, Any], clouds: NDArray[np.float32],
          ending: str = PROGRAM) -> dict[str, bytes]:
    """Contents of the files by their endings: encoder for the edge, decoder for the server, tables
    for both.

    The encoder maps clouds [B, 3, P] to symbols [B, N] int64, the decoder these to logits [B, K],
    for any B and P. Both are read back and run on clouds [B, P, 3]: raises DataError where they
    give anything else than the folded codec.
    """
    encoder, decoder = fold(codec.model(lambda_))
    write, x = WRITERS[ending], as_input(clouds)
    cloud = torch.zeros(2, 3, max(codec.points, 2))
    latent = torch.zeros(2, decoder.inputs, dtype=torch.int64)
    encoder_file, decoder_file = write(encoder, cloud, (0, 2)), write(decoder, latent, (0,))
    symbols = encoder(x)
    if not torch.equal(loaded(ending, encoder_file)(x), symbols):
        raise DataError(
            f"the exported encoder ({ending}) gives other symbols than the trained one; report it"
        )
    logits = loaded(ending, decoder_file)(symbols)
    if not torch.allclose(logits, decoder(symbols), LOGIT_TOLERANCE, LOGIT_TOLERANCE):
        raise DataError(
            f"the exported decoder ({ending}) gives other logits than the trained one; report it"
        )
    arrays = {name: array.tolist() for name, array in codec.tables[lambda_].to_arrays().items()}
    tables = {"format": FORMAT, "precision_bits": PRECISION_BITS, **about, "tables": arrays}
    tables_file = (json.dumps(tables, sort_keys=True) + "\n").encode()
    return {ending: encoder_file, f".decoder{ending}": decoder_file, ".tables.json": tables_file}


def export(root: Path, run: str, size: str, points: int, lambda_: float,
           out: Path) -> FoldingCheck:
    """Fold the codec of a lambda, compare it on test clouds, and write its files beside `out`.

    Raises ConfigError for an unknown ending or lambda, DataError where folding changes results.
    """
    if out.suffix not in WRITERS:
        raise ConfigError(f"--out {out.name}: let its name end in {PROGRAM} for a file of "
                          f"torch.export, in {SCRIPT} for one of TorchScript")
    context = JobContext(root, config.load(root, run))
    clouds = context.clouds("test")
    codec, _ = codec_of(context, size, points, clouds)
    chosen = spread(len(clouds), min(CHECKED_CLOUDS, len(clouds)))
    examples = clouds.first(points)[chosen]
    comparison = compare(codec, lambda_, examples)
    weights = file_digest(context.weights(curve_name(size, points)))
    facts = {"run": run, "size": size, "points": points, "lambda": lambda_,
             "classes": list(clouds.classes), "checked": asdict(comparison), "weights": weights}
    contents = files(codec, lambda_, facts, examples, out.suffix)
    for ending, content in contents.items():
        write_whole(out.with_suffix(ending), content)
    return comparison
