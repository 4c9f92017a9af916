"""Context coding with a network of about as many multiplications as the documents' own."""

from lcpc.codecs.images.base import Checkpoint
from lcpc.codecs.images.context import ContextCodec, of_size

NAME = "context-small"
LABEL, COLOUR, MARKER = "context, small, beyond the documents", "#44aa99", "p"
WEIGHTS = ("image_base", "context")
SIZE = "small"


def codec(image_base: Checkpoint, context: Checkpoint) -> ContextCodec:
    """The codec of a trained base and its context model."""
    return of_size(image_base, context, NAME, SIZE)
