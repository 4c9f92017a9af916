"""What adapting adds to the encode time, told for each quality."""

from types import SimpleNamespace

import numpy as np
import pytest

from lcpc.cli import main
from lcpc.experiments import _times


class Clock:
    """Processor time that passes only where a codec says so."""

    def __init__(self):
        self.now = 0.0

    def process_time(self):
        return self.now


class Timed:
    """A codec that takes `seconds` for each line of a picture."""

    def __init__(self, clock, name, seconds):
        self.clock, self.name, self.seconds = clock, name, seconds

    def encode(self, picture):
        self.clock.now += self.seconds * len(picture)
        return b""

    def decode(self, stream):
        self.clock.now += 7.0


@pytest.fixture
def clock(monkeypatch):
    one = Clock()
    monkeypatch.setattr(_times, "time", one)
    return one


def pictures(*heights):
    return [np.zeros((height, 4, 3), np.uint8) for height in heights]


def test_the_table_has_a_line_for_each_quality(clock, tmp_path, monkeypatch, capsys):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text("images: {qualities: [1, 3]}\n")
    seconds = {"bmshj2018-factorized": 0.1, "proposed": 0.105}
    monkeypatch.setattr("lcpc.experiments.image_codec.photos",
                        lambda context: [SimpleNamespace(rgb=one) for one in pictures(2)])
    monkeypatch.setattr("lcpc.experiments.image_codec.learned",
                        lambda context, name, quality: Timed(clock, name, quality * seconds[name]))
    words = ["--root", str(tmp_path), "bench", "image_encoding", "--run", "mine", "--rounds", "1"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| 1 | 200.0 | 10.0 | 5.0 |",
        "| 3 | 600.0 | 30.0 | 5.0 |",
    ]
