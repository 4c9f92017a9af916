"""Downloads, only if the user asks: bounded, checked, and resumed after a broken connection.

Half a file lies beside its target as `<name>.part`, and `<name>.part.json` says what it is half of,
so that a server that changed its file meanwhile is noticed (If-Range) and halves of two files are
never joined. Pooch, the usual library for this, cannot resume.
"""

import json
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from lcpc.errors import DataError, LcpcError, MissingData, refusing
from lcpc.log import logger, progress
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_json

if TYPE_CHECKING:
    from requests import Response

LOG = logger("lcpc.data")
SCHEMES = ("http", "https")
LIMIT_BYTES = 8 << 30
PIECE_BYTES = 1 << 16
TIMEOUT_S = 30.0
TRIES = 5
PAUSE_S = 1.0
COMPLETE, PARTIAL, BEYOND_THE_END, SERVER_ERROR = 200, 206, 416, 500


@dataclass(frozen=True)
class Request:
    """A file to fetch: from where, to where, its sha256 (hex; "" if unknown), its largest size."""

    url: str
    target: Path
    sha256: str = ""
    limit_bytes: int = LIMIT_BYTES
    tries: int = TRIES
    pause_s: float = PAUSE_S

    @property
    def part(self) -> Path:
        """Where the bytes gather until all are there."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def note(self) -> Path:
        """File that says of which version of which address the part is."""
        return self.target.with_name(f"{self.target.name}.part.json")

    def forget(self) -> None:
        """Remove what an earlier call left."""
        self.part.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def fetch(request: Request) -> str:
    """Download a file unless it is there, going on where an earlier call stopped; its sha256 (hex).

    Raises DataError (too large, wrong checksum, not enough room, an address that is no http) or
    MissingData (no answer).
    """
    if urlsplit(request.url).scheme not in SCHEMES:
        raise DataError(f"{request.url}: only http and https are fetched. "
                        "Put the file beside the data and name its path.")
    if not request.target.is_file():
        request.target.parent.mkdir(parents=True, exist_ok=True)
        _download(request)
        _accept(request)
    return checked(request.target, request.sha256)


def checked(path: Path, sha256: str) -> str:
    """sha256 (hex) of a file. Raises DataError if it is not the promised one (if not "")."""
    digest = file_digest(path)
    if sha256 and digest != sha256.lower():
        raise DataError(f"{path}: sha256 is {digest}, but promised is {sha256}. "
                        "Delete the file and fetch it again.")
    return digest


def _accept(request: Request) -> None:
    digest = file_digest(request.part)
    if request.sha256 and digest != request.sha256.lower():
        request.forget()
        raise DataError(f"{request.url}: sha256 of what came is {digest}, but promised is "
                        f"{request.sha256}. It is another file: check the address and the "
                        "checksum.")
    if not request.sha256:
        LOG.warning("%s: no sha256 was promised; it is %s: put it into the config",
                    request.target.name, digest)
    request.part.replace(request.target)
    request.note.unlink(missing_ok=True)


def _download(request: Request) -> None:
    for tries_left in reversed(range(request.tries)):
        try:
            return _once(request)
        except OSError as error:  # requests' errors are OSErrors
            have = request.part.stat().st_size if request.part.is_file() else 0
            if not tries_left:
                raise MissingData(f"{request.url}: the connection broke after {have} bytes "
                                  f"({error}). "
                                  "Run the same command again: it goes on from there.") from error
            time.sleep(request.pause_s)


def _once(request: Request) -> None:
    import requests

    begin, validator = _remembered(request)
    headers = {"User-Agent": "lcpc", "Accept-Encoding": "identity"}
    if begin:
        headers |= {"Range": f"bytes={begin}-", "If-Range": validator}
    try:
        answer = requests.get(request.url, headers=headers, stream=True, timeout=TIMEOUT_S,
                              hooks={"response": check_redirect})
    except requests.exceptions.InvalidSchema as error:
        raise MissingData(f"{request.url} leads to an address that is not http "
                          f"({error}).") from error
    with answer:
        begin = _agreed_begin(request, answer, begin)
        length = answer.headers.get("Content-Length", "")
        total = begin + int(length) if length.isdigit() else None
        _check_room(request, begin, total)
        write_json(request.note, {"url": request.url, "validator": _validator(answer)})
        _save(request, answer, begin, total)


def check_redirect(answer: "Response", *args: Any, **options: Any) -> None:
    """DataError for a redirection from https to an address that is less safe."""
    target = urljoin(answer.url, answer.headers.get("Location", ""))
    if urlsplit(answer.url).scheme == "https" and urlsplit(target).scheme != "https":
        raise DataError(f"{answer.url} leads to {target[:80]}, which is not followed. "
                        "Name the final address.")


def _remembered(request: Request) -> tuple[int, str]:
    """Size of the part, and the ETag or date of the file that it is part of."""
    broken = refusing(DataError, request.note, "says nothing of its part", "fetch it again")
    with suppress(LcpcError), broken:
        note = json.loads(request.note.read_text(encoding="utf-8"))
        if note["url"] == request.url and note["validator"]:
            return request.part.stat().st_size, str(note["validator"])
    request.forget()
    return 0, ""


def _agreed_begin(request: Request, answer: "Response", begin: int) -> int:
    """Where the answer starts: at the byte asked for, or at 0 if the whole file comes."""
    status = answer.status_code
    if status == COMPLETE:
        return 0
    content_range = answer.headers.get("Content-Range", "")
    if status == PARTIAL and content_range.startswith(f"bytes {begin}-"):
        return begin
    if status in (PARTIAL, BEYOND_THE_END):
        request.forget()
        raise ConnectionError(f"the server answered {status} with another part than was asked")
    if status >= SERVER_ERROR:
        raise ConnectionError(f"the server says {status} {answer.reason}")
    raise MissingData(f"{request.url}: the server says {status} {answer.reason}. Check the "
                      "address.")


def _validator(answer: "Response") -> str:
    tag = answer.headers.get("ETag", "")
    is_strong = tag and not tag.startswith("W/")
    return tag if is_strong else answer.headers.get("Last-Modified", "")


def _check_room(request: Request, begin: int, total: int | None) -> None:
    if total is None:
        return
    if total > request.limit_bytes:
        raise DataError(f"{request.url} is {total} bytes, at most {request.limit_bytes} are "
                        "fetched. Is it the right file?")
    free = shutil.disk_usage(request.target.parent).free
    if total - begin > free:
        raise DataError(f"{request.target.parent}: {total - begin} bytes to come, {free} free. "
                        "Free some space or set LCPC_DATA.")


def _save(request: Request, answer: "Response", begin: int, total: int | None) -> None:
    size = begin
    pieces = None if total is None else -(-(total - begin) // PIECE_BYTES)
    title = f"{request.target.name}, pieces of {PIECE_BYTES} bytes"
    with request.part.open("r+b" if begin else "wb") as file:
        file.seek(begin)
        for piece in progress(answer.iter_content(PIECE_BYTES), title, pieces):
            size += len(piece)
            if size > request.limit_bytes:
                raise DataError(f"{request.url} gives more than {request.limit_bytes} bytes. "
                                "Is it the right file?")
            file.write(piece)
    if total is not None and size != total:
        raise ConnectionError(f"{size} of {total} bytes came")
