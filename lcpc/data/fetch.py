"""Downloads, only where the user asks: bounded, checked, and resumed where a connection broke.

Half a file lies beside its target as `<name>.part`, and `<name>.part.json` says what it is half of, so that a server
that changed its file meanwhile is noticed (If-Range) and halves of two files are never joined.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lcpc.errors import DataError, MissingData
from lcpc.log import logger, progress
from lcpc.results.provenance import file_digest
from lcpc.results.store import write_json

LOG = logger("lcpc.data")
SCHEMES = ("http", "https")
LIMIT_BYTES = 8 << 30
PIECE_BYTES = 1 << 20
TIMEOUT_S = 30.0
TRIES = 5
PAUSE_S = 1.0
COMPLETE, PARTIAL, BEYOND_THE_END = 200, 206, 416


@dataclass(frozen=True)
class Request:
    """A file to fetch: where from, where to, its sha256 (hex; "" is unknown) and how large it may be."""

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
    def story(self) -> Path:
        """What the part is half of."""
        return self.target.with_name(f"{self.target.name}.part.json")


class _Broken(Exception):
    """The connection ended early; another try goes on from there."""


class _NeverLessSafe(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req, fp, code, msg, headers, newurl):
        """Follow, but never from https down to http (nor to the disk: urllib itself sees to that)."""
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            raise DataError(f"{req.full_url} leads to {newurl[:80]}, which is not followed. Name the final address.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(request: Request) -> str:
    """Download a file, going on where an earlier call stopped; its sha256 (hex). Nothing is done where it is there.

    Raises DataError (too large, wrong checksum, not enough room, an address that is no http) or MissingData (no answer).
    """
    if urlsplit(request.url).scheme not in SCHEMES:
        raise DataError(f"{request.url}: only http and https are fetched. Put the file beside the data and name its path.")
    if not request.target.is_file():
        request.target.parent.mkdir(parents=True, exist_ok=True)
        _all_tries(request)
        _accept(request)
    return checked(request.target, request.sha256)


def checked(path: Path, sha256: str) -> str:
    """sha256 (hex) of a file. Raises DataError unless it is the promised one; "" promises nothing."""
    digest = file_digest(path)
    if sha256 and digest != sha256.lower():
        raise DataError(f"{path}: sha256 is {digest}, but promised is {sha256}. Delete the file and fetch it again.")
    return digest


def _accept(request: Request) -> None:
    digest = file_digest(request.part)
    if request.sha256 and digest != request.sha256.lower():
        _forget(request)
        raise DataError(f"{request.url}: sha256 of what came is {digest}, but promised is {request.sha256}. "
                        "It is another file: check the address and the checksum.")
    if not request.sha256:
        LOG.warning("%s: no sha256 was promised; it is %s: put it into the config", request.target.name, digest)
    request.part.replace(request.target)
    request.story.unlink(missing_ok=True)


def _all_tries(request: Request) -> None:
    for left in reversed(range(request.tries)):
        try:
            return _once(request)
        except (_Broken, OSError, http.client.HTTPException) as error:
            have = request.part.stat().st_size if request.part.is_file() else 0
            if not left:
                raise MissingData(f"{request.url}: the connection broke after {have} bytes ({error}). "
                                  "Run the same command again: it goes on from there.") from error
            time.sleep(request.pause_s)


def _once(request: Request) -> None:
    begin, validator = _remembered(request)
    with contextlib.closing(_open(request, begin, validator)) as answer:
        if answer.status == BEYOND_THE_END:
            _forget(request)
            raise _Broken("the part did not fit the file")
        begin = _agreed_begin(request, answer, begin)
        length = answer.headers.get("Content-Length", "")
        total = begin + int(length) if length.isdigit() else None
        _check_room(request, begin, total)
        write_json(request.story, {"url": request.url, "validator": _validator(answer)})
        _pour(request, answer, begin, total)


def _remembered(request: Request) -> tuple[int, str]:
    """How many bytes are there, and the ETag or date of the file that they are part of."""
    try:
        story = json.loads(request.story.read_text())
        if story["url"] == request.url and story["validator"]:
            return request.part.stat().st_size, str(story["validator"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    _forget(request)
    return 0, ""


def _forget(request: Request) -> None:
    request.part.unlink(missing_ok=True)
    request.story.unlink(missing_ok=True)


def _open(request: Request, begin: int, validator: str) -> http.client.HTTPResponse:
    headers = {"User-Agent": "lcpc", "Accept-Encoding": "identity"}
    if begin:
        headers |= {"Range": f"bytes={begin}-", "If-Range": validator}
    opener = urllib.request.build_opener(_NeverLessSafe())
    try:
        answer: http.client.HTTPResponse = opener.open(urllib.request.Request(request.url, headers=headers), timeout=TIMEOUT_S)
        return answer
    except urllib.error.HTTPError as error:
        if error.code == BEYOND_THE_END:
            return error  # type: ignore[return-value]
        if error.code >= 500:
            raise _Broken(f"the server says {error.code} {error.reason}") from error
        raise MissingData(f"{request.url}: the server says {error.code} {error.reason}. Check the address.") from error


def _agreed_begin(request: Request, answer: http.client.HTTPResponse, begin: int) -> int:
    """Where the answer starts: at what was asked, or at 0 where the server sends all of it. Any other start is refused."""
    if answer.status == COMPLETE:
        return 0
    if answer.status == PARTIAL and answer.headers.get("Content-Range", "").startswith(f"bytes {begin}-"):
        return begin
    _forget(request)
    raise _Broken(f"the server answered {answer.status} with another part than was asked")


def _validator(answer: http.client.HTTPResponse) -> str:
    tag = answer.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else answer.headers.get("Last-Modified", "")


def _check_room(request: Request, begin: int, total: int | None) -> None:
    if (total or 0) > request.limit_bytes:
        raise DataError(f"{request.url} is {total} bytes, at most {request.limit_bytes} are fetched. Is it the right file?")
    free = shutil.disk_usage(request.target.parent).free
    if total is not None and total - begin > free:
        raise DataError(f"{request.target.parent}: {total - begin} bytes to come, {free} free. "
                        "Free some space or set LCPC_DATA.")


def _pour(request: Request, answer: http.client.HTTPResponse, begin: int, total: int | None) -> None:
    size = begin
    pieces = -(-(total - begin) // PIECE_BYTES) if total is not None else None
    with request.part.open("r+b" if begin else "wb") as file:
        file.seek(begin)
        for piece in progress(_pieces(answer), f"{request.target.name}, MiB", pieces):
            size += len(piece)
            if size > request.limit_bytes:
                raise DataError(f"{request.url} gives more than {request.limit_bytes} bytes. Is it the right file?")
            file.write(piece)
    if total is not None and size != total:
        raise _Broken(f"{size} of {total} bytes came")


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while piece := answer.read(PIECE_BYTES):
        yield piece
