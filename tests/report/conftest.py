"""A small project full of hostile text, and Debian's Chromium without a screen."""

import base64
import contextlib
import json
import os
import select
import shutil
import signal
import struct
import subprocess
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lcpc.audit.claims import CLAIM_COLUMNS, KNOWN_COLUMNS
from lcpc.report.site import build
from lcpc.results.provenance import file_digest

HOSTILE = "<script>alert('x')</script>\"><img src=x onerror=alert(2)>&amp;"
"""What no text on disk may become more than: text."""
MACHINE, STARTED = "Processor Nobody 9000", "2031-01-02T03:04:05Z"
ROWS = "results/mini/rate_accuracy/proposed_micro_P8.csv"
CURVE = [(10.0, 40.0), (20.5, 61.0), (40.25, 72.5)]

NAMES = ("chromium", "chromium-browser", "google-chrome")
WAYS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--hide-scrollbars", "--no-first-run",
        "--disable-background-networking", "--disable-extensions", "--remote-debugging-pipe")
KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowRight": 39, "ArrowLeft": 37, "ArrowDown": 40,
        "ArrowUp": 38}
PATIENCE_S = 60.0


def csv_text(columns: list[str], rows: list[dict[str, Any]]) -> str:
    quoted = [",".join('"' + str(row.get(column, "")).replace('"', '""') + '"'
                       for column in columns) for row in rows]
    return "\n".join([",".join(columns), *quoted, ""])


def png(width: int = 30, height: int = 20) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


class Site:
    """A project of two runs below `root`.

    `build` writes the report of run mini and returns its folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("Snakefile", "")
        self.write("config/published.yaml", "tables: [rate_at_80]\n")
        self.write("config/mini.yaml", json.dumps({
            "description": f"Small. {HOSTILE}", "dataset": {"name": "modelnet40"},
            "proposed": [{"sizes": ["micro"], "points": [8], "lambdas": [10, 20, 40]}],
            "tables": ["rate_at_80", "audit"],
            "figures": ["rate_accuracy_micro", "dataset_meshes"]}))
        self.published()
        self.rows()
        for run in ("published", "mini"):
            self.table(run)
        for stem in ("rate_accuracy_micro", "dataset_meshes"):
            self.figure(stem)
        self.write("benchmarks/mini/train_proposed/micro_P8.tsv",
                   "s\tmax_rss\tcpu_time\n125.5\t2048.00\t200.1\n")
        self.write("benchmarks/mini/table/rate_at_80.tsv", "s\tmax_rss\tcpu_time\n1.5\t-\t0.9\n")
        self.write(f"benchmarks/mini/table/{HOSTILE.replace('/', '')}.tsv", "s\nsoon\n")

    def write(self, file: str, content: str | bytes) -> Path:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def published(self) -> None:
        self.write("results/published/printed/bits.csv", "codec,rate_bits\nours,50\ntheirs,30\n")
        shared = {"unit": "bits", "decimals": "0", "method": "read off", "table": "rate_at_80",
                  "measured": "rate_bits",
                  "recomputed": "recomputed_rate_bits", "tolerance": "0.5",
                  "measured_tolerance": "2", "source": HOSTILE}
        printed = enumerate((("ours", 50), ("theirs", 30)), 2)
        claims = [{**shared, "claim": f"bits.{codec} & co", "value": value, "row": f"codec={codec}",
                   "printed_at": f"bits:{line}:rate_bits"} for line, (codec, value) in printed]
        known = {"claim": "bits.ours & co", "kind": "measured", "run": "mini", "found": "55.5",
                 "reason": f"Seeds. {HOSTILE}.", "until": "more seeds"}
        self.write("results/published/claims.csv", csv_text(CLAIM_COLUMNS, claims))
        self.write("results/published/known_differences.csv", csv_text(KNOWN_COLUMNS, [known]))

    def rows(self) -> None:
        columns = ["run", "dataset", "codec", "size", "points", "lambda", "rate_bits",
                   "top1_percent", "evidence", "status", "note"]
        told = {"run": "mini", "dataset": "modelnet40", "codec": "proposed", "size": "micro",
                "points": 8, "evidence": "measured", "status": "done", "note": HOSTILE}
        points = [{**told, "lambda": int(rate), "rate_bits": rate, "top1_percent": top1}
                  for rate, top1 in CURVE]
        self.write(ROWS, csv_text(columns, points))
        self.write(ROWS.replace(".csv", ".json"), json.dumps({
            "run": "mini", "seed": 7, "dataset": "modelnet40",
            "command": f"lcpc evaluate {HOSTILE}", "config_digest": "c0ffee",
            "machine": {"processor": MACHINE, "cores": 3},
            "training": {"seconds": 65.0, "device": "",
                         "machine": {"processor": MACHINE, "cores": 5}},
            "time": {"started": STARTED, "seconds": 61.0, "peak_memory_mib": 512.5}}))

    def table(self, run: str,
              missing: str = f"nobody measured it; {HOSTILE}, run `lcpc evaluate --{HOSTILE}`",
              sources: tuple[str, ...] = (ROWS,), **changes: Any) -> Path:
        measured = run == "mini"
        columns = ["codec", "rate_bits", "evidence", "printed_rate_bits", "recomputed_rate_bits",
                   "note"]
        found = [{"file": file, "lines": [2, 3, 4]} for file in sources]
        own = {"value": 55.5 if measured else 49.8, "formula": f"bits at 80 % {HOSTILE}",
               "missing": "", "sources": found}
        gone = {"value": None, "formula": "", "missing": missing, "sources": []}
        again = {"value": 49.8, "formula": "the same", "missing": "", "sources": []}
        cells = [{"rate_bits": own, "recomputed_rate_bits": again,
                  "printed_rate_bits": {**again, "value": 50.0}},
                 {"rate_bits": gone, "recomputed_rate_bits": {**again, "value": 29.6},
                  "printed_rate_bits": gone}]
        evidence = "measured" if measured else "published"
        rows = [{"codec": codec, "evidence": evidence, "note": missing if codec == "theirs" else "",
                 **{name: "" if cell["value"] is None else f"{cell['value']:g}"
                    for name, cell in told.items()}}
                for codec, told in zip(("ours", "theirs"), cells, strict=True)]
        told = [{"key": {"codec": row["codec"]}, "cells": cell}
                for row, cell in zip(rows, cells, strict=True)]
        content = {"stem": "rate_at_80", "caption": f"Bits {HOSTILE}", "code": "c0de",
                   "key": ["codec"],
                   "columns": columns, "notes": [HOSTILE],
                   "sources": {file: file_digest(self.root / file)
                               for file in sources if (self.root / file).is_file()},
                   "rows": told, **changes}
        self.write(f"tables/{run}/rate_at_80.json", json.dumps(content))
        return self.write(f"tables/{run}/rate_at_80.csv", csv_text(columns, rows))

    def figure(self, stem: str, points: list[tuple[Any, Any]] | None = None) -> None:
        columns = ["series", "run", "codec", "size", "points", "lambda", "scale", "rate_bits",
                   "top1_percent", "evidence"]
        curve = [{"series": HOSTILE, "run": "mini", "codec": "proposed", "size": "micro",
                  "points": 8, "lambda": index,
                  "rate_bits": x, "top1_percent": y, "evidence": "measured"}
                  for index, (x, y) in enumerate(points or CURVE)]
        level = [{"series": "pointnet (published)", "run": "published", "codec": "pointnet",
                  "rate_bits": x, "top1_percent": 89.2, "evidence": "published"} for x in (0, 600)]
        if stem == "dataset_meshes":
            columns = ["series", "evidence"]
        origin = [{"file": ROWS, "lines": [2, 3, 4]}]
        self.write(f"figures/mini/{stem}.csv", csv_text(columns, [*curve, *level]))
        self.write(f"figures/mini/{stem}.json", json.dumps({
            "caption": f"Curves {HOSTILE}", "code": "c0de",
            "sources": {ROWS: file_digest(self.root / ROWS)},
            "series": {HOSTILE: origin, "pointnet (published)": []}}))
        self.write(f"figures/mini/{stem}.png", png())
        self.write(f"figures/mini/{stem}.pdf", b"%PDF-")

    def build(self, *compared: str) -> Path:
        build(self.root, "mini", list(compared) or None)
        return self.root / "report" / "mini"


@pytest.fixture(scope="session")
def told() -> SimpleNamespace:
    """What the small project says, for tests to look for."""
    return SimpleNamespace(hostile=HOSTILE, machine=MACHINE, started=STARTED, rows=ROWS,
                           curve=CURVE)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of run mini, as it should be."""
    return Site(tmp_path_factory.mktemp("site")).build()


