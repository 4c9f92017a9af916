"""Parsers of data sets, pictures, configs, archives, and outputs of external programs."""

import io
import json
import shutil
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from lcpc import config
from lcpc.codecs import recorded
from lcpc.codecs.point_clouds import _tmc13_sizes, tmc13
from lcpc.data import archive, fetch, objects, pictures, store
from lcpc.data.base import clouds
from lcpc.data.obj import read_obj
from lcpc.data.off import read_off
from lcpc.data.photographs import vimeo
from lcpc.data.ply import read_ply, read_points, write_points
from lcpc.data.point_clouds import _modelnet40_hdf5, modelnet40
from lcpc.results.csv_file import gzipped
from tests.fuzz.harness import beside, parser, written
from tests.fuzz.mutate import BINARY, GZIPPED, JSON, TEXT, ZIPPED

ROOT = Path(__file__).parents[2]
SQUARE = ((0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0))


@parser(lambda: [b"OFF\n4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n", b"OFF4 2 0\n0 0 0\n1 0 0\n1 1 0\n0 1 1\n3 0 1 2\n3 0 2 3 255\n"], TEXT)
def off(content: bytes, folder: Path) -> object:
    return read_off(written(folder, "a.off", content))


@parser(lambda: [b"v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nf 1/1/1 2 3 -1\n"], TEXT)
def obj(content: bytes, folder: Path) -> object:
    return read_obj(written(folder, "a.obj", content))


PLY = (b"ply\nformat ascii 1.0\ncomment made by hand\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
       b"element face 1\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n")


def plys() -> list[bytes]:
    buffer = Path(__file__).with_name("cloud.tmp")
    write_points(buffer, np.array(SQUARE, np.float32))
    binary = buffer.read_bytes()
    buffer.unlink()
    big = b"ply\nformat binary_big_endian 1.0\nelement vertex 4\nproperty double x\nproperty double y\nproperty double z\n"
    big += b"element face 1\nproperty list uchar int vertex_indices\nend_header\n" + np.array(SQUARE, ">f8").tobytes()
    return [PLY, binary, big + b"\x04" + np.arange(4, dtype=">i4").tobytes()]


@parser(plys, (*TEXT, *BINARY))
def ply(content: bytes, folder: Path) -> object:
    path = written(folder, "a.ply", content)
    try:
        read_ply(path)
    finally:
        read_points(path)
    return None


@cache
def npz() -> list[bytes]:
    points = np.zeros((2, 5, 3), np.float32)
    held = clouds("mine", ("a", "b"), "train", points, np.array([0, 1]), np.array(["x", "y"]), {"source": "here", "seed": 1})
    meta = json.dumps({"name": held.name, "classes": held.classes, "split": held.split, "provenance": held.provenance})
    arrays = {"points": held.points, "label": held.label, "samples": held.samples, "meta": np.array(meta)}
    return [store.npz_bytes(arrays)]


@parser(npz, ZIPPED)
def clouds_npz(content: bytes, folder: Path) -> object:
    return store.read(written(folder, "train.npz", content))


@parser(lambda: [store.npz_bytes({"points": np.arange(21.0).reshape(7, 3) ** 2})], ZIPPED)
def points_npz(content: bytes, folder: Path) -> object:
    return objects.cloud(written(folder, "a.npz", content), 4, 1)


def archives() -> list[bytes]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        # ZipInfo has a date of its own; a plain name would bring the clock's into the bytes.
        packed.writestr(zipfile.ZipInfo("ModelNet40/bed/train/bed_1.off"), "OFF\n3 1 0\n" * 40,
                        zipfile.ZIP_DEFLATED)
        packed.writestr(zipfile.ZipInfo("ModelNet40/README.txt"), "about")
    return [buffer.getvalue()]


@parser(archives, ZIPPED)
def archive_zip(content: bytes, folder: Path) -> object:
    shutil.rmtree(folder / "out", ignore_errors=True)
    return archive.unpack(written(folder, "a.zip", content), folder / "out", (".off",))


@cache
def hdf5_files() -> list[bytes]:
    import h5py

    files = []
    for options in ({"compression": "gzip"}, {}):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            data = np.random.default_rng(1).normal(size=(3, 16, 3)).astype(np.float32)
            file.create_dataset("data", data=data, **options)
            file.create_dataset("label", data=np.zeros((3, 1), np.uint8), **options)
        files.append(buffer.getvalue())
    return files


@parser(hdf5_files, BINARY)
def hdf5(content: bytes, folder: Path) -> object:
    return _modelnet40_hdf5.read(written(folder, "ply_data_test0.h5", content))


@parser(lambda: [b'["bed/bed_0001.ply", "bed/bed_0002.ply"]'], JSON)
def hdf5_names(content: bytes, folder: Path) -> object:
    written(folder, "ply_data_test_0_id2file.json", content)
    return _modelnet40_hdf5.listed_names(folder / "ply_data_test0.h5", 2)


