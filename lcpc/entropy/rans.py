"""Codes the integers of an image's latent with CompressAI's range coder (rANS), a table a channel.

A stream may have several parts, each with tables of its own: a decoder can then make the tables of
a part from the integers before it.

The coder is CompressAI's, in C++. The escapes are lcpc's: values outside a table's support are
written in bytes before the coder's words. CompressAI would put them among the words and, given a
hostile stream, read beyond its end. Decoding stops where the symbols so far cost more bits than the
stream has.
"""

import importlib.util
import sys
from array import array
from collections.abc import Iterator, Sequence
from importlib.machinery import PathFinder
from itertools import chain
from types import ModuleType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.entropy.pmf import PRECISION_BITS, TOTAL, VALUE_LIMIT, FrequencyTables
from lcpc.errors import BitstreamError, DataError, MissingTool

Integers = NDArray[np.int64]
TabledSymbols: TypeAlias = tuple[NDArray[np.integer], FrequencyTables]
"""Integers [channel, n] and their tables."""
CODER = "compressai.ans"
WORD_BYTES = 4
STATE_BYTES = 8
SYMBOL_BYTES = 2
"""Most bytes that decoding one symbol reads: 16 bits of probability."""
LEAST_SYMBOLS = 4
"""The coder reserves a word for each symbol, but writes two words after them."""
PIECE = 1 << 15
"""Symbols that are coded at once: the coder takes and gives lists."""
BYTE_VALUES = 256
ROUNDING = 1e-3
"""Part of its cost that the coder's rounding may save; in truth below 2^-15."""

CodingPlan: TypeAlias = tuple[list[int], list[list[int]], list[int], list[int]]
CodedSymbols: TypeAlias = tuple[list[int], CodingPlan]
"""Table entries of a piece, and what the coder asks for with them."""


def encode(symbols: NDArray[np.integer], tables: FrequencyTables) -> bytes:
    """The stream of integers [channel, n]. Raises DataError as `encode_parts`."""
    return encode_parts([(symbols, tables)])


def encode_parts(parts: Sequence[TabledSymbols]) -> bytes:
    """The stream of integers [channel, n] of several sets of tables, one part after another.

    Raises DataError for values beyond +-32767, and for less than 4 integers.
    """
    count = sum(symbols.size for symbols, _ in parts)
    if count < LEAST_SYMBOLS:
        raise DataError(f"{count} integers can't be coded, at least {LEAST_SYMBOLS} are")
    coded: list[CodedSymbols] = []
    distances: list[int] = []
    for symbols, tables in parts:
        entries, outside = _entries(symbols, tables)
        distances += outside
        coded += _coded_symbols(entries, tables)
    return _stream(coded, distances)


def _stream(coded: Sequence[CodedSymbols], distances: Sequence[int]) -> bytes:
    """The stream of table entries, piece by piece, and of how far escaped values are outside."""
    encoder, extra = _ans().BufferedRansEncoder(), b"".join(map(numeral, distances))
    for entries, plan in coded:
        encoder.encode_with_indexes(entries, *plan)
    words: bytes = encoder.flush()
    return numeral(len(extra)) + extra + words


def _coded_symbols(entries: Integers, tables: FrequencyTables) -> list[CodedSymbols]:
    """Table entries [channel, n] for the coder; of tables that are used once, what is used."""
    flat, count = entries.ravel(), entries.shape[1]
    if count == 1:
        return [_one_table(tables.start + flat, tables)]
    return [(flat[piece].tolist(), plan) for piece, plan in _pieces(tables, count)]


def _one_table(place: Integers, tables: FrequencyTables) -> CodedSymbols:
    """Symbols at places of `cumulative` for the coder, which reads of a table no more than where
    an entry begins and ends: one table of all beginnings and ends codes them to the same bytes."""
    ends = np.stack([tables.cumulative[place], tables.cumulative[place + 1]], axis=1)
    table = [*ends.ravel().tolist(), TOTAL, TOTAL]
    entries = list(range(0, ends.size, 2))
    return entries, ([0] * len(entries), [table], [len(table)], [0])


