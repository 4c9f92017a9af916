"""Shared by the codecs that Pillow brings: a picture to the bytes of a real file and back; hostile files are refused."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcpc.codecs.images.base import Parts, Picture, as_picture, is_codable
from lcpc.errors import BitstreamError, DataError, MissingTool


@dataclass(frozen=True)
class PillowCodec:
    """One codec at one setting. `kind` is Pillow's name of the format, `feature` that of the library behind it."""

    name: str
    quality: int
    kind: str
    feature: str
    setting: str
    options: tuple[tuple[str, Any], ...]

    def missing(self) -> str:
        """Why it can't run here and the way out, or ""."""
        import PIL
        from PIL import features

        known = features.modules.keys() | features.codecs.keys()
        if self.feature in known and features.check(self.feature):
            return ""
        return (f"this build of Pillow ({PIL.__version__}) has no {self.kind}; the wheels at their pinned version have it: "
                "pip install --force-reinstall -r envs/requirements.txt")

    def versions(self) -> dict[str, str]:
        """Pillow and the library behind the codec, as rows' provenance names them."""
        import PIL
        from PIL import features

        return {"pillow": PIL.__version__, self.feature: str(features.version(self.feature))}

    def encode(self, picture: Picture) -> bytes:
        """The whole file. Raises MissingTool if `missing()`, DataError for what is no picture or too large for the format."""
        from PIL import Image

        if reason := self.missing():
            raise MissingTool(reason)
        rgb, file = as_picture(picture), io.BytesIO()
        try:
            Image.fromarray(rgb).save(file, self.kind, **dict(self.options))
        except (OSError, ValueError) as error:
            raise DataError(f"{self.name} can't hold a picture of {rgb.shape[1]} x {rgb.shape[0]} pixels: {error}") from error
        return file.getvalue()

    def decode(self, stream: bytes) -> Picture:
        """The picture of a file. Raises BitstreamError for what is no whole file of this format."""
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(io.BytesIO(stream), formats=(self.kind,)) as image:
                if not is_codable(image.height, image.width):
                    raise BitstreamError(f"{self.name}: the file claims {image.width} x {image.height} pixels; it is damaged")
                return np.array(image.convert("RGB"))
        except UnidentifiedImageError as error:
            raise BitstreamError(f"{self.name}: {len(stream)} bytes that are no file of it") from error
        except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, Image.DecompressionBombError) as error:
            raise BitstreamError(f"{self.name}: the file is cut or damaged: {error}") from error

    def parts(self, picture: Picture) -> Parts | None:
        """None: no model stands behind a file format, its stream is all there is."""
        return None

    def reconstruct(self, picture: Picture) -> Picture | None:
        """None: the encoder keeps what it reconstructs to itself."""
        return None
