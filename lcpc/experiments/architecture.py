"""Layers of all networks, read off the built modules while they run once, for the diagrams."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lcpc import config as configs
from lcpc import jobs as job_files
from lcpc.config import HIGH_RATE, LOW_RATE, SIZES, Config, Curve, ImageNetwork
from lcpc.data.point_clouds import class_count
from lcpc.experiments import STATUS, JobContext, Rows, is_read
from lcpc.jobs import Job
from lcpc.results.schema import Column

KIND = "architecture"
FILES = ("csv", "json")

COLUMNS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "model": Column("string", "proposed, pointnet, reconstruction, bmshj2018-factorized, "
                              "bmshj2018-hyperprior, distribution"),
    "configuration": Column("string", "full, lite or micro for point clouds; low or high rate "
                                      "for images, own for a run's own"),
    "part": Column("string", "g_a, gain, entropy model, decoder gain, classifier, decoder, g_s, "
                             "h_a, h_s, h_a,q, h_s,q, ..."),
    "index": Column("integer", "place of the layer in the order in which a value passes the "
                               "network, from 0"),
    "module": Column("string", "dotted name of the built module or parameter; layers of one "
                               "block share it"),
    "layer": Column("string", "Conv1d, ConvTranspose2d, Linear, BN, ReLU, GDN, max-pool, gain, "
                              "dropout, channel shuffle, ..."),
    "c_in": Column("integer", "channels before the layer"),
    "c_out": Column("integer", "channels after the layer"),
    "kernel": Column("string", "size of the kernel, as `5 x 5`; empty without one"),
    "stride": Column("integer", "stride of a convolution, up where transposed, else empty"),
    "groups": Column("integer", "groups of a convolution or channel shuffle, else empty"),
    "input_shape": Column("string", "shape before the layer without the batch, as `3 x 1024`; "
                                    "images are 64 x 64 pixels"),
    "output_shape": Column("string", "shape after the layer, likewise"),
    "weights": Column("integer", "weights of a convolution, linear layer or GDN without biases, "
                                 "else 0"),
    "setting": Column("float", "rate of a dropout, constant factor of a gain, else empty"),
    **STATUS,
}


@dataclass(frozen=True)
class PointSetting:
    """A size of the point codec: P, whether BN and ReLU follow the 256 layer, and classes."""

    size: str
    points: int
    head_norm: bool = True
    classes: int = 40


def jobs(config: Config, root: Path) -> Iterator[Job]:
    """One job for all networks, where a figure of the run draws them; run `published` too."""
    if not is_read(config, KIND):
        return
    points = [asdict(setting) for setting in point_settings(config, root)]
    images = {name: configs.plain(network) for name, network in image_networks(config).items()}
    yield Job(config.run, __name__, job_files.rows(config.run, KIND, "networks"),
              "layers of the networks",
              values={"point_clouds": points, "images": images, "slope": image_slope(config)})


def run(job: Job, context: JobContext) -> Rows:
    """One row a layer of every network of the run."""
    from lcpc.experiments._architecture import layers

    config = context.config
    rows = layers(point_settings(config, context.root), image_networks(config), image_slope(config))
    return Rows(rows.assign(run=config.run, evidence="measured", status="done", note=""))


def point_settings(config: Config, root: Path) -> list[PointSetting]:
    """All sizes, each as the run trains it at its largest P, else as the documents have it."""
    curves = sorted(config.proposed, key=lambda curve: max(curve.points))
    trained = {size: curve for curve in curves for size in curve.sizes}
    default = curves[-1] if curves else Curve()
    classes = class_count(config, root)
    settings = []
    for size in SIZES:
        curve = trained.get(size, default)
        settings.append(PointSetting(size, max(curve.points), curve.head_norm, classes))
    return settings


def image_networks(config: Config) -> dict[str, ImageNetwork]:
    """Widths of the run's image codecs by their names: low and high are the documents' own.

    A run without images shows these.
    """
    documented = {"low": LOW_RATE, "high": HIGH_RATE}
    images = config.images
    if images is None:
        return documented
    networks: list[ImageNetwork] = []
    for quality in images.qualities:
        if images.network(quality) not in networks:
            networks.append(images.network(quality))
    others = [network for network in networks if network not in documented.values()]
    names = ["own"] if len(others) == 1 else [f"own {rank}" for rank in range(1, len(others) + 1)]
    named = documented | dict(zip(names, others, strict=True))
    name_of = {network: name for name, network in named.items()}
    return {name_of[network]: network for network in networks}


def image_slope(config: Config) -> float:
    """Slope below zero of the units of the run's distribution model; 0 (ReLU) without images."""
    return config.images.distribution_slope if config.images else 0.0
