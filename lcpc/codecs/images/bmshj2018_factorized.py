"""bmshj2018-factorized: every picture is coded with the base's static distributions."""

from lcpc.codecs.images._rates import cross_entropy_bits, probabilities
from lcpc.codecs.images.base import Checkpoint, OnBase, Picture, RateEstimate
from lcpc.entropy import rans

NAME = "bmshj2018-factorized"
LABEL, COLOUR, MARKER = NAME, "#7d9b1c", "X"
WEIGHTS = ("image_base",)


class FactorizedCodec(OnBase):
    """The base alone."""

    name = NAME

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError unless `picture` is uint8 [H, W, 3]."""
        return self.base.stream(picture, b"", self.base.symbols(picture), self.base.tables)

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for a stream that `encode` can't write."""
        height, width, positions, rest = self.base.opened(stream)
        symbols = rans.decode(rest, self.base.tables, positions)
        return self.base.picture(symbols, height, width)

    def estimate(self, picture: Picture) -> RateEstimate:
        """Cross-entropy of the picture's values and the static distributions."""
        counts, outside = self.base.counts(self.base.symbols(picture))
        bits = cross_entropy_bits(counts, probabilities(self.base.logs), outside)
        return RateEstimate(bits, 0.0)


def codec(image_base: Checkpoint) -> FactorizedCodec:
    """The codec of a trained base."""
    from lcpc.codecs.image_base import TrainedBase

    return FactorizedCodec(TrainedBase.load(*image_base))
