"""bmshj2018-factorized as a codec: every picture is coded with the base's static distributions."""

from dataclasses import dataclass

from lcpc.codecs.image_base import TrainedBase, cross_entropy_bits, probabilities
from lcpc.codecs.images.base import Parts, Picture
from lcpc.entropy import rans

NAME = "bmshj2018-factorized"


@dataclass(frozen=True, eq=False)
class FactorizedCodec:
    """The base alone."""

    base: TrainedBase
    name: str = NAME

    @property
    def quality(self) -> int:
        """Quality of the base."""
        return self.base.quality

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError for what is no picture."""
        return self.base.stream(picture, b"", self.base.symbols(picture), self.base.tables)

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for what this base can't have written."""
        height, width, positions, rest = self.base.opened(stream)
        return self.base.picture(rans.decode(rest, self.base.tables, positions), height, width)

    def reconstruct(self, picture: Picture) -> Picture:
        """What decoding gives, without a stream."""
        return self.base.reconstruct(picture)

    def parts(self, picture: Picture) -> Parts:
        """Cross-entropy of the picture's values under the static distributions; no side information."""
        counts, outside = self.base.counts(self.base.symbols(picture))
        return Parts(cross_entropy_bits(counts, probabilities(self.base.logs), outside), 0.0)


def codec(base: TrainedBase) -> FactorizedCodec:
    """The codec of a trained base."""
    return FactorizedCodec(base)
