"""Symbols a second of the latent's coder on one core, beside CompressAI's own entropy model.

Both use CompressAI's rANS in C++; what differs is what happens around it. lcpc writes values
outside the tables apart, and decoding checks the stream by coding it again, which CompressAI does
not.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lcpc.bench import _options
from lcpc.bench._timing import machine_lines
from lcpc.entropy import integer_tables, rans
from lcpc.entropy.pmf import TOTAL, FrequencyTables
from lcpc.errors import ConfigError

CHANNELS, HEIGHT, WIDTH = 192, 32, 48
"""The latent of a 768 x 512 picture."""
BINS = 256
USED = 36
"""Channels that are not nearly always 0, as at quality 2."""
WIDEST, NARROWEST, UNUSED = 12.0, 0.5, 0.05
"""Standard deviations of the channels in use, from the widest to the narrowest, and of the rest."""
SEED = 1


class SymbolCoder(NamedTuple):
    """Ways to code the latent and back."""

    encode: Callable[[], Any]
    decode: Callable[[Any], NDArray[np.int64]]

arguments = partial(_options.add, rounds=9)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line a coder: medians of processor time."""
    if options.rounds < 1:
        raise ConfigError(f"--rounds {options.rounds}: name at least one")
    yield from machine_lines()
    symbols, tables = latent()
    yield (f"A latent of {len(symbols)} channels x {symbols.shape[1]} positions, {USED} of the "
           "channels in use.")
    coders = {"lcpc": lcpc_coder(symbols, tables)}
    if importlib.util.find_spec("compressai") is None:
        yield "CompressAI is not installed here: it is not measured."
    else:
        coders["CompressAI"] = compressai_coder(symbols, tables)
    yield ""
    yield "| coder | bytes | encode, Msymbols/s | decode, Msymbols/s |"
    yield "|---|--:|--:|--:|"
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in coders}
    sizes = {}
    for _ in range(options.rounds + 1):
        for name, coder in coders.items():
            sizes[name], *pair = measured(coder, symbols)
            times[name].append((pair[0], pair[1]))
    for name, pairs in times.items():
        # The first round pays for imports.
        rates = [symbols.size / statistics.median(side) / 1e6
                 for side in zip(*pairs[1:], strict=True)]
        yield f"| {name} | {sizes[name]} | {rates[0]:.2f} | {rates[1]:.2f} |"


def latent() -> tuple[NDArray[np.int64], FrequencyTables]:
    """Rounded normal values [M, n], few channels of them wide, and the tables that fit them."""
    rng = np.random.default_rng(SEED)
    spreads = np.full(CHANNELS, UNUSED)
    spreads[:USED] = np.geomspace(WIDEST, NARROWEST, USED)
    y = rng.normal(0, spreads[:, None], (CHANNELS, HEIGHT * WIDTH))
    values = np.arange(BINS) - BINS // 2
    logs = -(values / np.maximum(spreads, NARROWEST)[:, None])**2 / 2 / np.log(2)
    units = np.round(np.maximum(logs, -20.0) * integer_tables.LOG_UNITS).astype(np.int64)
    return np.round(y).astype(np.int64), integer_tables.of_logs(units, -(BINS // 2))


def measured(coder: SymbolCoder, symbols: NDArray[np.int64]) -> tuple[int, float, float]:
    """(bytes, seconds to encode, seconds to decode), in processor time.

    Raises ValueError unless the latent comes back.
    """
    started = time.process_time()
    stream = coder.encode()
    between = time.process_time()
    decoded = coder.decode(stream)
    ended = time.process_time()
    if not (decoded == symbols).all():
        raise ValueError("the latent did not come back; this is a defect of lcpc")
    return len(stream), between - started, ended - between


def lcpc_coder(symbols: NDArray[np.int64], tables: FrequencyTables) -> SymbolCoder:
    """What lcpc's codecs call."""
    count = symbols.shape[1]
    return SymbolCoder(lambda: rans.encode(symbols, tables),
                 lambda stream: rans.decode(stream, tables, count))


def compressai_coder(symbols: NDArray[np.int64], tables: FrequencyTables) -> SymbolCoder:
    """`compress` and `decompress` of CompressAI's entropy bottleneck, with the same tables."""
    import torch
    from compressai.entropy_models import EntropyBottleneck

    bottleneck = EntropyBottleneck(len(tables))
    rows = [[*cumulative, TOTAL] for _, cumulative, _ in tables.rows]
    longest = max(map(len, rows))
    padded = [row + [0] * (longest - len(row)) for row in rows]
    bottleneck._quantized_cdf = torch.tensor(padded, dtype=torch.int32)
    bottleneck._cdf_length = torch.tensor([len(row) for row in rows], dtype=torch.int32)
    bottleneck._offset = torch.tensor(tables.offset.tolist(), dtype=torch.int32)
    y = torch.from_numpy(symbols).float().view(1, len(tables), HEIGHT, WIDTH)

    def decode(stream: bytes) -> NDArray[np.int64]:
        """Symbols [channel, position] of a stream."""
        decoded = bottleneck.decompress([stream], (HEIGHT, WIDTH))
        return decoded.detach().long().view(len(tables), -1).numpy()

    return SymbolCoder(lambda: bottleneck.compress(y)[0], decode)