@parser(lambda: [(b"a" * 64) + b"  test.npz\n" + b"0" * 64 + b" *classes.txt\n"], TEXT)
def sha256sums(content: bytes, folder: Path) -> object:
    return modelnet40.promises(written(folder, "SHA256SUMS", content))


@parser(lambda: [b"class,count\nbed,100\nchair,20\n"], TEXT)
def class_counts_csv(content: bytes, folder: Path) -> object:
    written(folder, "results/published/modelnet40_test_class_counts.csv", content)
    return modelnet40.official_counts(folder)


@parser(lambda: [b"00001/0001\n00002/0010\n"], TEXT)
def vimeo_list(content: bytes, folder: Path) -> object:
    written(folder, "tri_trainlist.txt", content)
    return vimeo(folder)


@parser(lambda: [b'{"url": "http://127.0.0.1/a.zip", "validator": "x"}'], JSON)
def download_note(content: bytes, folder: Path) -> object:
    written(folder, "a.zip.part.json", content)
    written(folder, "a.zip.part", b"half")
    return fetch._remembered(fetch.Request("http://127.0.0.1/a.zip", folder / "a.zip"))


def images() -> list[bytes]:
    from PIL import Image

    rng, files = np.random.default_rng(1), []
    for mode, kind in (("RGB", "PNG"), ("RGB", "JPEG"), ("RGBA", "WEBP"), ("L", "TIFF"), ("I;16", "TIFF"), ("RGB", "BMP"), ("P", "PNG"), ("L", "PPM")):
        shape = (9, 12, len(mode)) if mode in ("RGB", "RGBA") else (9, 12)
        values = rng.integers(0, 256, shape).astype(np.uint16 if mode == "I;16" else np.uint8)
        buffer = io.BytesIO()
        image = Image.fromarray(values) if mode != "P" else Image.fromarray(values).convert("P")
        image.save(buffer, kind)
        files.append(buffer.getvalue())
    return files


@parser(images, BINARY)
def picture(content: bytes, folder: Path) -> object:
    return pictures.read(written(folder, "a.png", content))


@parser(lambda: [(ROOT / "config" / f"{run}.yaml").read_bytes() for run in ("smoke", "demo", "paper")], TEXT)
def config_yaml(content: bytes, folder: Path) -> object:
    written(folder, "config/mine.yaml", content)
    return config.load(folder, "mine")


FACTS = json.dumps(dict.fromkeys(recorded.FACTS, "x")).encode()
ROWS = (",".join(recorded.COLUMNS) + "\nours,a,16,s1,12.5,16,a.ply\nours,b,16,s1,8,8,b.ply\n").encode()


@parser(lambda: [ROWS], TEXT)
def recorded_csv(content: bytes, folder: Path) -> object:
    beside(folder, "m.json", FACTS)
    beside(folder, "a.ply", PLY)
    path = written(folder, "m.csv", content)
    recorded.files_of(path, "ours", 16)
    return [recorded.decoded_cloud(output) for output in recorded.read(path).outputs if output.sample == "a"]


@parser(lambda: [FACTS], JSON)
def recorded_json(content: bytes, folder: Path) -> object:
    written(folder, "m.json", content)
    beside(folder, "m.csv", ROWS)
    return recorded.read(folder / "m.csv")


CONSOLE = (b"tmc3 version release-v14.0\npositions bitstream size 123 B (4.5 bpp)\nTotal bitstream size 160 B\nProcessing time (wall): 0.1 s\n")


@parser(lambda: [CONSOLE], TEXT)
def tmc13_console(content: bytes, folder: Path) -> object:
    return tmc13.parse_console(content.decode("utf-8", "replace"))


@parser(lambda: [b"\x00\0\0\0\x03abc\x02\0\0\0\x04wxyz"], BINARY)
def tmc13_stream(content: bytes, folder: Path) -> object:
    return tmc13.payload_bytes(content)


@parser(lambda: [PLY], TEXT)
def tmc13_decoded(content: bytes, folder: Path) -> object:
    return tmc13._decoded_grid(written(folder, "out.ply", content), 12)


SIZES = b"sample,points,scale,payload_bytes,file_bytes\nbed_1,64,1,9,41\nbed_1,64,2,12,44\n"


GZIPPED_SIZES = gzipped(SIZES)


@parser(lambda: [GZIPPED_SIZES], GZIPPED)
def tmc13_sizes(content: bytes, folder: Path) -> object:
    beside(folder, "s.json", b'{"data_sha256": "x", "rows": 2}')
    return _tmc13_sizes.sizes_at(written(folder, "s.csv.gz", content), "x", 64)


@parser(lambda: [b'{"data_sha256": "x", "rows": 2}'], JSON)
def tmc13_sizes_json(content: bytes, folder: Path) -> object:
    written(folder, "s.json", content)
    beside(folder, "s.csv.gz", GZIPPED_SIZES)
    return _tmc13_sizes.recorded_sizes(folder / "s.csv.gz", "x")
