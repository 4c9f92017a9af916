"""Photographs are read only with the checksum on record, and named with the way to get them where they are not."""

import shutil

import pytest

from lcpc.data import kodak, photos
from lcpc.errors import DataError, MissingData


def test_embedded_photographs_are_four_free_colour_pictures():
    if reason := photos.missing():
        pytest.skip(reason)
    found = photos.load()
    assert [photo.name for photo in found] == ["chelsea", "astronaut", "coffee", "rocket"]
    assert all(photo.rgb.ndim == 3 and min(photo.rgb.shape[:2]) >= 300 and photo.rgb.shape[2] == 3 for photo in found)
    assert all("CC0" in photo.licence or "public domain" in photo.licence for photo in found)


def test_a_photograph_that_was_changed_is_refused(tmp_path):
    if reason := photos.missing():
        pytest.skip(reason)
    for file, *_ in photos.FILES:
        shutil.copy(photos.installed() / file, tmp_path / file)
    assert photos.missing(tmp_path) == ""
    (tmp_path / "coffee.png").write_bytes(b"not the one")
    with pytest.raises(DataError, match=r"coffee.png has sha256 .* is on record. They come with scikit-image"):
        photos.load(tmp_path)


def test_photographs_that_are_not_there_are_named_with_the_way_out(tmp_path):
    assert "chelsea.png" in photos.missing(tmp_path)
    with pytest.raises(MissingData, match="chelsea.png is not in .* They come with scikit-image"):
        photos.load(tmp_path)
    assert "24 Kodak photographs (kodim01.png, ...) are not in" in kodak.missing(tmp_path)
    with pytest.raises(MissingData, match=r"kodim01.png is not in .* Put the original kodim01.png"):
        kodak.load(tmp_path)


def test_the_kodak_photographs_are_the_originals(shared):
    found = kodak.load(shared / "data" / "kodak")
    assert kodak.missing(shared / "data" / "kodak") == ""
    assert len(found) == 24
    assert {photo.rgb.shape for photo in found} == {(512, 768, 3), (768, 512, 3)}
