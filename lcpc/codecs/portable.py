"""A codec for anyone's cloud or mesh: one file in, one small file out, by shipped weights alone.

    lcpc encode chair.off --model micro-1024-80 -o chair.lcpc
    lcpc decode chair.lcpc

Weights are those of the project; outside a project, those that came with lcpc. A model of another
run or codec is named with them, such as beyond/mixed-micro-1024-80. Where trainings have seeds, it
is that of seed 1, unless named as beyond/mixed-micro-1024-seed2-80.

The file names its model, so that the stream in it is decoded by the weights that wrote it. It is

    lcpc, 1 | length of the model's name | name | SHA-256 of the weights, 8 bytes | stream | CRC-32
"""

import re
import sysconfig
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lcpc import registry
from lcpc.codecs.shipped import base
from lcpc.data import objects
from lcpc.data.meshes import Mesh
from lcpc.data.sampling import normalise
from lcpc.entropy.numerals import numeral, read_numeral
from lcpc.errors import BitstreamError, ConfigError, DataError, MissingData, did_you_mean
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_whole

MAGIC = b"lcpc\x01"
DIGEST_BYTES = 8
CHECK_BYTES = 4
MOST_BYTES = 1 << 16
DEFAULT_RUN = "workstation"
DEFAULT_CODEC = "proposed"
DEFAULT_SEED = 1
ENDING = ".weights.npz"
SHIPPED = f"results/*/*/*{ENDING}"
MODEL = re.compile(
    r"(?:(\w{1,64})/)?(?:(\w{1,64})-)?(full|lite|micro|local)-(\d{1,9})-(?:seed(\d{1,9})-)?"
    r"(\d{1,9}(?:\.\d{1,9})?)", re.ASCII)
CURVE = re.compile(r"(?:([a-z]+)_)?(full|lite|micro|local)_P(\d+)(?:_seed(\d+))?", re.ASCII)
"""Name of a curve's files."""
CLONE = Path(__file__).parents[2]
"""Of this code, unless pip has copied it."""
INSTALLED = Path("share") / "lcpc"
"""Where pip copies the weights to, as pyproject.toml says."""
SHOWN_CLASSES = 5
SAMPLES = 8192
"""Points of a mesh that the documents draw before they take P of them [MMSP23]."""


@dataclass(frozen=True)
class PortableModel:
    """One codec of a shipped curve."""

    name: str
    """In full, such as workstation/proposed-micro-1024-80."""
    weights: Path
    lambda_: float


@dataclass(frozen=True)
class DecodedFile:
    """What a file says: classes from the most to the least probable."""

    model: str
    classes: list[str]
    probabilities: list[float]
    rate_bits: float
    stream_bits: int
    file_bytes: int

    def __str__(self) -> str:
        pairs = zip(self.classes[:SHOWN_CLASSES], self.probabilities, strict=False)
        lines = [f"{100 * probability:5.1f} %  {name}" for name, probability in pairs]
        sizes = (f"{self.stream_bits} bits of stream ({self.rate_bits:.1f} by the model's "
                 f"estimate), {self.file_bytes} bytes of file")
        return "\n".join([f"{self.model}: {self.classes[0]}", *lines, sizes])


def weights_root(root: Path) -> Path:
    """The folder whose results/ holds weights: the project, else this code's clone or copy."""
    if (root / "results").is_dir():
        return root
    schemes = sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")
    copies = [Path(sysconfig.get_path("data", scheme)) / INSTALLED for scheme in schemes]
    return next((folder for folder in (CLONE, *copies) if any(folder.glob(SHIPPED))), root)


def model_named(root: Path, name: str) -> PortableModel:
    """The model of a name such as micro-1024-80: size, P and lambda, and before them run and codec.

    Raises DataError for another form of name, ConfigError for another codec, MissingData naming the
    models that there are.
    """
    root = weights_root(root)
    match = MODEL.fullmatch(name)
    if match is None:
        raise DataError(f"{name!r:.80} is no model; write size, P and lambda, such as "
                        "micro-1024-80, or with run and codec, such as "
                        "workstation/proposed-micro-1024-80. "
                        f"{did_you_mean(name[:80], known_models(root))}")
    run, codec, size = match[1] or DEFAULT_RUN, match[2] or DEFAULT_CODEC, match[3]
    points, seed, lambda_ = int(match[4]), int(match[5] or DEFAULT_SEED), float(match[6])
    rows: str = registry.load(base.PACKAGE, codec).ROWS
    if match[5] and "{seed}" not in rows:
        raise DataError(f"of {codec} only the training of seed {DEFAULT_SEED} is shipped; leave "
                        f"the seed out of {name!r}")
    of_seed = f"-seed{seed}" if seed != DEFAULT_SEED else ""
    file = rows.format(size=size, points=points, seed=seed)
    weights = root / "results" / run / f"{file}{ENDING}"
    if not (root / "results").is_dir():
        from lcpc.config import require_project

        require_project(root)
    if not weights.is_file():
        hint = did_you_mean(name.rpartition("-")[0], known_models(root))
        raise MissingData(f"run {run} has no weights of {codec}-{size}-{points}{of_seed}. {hint} "
                          "A lambda comes after each")
    return PortableModel(f"{run}/{codec}-{size}-{points}{of_seed}-{lambda_:g}", weights, lambda_)


