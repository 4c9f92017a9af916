"""Weights and multiply-accumulates of the point codecs, counted on networks that are really built."""

from typing import TYPE_CHECKING

from lcpc.metrics.architectures import layer_sizes
from lcpc.metrics.complexity import mac_count, weight_count
from lcpc.models.describe import decoder_layers, encoder_layers, trained_values
from lcpc.models.point_codec import PointCodec, Shape

if TYPE_CHECKING:
    import pandas


def counted(sizes: tuple[str, ...]) -> "pandas.DataFrame":
    """One row a size: widths, weights, trained values, MACs."""
    import pandas

    return pandas.DataFrame([count(PointCodec(Shape(size, 1))) for size in sizes])


def count(codec: PointCodec) -> dict[str, str | int]:
    """What one member of a built codec costs."""
    encoder, decoder = encoder_layers(codec), decoder_layers(codec)
    return {
        "size": codec.shape.size, "encoder_layer_sizes": layer_sizes(encoder), "decoder_layer_sizes": layer_sizes(decoder),
        "encoder_weights": weight_count(encoder), "decoder_weights": weight_count(decoder),
        "trained_values": trained_values(codec, codec.shape.members),
        "encoder_macs_per_point": mac_count(encoder), "decoder_macs": mac_count(decoder),
    }