def escapes(parts: Sequence[TabledSymbols]) -> bytes:
    """The values outside the supports of their tables, as bytes."""
    distances = (_entries(symbols, tables)[1] for symbols, tables in parts)
    return b"".join(map(numeral, chain.from_iterable(distances)))


def decode(stream: bytes, tables: FrequencyTables, count: int) -> Integers:
    """The integers [channel, count] of a stream. Raises BitstreamError as `RansDecoder`."""
    decoder = RansDecoder(stream, len(tables) * count)
    values = decoder.take(tables, count)
    decoder.check()
    return values


def least_bits(tables: FrequencyTables) -> float:
    """What no value of each channel, taken together, costs less than."""
    return _least_bits(_bits_of_entries(tables), tables)


def _least_bits(bits: NDArray[np.float64], tables: FrequencyTables) -> float:
    return float(np.minimum.reduceat(bits, tables.start).sum())


class RansDecoder:
    """Takes a stream's integers part by part, so that the tables of a part may depend on those
    before it.

    symbols: how many integers the stream holds. Raises BitstreamError for a stream of a size that
    they can't have, and at once where those of a part must cost more bits than the stream has: work
    and memory stay in proportion to it.
    """

    def __init__(self, stream: bytes, symbols: int) -> None:
        self._stream = stream
        self._extra, self._words = _split(stream, symbols)
        self._coder, self._bits = _ans().RansDecoder(), 0.0
        self._coder.set_stream(self._words + bytes(STATE_BYTES + WORD_BYTES + SYMBOL_BYTES * PIECE))
        self._coded: list[CodedSymbols] = []
        self._distances: list[int] = []

    def take(self, tables: FrequencyTables, count: int) -> Integers:
        """The next integers [channel, count]. Raises BitstreamError for values out of bounds."""
        entry = self._taken(tables, count)
        last = tables.length[:, None] - 2
        escaped = entry > last
        if escaped.any():
            entry[escaped] = self._unfolded(np.broadcast_to(last, entry.shape)[escaped])
        values = entry + tables.offset[:, None]
        if abs(values).max(initial=0) >= VALUE_LIMIT:
            raise self._refusal()
        return values

    def check(self) -> None:
        """Raises BitstreamError unless the integers that were taken have this very stream."""
        if self._extra or _stream(self._coded, self._distances) != self._stream:
            raise self._refusal()

    def _taken(self, tables: FrequencyTables, count: int) -> Integers:
        """Table entries [channel, count] of the next words."""
        bits = _bits_of_entries(tables)
        self.promise(count * _least_bits(bits, tables))
        entry = np.empty(len(tables) * count, dtype=np.int64)
        start = np.repeat(tables.start, count)
        for piece, plan in _pieces(tables, count):
            entries = self._coder.decode_stream(*plan)
            entry[piece] = _array(entries, int(tables.length.max()))
            place = start[piece] + entry[piece]
            self._coded.append(_one_table(place, tables) if count == 1 else (entries, plan))
            self._bits += bits[place].sum()
            self.promise(0.0)
        return entry.reshape(len(tables), count)

    def promise(self, promised: float) -> None:
        """Raises BitstreamError if the stream can't hold so many bits after what was taken."""
        bits = self._bits + promised
        if bits * (1 - ROUNDING) > 8 * len(self._words):
            raise BitstreamError(
                f"the stream's {len(self._words)} bytes of latent can't hold what they promise, at "
                f"least {bits:.0f} bits: it is cut, damaged or of another model")

    def _unfolded(self, last: Integers) -> Integers:
        if len(last) > len(self._extra):
            raise BitstreamError(
                f"the stream of {len(self._stream)} bytes has {len(self._extra)} bytes for "
                f"{len(last)} escaped values: it is damaged or of another model")
        entries = []
        for top in last.tolist():
            number, self._extra = read_numeral(self._extra)
            self._distances.append(number)
            entry = -(number + 1) // 2 if number % 2 else top + 1 + number // 2
            entries.append(entry)
        return np.array(entries, dtype=np.int64)

    def _refusal(self) -> BitstreamError:
        return BitstreamError(
            f"the stream of {len(self._stream)} bytes was cut, extended, damaged, or written by "
            "another model: its symbols have another one")


