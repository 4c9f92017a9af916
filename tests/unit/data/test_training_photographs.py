"""Photographs to train on: folders, the layout of Vimeo-90K, the embedded ones; none of them is tested."""

import numpy as np
import pytest
from PIL import Image

from lcpc.data import photographs
from lcpc.errors import DataError, MissingData


def put(path, side=32, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((side, side + 8, 3), value, np.uint8)).save(path)


@pytest.fixture
def folder(tmp_path):
    for number in range(6):
        put(tmp_path / f"{number % 2}" / f"{number}.png", value=number)
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_all_images_below_a_folder_are_found_in_one_order(folder):
    held = photographs.folder(folder, 16)
    assert [int(rgb[0, 0, 0]) for rgb in held.rgb] == [0, 2, 4, 1, 3, 5]
    assert held.digest == photographs.folder(folder, 16).digest


def test_fewer_images_are_spread_evenly(folder):
    assert [int(rgb[0, 0, 0]) for rgb in photographs.folder(folder, 16, count=3).rgb] == [0, 4, 3]


def test_images_without_a_whole_patch_are_left_out(folder):
    put(folder / "small.png", side=8)
    assert len(photographs.folder(folder, 16).rgb) == 6


def test_a_folder_of_tiny_images_is_refused(folder):
    with pytest.raises(DataError, match="no image of 6 has sides of 64 pixels"):
        photographs.folder(folder, 64)


def test_a_broken_image_is_named(folder):
    (folder / "0" / "broken.jpg").write_bytes(b"no jpeg")
    with pytest.raises(DataError, match=r"broken\.jpg is none of"):
        photographs.folder(folder, 16)


def test_a_folder_that_is_not_there_or_empty_is_named(tmp_path):
    with pytest.raises(MissingData, match="nowhere is not there; check images: train_folder"):
        photographs.folder(tmp_path / "nowhere", 16)
    with pytest.raises(MissingData, match="holds no image"):
        photographs.folder(tmp_path, 16)


@pytest.fixture
def vimeo(tmp_path):
    for place in ("00001/0001", "00001/0002", "00002/0001"):
        for frame in photographs.VIMEO_FRAMES:
            put(tmp_path / "sequences" / place / frame)
    (tmp_path / photographs.VIMEO_LIST).write_text("00001/0001\n\n00002/0001\n")
    return tmp_path


def test_vimeo_gives_the_triplets_of_its_training_list(vimeo):
    found = [str(file.relative_to(vimeo)) for file in photographs.listed(vimeo)]
    assert found == [f"sequences/{place}/im{frame}.png" for place in ("00001/0001", "00002/0001") for frame in (1, 2, 3)]
    assert len(photographs.folder(vimeo, 16).rgb) == 6


@pytest.mark.parametrize("line", ["../../etc", "/etc/passwd", "00001", "00001/0001/im1.png"])
def test_a_list_that_leads_out_of_the_folder_is_refused(vimeo, line):
    (vimeo / photographs.VIMEO_LIST).write_text(f"00001/0001\n{line}\n")
    with pytest.raises(DataError, match=r"tri_trainlist\.txt, line 2: .* is no sequence"):
        photographs.listed(vimeo)


def test_a_missing_frame_is_named(vimeo):
    (vimeo / "sequences/00002/0001/im2.png").unlink()
    with pytest.raises(MissingData, match=r"00002/0001/im2\.png is not there"):
        photographs.folder(vimeo, 16)


def test_no_embedded_photograph_is_both_trained_on_and_tested():
    held, rest = photographs.embedded()
    assert len(held.rgb) == len(photographs.TRAIN)
    assert rest
    assert not set(rest) & set(photographs.TRAIN)


def test_hidden_images_are_left_out_and_the_files_that_are_read_are_inputs(tmp_path):
    folder = tmp_path / "pictures"
    for place in ("a.png", "b.png", "c.png", "._a.png", ".ipynb_checkpoints/a.png"):
        put(folder / place)
    assert len(photographs.folder(folder, 16).rgb) == 3
    assert photographs.input_files(folder, tmp_path) == ["pictures/a.png", "pictures/b.png", "pictures/c.png"]
    assert photographs.input_files(folder, tmp_path, count=2) == ["pictures/a.png", "pictures/b.png"]
    assert photographs.input_files(tmp_path / "away", tmp_path) == []


def test_a_link_to_nothing_is_an_image_that_is_missing(tmp_path):
    put(tmp_path / "a.png")
    (tmp_path / "b.png").symlink_to("gone.png")
    with pytest.raises(MissingData, match=r"b.png is not there"):
        photographs.folder(tmp_path, 16)


def test_a_byte_order_mark_before_the_list_of_vimeo_is_left_out(tmp_path):
    (tmp_path / photographs.VIMEO_LIST).write_text("00001/0001\n", encoding="utf-8-sig")
    files = photographs.vimeo(tmp_path)
    assert [file.parent for file in files] == [tmp_path / "sequences" / "00001" / "0001"] * 3
