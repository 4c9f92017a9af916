"""Archives are unpacked into their folder and nowhere else, within bounds, and gone on with after an interruption."""

import stat
import zipfile

import pytest

from lcpc.data import archive
from lcpc.errors import DataError, MissingData

GOOD = {"ModelNet40/bed/train/bed_0001.off": b"OFF 1", "ModelNet40/bed/test/bed_0002.OFF": b"OFF 2"}


@pytest.fixture
def make(tmp_path):
    def write(files, mode=0):
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = mode << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                opened.writestr(entry, content)
        return path

    return write


def unpack(path, tmp_path, **limits):
    return archive.unpack(path, tmp_path / "out", (".off",), archive.ArchiveLimits(**limits))


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_wanted_files_are_unpacked_and_the_rest_stays(make, tmp_path):
    path = make({**GOOD, "ModelNet40/README.txt": b"hello", "__MACOSX/bed/._bed_0001.off": b"x", ".DS_Store": b"x", "d/": b""})
    assert unpack(path, tmp_path) == 2
    assert below(tmp_path / "out") == sorted(GOOD)


@pytest.mark.parametrize("name", ["../evil.off", "a/../../evil.off", "/evil.off", "a\\..\\evil.off", "C:/evil.off", "a//b.off",
                                  "./a.off"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_written(make, tmp_path, name):
    path = make({**GOOD, name: b"OFF"})
    with pytest.raises(DataError, match=r"a\.zip: .* (leads out of|is no path relative to) .*Nothing was unpacked"):
        unpack(path, tmp_path)
    assert below(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFCHR | 0o666, stat.S_IFIFO | 0o666])
def test_links_and_devices_are_refused(make, tmp_path, mode):
    with pytest.raises(DataError, match="is a link or a device, not a file"):
        unpack(make({"a.off": b"/etc/passwd"}, mode), tmp_path)


def test_a_link_on_the_disk_leads_nowhere_either(make, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "ModelNet40").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="a link leads out of .*out. Remove the link"):
        unpack(make(GOOD), tmp_path)
    assert [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"files": 1}, "2 files, at most 1 are unpacked"),
        ({"file_bytes": 4}, "has 5 bytes, at most 4 are unpacked"),
        ({"total_bytes": 9}, "10 bytes when unpacked, at most 9 are"),
    ],
)
def test_bounds_are_kept(make, tmp_path, limits, message):
    with pytest.raises(DataError, match=message):
        unpack(make(GOOD), tmp_path, **limits)
    assert below(tmp_path) == ["a.zip"]


def test_a_bomb_is_refused_by_its_ratio(make, tmp_path):
    with pytest.raises(DataError, match="claims 3000000 bytes out of .* packed ones, as a zip bomb does"):
        unpack(make({"a.off": bytes(3_000_000)}), tmp_path, ratio=100)


@pytest.mark.parametrize("comment", [b"", b"made by hand"])
def test_the_size_of_the_list_is_read_before_the_list(make, tmp_path, monkeypatch, comment):
    path = make(GOOD)
    with zipfile.ZipFile(path, "a") as opened:
        opened.comment = comment
        names = opened.namelist()
    assert archive.list_bytes(path) == sum(46 + len(name) for name in names)
    monkeypatch.setattr(archive, "LIST_BYTES", 100)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(DataError, match=r"a\.zip: its list of files takes more than 100 bytes. Nothing was unpacked"):
        unpack(path, tmp_path)
    assert not (tmp_path / "out").exists()


def test_the_size_of_the_list_is_found_in_large_archives_too(make, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    path = make(GOOD)
    assert b"PK\x06\x06" in path.read_bytes()
    assert archive.list_bytes(path) == sum(46 + len(name) for name in GOOD)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06", b"x" * 100_000])
def test_what_is_no_archive_has_no_list(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    assert archive.list_bytes(tmp_path / "a.zip") == 0


def test_files_that_overlap_are_refused(make, tmp_path):
    path = make({"a.off": b"OFF " * 500, "b.off": b"OFF " * 500})
    with zipfile.ZipFile(path) as opened:
        entries = opened.infolist()
    size = sum(entry.compress_size for entry in entries) - 1
    assert archive.defect(entries, size, archive.ArchiveLimits()) == "its files overlap, as those of a zip bomb do"


def test_one_name_twice_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
        opened.writestr("a.off", "one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            opened.writestr("a.off", "two")
    with pytest.raises(DataError, match="it holds some names twice"):
        unpack(tmp_path / "a.zip", tmp_path)


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_what_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.zip is not a whole zip archive .*fetch it again"):
        unpack(tmp_path / "a.zip", tmp_path)


def test_a_damaged_file_is_refused_and_leaves_no_half(make, tmp_path):
    path = make({"a.off": bytes(range(256)) * 8})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="not a whole zip archive"):
        unpack(path, tmp_path)
    assert below(tmp_path) == ["a.zip"]


def test_an_interrupted_unpacking_goes_on(make, tmp_path):
    path = make(GOOD)
    unpack(path, tmp_path)
    first, second = (tmp_path / "out" / name for name in GOOD)
    before = first.stat().st_mtime_ns
    second.unlink()
    unpack(path, tmp_path)
    assert second.read_bytes() == b"OFF 2"
    assert first.stat().st_mtime_ns == before


def test_an_absent_archive_is_told_with_the_way_out(tmp_path):
    with pytest.raises(MissingData, match=r"a\.zip is not there. Set dataset.source"):
        unpack(tmp_path / "a.zip", tmp_path)


def test_a_full_disk_is_told_before_the_first_byte(make, tmp_path, monkeypatch):
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 3})())
    with pytest.raises(DataError, match="10 bytes to unpack, 3 free"):
        unpack(make(GOOD), tmp_path)
