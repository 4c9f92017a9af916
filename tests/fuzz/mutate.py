"""Hostile versions of good files: bytes, words and numbers changed, cut and repeated, also inside gzip and zip."""

import gzip
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

Mutator = Callable[[bytes, random.Random], bytes]
LARGE = 1 << 16
PACKINGS = (*[zipfile.ZIP_STORED] * 20, *[zipfile.ZIP_DEFLATED] * 4, zipfile.ZIP_LZMA)
"""Most members are stored: to make a compressor takes longer than to parse what it packs."""
LONG_ONES = 100
"""One word in so many is a long one: they take most of the time."""

NUMBERS = ("-1", "0", "1e999", "-inf", "nan", "9" * 30, "0.5", "1e-320", "-0", "0x10", "1_000", "٣",
           str(2**31), str(2**63), str(2**64), "true", "null", "", " ", "1,2", "-9" * 20)
WORDS = ("\0", "\ufeff", "\r", "\n\n", '"', "'", "\\", "{", "[" * 30, ",,,", "\t", "é",
         "\ud7ff", "2020-13-45", "2020-01-01T00:00:00Z", "../../x", "/etc/passwd", "&a [*a, *a]", "!!python/object:os.system ls",
         "None", "a" * 300, "#", "<script>", "%s", "\u2028", "- - - -", "? ", "1:2:3")
EITHER = NUMBERS + WORDS
LONG = ("9" * 5000, "[" * 3000, "[" * 100_000, "{\"a\":" * 2000, "a" * 70_000, "a,b\n" * 5000)
VALUES: tuple[Any, ...] = (None, True, -1, 0, 2**70, 1e308, -0.0, float("nan"), float("inf"), "", "\0", "../..", "\ud800", "n" * 300, [], {},
                           [[[[]]]], {"": {"": None}}, [None], [1, "a", None], "99999", "1:2", {"a": 1})
LONG_VALUES: tuple[Any, ...] = ("x" * 5000, "9" * 5000, 10**4000, [0] * 5000, {str(n): n for n in range(1000)})



def changed_bytes(data: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, cut out, put in, repeated, or the rest cut off."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        at = rng.randrange(len(changed) + 1)
        match rng.randrange(7):
            case 0:
                changed[at:at + 1] = bytes([rng.randrange(256)])
            case 1:
                changed[at:at + 1] = bytes([changed[at] ^ 1 << rng.randrange(8)]) if at < len(changed) else b"\xff"
            case 2:
                del changed[at:at + rng.choice((1, 2, 4, 100))]
            case 3:
                changed[at:at] = rng.randbytes(rng.choice((1, 2, 4, 30)))
            case 4:
                changed[at:at] = changed[at:at + rng.choice((1, 8, 200))]
            case 5:
                changed[at:at + 4] = rng.choice((b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f", b"\0\0\0\x80"))
            case _:
                del changed[at:]
    return bytes(changed)


def changed_words(data: bytes, rng: random.Random) -> bytes:
    """A word or number of a text put in the place of another, lines dropped, doubled and swapped."""
    text = data.decode("utf-8", "replace")
    lines = text.split("\n")
    at = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            lines[at:at + 1] = [lines[at]] * rng.choice((0, 2, 50))
        case 1:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 2:
            begin = rng.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:begin] + word(rng) + lines[at][begin + rng.randrange(6):]
        case _:
            separator = rng.choice((",", " ", ": ", "\t", "="))
            words = lines[at].split(separator)
            words[rng.randrange(len(words))] = word(rng)
            lines[at] = separator.join(words)
    return "\n".join(lines).encode("utf-8", "replace")


def word(rng: random.Random) -> str:
    """A number or word that parsers may not expect."""
    return rng.choice(EITHER if rng.randrange(LONG_ONES) else LONG)


def value(rng: random.Random) -> Any:
    """A value of a JSON that readers may not expect."""
    return rng.choice(VALUES if rng.randrange(LONG_ONES) else LONG_VALUES)


def changed_json(data: bytes, rng: random.Random) -> bytes:
    """A value somewhere in a JSON replaced by another kind of value, dropped, or moved one level down."""
    content = json.loads(data)
    places = list(_places(content))
    for _ in range(rng.choice((1, 1, 3))):
        holder, key = rng.choice(places)
        match rng.randrange(4):
            case 0 if isinstance(holder, dict):
                holder.pop(key, None)
            case 1:
                holder[key] = {"x": value(rng)}
            case _:
                holder[key] = value(rng)
    return json.dumps(content).encode("utf-8", "replace")


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def inside_gzip(inner: Mutator) -> Mutator:
    """The text inside a gzip changed, and packed again."""

    def mutate(data: bytes, rng: random.Random) -> bytes:
        return gzip.compress(inner(gzip.decompress(data), rng), 1, mtime=0)

    return mutate


class Member(NamedTuple):
    """A file in a zip, and its checksum."""

    name: str
    content: bytes
    crc: int


def member(name: str, content: bytes) -> Member:
    return Member(name, content, zlib.crc32(content))


@lru_cache(maxsize=16)
def members(data: bytes) -> tuple[Member, ...]:
    """The files of a zip; those of a good one are unpacked once for all inputs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple(member(name, archive.read(name)) for name in archive.namelist())


def stored(files: Iterable[Member]) -> bytes:
    """A zip that is not packed: zipfile takes ten times as long to write it."""
    out, directory, count = bytearray(), bytearray(), 0
    for name, content, crc in files:
        raw, size = name.encode(), len(content)
        fields = struct.pack("<5H3L2H", 20, 0x800, 0, 0, 0x21, crc, size, size, len(raw), 0)
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, len(out)) + raw
        out += b"PK\3\4" + fields + raw + content
        count += 1
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(out), 0)
    return bytes(out + directory + end)


def packed(files: Iterable[Member], kind: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", kind) as target:
        for name, content, _ in files:
            target.writestr(name, content)
    return out.getvalue()


def inside_zip(inner: Mutator) -> Mutator:
    """A member of a zip changed, renamed or dropped, and packed again with a right checksum."""

    def mutate(data: bytes, rng: random.Random) -> bytes:
        files = list(members(data))
        at = rng.randrange(len(files))
        name, content, _ = files[at]
        kind = zipfile.ZIP_STORED if len(data) > LARGE else rng.choice(PACKINGS)
        files[at:at + 1] = [member(name, inner(content, rng))] if rng.randrange(8) else []
        return stored(files) if kind == zipfile.ZIP_STORED else packed(files, kind)

    return mutate


def noise(data: bytes, rng: random.Random) -> bytes:
    """Random bytes after a beginning that is right."""
    return data[:rng.choice((0, 4, 16))] + rng.randbytes(rng.randrange(300))


BINARY = (changed_bytes, changed_bytes, noise)
TEXT = (changed_words, changed_words, changed_bytes)
JSON = (changed_json, changed_json, changed_words, changed_bytes)
ZIPPED = (inside_zip(changed_bytes), inside_zip(changed_bytes), changed_bytes, noise)
GZIPPED = (inside_gzip(changed_words), inside_gzip(changed_words), changed_bytes)
