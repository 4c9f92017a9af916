"""Downloads are bounded, checked and resumed; a server on this machine plays all kinds of trouble."""

import hashlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import requests

from lcpc.data import fetch
from lcpc.errors import DataError, MissingData

BODY = np.random.default_rng(1).bytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves `body` with ranges; `cut` is how many bytes an answer gives before its connection breaks."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.tag, self.cut, self.ranges, self.status, self.asked = BODY, '"one"', 0, True, 0, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/ModelNet40.zip"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range") if self.headers.get("If-Range", server.tag) == server.tag and server.ranges else None
        server.asked.append(self.headers.get("Range"))
        if self.path == "/elsewhere" or server.status:
            return self.answer(server.status or 302, {"Location": "file:///etc/hostname"}, b"")
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if begin >= len(server.body):
            return self.answer(416, {}, b"")
        body = server.body[begin:]
        headers = {"ETag": server.tag, "Content-Length": str(len(body))}
        if wanted:
            headers["Content-Range"] = f"bytes {begin}-{len(server.body) - 1}/{len(server.body)}"
        self.answer(206 if wanted else 200, headers, body[: server.cut] if server.cut else body)

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *words):
        pass


@pytest.fixture
def server(serving):
    with serving(Server()) as one:
        yield one


@pytest.fixture
def ask(server, tmp_path):
    def request(**changes):
        usual = {"url": server.url, "target": tmp_path / "a.zip", "sha256": SHA256, "tries": 2, "pause_s": 0}
        return fetch.Request(**{**usual, **changes})

    return request


def test_a_whole_file_arrives_and_nothing_else_stays(ask, server, tmp_path):
    assert fetch.fetch(ask()) == SHA256
    assert (tmp_path / "a.zip").read_bytes() == BODY
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    assert fetch.fetch(ask()) == SHA256
    assert len(server.asked) == 1


def test_a_broken_connection_is_gone_on_with_where_it_broke(ask, server, tmp_path):
    server.cut = 100_000
    with pytest.raises(MissingData, match=r"the connection broke after 131072 bytes .*Run the same command again: it goes on"):
        fetch.fetch(ask())
    assert not (tmp_path / "a.zip").exists()
    server.cut = 0
    fetch.fetch(ask())
    assert (tmp_path / "a.zip").read_bytes() == BODY
    assert server.asked == [None, "bytes=65536-", "bytes=131072-"]


def test_halves_of_two_files_are_never_joined(ask, server, tmp_path):
    server.cut = 100_000
    with pytest.raises(MissingData):
        fetch.fetch(ask(tries=1))
    server.body, server.tag, server.cut = BODY[::-1], '"two"', 0
    fetch.fetch(ask(sha256=hashlib.sha256(BODY[::-1]).hexdigest()))
    assert (tmp_path / "a.zip").read_bytes() == BODY[::-1]


def test_a_server_without_ranges_starts_anew(ask, server, tmp_path):
    server.cut, server.ranges = 100_000, False
    with pytest.raises(MissingData):
        fetch.fetch(ask(tries=1))
    server.cut = 0
    assert fetch.fetch(ask()) == SHA256


def test_a_part_longer_than_the_file_is_thrown_away(ask, server, tmp_path):
    server.cut = 100_000
    with pytest.raises(MissingData):
        fetch.fetch(ask(tries=1))
    server.cut = 0
    (tmp_path / "a.zip.part").write_bytes(bytes(400_000))
    assert fetch.fetch(ask()) == SHA256


def test_another_file_than_the_promised_one_is_refused_and_removed(ask, tmp_path):
    with pytest.raises(DataError, match=f"sha256 of what came is {SHA256}, but promised is {'0' * 64}"):
        fetch.fetch(ask(sha256="0" * 64))
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_held_to_its_checksum_too(ask, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"other")
    with pytest.raises(DataError, match=r"a\.zip: sha256 is [0-9a-f]{64}, but promised is"):
        fetch.fetch(ask())


def test_a_checksum_that_nobody_promised_is_told(ask, caplog):
    fetch.fetch(ask(sha256=""))
    assert f"it is {SHA256}: put it into the config" in caplog.text


def test_a_file_beyond_the_bound_is_refused_before_it_comes(ask, tmp_path):
    with pytest.raises(DataError, match="is 300000 bytes, at most 1000 are fetched"):
        fetch.fetch(ask(limit_bytes=1000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [404, 403])
def test_a_refusal_is_told_at_once(ask, server, status):
    server.status = status
    with pytest.raises(MissingData, match=f"the server says {status} .* Check the address"):
        fetch.fetch(ask(tries=5))
    assert len(server.asked) == 1


def test_a_server_in_trouble_is_asked_again(ask, server):
    server.status = 503
    with pytest.raises(MissingData, match="connection broke after 0 bytes .the server says 503"):
        fetch.fetch(ask(tries=3))
    assert len(server.asked) == 3


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://somewhere/ModelNet40.zip"])
def test_only_web_addresses_are_fetched(ask, url):
    with pytest.raises(DataError, match="only http and https are fetched. Put the file beside the data"):
        fetch.fetch(ask(url=url))


def test_a_redirection_to_the_disk_is_not_followed(ask, server):
    with pytest.raises(MissingData, match="leads to an address that is not http .*file:///etc/hostname"):
        fetch.fetch(ask(url=server.url.replace("ModelNet40.zip", "elsewhere")))


def test_a_redirection_from_https_to_http_is_not_followed():
    answer = requests.Response()
    answer.url, answer.status_code = "https://a.example/b.zip", 302
    answer.headers["Location"] = "http://a.example/c.zip"
    with pytest.raises(DataError, match="https://a.example/b.zip leads to http://a.example/c.zip, which is not followed"):
        fetch.check_redirect(answer)


def test_a_full_disk_is_told_before_the_first_byte(ask, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(DataError, match="300000 bytes to come, 10 free. Free some space or set LCPC_DATA"):
        fetch.fetch(ask())