def known_models(root: Path) -> list[str]:
    """Curves with weights in the repository, as `model_named` takes them, without lambda."""
    known = []
    for path in sorted(root.glob(SHIPPED)):
        if match := CURVE.fullmatch(path.name.removesuffix(ENDING)):
            run, codec = path.parts[-3], match[1] or path.parts[-2]
            seed = "" if match[4] in (None, str(DEFAULT_SEED)) else f"-seed{match[4]}"
            short = f"{match[2]}-{match[3]}{seed}"
            is_default = (run, codec) == (DEFAULT_RUN, DEFAULT_CODEC)
            known.append(short if is_default else f"{run}/{codec}-{short}")
    return known or ["none"]


def encode(root: Path, source: Path, name: str, seed: int = 1) -> bytes:
    """The file of a cloud or mesh. Points are drawn from `seed`.

    Raises DataError for a broken object or one with fewer points than the model takes.
    """
    model = model_named(root, name)
    codec = base.read_weights(model.weights)
    points = cloud(source, int(codec.header["points"]), seed)
    symbols = base.symbols_of(codec.latents(points[None], model.lambda_))
    (stream,) = codec.encode(symbols, model.lambda_)
    label = model.name.encode()
    content = MAGIC + numeral(len(label)) + label + _digest(model) + stream
    return content + zlib.crc32(content).to_bytes(CHECK_BYTES, "big")


def encode_to(root: Path, source: Path, name: str, target: Path, seed: int = 1) -> str:
    """Write the file of a cloud or mesh; one line about it.

    Raises ConfigError where `target` is the input.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise ConfigError(f"--out {target} is the input itself; name another file")
    content = encode(root, source, name, seed)
    write_whole(target, content)
    return f"{target}: {len(content)} bytes"


def decode(root: Path, path: Path) -> DecodedFile:
    """What a file says.

    Raises BitstreamError for one that is foreign, cut, altered, or of other weights.
    """
    from scipy.special import softmax

    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file of `lcpc encode` in it")
    if not path.exists():
        raise MissingData(f"{path} is not there; `lcpc encode` writes such a file")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BitstreamError(f"{path} has more than {MOST_BYTES} bytes; no file of `lcpc encode` "
                             "is so large")
    name, digest, stream = opened(content, str(path))
    model = model_named(root, name)
    if _digest(model) != digest:
        raise BitstreamError(f"{path} was written by other weights of {name} than are here; "
                             f"get the {model.weights.name} that it was written by")
    codec = base.read_weights(model.weights)
    symbols = codec.decode([stream], model.lambda_)
    logits = codec.classify(symbols, model.lambda_)[0]
    probabilities = softmax(logits.astype(np.float64))
    order = np.argsort(-probabilities, kind="stable")
    classes = [str(codec.header["classes"][place]) for place in order]
    rate_bits = float(codec.rate_bits(symbols, model.lambda_)[0])
    return DecodedFile(model.name, classes, probabilities[order].tolist(), rate_bits,
                       8 * len(stream), len(content))


def opened(content: bytes, where: str) -> tuple[str, bytes, bytes]:
    """(model's name, digest of its weights, stream) of a file.

    Raises BitstreamError for one that is foreign, cut or altered.
    """
    if not content.startswith(MAGIC):
        raise BitstreamError(f"{where} is no file of `lcpc encode`, or of another version of it")
    body, check = content[:-CHECK_BYTES], content[-CHECK_BYTES:]
    if zlib.crc32(body).to_bytes(CHECK_BYTES, "big") != check:
        raise BitstreamError(f"{where} was cut or altered: its checksum is another one")
    length, rest = read_numeral(body[len(MAGIC):])
    name, digest = rest[:length], rest[length:length + DIGEST_BYTES]
    if len(digest) < DIGEST_BYTES:
        raise BitstreamError(f"{where} ends before its stream")
    return name.decode("ascii", "replace"), digest, rest[length + DIGEST_BYTES:]


def cloud(path: Path, points: int, seed: int) -> NDArray[np.float32]:
    """`points` of a mesh or a cloud in the unit ball, [points, 3], as those of data sets.

    A mesh is sampled uniformly by area, a cloud without replacement; all samples decide where the
    ball is. Raises MissingData without the file, DataError naming it.
    """
    if not path.is_file():
        raise MissingData(f"{path} {_state(path)}; name a file that holds a mesh or a cloud: "
                          f"{', '.join(objects.KINDS)}")
    body, rng = objects.read(path), np.random.default_rng(seed)
    try:
        if isinstance(body, Mesh):
            return normalise(surface_points(body, SAMPLES, rng))[:points]
        if len(body) < points:
            raise DataError(f"holds {len(body)} points, but the model takes {points}; "
                            "choose one of fewer points")
        return normalise(rng.permutation(body)[:SAMPLES])[:points]
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _state(path: Path) -> str:
    """Why a path is no file that can be read, in words."""
    if path.is_dir():
        return "is a folder"
    return "is a pipe or a device" if path.exists() else "is not there"


def surface_points(mesh: Mesh, points: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Independent samples of a surface, uniform by area, [points, 3]."""
    area = mesh.area()
    total = area.sum()
    if not 0 < total < np.inf:
        raise DataError("the mesh has no finite area: its coordinates are too large or all on a "
                        "line; scale it and try again")
    chosen = rng.choice(len(area), size=points, p=area / total)
    a, b, c = mesh.vertices[mesh.triangles[chosen]].transpose(1, 0, 2)
    u, v = rng.random((2, points, 1))
    # A point of the parallelogram beyond the diagonal is turned back into the triangle.
    is_beyond = u + v > 1
    u, v = np.where(is_beyond, 1 - u, u), np.where(is_beyond, 1 - v, v)
    return a + u * (b - a) + v * (c - a)


def _digest(model: PortableModel) -> bytes:
    return bytes.fromhex(file_digest(model.weights))[:DIGEST_BYTES]
