"""Codes the integers of an image's latent with CompressAI's range coder (rANS), a table a channel.

The coder is CompressAI's, in C++. The escapes are lcpc's: values outside a table's support are
written in bytes before the coder's words. CompressAI would put them among the words and, given a
hostile stream, read beyond its end. Decoding stops where the symbols so far cost more bits than the
stream has.
"""

import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.entropy.pmf import PRECISION_BITS, TOTAL, VALUE_LIMIT, FrequencyTables
from lcpc.errors import BitstreamError, DataError

Integers = NDArray[np.int64]
WORD_BYTES = 4
STATE_BYTES = 8
SYMBOL_BYTES = 2
"""Most bytes that decoding one symbol reads: 16 bits of probability."""
LEAST_SYMBOLS = 4
"""The coder reserves a word for each symbol, but writes two words after them."""
PIECE = 1 << 15
"""Symbols that are coded at once: the coder takes and gives lists."""
ROUNDING = 1e-3
"""Part of its cost that the coder's rounding may save; in truth below 2^-15."""

Plan: TypeAlias = tuple[list[int], list[list[int]], list[int], list[int]]


def encode(symbols: NDArray[np.integer], tables: FrequencyTables) -> bytes:
    """The stream of integers [channel, n].

    Raises DataError for values beyond +-32767, and for less than 4 integers.
    """
    values = symbols.astype(np.int64)
    largest = int(abs(values).max(initial=0))
    if largest >= VALUE_LIMIT:
        raise DataError(
            f"a latent reaches {largest}, but values beyond +-{VALUE_LIMIT - 1} can't be coded. "
            "Is the model's training stable?")
    if values.size < LEAST_SYMBOLS:
        raise DataError(f"{values.size} integers can't be coded, at least {LEAST_SYMBOLS} are")
    entry = values - tables.offset[:, None]
    last = tables.length[:, None] - 2
    escaped = (entry < 0) | (entry > last)
    distances = _folded(entry, last)[escaped].tolist()
    extra = b"".join(map(numeral, distances))
    coded = np.where(escaped, last + 1, entry).ravel()
    encoder = _ans().BufferedRansEncoder()
    for piece, plan in _pieces(tables, values.shape[1]):
        encoder.encode_with_indexes(coded[piece].tolist(), *plan)
    words: bytes = encoder.flush()
    return numeral(len(extra)) + extra + words


def decode(stream: bytes, tables: FrequencyTables, count: int) -> Integers:
    """The integers [channel, count] of a stream.

    Raises BitstreamError where `encode` with these tables can't have made it: at once where they
    must cost more bits than the stream has, so that work and memory stay in proportion to it.
    """
    extra, words = _split(stream, len(tables) * count)
    entry = _entries(words, tables, count)
    last = tables.length[:, None] - 2
    escaped = entry > last
    if escaped.sum() > len(extra):
        raise BitstreamError(
            f"the stream of {len(stream)} bytes has {len(extra)} bytes for {escaped.sum()} escaped "
            "values: it is damaged or of another model")
    entry[escaped] = _unfolded(extra, np.broadcast_to(last, entry.shape)[escaped])
    values = entry + tables.offset[:, None]
    if abs(values).max(initial=0) >= VALUE_LIMIT or encode(values, tables) != stream:
        raise BitstreamError(
            f"the stream of {len(stream)} bytes was cut, extended, damaged, or written by another "
            "model: its symbols have another one")
    return values


def _entries(words: bytes, tables: FrequencyTables, count: int) -> Integers:
    """Table entries [channel, count] of the coder's words."""
    bits = _bits_of_entries(tables)
    least = np.minimum.reduceat(bits, tables.start)
    _check_cost(count * least.sum(), words)
    entry = np.empty(len(tables) * count, dtype=np.int64)
    decoder, cost = _ans().RansDecoder(), 0.0
    decoder.set_stream(words + bytes(STATE_BYTES + WORD_BYTES + SYMBOL_BYTES * PIECE))
    for piece, plan in _pieces(tables, count):
        entry[piece] = decoder.decode_stream(*plan)
        channel = np.arange(piece.start, piece.stop) // count
        cost += bits[tables.start[channel] + entry[piece]].sum()
        _check_cost(cost, words)
    return entry.reshape(len(tables), count)


def _bits_of_entries(tables: FrequencyTables) -> NDArray[np.float64]:
    """What each entry costs, beside `cumulative`; infinite at the ends of channels."""
    frequency = np.diff(tables.cumulative, append=0)
    bits = PRECISION_BITS - np.log2(np.maximum(frequency, 1))
    bits[frequency < 1] = np.inf
    return bits


def _check_cost(bits: float, words: bytes) -> None:
    if bits * (1 - ROUNDING) > 8 * len(words):
        raise BitstreamError(
            f"the stream's {len(words)} bytes of latent can't hold what they promise, at least "
            f"{bits:.0f} bits: it is cut, damaged or of another model")


def _split(stream: bytes, symbols: int) -> tuple[bytes, bytes]:
    """(bytes of the escapes, words of the coder), both of a length that `symbols` can have."""
    size, rest = read_numeral(stream)
    extra, words = rest[:size], rest[size:]
    most = STATE_BYTES + WORD_BYTES + SYMBOL_BYTES * symbols
    is_whole = len(extra) == size and len(words) % WORD_BYTES == 0
    if not is_whole or not STATE_BYTES <= len(words) <= most:
        raise BitstreamError(
            f"the stream of {len(stream)} bytes is cut or extended: {symbols} symbols have "
            f"{STATE_BYTES} to {most} bytes in whole words")
    return extra, words


def _folded(entry: Integers, last: Integers) -> Integers:
    """How far outside its support an entry is: 0, 2, 4 ... above it, 1, 3, 5 ... below it."""
    return np.where(entry < 0, -2 * entry - 1, 2 * (entry - last - 1))


def _unfolded(extra: bytes, last: Integers) -> Integers:
    entries = []
    for top in last.tolist():
        number, extra = read_numeral(extra)
        entry = -(number + 1) // 2 if number % 2 else top + 1 + number // 2
        entries.append(entry)
    if extra:
        raise BitstreamError(
            f"the stream holds {len(extra)} bytes of escaped values too many: "
            "it is of another model")
    return np.array(entries, dtype=np.int64)


def _pieces(tables: FrequencyTables, count: int) -> Iterator[tuple[slice, Plan]]:
    """The symbols [channel * count] in pieces, each with what the coder asks for: each symbol's
    table, the tables, their lengths and offsets.

    The coder takes a table's last entry for its own escape; here it has no width and never occurs.
    """
    for begin in range(0, len(tables) * count, PIECE):
        end = min(begin + PIECE, len(tables) * count)
        first, last = begin // count, (end - 1) // count
        channels = range(first, last + 1)
        spans = [(tables.start[channel], tables.length[channel]) for channel in channels]
        cumulative = [[*tables.cumulative[start:start + length + 1].tolist(), TOTAL]
                      for start, length in spans]
        index = np.arange(begin, end) // count - first
        lengths = [len(row) for row in cumulative]
        yield slice(begin, end), (index.tolist(), cumulative, lengths, [0] * len(channels))


def _ans() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch warns at CompressAI's import
        from compressai import ans
    return ans