def _entries(values: NDArray[np.integer],
             tables: FrequencyTables) -> tuple[Integers, list[int]]:
    """Table entries [channel, n] of integers, and how far the escaped ones are outside.

    Raises DataError for values beyond +-32767.
    """
    values = values.astype(np.int64, copy=False)
    largest = max(int(values.max(initial=0)), -int(values.min(initial=0)))
    if largest >= VALUE_LIMIT:
        raise DataError(
            f"a latent reaches {largest}, but values beyond +-{VALUE_LIMIT - 1} can't be coded. "
            "Is the model's training stable?")
    entry = values - tables.offset[:, None]
    last = tables.length[:, None] - 2
    escaped = (entry < 0) | (entry > last)
    if not escaped.any():
        return entry, []
    return np.where(escaped, last + 1, entry), _folded(entry, last)[escaped].tolist()


def _bits_of_entries(tables: FrequencyTables) -> NDArray[np.float64]:
    """What each entry costs, beside `cumulative`; infinite at the ends of channels."""
    frequency = np.diff(tables.cumulative, append=0)
    bits = PRECISION_BITS - np.log2(np.maximum(frequency, 1))
    bits[frequency < 1] = np.inf
    return bits


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


def _array(entries: list[int], length: int) -> NDArray[np.integer]:
    """The numbers 0 ... length - 1 of a list; numpy alone takes twice to six times as long."""
    if length <= BYTE_VALUES:
        return np.frombuffer(bytes(entries), np.uint8)
    return np.frombuffer(array("q", entries), np.int64)


def _folded(entry: Integers, last: Integers) -> Integers:
    """How far outside its support an entry is: 0, 2, 4 ... above it, 1, 3, 5 ... below it."""
    return np.where(entry < 0, -2 * entry - 1, 2 * (entry - last - 1))


def _pieces(tables: FrequencyTables, count: int) -> Iterator[tuple[slice, CodingPlan]]:
    """The symbols [channel * count] in pieces, each with what the coder asks for: each symbol's
    table, the tables, their lengths and offsets.

    The coder takes a table's last entry for its own escape; here it has no width and never occurs.
    """
    for begin in range(0, len(tables) * count, PIECE):
        end = min(begin + PIECE, len(tables) * count)
        first, last = begin // count, (end - 1) // count
        starts, lengths = tables.start[first:last + 1], tables.length[first:last + 1]
        flat = tables.cumulative[starts[0]:starts[-1] + lengths[-1] + 1]
        index = np.repeat(np.arange(len(starts)), count)[begin - first * count:][:end - begin]
        yield slice(begin, end), (index.tolist(), _rows(flat, lengths), (lengths + 2).tolist(),
                                  [0] * len(starts))


def _rows(flat: Integers, lengths: Integers) -> list[list[int]]:
    """Tables of these lengths, one after another in `flat`, as lists that end in 2^16 twice."""
    if (lengths == lengths[0]).all():
        # [tables, entries]: numpy makes lists of equal lengths in half the time
        rows = np.full((len(lengths), lengths[0] + 2), TOTAL)
        rows[:, :-1] = flat.reshape(len(lengths), -1)
        equal: list[list[int]] = rows.tolist()
        return equal
    numbers, ends = flat.tolist(), np.cumsum(lengths + 1).tolist()
    return [[*numbers[end - length - 1:end], TOTAL]
            for end, length in zip(ends, lengths.tolist(), strict=True)]


def _ans() -> ModuleType:
    """CompressAI's coder alone: the package itself would import torchvision and torch_geometric,
    seconds of work in each process. Raises MissingTool where it is not installed."""
    if CODER not in sys.modules:
        package = importlib.util.find_spec(CODER.partition(".")[0])
        folders = package.submodule_search_locations if package else None
        spec = PathFinder.find_spec(CODER, folders or [])
        if spec is None or spec.loader is None:
            raise MissingTool(f"{CODER}, the coder of image streams, is not installed. "
                              "Run `make setup` with Python 3.11 or 3.12.")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[CODER] = module  # a later import of the package finds it here
    return sys.modules[CODER]
