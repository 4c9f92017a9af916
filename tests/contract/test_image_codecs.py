"""One contract for every file format: real bytes that decode to a picture of the same size, and
refusals by name."""

import importlib.util

import numpy as np
import pytest
from PIL import features

from lcpc import config
from lcpc.codecs.formats._pillow import PillowCodec
from lcpc.codecs.images.base import MAX_SIDE_PX
from lcpc.codecs.listing import states
from lcpc.errors import BitstreamError, DataError, MissingTool
from lcpc.metrics.distortion import psnr_db
from lcpc.registry import load, names

FORMATS = names("lcpc.codecs.formats")
BY_PILLOW = [name for name in FORMATS if isinstance(load("lcpc.codecs.formats", name).codec(50), PillowCodec)]
"""Others, of the user's own, need no library and refuse in their own words."""


@pytest.fixture(params=FORMATS)
def module(request):
    found = load("lcpc.codecs.formats", request.param)
    if reason := found.codec(found.QUALITIES[0]).missing():
        pytest.skip(reason)
    return found


@pytest.fixture
def picture():
    y, x = np.mgrid[:90, :131]
    noise = np.random.default_rng(1).normal(0, 4, (90, 131, 3))
    return np.clip(np.stack([2 * x, 255 - 2 * y, x + y], -1) + noise, 0, 255).astype(np.uint8)


def psnr(codec, picture):
    return psnr_db(np.mean((codec.decode(codec.encode(picture)).astype(float) - picture) ** 2))


def test_a_file_format_is_found_under_its_own_name(module):
    assert module.codec(module.QUALITIES[0]).name == module.NAME
    assert load("lcpc.codecs.formats", module.NAME) is module
    assert module.LABEL
    assert module.COLOUR.startswith("#")
    assert module.MARKER


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (17, 5, 3), (90, 131, 3)])
def test_a_picture_of_any_size_comes_back_in_its_size(module, shape):
    codec = module.codec(module.QUALITIES[-1])
    picture = np.full(shape, 90, dtype=np.uint8)
    before = picture.copy()
    decoded = codec.decode(codec.encode(picture))
    assert (decoded.dtype, decoded.shape) == (np.uint8, shape)
    assert abs(decoded.astype(int) - 90).max() <= 3
    assert np.array_equal(picture, before)


def test_equal_pictures_give_equal_streams(module, picture):
    codec = module.codec(module.QUALITIES[1])
    assert codec.encode(picture) == codec.encode(picture.copy())


def test_settings_go_from_small_and_poor_to_large_and_good(module, picture):
    ends = [module.codec(module.QUALITIES[index]) for index in (0, -1)]
    small, large = (len(codec.encode(picture)) for codec in ends)
    poor, good = (psnr(codec, picture) for codec in ends)
    assert small < large
    assert poor < good
    assert [codec.quality for codec in ends] == [module.QUALITIES[0], module.QUALITIES[-1]]


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda _: b"garbage" * 30, lambda stream: stream[: len(stream) // 2]]
)
def test_what_is_no_whole_file_is_refused(module, picture, damage):
    codec = module.codec(module.QUALITIES[0])
    words = f"^{codec.name}: .*(cut or damaged|no file of it)" if module.NAME in BY_PILLOW else ""
    with pytest.raises(BitstreamError, match=words):
        codec.decode(damage(codec.encode(picture)))


def test_a_file_of_another_format_is_refused(module, picture):
    other = load("lcpc.codecs.formats", "webp" if module.codec(1).name == "jpeg" else "jpeg")
    words = "no file of it" if module.NAME in BY_PILLOW else ""
    with pytest.raises(BitstreamError, match=words):
        module.codec(module.QUALITIES[0]).decode(other.codec(50).encode(picture))


def test_a_jpeg_that_claims_more_pixels_than_are_coded_is_refused_before_it_is_decoded(picture):
    stream = bytearray(load("lcpc.codecs.formats", "jpeg").codec(50).encode(picture))
    size = stream.index(b"\xff\xc0") + 5
    stream[size:size + 4] = b"\x7f\xff\x7f\xff"
    with pytest.raises(BitstreamError, match="32767 x 32767 pixels|decompression bomb"):
        load("lcpc.codecs.formats", "jpeg").codec(50).decode(bytes(stream))


def test_what_is_no_picture_is_refused(module):
    codec = module.codec(module.QUALITIES[0])
    for wrong in (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8),
                  np.zeros((1, MAX_SIDE_PX + 1, 3), np.uint8)):
        with pytest.raises(DataError, match="a picture"):
            codec.encode(wrong)


@pytest.mark.parametrize("name", BY_PILLOW)
def test_a_format_without_its_library_says_so_with_the_way_out(name, picture, monkeypatch):
    module = load("lcpc.codecs.formats", name)
    codec = module.codec(module.QUALITIES[0])
    monkeypatch.setattr(features, "check", lambda feature: False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    package = getattr(codec, "package", "this build of Pillow")
    assert codec.missing().startswith(package)
    assert codec.kind in codec.missing()
    way_out = r"pip install (--force-reinstall )?-r envs/requirements\.txt"
    with pytest.raises(MissingTool, match=way_out):
        codec.encode(picture)


def test_packages_that_add_a_format_are_pinned(root):
    codecs = [load("lcpc.codecs.formats", name).codec(50) for name in FORMATS]
    pins = (root / "envs/requirements.txt").read_text()
    packages = [codec.package for codec in codecs if hasattr(codec, "package")]
    assert {"pillow-heif", "pillow-jxl-plugin"} <= set(packages)
    assert all(f"\n{package}==" in pins for package in packages)


def test_a_pillow_that_has_never_heard_of_the_format_lacks_it(monkeypatch):
    module = load("lcpc.codecs.formats", "avif")
    codec = module.codec(module.QUALITIES[0])
    monkeypatch.setattr(features, "modules", {})
    monkeypatch.setattr(features, "codecs", {})
    assert "this build of Pillow" in codec.missing()


def test_the_list_of_codecs_names_every_file_format():
    told = {state.name: state for state in states(config.Tools())}
    assert set(FORMATS) <= set(told)
    assert told["jpeg"].settings == "images; 19 settings from 5 to 95"
    assert told["draco"].settings.startswith("point clouds; S = 1, 2")
