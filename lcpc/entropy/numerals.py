"""Whole numbers as bytes, few for small ones: sizes and counts in the streams of image codecs.

>>> numeral(300).hex(), read_numeral(numeral(300) + b"more")
('ac02', (300, b'more'))
"""

from lcpc.errors import BitstreamError

MOST_BYTES = 5


def numeral(value: int) -> bytes:
    """A number from 0 to 2^35 - 1: seven bits a byte, lowest first, top bit set if more follow."""
    digits = bytearray()
    while value >= 128:
        digits.append(value % 128 + 128)
        value //= 128
    return bytes(digits) + bytes([value])


def read_numeral(stream: bytes) -> tuple[int, bytes]:
    """(number, the rest). Raises BitstreamError for a number that is cut or longer than 5 bytes."""
    value = 0
    for place, digit in enumerate(stream[:MOST_BYTES]):
        value += digit % 128 << 7 * place
        if digit < 128:
            return value, stream[place + 1:]
    raise BitstreamError(
        f"the stream is cut or damaged: its last {len(stream)} bytes do not begin with a number")
