"""Makes tables, figures, rows and streams with the code that libraries keep for other processors.

    python -m tests.processors                      # all kinds of processor
    python -m tests.processors --kinds sse haswell
    python -m tests.processors --products > arm.json   # on a machine of another kind, then here:
    python -m tests.processors --with arm.json

numpy, OpenBLAS, MKL and torch choose their code by the processor. Environment variables make them
take that of another one; a kind that this processor can't run is left out. Each kind makes all
products in a process of its own. Those of EXACT must be equal, byte for byte, and are compared with
the committed ones where there are any; of the others the command only says whether they are.
Logits and latents of shipped curves may differ by the shares that `lcpc verify` allows.
"""

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import Any

from lcpc.errors import MissingData, MissingTool
from tests.processors import clouds, near

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
EXACT = ("table", "figure", "rows", "streams", "integers", "image")
"""First words of products that are the same everywhere."""
NO_CODE = {"code": ""}
"""json is compared without the digest of the code, which no processor changes."""
CURVES = ("results/workstation/rate_accuracy/proposed_micro_P64",
          "results/beyond/mixed/micro_P1024_seed1")
Made = dict[str, dict[str, Any]]
"""What a kind made. exact: name to the digest, and that of the committed one or "". near: name to
packed values. machine: what it ran on."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.processors", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="*", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--run", nargs="+", default=["published"], help="tables and figures of it")
    parser.add_argument("--products", action="store_true", help="print those of this process")
    parser.add_argument("--with", dest="others", nargs="+", type=Path, default=[], metavar="FILE",
                        help="--products of other machines, with the same --run")
    options = parser.parse_args()
    if options.products:
        print(json.dumps(products(options.run)))
        return 0
    made = {kind: result for kind in options.kinds if (result := of_kind(kind, options.run))}
    made |= {path.stem: json.loads(path.read_text()) for path in options.others}
    return int(bool(report(made)))


def of_kind(kind: str, runs: list[str]) -> Made:
    """What a kind makes; {} where this processor can't run the code."""
    command = [sys.executable, "-m", "tests.processors", "--products", "--run", *runs]
    environment = {**os.environ, **KINDS[kind], "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, check=False,
                          capture_output=True)
    if done.returncode < 0:
        print(f"{kind}: this processor can't run it")
        return {}
    if done.returncode:
        raise SystemExit(f"{kind}: {done.stderr}")
    result: Made = json.loads(done.stdout.splitlines()[-1])
    return result


def report(made: dict[str, Made]) -> list[str]:
    """Say what is the same; names of products that differ by more than they may."""
    for kind in made:
        print(f"{kind}: {made[kind]['machine']}")
    exact, values = by_name(made, "exact"), by_name(made, "near")
    different = [name for name, by_kind in exact.items() if is_different(name, by_kind)]
    for name, packed in values.items():
        unpacked = {kind: near.Values.unpacked(packed[kind]) for kind in packed}
        if near.compare(name, unpacked):
            different.append(name)
    everything = {**exact, **values}
    print(f"{len(everything)} products, {', '.join(made)}: "
          f"{', '.join(different) or 'none'} of those that must be the same differ")
    for kind in made:
        absent = [name for name, by_kind in everything.items() if kind not in by_kind]
        if absent:
            print(f"not made by {kind}: {', '.join(absent)}")
    return different


def by_name(made: dict[str, Made], part: str) -> dict[str, dict[str, Any]]:
    """Name of a product to what each kind that made it has."""
    names = dict.fromkeys(chain(*(made[kind][part] for kind in made)))
    return {name: {kind: made[kind][part][name] for kind in made if name in made[kind][part]}
            for name in names}


def is_different(name: str, by_kind: dict[str, list[str]]) -> bool:
    """Say whether kinds made the same bytes, and the committed ones; whether they must and did not.
    """
    first, *others = by_kind
    digest, committed = by_kind[first]
    apart = [kind for kind in others if by_kind[kind][0] != digest]
    is_other = bool(committed) and committed != digest
    words = f"differs for {', '.join(apart)} from {first}" if apart else "the same"
    if not others:
        words = f"made by {first} alone"
    print(f"{name}: {words}{', but not as committed' if is_other else ''}")
    return name.startswith(EXACT) and (bool(apart) or is_other)


