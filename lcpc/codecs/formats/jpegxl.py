"""JPEG XL as libjxl writes it: lossy, XYB colours, at the encoder's usual effort."""

from collections.abc import Generator, Iterator, Sequence

from lcpc.codecs.formats._boxes import BitReader, OtherFormat
from lcpc.codecs.formats._pillow import PLAIN
from lcpc.codecs.formats._plugin import PluginCodec

NAME = "jpegxl"
LABEL, COLOUR, MARKER = "JPEG XL", "#c0778a", "D"
QUALITIES = (1, *range(10, 100, 10), 95)
EFFORT = 7
SIGNATURE = b"\xff\x0a"
SIDE_BITS = (9, 13, 18, 30)
RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
USUAL, PICTURE, PATCHES = -1, 0, 2
"""Types of frames: the last one is the picture, those before it hold what is laid on it. A frame
whose header has usual values alone is a picture in one pass, as large as the file says."""
DCT, MODULAR = 0, 1
SPLINES, OF_A_FRAME = 16, 32
FLAGS = ((0, 0), (4, 1), (8, 17))
SIDES = ((8, 0), (11, 256), (14, 2304), (30, 18688))
SECTIONS = ((10, 0), (14, 1024), (22, 17408), (30, 4211712))
"""Numbers of several lengths: the bits of each, and what is added to them."""
GROUP, OF_MEANS = 128, 8
"""Side of the smallest group in pixels; of a group of means, in groups."""


def codec(quality: int) -> PluginCodec:
    """JPEG XL at `quality`, 0 to 99. One thread, as for the others' times."""
    setting = f"quality={quality} effort={EFFORT}"
    options = (("quality", quality), ("effort", EFFORT), ("num_threads", 1))
    return PluginCodec(NAME, quality, "JXL", "pillow_jxl", setting, options, "pillow-jxl-plugin",
                       sizes=sizes, **PLAIN)


def sizes(stream: bytes) -> Iterator[tuple[int, int]]:
    """(height, width) of the picture, and of each frame of patches before it.

    Frames are read as far as the encoder here writes them. How often a patch is laid on the picture
    is coded within it and not read: hostile patches may cost time, but no more memory. Source:
    ISO/IEC 18181-1, annexes D (size, metadata), F (frames) and J (filters).
    """
    if not stream.startswith(SIGNATURE):
        raise OtherFormat("it does not begin with a JPEG XL signature")
    bits = BitReader(stream, "little", begin=len(SIGNATURE))
    in_eights = bool(bits.take(1))
    height = side(bits, in_eights)
    ratio = bits.take(3)
    across, down = RATIOS[ratio - 1]
    yield height, height * across // down if ratio else side(bits, in_eights)
    if bits.take(2) != 0b11:
        raise ValueError("colours, extra channels or previews")
    bits = BitReader(stream, "little", bits.place)
    kind = frame_type(bits)
    if kind == PATCHES:
        sections = yield from patches(bits)
        end = after_sections(BitReader(stream, "little", bits.place), sections)
        bits = BitReader(stream, "little", end)
        kind = frame_type(bits)
    if kind not in (USUAL, PICTURE):
        raise ValueError("frames that are neither patches nor the picture")
    if kind == PICTURE:
        check_picture(bits)


def frame_type(bits: BitReader) -> int:
    """The type of a frame whose header begins here."""
    is_usual = bits.take(1)
    return USUAL if is_usual else bits.take(2)


def patches(bits: BitReader) -> Generator[tuple[int, int], None, int]:
    """(height, width) of a frame of patches; how many sections it has."""
    coding, flags, upsampling = bits.take(1), bits.take(2), bits.take(2)
    shift, has_size = bits.take(2), bits.take(1)
    if coding != MODULAR or flags or upsampling or not has_size:
        raise ValueError("patches that are not plain pixels")
    width, height = number(bits, SIDES), number(bits, SIDES)
    yield height, width
    bits.take(2 + 1)  # where it is kept, and in which colours
    if bits.take(11):
        raise ValueError("patches with a name, filters, extensions or sections in another order")
    groups = tiles(height, width, GROUP << shift)
    return 1 if groups == 1 else 2 + tiles(height, width, OF_MEANS * GROUP << shift) + groups


def after_sections(bits: BitReader, count: int) -> int:
    """The byte where a frame ends; the sizes of its sections are next."""
    total = sum(number(bits, SECTIONS) for _ in range(count))
    return bits.place + total


def check_picture(bits: BitReader) -> None:
    """Raises ValueError unless a frame is the last one, in one pass, as large as the picture."""
    coding, flags = bits.take(1), number(bits, FLAGS)
    bits.take(2 + 3 + 3)  # upsampling, scales of two colours
    passes, has_size, blending, is_last = (bits.take(count) for count in (2, 1, 2, 1))
    if coding != DCT or flags & (SPLINES | OF_A_FRAME) or passes or has_size or blending:
        raise ValueError("a picture that is not one frame in one pass")
    if not is_last:
        raise ValueError("frames after the picture")


def tiles(height: int, width: int, side_px: int) -> int:
    """How many squares of a side cover a picture."""
    return -(-height // side_px) * -(-width // side_px)


def side(bits: BitReader, in_eights: bool) -> int:
    """A height or width in pixels."""
    if in_eights:
        return 8 * (bits.take(5) + 1)
    return bits.take(SIDE_BITS[bits.take(2)]) + 1


def number(bits: BitReader, kinds: Sequence[tuple[int, int]]) -> int:
    """A number of one of four lengths, which two bits tell."""
    count, least = kinds[bits.take(2)]
    return least + bits.take(count)
