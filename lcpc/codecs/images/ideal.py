"""The bound of all that adapt the distributions: each picture coded with its own channel histograms, at no cost for them."""

from dataclasses import dataclass

from lcpc.codecs.image_base import TrainedBase, cross_entropy_bits
from lcpc.codecs.images.base import Parts, Picture
from lcpc.errors import BitstreamError, DataError

NAME = "ideal"
NO_STREAM = "ideal has no stream: its distributions are the picture's own, and no decoder knows them; it has an estimate only"


@dataclass(frozen=True, eq=False)
class IdealCodec:
    """The base with the distributions that suit the picture best."""

    base: TrainedBase
    name: str = NAME

    @property
    def quality(self) -> int:
        """Quality of the base."""
        return self.base.quality

    def encode(self, picture: Picture) -> bytes:
        """Raises DataError: there is no such stream."""
        raise DataError(NO_STREAM)

    def decode(self, stream: bytes) -> Picture:
        """Raises BitstreamError: there is no such stream."""
        raise BitstreamError(NO_STREAM)

    def reconstruct(self, picture: Picture) -> Picture:
        """What decoding gives, without a stream."""
        return self.base.reconstruct(picture)

    def parts(self, picture: Picture) -> Parts:
        """Entropy of the picture's own channel histograms, times its values; no side information."""
        counts, outside = self.base.counts(self.base.symbols(picture))
        own = counts / counts.sum(axis=1, keepdims=True).clip(1)
        return Parts(cross_entropy_bits(counts, own, outside), 0.0)


def codec(base: TrainedBase) -> IdealCodec:
    """The bound on a trained base."""
    return IdealCodec(base)
