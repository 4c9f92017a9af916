"""Photographs are read only with the checksum on record, and named with the way to get them where they are not."""

import hashlib
import io
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from lcpc.cli import main
from lcpc.data.images import kodak, photos
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
        shutil.copy(photos.place() / file, tmp_path / file)
    assert photos.missing(tmp_path) == ""
    (tmp_path / "coffee.png").write_bytes(b"not the one")
    with pytest.raises(DataError, match=r"coffee.png has sha256 .* is on record. They come with scikit-image"):
        photos.load(tmp_path)


def test_photographs_that_are_not_there_are_named_with_the_way_out(tmp_path):
    assert "chelsea.png" in photos.missing(tmp_path)
    with pytest.raises(MissingData, match="chelsea.png is not in .* They come with scikit-image"):
        photos.load(tmp_path)
    assert "24 Kodak photographs (kodim01.png, ...) are not in" in kodak.missing(tmp_path)
    with pytest.raises(MissingData, match=r"kodim01.png is not in .* Put the original .* or fetch them .*lcpc data --download"):
        kodak.load(tmp_path)


def test_the_kodak_photographs_are_the_originals(shared):
    found = kodak.load(shared / "data" / "kodak")
    assert kodak.missing(shared / "data" / "kodak") == ""
    assert len(found) == 24
    assert {photo.rgb.shape for photo in found} == {(512, 768, 3), (768, 512, 3)}


def png(grey):
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (grey,) * 3).save(file, "PNG")
    return file.getvalue()


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a folder."""

    def log_message(self, *words):
        pass


@pytest.fixture
def server(serving, tmp_path, monkeypatch):
    """Two photographs in the place of the 24, on a server; the folder that it serves."""
    served = tmp_path / "served"
    served.mkdir()
    content = {"kodim01.png": png(10), "kodim02.png": png(20)}
    for name, held in content.items():
        (served / name).write_bytes(held)
    monkeypatch.setattr(kodak, "FILES", {name: hashlib.sha256(held).hexdigest() for name, held in content.items()})
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))) as one:
        monkeypatch.setattr(kodak, "ADDRESS", f"http://127.0.0.1:{one.server_address[1]}/")
        yield served


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Calls `lcpc data` for a run that measures images on Kodak and nothing else."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text("images: {test: kodak, codecs: [jpeg]}\n")
    monkeypatch.setenv("LCPC_DATA", str(tmp_path / "data"))
    return lambda *more: main(["data", "--run", "mine", "--root", str(tmp_path), *more])


def test_kodak_is_fetched_where_asked_and_each_file_is_held_to_its_checksum(server, run, tmp_path):
    assert run("--download") == 0
    assert [photo.rgb[0, 0, 0] for photo in kodak.load(tmp_path / "data" / "kodak")] == [10, 20]


def test_nothing_is_fetched_unasked_and_the_way_is_told(server, run, tmp_path, caplog):
    with caplog.at_level("WARNING", "lcpc.data"):
        assert run() == 0
    assert not (tmp_path / "data").exists()
    assert "2 Kodak photographs (kodim01.png, ...) are not in kodak/" in caplog.text
    assert "`lcpc data --download`" in caplog.text


def test_another_photograph_under_the_name_of_one_of_kodak_is_refused_and_not_kept(server, run, tmp_path, capsys):
    (server / "kodim02.png").write_bytes(png(30))
    assert run("--download") != 0
    assert "It is another file" in capsys.readouterr().err
    assert not (tmp_path / "data" / "kodak" / "kodim02.png").exists()
