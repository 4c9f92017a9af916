"""A project with the published numbers and the rows of a synthetic run, never committed; codecs that use few channels."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lcpc.results import schema
from lcpc.results.store import Results, write_rows

CLASS_COUNTS = {f"class {index}": 10 for index in range(40)}
Measure = Callable[..., Results]


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
        clouds = 2468 if dataset == "modelnet40" else 100
        for (codec, size, points), found in curves.items():
            rows = [{**dict.fromkeys(schema.columns("rate_accuracy")), "run": run, "dataset": dataset, "codec": codec,
                     "size": size or None, "points": points, "samples": clouds, "rate_bits": rate, "stream_bits": rate,
                     "top1_percent": top1, "seed": 1, "evidence": "measured", "status": "done", **more}
                    for rate, top1 in found]
            of_seed = f"seed{more['seed']}" if more.get("seed", 1) != 1 else ""
            name = "_".join(part for part in (codec, size, f"P{points}", of_seed) if part)
            path = project / "results" / run / "rate_accuracy" / f"{name}.csv"
            write_rows(path, "rate_accuracy", pd.DataFrame(rows), provenance)
        return Results(project, run)

    return write


@pytest.fixture
def with_channels():
    """with_channels(3, 9): micro codecs that use the first so many of 16 channels, and clouds that show it."""
    import torch

    from lcpc import fast
    from lcpc.models.point_codec import PointCodec

    def make(*counts):
        codec = fast.stack([PointCodec("micro")] * len(counts))
        x = torch.randn(40, 3, 20, generator=torch.Generator().manual_seed(1))
        for _ in range(50):  # running statistics
            codec(x, torch.Generator().manual_seed(2))
        with torch.no_grad():
            for index, count in enumerate(counts):
                codec.gain[index, :, count:] = 1e-5
                codec.gain_decoder[index] = 0.5
        codec.entropy_bottleneck.solve_medians()
        return codec.unstack(), x

    return make
