"""Unpacks zip archives of unknown origin: nothing outside the folder, no links, bounded sizes.

The whole list is checked before the first byte is written. Files that are there with their size are
not written again, and each is moved into place whole, so that interrupted unpacking goes on.
"""

import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lcpc.data.listing import is_hidden
from lcpc.errors import DataError, MissingData, refusing
from lcpc.log import progress

LAST, LOCATOR, ZIP64 = 22, 20, 56
"""Sizes of the records at the end of an archive."""
END_BYTES = LAST + (1 << 16) + LOCATOR + ZIP64
LIST_BYTES = 1 << 25
"""The list of ModelNet40's 12,311 files is about 1 MB."""
WAY_OUT = "Nothing was unpacked: fetch the archive again from those who made it"


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may hold at most; ModelNet40 has 12,311 files and some 10 GB."""

    files: int = 100_000
    file_bytes: int = 1 << 30
    total_bytes: int = 32 << 30
    ratio: int = 1100
    """Deflate shrinks by 1032 at most, so an archive that claims more lies about its sizes."""


def unpack(
    archive: Path, folder: Path, suffixes: tuple[str, ...], limits: ArchiveLimits | None = None
) -> int:
    """Unpack the files with one of `suffixes` below `folder`, the rest stays packed; their number.

    Raises MissingData without an archive, DataError for a broken, hostile or too large one.
    """
    if not archive.is_file():
        raise MissingData(f"{archive} is not there. "
                          "Set dataset.source in the run's config to the archive's path.")
    if list_bytes(archive) > LIST_BYTES:
        raise DataError(f"{archive}: its list of files takes more than {LIST_BYTES} bytes. "
                        f"{WAY_OUT}.")
    folder.mkdir(parents=True, exist_ok=True)
    broken = refusing(DataError, archive, "is not a whole zip archive", "Fetch it again")
    with broken, zipfile.ZipFile(archive) as opened:
        entries = opened.infolist()
        if reason := defect(entries, archive.stat().st_size, limits or ArchiveLimits()):
            raise DataError(f"{archive}: {reason}. {WAY_OUT}.")
        wanted = [entry for entry in entries if is_wanted(entry, suffixes)]
        check_room(folder, wanted)
        for entry in progress(wanted, f"unpacking {archive.name}"):
            write(opened, entry, folder)
    return len(wanted)


def list_bytes(archive: Path) -> int:
    """Size that a zip archive claims for its list of files, which zipfile reads into memory whole.

    It is read where zipfile reads it: in the last record, else in the record of zip64 before it.
    0 if the file is not an archive.
    """
    with archive.open("rb") as file:
        file.seek(-min(archive.stat().st_size, END_BYTES), os.SEEK_END)
        end = file.read()
    has_no_comment = end[-LAST:].startswith(b"PK\x05\x06") and end.endswith(b"\0\0")
    begin = len(end) - LAST if has_no_comment else end.rfind(b"PK\x05\x06")
    if begin < 0:
        return 0
    before = end[max(begin - LOCATOR - ZIP64, 0) : begin]
    if before[-LOCATOR:].startswith(b"PK\x06\x07") and before.startswith(b"PK\x06\x06"):
        return int.from_bytes(before[40:48], "little")
    return int.from_bytes(end[begin + 12 : begin + 16], "little")


def is_wanted(entry: zipfile.ZipInfo, suffixes: tuple[str, ...]) -> bool:
    """Whether an entry is a file with one of the suffixes, and not hidden."""
    path = PurePosixPath(entry.filename)
    hidden = any(map(is_hidden, path.parts))
    return not entry.is_dir() and not hidden and path.suffix.lower() in suffixes


def defect(entries: Sequence[zipfile.ZipInfo], archive_bytes: int, limits: ArchiveLimits) -> str:
    """Why an archive with these entries is not unpacked, or ""."""
    if len(entries) > limits.files:
        return f"{len(entries)} files, at most {limits.files} are unpacked"
    for entry in entries:
        if reason := defect_of_name(entry.filename) or defect_of_entry(entry, limits):
            return f"{entry.filename[:80]!r} {reason}"
    names = [entry.filename.rstrip("/") for entry in entries]
    if len(set(names)) != len(names):
        return "it holds some names twice"
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_bytes:
        return f"{total} bytes when unpacked, at most {limits.total_bytes} are"
    if sum(entry.compress_size for entry in entries) > archive_bytes:
        return "its files overlap, as those of a zip bomb do"
    return ""


def defect_of_name(name: str) -> str:
    """Why no file is written under this name, or ""."""
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or "\\" in name or "\0" in name or ":" in parts[0]:
        return "is no path relative to the archive"
    if any(part in ("", ".", "..") for part in parts):
        return "leads out of the archive's folder"
    return ""


def defect_of_entry(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> str:
    """Why one entry is not unpacked: a link, a device, encrypted, or too large; or ""."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.file_size > limits.file_bytes:
        return f"has {entry.file_size} bytes, at most {limits.file_bytes} are unpacked"
    if entry.file_size > limits.ratio * max(entry.compress_size, 1):
        return (f"claims {entry.file_size} bytes out of {entry.compress_size} packed ones, "
                "as a zip bomb does")
    return ""


def check_room(folder: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    """DataError if the files that are still to be written do not fit on the disk."""
    todo = [entry for entry in entries if not is_there(folder / entry.filename, entry)]
    missing = sum(entry.file_size for entry in todo)
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise DataError(f"{folder}: {missing} bytes to unpack, {free} free. "
                        "Free some space or set LCPC_DATA.")


def is_there(path: Path, entry: zipfile.ZipInfo) -> bool:
    """Whether a file was unpacked before: files are moved into place whole, so its size says it."""
    return path.is_file() and not path.is_symlink() and path.stat().st_size == entry.file_size


def write(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    """Write one file whole. Raises DataError if a link on the disk would lead it elsewhere."""
    target = folder / entry.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{target}: a link leads out of {folder}. Remove the link.")
    if is_there(target, entry):
        return
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".unpacking.")
    try:
        with os.fdopen(handle, "wb") as file, opened.open(entry) as packed:
            shutil.copyfileobj(packed, file, 1 << 20)
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
