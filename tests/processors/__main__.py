"""Makes tables, figures, rows and streams with the code that libraries keep for other processors.

    python -m tests.processors                      # all kinds of processor
    python -m tests.processors --kinds sse haswell

numpy, OpenBLAS, MKL and torch choose their code by the processor. Environment variables make them
take that of another one; a kind that this processor can't run is left out. Each kind makes all
products in a process of its own. Those of EXACT must be equal, byte for byte, and are compared with
the committed ones where there are any; of the others the command only says whether they are.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"
KINDS = {
    "as it is": {},
    "sse": {"OPENBLAS_CORETYPE": "Prescott", "ATEN_CPU_CAPABILITY": "default",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
            "NPY_DISABLE_CPU_FEATURES": f"AVX2 FMA3 {AVX512}"},
    "haswell": {"OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2",
                "MKL_ENABLE_INSTRUCTIONS": "AVX2", "NPY_DISABLE_CPU_FEATURES": AVX512},
    "zen": {"OPENBLAS_CORETYPE": "Zen", "ATEN_CPU_CAPABILITY": "avx2",
            "NPY_DISABLE_CPU_FEATURES": AVX512},
    "skylakex": {"OPENBLAS_CORETYPE": "SkylakeX", "ATEN_CPU_CAPABILITY": "avx512"},
}
EXACT = ("table", "figure", "rows", "streams", "image")
"""First words of products that are the same everywhere."""
CLOUDS = 20
CURVES = ("results/workstation/rate_accuracy/proposed_micro_P64",
          "results/beyond/mixed/micro_P1024_seed1")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.processors", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--run", default="published")
    parser.add_argument("--products", action="store_true", help="print those of this process")
    options = parser.parse_args()
    if options.products:
        print(json.dumps(dict(products(options.run))))
        return 0
    made = {kind: result for kind in options.kinds if (result := of_kind(kind, options.run))}
    return int(bool(report(made)))


def of_kind(kind: str, run: str) -> dict[str, list[str]]:
    """Products by name: their digest, and that of the committed ones or "". {} where this processor
    can't run the code."""
    command = [sys.executable, "-m", "tests.processors", "--products", "--run", run]
    environment = {**os.environ, **KINDS[kind], "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, check=False,
                          capture_output=True)
    if done.returncode < 0:
        print(f"{kind}: this processor can't run it")
        return {}
    if done.returncode:
        raise SystemExit(f"{kind}: {done.stderr}")
    result: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return result


def report(made: dict[str, dict[str, list[str]]]) -> list[str]:
    """Say what is the same; names of exact products that are not."""
    different = []
    first = next(iter(made))
    for name, (digest, committed) in made[first].items():
        apart = [kind for kind in made if made[kind].get(name, [""])[0] != digest]
        is_other = bool(committed) and committed != digest
        if name.startswith(EXACT) and (apart or is_other):
            different.append(name)
        words = f"differs for {', '.join(apart)} from {first}" if apart else "the same"
        print(f"{name}: {words}{', but not as committed' if is_other else ''}")
    print(f"{len(made[first])} products, {', '.join(made)}: "
          f"{', '.join(different) or 'none'} of those that must be the same differ")
    return different


