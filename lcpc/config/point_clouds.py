"""The sections for point clouds beside codecs: data set, auxiliary decoders, and times."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, model_validator

from lcpc.config.base import Count, CountOrZero, Positive, Scale, Section, known_in
from lcpc.config.curves import Batch, Lambdas, Sizes, Training
from lcpc.config.input_compression import CODECS

DatasetName = Annotated[str, known_in("lcpc.data.point_clouds")]


def _sha256(text: str) -> str:
    if text and not re.fullmatch("[0-9a-fA-F]{64}", text):
        raise ValueError("it must have 64 hexadecimal digits")
    return text


class Dataset(Section):
    """`dataset:` says which clouds a run measures on."""

    name: DatasetName = "shapes40"
    """`shapes40` (embedded, made by lcpc), `modelnet40` (yours, in `folder`) or `folder` (your own
    objects); see docs/data.md."""
    folder: str = ""
    """Folder below the data root (`LCPC_DATA`, else `data/`); empty for data sets that lcpc makes
    itself."""
    source: str = ""
    """modelnet40 only: the official archive of meshes to make the clouds from; a path below the
    data root, or an address."""
    sha256: Annotated[str, AfterValidator(_sha256)] = ""
    """modelnet40 only: checksum of that archive, 64 hexadecimal digits; empty accepts any archive
    and says its checksum."""
    train_per_class: Count = 80
    """shapes40 only: training clouds a class."""
    test_per_class: Count = 25
    """shapes40 only: test clouds a class."""
    stored_points: Count = 1024
    """Points sampled from each mesh, from which P are drawn; the documents sample 8192."""

    @model_validator(mode="after")
    def _keys_fit_the_name(self) -> Self:
        if self.name == "folder" and not self.folder:
            raise ValueError("folder is empty, but name `folder` needs `folder:`, "
                             "the data set's folder below the data root")
        if self.name != "modelnet40" and (self.source or self.sha256):
            raise ValueError(f"name is {self.name!r}, but source and sha256 belong to `modelnet40`")
        return self


class Reconstruction(Section):
    """`reconstruction:` trains auxiliary decoders, which only show what is coded: y_hat of trained
    curves back to points."""

    sizes: Sizes = ("micro",)
    """Sizes of the proposed codec."""
    points: tuple[Count, ...] = ()
    """P of every size; empty is the largest P that each size is trained at."""
    lambdas: Lambdas = (10, 40, 320, 4000)
    """Columns of the figure; each is a lambda of the curve."""
    epochs: Count = 20
    """Passes over the training clouds."""
    batch: Batch = 32
    """Clouds in a step."""
    learning_rate: Positive = 1e-3
    """Of Adam, at the start."""
    test_clouds: CountOrZero = 200
    """Clouds of which the mean distances are measured, spread evenly over the test split; 0 is all
    of them."""

    @property
    def training(self) -> Training:
        """How the decoders train: each latent belongs to a cloud as it is, so none is changed."""
        return Training(epochs=self.epochs, batch=self.batch, learning_rate=self.learning_rate,
                        replacement=False, scale_jitter=0.0)


class Latency(Section):
    """`latency:` measures times on this machine, which plays the edge, against a server that is
    faster."""

    sizes: Sizes = ("micro",)
    """Sizes of the proposed codec."""
    points: tuple[Count, ...] = ()
    """P of every size; empty is the largest P that each size is trained at."""
    clouds: Count = 200
    """Clouds of which each time is the median."""
    server_speedup: Positive = 1000.0
    """How many times faster the server computes: tens of TFLOP/s of an accelerator, tens of GFLOP/s
    of a core (choice)."""
    input_codec: Annotated[str, known_in(CODECS, dashes=True, also=("raw",))] = "raw"
    """How a cloud goes to a server that does all the work: `raw` float32 costs the edge no time, a
    codec such as `draco` fewer bits."""
    input_scale: Scale = 64
    """S of that codec; the accuracy of input compression has settled by there (choice)."""