def products(runs: list[str]) -> Made:
    """All that a process makes; figures of raw data only where the data are here."""
    from tests.processors import models

    exact = dict(chain(*map(tables_and_figures, runs), rows_and_streams()))
    with suppress(MissingTool):  # compressai has no wheels for some kinds of processor
        exact.update(images())
    for name, contents in models.whole_numbers(ROOT):
        exact[name] = digest(*contents), ""
    exact["weights after ten steps of training"] = trained(), ""
    values = {name: value.packed() for name, value in near.curves(ROOT, clouds.clouds(ROOT))}
    return {"exact": exact, "near": values, "machine": machine()}


def machine() -> str:
    """Kind of processor, and versions of what computes."""
    versions = [f"{name} {metadata.version(name)}" for name in ("numpy", "scipy", "pandas", "torch")]
    return ", ".join([platform.machine(), f"Python {platform.python_version()}", *versions])


def tables_and_figures(run: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each file of each table; of each figure its points, and which rows they are."""
    from lcpc import config
    from lcpc.results.products import products

    for product in products(config.load(ROOT, run)):
        try:
            files = (table_files if product.kind == "table" else figure_files)(run, product.stem)
        except MissingData:
            continue  # raw data that are not here
        for ending, text in files.items():
            committed = (ROOT / product.path(ending)).read_text()
            if ending == "json":
                committed = json.dumps(json.loads(committed) | NO_CODE)
            name = f"{product.kind} {product.stem}.{ending} of {run}"
            yield name, (digest(text.encode()), digest(committed.encode()))


def table_files(run: str, stem: str) -> dict[str, str]:
    from lcpc import registry
    from lcpc.results.store import Results
    from lcpc.tables.render import render

    table = registry.load("lcpc.tables", stem).build(Results(ROOT, run))
    with tempfile.TemporaryDirectory() as folder:
        paths = render(table, Path(folder), ROOT, "left out")
        texts = {path.suffix[1:]: path.read_text() for path in paths}
    return {**texts, "json": json.dumps(json.loads(texts["json"]) | NO_CODE)}


def figure_files(run: str, stem: str) -> dict[str, str]:
    from lcpc import registry
    from lcpc.figures.render import points_csv, provenance
    from lcpc.results.store import Results

    module = registry.load("lcpc.figures", stem)
    points = module.points(Results(ROOT, run))
    origin = provenance(stem, module, points, ROOT)
    text = json.dumps(origin | NO_CODE, sort_keys=True)
    return {"csv": points_csv(points).decode(), "json": text}


def rows_and_streams() -> Iterator[tuple[str, tuple[str, str]]]:
    """Rows of Draco, of the clouds that are here, and streams of shipped curves."""
    from lcpc.codecs.point_clouds import draco
    from lcpc.results.csv_file import read_csv

    these = clouds.clouds(ROOT)
    bits = [[8 * len(draco.encode(cloud[:64], scale, draco.LEVEL)) for scale in (4, 64, 256)]
            for cloud in these.points]
    committed = ""
    if these.samples:
        rows = read_csv(ROOT / "results/workstation/rate_accuracy/draco_P64.samples.csv.gz", ROOT)
        table = rows.pivot_table(index="sample", columns="scale", values="stream_bits")
        committed = digest_of(table.loc[these.samples, [4, 64, 256]].astype(int).to_numpy().tolist())
    yield f"rows of {these} by Draco, P = 64", (digest_of(bits), committed)
    for curve in CURVES:
        yield from decoded_streams(curve)


def decoded_streams(curve: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """The symbols of the first streams of a curve, and their streams again. From clouds, a symbol
    may be another one: `lcpc verify` says when."""
    from lcpc.codecs.shipped import base

    codec = base.read_weights(ROOT / f"{curve}.weights.npz")
    streams = base.read_streams(ROOT / f"{curve}.streams.npz")
    symbols, there, made = [], [], []
    for lambda_ in codec.header["lambdas"]:
        first = streams.by_lambda[lambda_][:clouds.CLOUDS]
        decoded = codec.decode(first, lambda_)
        symbols.append(decoded.astype("<i8").tobytes())
        made += codec.encode(decoded, lambda_)
        there += first
    yield f"integers of streams by {curve}", (digest(*symbols), "")
    yield f"streams by {curve}, decoded and coded again", (digest(*made), digest(*there))


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
