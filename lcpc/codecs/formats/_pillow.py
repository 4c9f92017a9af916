"""File formats by Pillow: a picture to a real file and back; hostile files are refused."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from lcpc.codecs.formats._boxes import OtherFormat
from lcpc.codecs.images.base import Picture, as_picture, is_codable
from lcpc.errors import BitstreamError, DataError, MissingTool, refusing

BLOCK_PIXELS = 16 * 16
PLAIN: dict[str, Any] = {"least_bits": 2.0, "free_pixels": 1 << 19}
"""For formats that hold a flat picture of any size in some hundred bytes: those of up to 2^19
pixels are decoded whatever they take, larger ones if they take a bit for 128 pixels."""


@dataclass(frozen=True)
class PillowCodec:
    """A format at one setting; `kind` is Pillow's name of it, `feature` that of its library."""

    name: str
    quality: int
    kind: str
    feature: str
    setting: str
    options: tuple[tuple[str, Any], ...]
    least_bits: float = field(default=0.0, kw_only=True)
    """What 16 x 16 pixels take at least, where the format says: files that promise more pixels are
    refused before memory is taken for them."""
    free_pixels: int = field(default=0, kw_only=True)
    """Pictures of so many pixels may take fewer bits."""
    sizes: Callable[[bytes], Iterator[tuple[int, int]]] | None = field(default=None, kw_only=True)
    """Each (height, width) in a file, where its library believes another than Pillow's."""
    origin: ClassVar[str] = ""
    has_stream: ClassVar[bool] = True

    def missing(self) -> str:
        """Why it can't run here and the way out, or ""."""
        import PIL
        from PIL import features

        known = features.modules.keys() | features.codecs.keys()
        if self.feature in known and features.check(self.feature):
            return ""
        return (f"this build of Pillow ({PIL.__version__}) has no {self.kind}; the wheels at their "
                "pinned version have it: pip install --force-reinstall -r envs/requirements.txt")

    def libraries(self) -> dict[str, str]:
        """Versions of Pillow and of the library that codes the format."""
        import PIL
        from PIL import features

        return {"pillow": PIL.__version__, self.feature: str(features.version(self.feature))}

    def encode(self, picture: Picture) -> bytes:
        """The whole file.

        Raises MissingTool if `missing()`, DataError unless `picture` is uint8 [H, W, 3] of a size
        that the format can hold, in a file that `decode` takes.
        """
        from PIL import Image

        if reason := self.missing():
            raise MissingTool(reason)
        rgb, file = as_picture(picture), io.BytesIO()
        try:
            Image.fromarray(rgb).save(file, self.kind, **dict(self.options))
        except (OSError, ValueError) as error:
            size = f"{rgb.shape[1]} x {rgb.shape[0]}"
            message = f"{self.name} can't hold a picture of {size} pixels: {error}"
            raise DataError(message) from error
        stream = file.getvalue()
        if self._refusal(stream, *rgb.shape[:2]):
            raise DataError(f"{self.name} holds this picture of {rgb.shape[1]} x {rgb.shape[0]} "
                            f"pixels in {len(stream)} bytes, too few to be decoded again: it is "
                            "as good as empty; leave it out")
        return stream

    def decode(self, stream: bytes) -> Picture:
        """The picture of a file. Raises BitstreamError unless it is a whole file of this format."""
        from PIL import Image, UnidentifiedImageError

        way_out = "code the picture again"
        with refusing(BitstreamError, f"{self.name}: the file", "is cut or damaged", way_out):
            try:
                for size in self.sizes(stream) if self.sizes else ():
                    self._check(stream, *size)
                image = Image.open(io.BytesIO(stream), formats=(self.kind,))
            except (UnidentifiedImageError, OtherFormat) as error:
                message = f"{self.name}: {len(stream)} bytes that are no file of it"
                raise BitstreamError(message) from error
            self._check(stream, image.height, image.width)
            return np.array(image.convert("RGB"))

    def _check(self, stream: bytes, height: int, width: int) -> None:
        if reason := self._refusal(stream, height, width):
            raise BitstreamError(f"{self.name}: {reason}")

    def _refusal(self, stream: bytes, height: int, width: int) -> str:
        """Why a file is not decoded that claims a picture of this size, or ""."""
        size = f"{width} x {height}"
        if not is_codable(height, width):
            return f"the file claims {size} pixels; it is damaged"
        pixels = height * width
        if pixels <= self.free_pixels or 8 * len(stream) >= self.least_bits * pixels / BLOCK_PIXELS:
            return ""
        return f"{len(stream)} bytes can't hold {size} pixels; the file is cut or damaged"

    def estimate(self, picture: Picture) -> None:
        """None: a file format has no model, only its stream."""

    def expected(self, picture: Picture) -> None:
        """None: the encoder does not give the picture that it reconstructs."""
