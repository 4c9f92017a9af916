"""A project with the published numbers and the rows of a synthetic run, never committed; a codec that uses few latents."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from lcpc.models.point_codec import PointCodec, Shape
from lcpc.results import schema
from lcpc.results.store import Results, write_rows

CLASS_COUNTS = {f"class {index}": 10 for index in range(40)}
Measure = Callable[..., Results]
Used = Callable[..., tuple[PointCodec, Tensor]]


@pytest.fixture
def project(tmp_path: Path, root: Path) -> Path:
    shutil.copytree(root / "results" / "published", tmp_path / "results" / "published")
    return tmp_path


@pytest.fixture
def published(project: Path) -> Results:
    return Results(project, "published")


@pytest.fixture
def measure(project: Path) -> Measure:
    """Writes curves of a run: measure("demo", "shapes40", {("draco", "", 64): [(bits, percent), ...]})."""
    Points = list[tuple[float, float]]

    def write(run: str, dataset: str, curves: dict[tuple[str, str, int], Points],
              class_counts: dict[str, int] | None = None, **more: Any) -> Results:
        counts = class_counts or (CLASS_COUNTS if dataset != "modelnet40" else None)
        provenance = {"class_counts": counts} if counts else {}
        for (codec, size, points), found in curves.items():
            rows = [{**dict.fromkeys(schema.RATE_ACCURACY), "run": run, "dataset": dataset, "codec": codec,
                     "size": size or None, "points": points, "samples": 100, "rate_bits": rate, "stream_bits": rate,
                     "top1_percent": top1, "seed": 1, "evidence": "measured", "status": "done", **more}
                    for rate, top1 in found]
            name = "_".join(part for part in (codec, size, f"P{points}") if part)
            path = project / "results" / run / "rate_accuracy" / f"{name}.csv"
            write_rows(path, "rate_accuracy", pd.DataFrame(rows), provenance)
        return Results(project, run)

    return write


@pytest.fixture
def used() -> Used:
    """used(3, 9): a micro codec whose members use the first so many of 16 latents, and clouds that show it."""

    def make(*counts: int) -> tuple[PointCodec, Tensor]:
        codec, x = PointCodec(Shape("micro", len(counts))), torch.randn(40, 3, 20, generator=torch.Generator().manual_seed(1))
        for _ in range(50):  # running statistics
            codec(x, torch.Generator().manual_seed(2))
        with torch.no_grad():
            for member, count in enumerate(counts):
                codec.gain[member, :, count:] = 1e-5
                codec.gain_decoder[member] = 0.5
        codec.settle()
        return codec.eval(), x

    return make