class Chromium:
    """One browser with one page.

    `asked`: addresses that the page asked for; `complaints`: errors of its scripts.
    """

    def __init__(self, program: str, home: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        pipes = f"3<&{theirs_in} 4>&{theirs_out}"
        wiring = f"exec {program} {' '.join(WAYS)} --user-data-dir='{home}' about:blank {pipes}"
        self._process = subprocess.Popen(["bash", "-c", wiring], pass_fds=(theirs_in, theirs_out),
                                         start_new_session=True,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(theirs_in)
        os.close(theirs_out)
        self._rest, self._number, self._session = b"", 0, ""
        self.asked: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target,
                                  flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        asked = {"id": self._number, "method": method, "params": parameters, **session}
        os.write(self._out, json.dumps(asked).encode() + b"\0")
        while True:
            message = self._message()
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], PATIENCE_S)
            piece = os.read(self._in, 1 << 16) if ready else b""
            assert piece, "Chromium ended, or said nothing for a minute"
            self._rest += piece
        text, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(text)
        if message.get("method") == "Network.requestWillBeSent":
            self.asked.append(message["params"]["request"]["url"])
        if message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(message["params"]["exceptionDetails"]))
        return message

    def open(self, address: str, width: int = 1280, height: int = 900) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)
        self.until("document.documentElement?.dataset.ready === 'yes'")

    def until(self, condition: str) -> None:
        """Wait for what must become true."""
        end = time.monotonic() + PATIENCE_S
        while not self.ask(f"Boolean({condition})"):
            assert time.monotonic() < end, f"never came true: {condition}"
            time.sleep(0.02)

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def press(self, *keys: str) -> None:
        for key in keys:
            text = {"text": "\r"} if key == "Enter" else {}
            told = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
            self.call("Input.dispatchKeyEvent", type="keyDown", **told, **text)
            self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def point_at(self, selector: str) -> None:
        """Move the mouse onto the middle of an element."""
        self.ask(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}})")
        box = self.ask(
            f"JSON.stringify(document.querySelector({selector!r}).getBoundingClientRect())"
        )
        place = json.loads(box)
        x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def prefer(self, scheme: str, media: str = "") -> None:
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path) -> None:
        path.write_bytes(
            base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        )

    def printed(self, path: Path) -> None:
        path.write_bytes(
            base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])
        )

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._in)
        os.close(self._out)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium is here; `apt-get install chromium` brings it")
    try:
        browser = Chromium(program, tmp_path_factory.mktemp("chromium"))
    except (AssertionError, OSError) as error:
        pytest.skip(f"{program} does not start here ({error}); Debian's does: `apt-get install "
                    "chromium`")
    yield browser
    browser.end()
