"""Weights and multiply-accumulates of the point codecs, counted on the built networks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lcpc import jobs as job_files
from lcpc.config import SIZES, Config
from lcpc.data.point_clouds import class_count
from lcpc.experiments import STATUS, JobContext, Rows, is_read
from lcpc.jobs import Job
from lcpc.metrics.architectures import layer_sizes
from lcpc.metrics.complexity import mac_count, weight_count
from lcpc.results.frames import frame_of
from lcpc.results.schema import Column

if TYPE_CHECKING:
    from lcpc.models.point_codec import PointCodec

KIND = "complexity"
FILES = ("csv", "json")

COLUMNS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "codec": Column("string", "proposed"),
    "size": Column("string", "full, lite or micro"),
    "encoder_layer_sizes": Column("string", "output widths of g_a, the groups after a slash"),
    "decoder_layer_sizes": Column("string", "output widths of the classifier after y_hat"),
    "encoder_weights": Column("integer", "weights of the convolutions of g_a"),
    "decoder_weights": Column("integer", "weights of the linear layers"),
    "trained_values": Column("integer", "all trained numbers: weights, biases, batch norm, "
                                        "gains, entropy model"),
    "encoder_macs_per_point": Column("integer", "multiply-accumulates of g_a for each point"),
    "decoder_macs": Column("integer", "multiply-accumulates of the classifier for each cloud"),
    **STATUS,
}


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for all sizes that the run trains, where one of its tables shows their complexity."""
    trained = {size for curve in config.proposed for size in curve.sizes}
    if trained and is_read(config, KIND):
        sizes = [size for size in SIZES if size in trained]
        options = {"sizes": sizes, "classes": class_count(config, root)}
        yield Job(config.run, __name__, job_files.rows(config.run, KIND, "point_codec"),
                  "complexity of the point codecs", values=options, options=options)


def run(job: Job, context: JobContext) -> Rows:
    """One row a size: widths, weights, trained values, MACs."""
    from lcpc.models.point_codec import PointCodec

    classes = job.options["classes"]
    codecs = [PointCodec(size, classes) for size in job.options["sizes"]]
    rows = frame_of([count(codec) for codec in codecs])
    return Rows(rows.assign(run=context.config.run, codec="proposed", evidence="measured",
                            status="done", note=""))


def count(codec: "PointCodec") -> dict[str, str | int]:
    """What one codec costs."""
    from lcpc.models.layers import trained_values, weighted_layers

    encoder, decoder = list(weighted_layers(codec.g_a)), list(weighted_layers(codec.h))
    return {
        "size": codec.size,
        "encoder_layer_sizes": layer_sizes(encoder), "decoder_layer_sizes": layer_sizes(decoder),
        "encoder_weights": weight_count(encoder), "decoder_weights": weight_count(decoder),
        "trained_values": trained_values(codec),
        "encoder_macs_per_point": mac_count(encoder), "decoder_macs": mac_count(decoder),
    }
