"""Your own photographs: any format and colour becomes RGB, and what can't be measured is refused by name."""

import numpy as np
import pytest
from PIL import Image

from lcpc.data import images
from lcpc.data.images import folder
from lcpc.errors import DataError, MissingData


def test_images_of_any_kind_are_rgb_and_named_by_their_place(tmp_path):
    (tmp_path / "sea").mkdir()
    Image.new("L", (50, 40), 7).save(tmp_path / "grey.png")
    Image.new("RGBA", (30, 60), (200, 0, 0, 0)).save(tmp_path / "sea" / "clear.png")
    Image.new("RGB", (20, 20), (1, 2, 3)).save(tmp_path / "sea" / "tiny.BMP")
    (tmp_path / "notes.txt").write_text("no image")
    found = {photo.name: photo for photo in folder.load(tmp_path)}
    assert list(found) == ["grey", "sea/clear", "sea/tiny"]
    assert [photo.rgb.shape for photo in found.values()] == [(40, 50, 3), (60, 30, 3), (20, 20, 3)]
    assert np.unique(found["grey"].rgb).tolist() == [7]
    assert np.unique(found["sea/clear"].rgb).tolist() == [255]
    assert found["sea/tiny"].rgb[0, 0].tolist() == [1, 2, 3]
    assert len({photo.digest for photo in found.values()}) == 3


def test_folders_without_images_and_broken_files_are_refused_by_name(tmp_path):
    with pytest.raises(MissingData, match=r"folder .*away is not there; check the config's folder and LCPC_DATA"):
        folder.load(tmp_path / "away")
    with pytest.raises(MissingData, match=r"holds no image \(\.png, "):
        folder.load(tmp_path)
    (tmp_path / "cat.png").write_bytes(b"<html>404</html>")
    with pytest.raises(DataError, match=r"cat.png is none of PNG, .* take it out of the folder"):
        folder.load(tmp_path)


def test_hidden_files_and_folders_are_left_out(tmp_path):
    for place in ("a.png", "b.png", "._a.png", ".ipynb_checkpoints/a-checkpoint.png", "__MACOSX/a.png", "sea/.c.png"):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        Image.new("RGB", (20, 20)).save(tmp_path / place)
    assert [photo.name for photo in folder.load(tmp_path)] == ["a", "b"]
    assert images.input_files("folder", tmp_path.parent, str(tmp_path)) == [f"{tmp_path.name}/a.png", f"{tmp_path.name}/b.png"]


def test_two_images_of_one_name_are_refused(tmp_path):
    for file in ("cat.png", "cat.bmp"):
        Image.new("RGB", (20, 20)).save(tmp_path / file)
    with pytest.raises(DataError, match="holds two images named cat, one of them cat.png; rename one"):
        folder.load(tmp_path)


def test_more_images_than_the_memory_is_for_are_refused(tmp_path, monkeypatch):
    for file in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (20, 20)).save(tmp_path / file)
    monkeypatch.setattr(folder, "LIMIT_BYTES", 2000)
    with pytest.raises(DataError, match="the first 2 of 3 images fill 2000 bytes; take fewer"):
        folder.load(tmp_path)
