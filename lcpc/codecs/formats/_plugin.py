"""File formats that a package of its own adds to Pillow; rows say `skipped` where it is missing."""

import importlib
import importlib.util
from dataclasses import dataclass
from importlib import metadata

from lcpc.codecs.formats._pillow import PillowCodec
from lcpc.codecs.images.base import Picture


@dataclass(frozen=True)
class PluginCodec(PillowCodec):
    """A format at one setting; `feature` is the module that adds it, `package` its name at PyPI."""

    package: str

    def missing(self) -> str:
        """Why it can't run here and the way out, or ""."""
        if importlib.util.find_spec(self.feature) is None:
            return (f"{self.package}, which adds {self.kind} to Pillow, is not installed: "
                    "pip install -r envs/requirements.txt")
        return ""

    def libraries(self) -> dict[str, str]:
        """Versions of Pillow and of the package, whose wheels hold the library that codes."""
        import PIL

        return {"pillow": PIL.__version__, self.package: metadata.version(self.package)}

    def encode(self, picture: Picture) -> bytes:
        """The whole file; errors as for Pillow's own formats."""
        self._register()
        return super().encode(picture)

    def decode(self, stream: bytes) -> Picture:
        """The picture of a file. Raises BitstreamError unless it is a whole file of this format."""
        self._register()
        return super().decode(stream)

    def _register(self) -> None:
        """Add the format to Pillow, which some packages do when they are imported."""
        if self.missing():
            return
        module = importlib.import_module(self.feature)
        if register := getattr(module, "register_heif_opener", None):
            register()
