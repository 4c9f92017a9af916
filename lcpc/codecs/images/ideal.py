"""The bound of all codecs that adapt distributions: each picture's own histograms for free."""

from lcpc.codecs.images._rates import cross_entropy_bits, shares
from lcpc.codecs.images.base import Checkpoint, OnBase, Picture, RateEstimate
from lcpc.errors import BitstreamError, DataError

NAME = "ideal"
LABEL, COLOUR, MARKER = "ideal", "#0072b2", ""
WEIGHTS = ("image_base",)
NO_STREAM = ("ideal has no stream: its distributions are the picture's own, and no decoder knows "
             "them; it has an estimate only")


class IdealCodec(OnBase):
    """The base with the distributions that suit the picture best; it has no stream."""

    name = NAME
    has_stream = False

    def encode(self, picture: Picture) -> bytes:
        """Raises DataError: there is no such stream."""
        raise DataError(NO_STREAM)

    def decode(self, stream: bytes) -> Picture:
        """Raises BitstreamError: there is no such stream."""
        raise BitstreamError(NO_STREAM)

    def estimate(self, picture: Picture) -> RateEstimate:
        """Entropy of the picture's own channel histograms, times its values."""
        counts, outside = self.base.counts(self.base.symbols(picture))
        return RateEstimate(cross_entropy_bits(counts, shares(counts), outside), 0.0)


def codec(image_base: Checkpoint) -> IdealCodec:
    """The bound on a trained base."""
    from lcpc.codecs.image_base import TrainedBase

    return IdealCodec(TrainedBase.load(*image_base))
