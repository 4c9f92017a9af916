"""Context coding: what is decoded already predicts the distribution of what comes.

Beyond the documents, whose codecs give each channel one distribution a picture. On the same frozen
base and the same latent; no side information. A stream holds the picture's size, the few values of
channels that are not in use, and the others pass by pass (`lcpc.models.context_model`).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lcpc.codecs.images.base import (
    Checkpoint,
    OnBase,
    Picture,
    RateEstimate,
    as_picture,
    header,
    sealed,
)

if TYPE_CHECKING:
    from lcpc.codecs.context_model import TrainedContext

NAME = "context"
LABEL, COLOUR, MARKER = "context, beyond the documents", "#117a65", "P"
WEIGHTS = ("image_base", "context")


@dataclass(frozen=True, eq=False)
class ContextCodec(OnBase):
    """The base with a context model."""

    model: "TrainedContext"
    name: str

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError unless `picture` is uint8 [H, W, 3]."""
        from lcpc.codecs.image_base import steps

        symbols, size = self.base.symbols(as_picture(picture)), picture.shape[:2]
        return sealed(header(*size) + self.model.encode(symbols, *steps(*size)))

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for a stream that `encode` can't write."""
        from lcpc.codecs.image_base import steps

        height, width, _, rest = self.base.opened(stream)
        symbols = self.model.decode(rest, *steps(height, width))
        return self.base.picture(symbols, height, width)

    def estimate(self, picture: Picture) -> RateEstimate:
        """Code lengths of the latent's values, each under its own distribution."""
        from lcpc.codecs.image_base import steps

        symbols = self.base.symbols(as_picture(picture))
        return RateEstimate(self.model.bits(symbols, *steps(*picture.shape[:2])), 0.0)


def codec(image_base: Checkpoint, context: Checkpoint) -> ContextCodec:
    """The codec of a trained base and its context model."""
    return named(NAME, image_base, context)


def named(name: str, image_base: Checkpoint, context: Checkpoint) -> ContextCodec:
    """The codec under the name of its size."""
    from lcpc.codecs.context_model import TrainedContext
    from lcpc.codecs.image_base import TrainedBase

    base = TrainedBase.load(*image_base)
    return ContextCodec(base, TrainedContext.load(*context, base), name)
