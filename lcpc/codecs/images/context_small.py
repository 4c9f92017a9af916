"""Context coding by a network of about as many multiplications as the larger of the documents'."""

from lcpc.codecs.images.base import Checkpoint
from lcpc.codecs.images.context import ContextCodec, named

NAME = "context-small"
LABEL, COLOUR, MARKER = "context, small, beyond the documents", "#44aa99", "p"
WEIGHTS = ("image_base", "context_small")


def codec(image_base: Checkpoint, context: Checkpoint) -> ContextCodec:
    """The codec of a trained base and its context model."""
    return named(NAME, image_base, context)
