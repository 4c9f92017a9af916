"""Boxes of ISO files (AVIF, HEIC, JPEG 2000) and bits of headers, read before a library sees them.

Only what the encoders here write is read: the size that a stream promises then follows from a few
bytes, and there is one picture of one stream. Broken contents raise ValueError, IndexError or
struct.error.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PREFIX = 8
FULL = 4
"""Version and flags, with which some boxes begin."""


class OtherFormat(ValueError):
    """The beginning of a file is that of no file of the format."""


@dataclass(frozen=True)
class IsoBox:
    """A box: its kind, such as b"meta", and what is in it."""

    kind: bytes
    content: bytes


def boxes(content: bytes) -> Iterator[IsoBox]:
    """The boxes that follow each other in `content` to its end."""
    begin = 0
    while begin < len(content):
        size, kind = struct.unpack_from(">I4s", content, begin)
        if not PREFIX <= size <= len(content) - begin:
            raise ValueError(f"a box of {size} bytes, where {len(content) - begin} are left")
        yield IsoBox(kind, content[begin + PREFIX:begin + size])
        begin += size


def only(kind: bytes, within: bytes) -> bytes:
    """The content of the one box of a kind. Raises ValueError for none and for several."""
    contents = [box.content for box in boxes(within) if box.kind == kind]
    if len(contents) != 1:
        raise ValueError(f"{len(contents)} boxes {kind.decode()} in place of one")
    return contents[0]


@dataclass(frozen=True)
class OneItem:
    """A HEIF file with one item: the contents of its properties' boxes, and its coded data."""

    properties: list[IsoBox]
    data: bytes

    @classmethod
    def read(cls, stream: bytes, brand: bytes, kind: bytes) -> "OneItem":
        """The item, of `kind`. Raises OtherFormat unless the file begins with its `brand`."""
        if stream[4:12] != b"ftyp" + brand:
            raise OtherFormat(f"it does not begin with {brand.decode()}")
        meta = only(b"meta", stream)[FULL:]
        (entry,) = boxes(only(b"iinf", meta)[FULL + 2:])
        if entry.content[FULL + 4:FULL + 8] != kind:
            raise ValueError(f"an item that is no {kind.decode()}")
        properties = only(b"ipco", only(b"iprp", meta))
        begin, size = cls._location(only(b"iloc", meta))
        if begin + size > len(stream):
            raise ValueError(f"an item that ends after {begin + size} bytes of {len(stream)}")
        return cls(list(boxes(properties)), stream[begin:begin + size])

    @staticmethod
    def _location(content: bytes) -> tuple[int, int]:
        version, widths, base_width, items = struct.unpack_from(">IBBH", content)
        kinds = {0x00: ">HHH2I", 0x40: ">HHIH2I"}
        if version or widths != 0x44 or base_width not in kinds or items != 1:
            raise ValueError("the item is not in one place, counted from the file's beginning")
        *_, extents, offset, size = struct.unpack(kinds[base_width], content[8:])
        if extents != 1:
            raise ValueError(f"an item in {extents} pieces")
        base = int.from_bytes(content[12:16], "big") if base_width else 0
        return base + offset, size

    def sizes(self) -> Iterator[tuple[int, int]]:
        """(height, width) of each property that says how large the picture is."""
        for box in self.properties:
            if box.kind == b"ispe":
                width, height = struct.unpack(">II", box.content[FULL:])
                yield height, width


class BitReader:
    """Unsigned numbers of some bits each; `order` "big": the most significant bit is first."""

    def __init__(self, content: bytes, order: Literal["big", "little"] = "big",
                 begin: int = 0) -> None:
        self._content, self._order, self._taken = content, order, 8 * begin

    @property
    def place(self) -> int:
        """Bytes before the next number, one that is begun counted whole."""
        return -(-self._taken // 8)

    def take(self, count: int) -> int:
        """The next `count` bits. Raises ValueError after the end."""
        begin, self._taken = self._taken, self._taken + count
        first, last = begin // 8, self.place
        if last > len(self._content):
            raise ValueError("a header that is cut")
        value = int.from_bytes(self._content[first:last], self._order)
        shift = begin - 8 * first if self._order == "little" else 8 * last - self._taken
        return value >> shift & (1 << count) - 1

    def exp_golomb(self) -> int:
        """The next number in the Exp-Golomb code of order 0, as in H.264 and H.265."""
        zeros = 0
        while not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)