def products(run: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Name, digest, and digest of what is committed, of all that a process makes."""
    yield from tables_and_figures(run)
    yield from rows_and_streams()
    yield from images()
    yield "weights after ten steps of training", (trained(), "")


def tables_and_figures(run: str) -> Iterator[tuple[str, tuple[str, str]]]:
    from lcpc import config
    from lcpc.audit import rebuild
    from lcpc.results.store import Results

    for product in rebuild.products(config.load(ROOT, run)):
        text = rebuild._csv(product, Results(ROOT, run))
        committed = (ROOT / product.file).read_bytes()
        name = f"{product.kind} {product.stem} of {run}"
        yield name, (digest(text.encode()), digest(committed))


def rows_and_streams() -> Iterator[tuple[str, tuple[str, str]]]:
    """Some clouds of the run workstation, where its data are here; else made-up ones."""
    from lcpc import config
    from lcpc.codecs.point_clouds import draco
    from lcpc.codecs.shipped import base
    from lcpc.errors import MissingData
    from lcpc.jobs import JobContext
    from lcpc.results.csv_file import read_csv

    try:
        data = JobContext(ROOT, config.load(ROOT, "workstation")).clouds("test")
        clouds, samples = data.points[:CLOUDS], data.samples[:CLOUDS].tolist()
    except MissingData:
        clouds, samples = made_up_clouds(), []
    bits = [[8 * len(draco.encode(cloud[:64], scale, draco.LEVEL)) for scale in (4, 64, 256)]
            for cloud in clouds]
    committed = ""
    if samples:
        rows = read_csv(ROOT / "results/workstation/rate_accuracy/draco_P64.samples.csv.gz", ROOT)
        table = rows.pivot_table(index="sample", columns="scale", values="stream_bits")
        committed = digest_of(table.loc[samples, [4, 64, 256]].astype(int).to_numpy().tolist())
    yield f"rows of {len(clouds)} clouds by Draco, P = 64", (digest_of(bits), committed)
    for curve in CURVES:
        codec = base.read_weights(ROOT / f"{curve}.weights.npz")
        streams = base.read_streams(ROOT / f"{curve}.streams.npz")
        there, made = [], []
        for lambda_ in codec.header["lambdas"]:
            latents = codec.latents(clouds[:, :codec.header["points"]], lambda_)
            made += codec.encode(base.symbols_of(latents), lambda_)
            there += list(streams.by_lambda[lambda_][:CLOUDS])
        is_same = samples == streams.samples[:CLOUDS].tolist()
        yield (f"streams of {len(clouds)} clouds by {curve}",
               (digest(*made), digest(*there) if is_same else ""))


def made_up_clouds() -> Any:
    import numpy as np

    points = np.random.default_rng(1).normal(size=(CLOUDS, 1024, 3))
    points /= np.linalg.norm(points, axis=2).max(axis=1)[:, None, None]
    return points.astype(np.float32)


def images() -> Iterator[tuple[str, tuple[str, str]]]:
    """Streams by a small base with random weights, decoded; what is entropy coded is exact."""
    import numpy as np
    import torch

    from lcpc.codecs.image_base import TrainedBase
    from lcpc.codecs.images.bmshj2018_factorized import FactorizedCodec
    from lcpc.entropy import rans
    from lcpc.models.image_factorized import ImageBase
    from lcpc.training._image_bottleneck import base_content

    network = ImageBase(8, 16, seed=3).eval()
    with torch.no_grad():
        network.g_a[6].weight *= 40
    content = base_content(network, {"quality": 1, "origin": "untrained"}, 64)
    falling = -512 * (torch.arange(64) - 32).abs()
    content["logs"] = falling.int().repeat(16, 1)  # a checkpoint holds whole numbers
    trained_base = TrainedBase.load(content, "here")
    codec = FactorizedCodec(trained_base)
    values = np.random.default_rng(2).integers(-9, 10, (16, 12))
    coded = rans.encode(values, trained_base.tables)
    yield "image latent in a stream, and back", (
        digest(coded, rans.decode(coded, trained_base.tables, 12).tobytes()), "")
    picture = np.random.default_rng(1).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    stream = codec.encode(picture)
    yield "transforms of an image: its stream", (digest(stream), "")
    yield "transforms of an image: the decoded picture", (digest(codec.decode(stream).tobytes()), "")


def trained() -> str:
    import torch

    from lcpc.models.point_codec import PointCodec

    torch.manual_seed(1)
    model, clouds = PointCodec("micro", 4), torch.randn(16, 3, 64)
    optimizer = torch.optim.Adam(model.parameters())
    for _ in range(10):
        optimizer.zero_grad()
        outputs = model(clouds)
        sum(value.square().mean() for value in outputs if isinstance(value, torch.Tensor)).backward()
        optimizer.step()
    return digest(*(value.numpy().tobytes() for value in model.state_dict().values()))


def digest(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()


def digest_of(value: object) -> str:
    return digest(json.dumps(value).encode())


if __name__ == "__main__":
    sys.exit(main())
