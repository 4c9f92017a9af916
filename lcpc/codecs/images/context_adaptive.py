"""Context coding that learns a picture's distributions: do the gains of both add up?

The context model predicts a table for each value. The documents' model sends p_hat, a picture's
own distributions. Each table is multiplied by (p_hat / p_hat_static)^a of its channel, and
rescaled. The encoder tries a = 0, 1/4 ... 1 and takes what gives the shortest stream: at a = 0
nothing but a byte is added. Beyond the documents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lcpc.codecs.images._rates import BYTE_BITS, shares
from lcpc.codecs.images.base import (
    Checkpoint,
    OnBase,
    Picture,
    RateEstimate,
    as_picture,
    header,
    sealed,
    take,
)
from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.entropy.rans import TabledSymbols
from lcpc.errors import BitstreamError

if TYPE_CHECKING:
    from lcpc.codecs.context_model import Ratios, TrainedContext
    from lcpc.codecs.distribution_model import TrainedDistribution
    from lcpc.codecs.image_base import Symbols

NAME = "context-adaptive"
LABEL, COLOUR, MARKER = "context and ours together, beyond the documents", "#882255", "X"
WEIGHTS = ("image_base", "context", "distribution")
PARTS = 4
"""The exponent a is a whole number of so many parts, 0 to 1; a byte of the stream holds it."""


class Choice(NamedTuple):
    """An exponent with what it sends before the latent, and the values and tables of that."""

    side: bytes
    parts: list[TabledSymbols]


@dataclass(frozen=True, eq=False)
class Networks:
    """Both models, as `image_cost` counts them."""

    context: "TrainedContext"
    distribution: "TrainedDistribution"

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return self.context.parameters + self.distribution.parameters

    def macs(self, positions: int) -> float:
        """Multiply-accumulates for a latent of so many positions."""
        return self.context.macs(positions) + self.distribution.macs(positions)


@dataclass(frozen=True, eq=False)
class ContextAdaptiveCodec(OnBase):
    """The base with a context model and a distribution model."""

    context: "TrainedContext"
    distribution: "TrainedDistribution"
    name = NAME

    @property
    def model(self) -> Networks:
        """The networks beside the base's."""
        return Networks(self.context, self.distribution)

    def encode(self, picture: Picture) -> bytes:
        """The whole stream. Raises DataError unless `picture` is uint8 [H, W, 3]."""
        symbols = self.base.symbols(as_picture(picture))
        choice = self._shortest(symbols, picture)
        body = self.context.stream(symbols, choice.parts)
        return sealed(header(*picture.shape[:2]) + choice.side + body)

    def decode(self, stream: bytes) -> Picture:
        """The decoded picture. Raises BitstreamError for a stream that `encode` can't write."""
        from lcpc.codecs.image_base import steps

        height, width, _, rest = self.base.opened(stream)
        (exponent,), rest = take(rest, 1, "the exponent")
        if exponent > PARTS:
            raise BitstreamError(f"the stream's exponent is {exponent}, more than {PARTS}: it is "
                                 "damaged or of another codec")
        ratios: Ratios = ()
        if exponent:
            size, rest = read_numeral(rest)
            coded, rest = take(rest, size, "the distributions")
            ratios = self._ratios(self.distribution.decode(coded), exponent)
        symbols = self.context.decode(rest, *steps(height, width), ratios)
        return self.base.picture(symbols, height, width)

    def estimate(self, picture: Picture) -> RateEstimate:
        """Code lengths of the latent's values and of what is sent before them."""
        symbols = self.base.symbols(as_picture(picture))
        choice = self._shortest(symbols, picture)
        bits = self.context.bits_of(symbols, choice.parts)
        return RateEstimate(bits, BYTE_BITS * len(choice.side))

    def _shortest(self, symbols: "Symbols", picture: Picture) -> Choice:
        """The exponent that costs least; of equals, the smallest."""
        return min(self._choices(symbols, picture), key=lambda choice: self._bits(symbols, choice))

    def _choices(self, symbols: "Symbols", picture: Picture) -> Iterator[Choice]:
        from lcpc.codecs.image_base import steps

        counts, _ = self.base.counts(symbols)
        q_hat = self.distribution.q_of(shares(counts))
        coded = self.distribution.encode(q_hat)
        parts = self.context.parts(symbols, *steps(*picture.shape[:2]))
        yield Choice(bytes([0]), parts)
        for exponent in range(1, PARTS + 1):
            side = bytes([exponent]) + numeral(len(coded)) + coded
            yield Choice(side, self.context.adapted(parts, self._ratios(q_hat, exponent)))

    def _bits(self, symbols: "Symbols", choice: Choice) -> float:
        return self.context.bits_of(symbols, choice.parts) + BYTE_BITS * len(choice.side)

    def _ratios(self, q_hat: "Symbols", exponent: int) -> "Ratios":
        """(p_hat / p_hat_static)^a of each channel."""
        logs = self.distribution.logs_of(q_hat) - self.base.logs
        return self.context.ratios(logs * exponent // PARTS, self.base.first)


def codec(image_base: Checkpoint, context: Checkpoint,
          distribution: Checkpoint) -> ContextAdaptiveCodec:
    """The codec of a trained base, its context model and its distribution model."""
    from lcpc.codecs.context_model import TrainedContext
    from lcpc.codecs.distribution_model import TrainedDistribution
    from lcpc.codecs.image_base import TrainedBase

    base = TrainedBase.load(*image_base)
    return ContextAdaptiveCodec(base, TrainedContext.load(*context, base),
                                TrainedDistribution.load(*distribution, base))
