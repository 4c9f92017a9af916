"""In which time one core decodes a latent with a context model, for each order of `context_orders`.

Whole decoders: a real stream of a 768 x 512 picture's latent to integers, in the arithmetic and by
the code of the codecs. Weights are random and values are made, in groups and tables as large as
those of run zoo at quality 2: neither weights nor pictures are needed. The base's own decoding
beside it ends in a picture.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lcpc.bench import _options, latent_coding
from lcpc.bench._timing import machine_lines
from lcpc.bench.context_orders import HEIGHT, WIDTH, orders, sees_itself, steps_of
from lcpc.entropy import rans
from lcpc.errors import ConfigError

if TYPE_CHECKING:
    from lcpc.codecs.context_model import TrainedContext
    from lcpc.codecs.image_base import Symbols
    from lcpc.models.context_model import ContextShape, Pass

N, M = 128, 192
"""Widths of the base."""
SEED = 1


class ModelSize(NamedTuple):
    """Widths of a model, and the largest value of each group that has a probability of its own."""

    groups: tuple[int, ...]
    embedded: int
    hidden: int
    logistics: int
    largest: tuple[int, ...]

    @property
    def shape(self) -> "ContextShape":
        """Settings of the model."""
        from lcpc.models.context_model import ContextShape

        return ContextShape(self.groups, self.embedded, self.hidden, self.logistics)


SIZES = {
    "context-small": ModelSize((2, 4, 6, 7, 8, 9), 6, 18, 2, (44, 19, 12, 8, 7, 6)),
    "context": ModelSize((1, 2, 3, 4, 4, 5, 5, 6, 6), 32, 62, 3, (45, 19, 19, 12, 9, 8, 7, 6, 6)),
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    _options.add(parser, rounds=3)


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for the base, and one for each model and order: medians, measured in turn."""
    if options.rounds < 1:
        raise ConfigError(f"--rounds {options.rounds}: name at least one")
    yield from machine_lines()
    yield f"A latent of {WIDTH} x {HEIGHT} positions; processor time on one core."
    yield ""
    yield "| model | order | steps | decoding, ms | of the base's time |"
    yield "|---|---|--:|--:|--:|"
    yield from lines(options.rounds)


def lines(rounds: int) -> Iterator[str]:
    """The table's lines."""
    from lcpc.trainer.process import prepare_process

    prepare_process(1)
    known = orders()
    cases = [(name, words) for name in SIZES for words in known]
    coders = [context_coder(SIZES[name], known[words]) for name, words in cases]
    base_s, *seconds = decoding_seconds([base_coder(), *coders], rounds)
    yield f"| the base alone | | 1 | {1e3 * base_s:.0f} | 1.00 |"
    for (name, words), decode_s in zip(cases, seconds, strict=True):
        steps = len(SIZES[name].groups) * steps_of(known[words])
        yield f"| {name} | {words} | {steps} | {1e3 * decode_s:.0f} | {decode_s / base_s:.2f} |"


class CodedLatent(NamedTuple):
    """A coder and the latent that it codes."""

    coder: latent_coding.SymbolCoder
    symbols: "Symbols"


def decoding_seconds(coders: Sequence[CodedLatent], rounds: int) -> list[float]:
    """Median processor time to decode, of each coder in turn; a first round is not counted."""
    seconds: list[list[float]] = [[] for _ in coders]
    for _ in range(rounds + 1):
        for times, (coder, symbols) in zip(seconds, coders, strict=True):
            times.append(latent_coding.measured(coder, symbols)[2])
    return [statistics.median(times[1:]) for times in seconds]


def context_coder(size: ModelSize, passes: "Sequence[Pass]") -> CodedLatent:
    """A model of random weights, and a latent of values near 0."""
    model = random_model(size, passes)
    rng = np.random.default_rng(SEED)
    values = np.round(rng.normal(0, 1, (model.m, HEIGHT * WIDTH))).astype(np.int64)
    stream = model.encode(values, HEIGHT, WIDTH)
    return CodedLatent(latent_coding.SymbolCoder(
        lambda: stream, lambda stream: model.decode(stream, HEIGHT, WIDTH)), values)


def random_model(size: ModelSize, passes: "Sequence[Pass]") -> "TrainedContext":
    """A model in whole numbers, of all channels of a base that has no others."""
    import torch

    from lcpc.bench._diagonals import DiagonalContext
    from lcpc.codecs.context_model import TrainedContext
    from lcpc.models.context_model import ContextModel
    from lcpc.models.exact_context import ExactContext, whole_state

    torch.manual_seed(SEED)
    state = whole_state(ContextModel(size.shape, passes))
    network = ExactContext.of(size.shape, state, "the random model", passes)
    kind = DiagonalContext if sees_itself(passes) else TrainedContext
    channels = sum(size.groups)
    return kind(network, channels, np.arange(channels), size.largest)


def base_coder() -> CodedLatent:
    """The static codec of a base with random weights, which also makes the picture."""
    import torch

    from lcpc.codecs.image_base import TrainedBase
    from lcpc.models.image_factorized import STEP, ImageBase

    network = ImageBase(N, M, SEED).eval().to(memory_format=torch.channels_last)
    base = TrainedBase(network, 0, np.zeros((M, 1), np.int64), "random weights")
    symbols, tables = latent_coding.latent()
    stream = rans.encode(symbols, tables)

    def decode(stream: bytes) -> "Symbols":
        """Integers of the latent, of which a picture was made."""
        decoded = rans.decode(stream, tables, symbols.shape[1])
        base.picture(decoded, STEP * HEIGHT, STEP * WIDTH)
        return decoded

    return CodedLatent(latent_coding.SymbolCoder(lambda: stream, decode), symbols)
