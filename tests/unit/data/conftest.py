"""A web server on this machine for tests of downloads."""

import threading
from contextlib import contextmanager

import pytest


@pytest.fixture
def serving(monkeypatch):
    """A context in which a server of `http.server` answers; it gives that server."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    @contextmanager
    def running(server):
        with server as one:
            thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            try:
                yield one
            finally:
                one.shutdown()
                thread.join()

    return running
