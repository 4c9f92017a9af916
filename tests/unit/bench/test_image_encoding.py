"""What adapting adds to the encode time: measured picture by picture, both codecs in turn, and told
for each quality."""

from types import SimpleNamespace

import numpy as np
import pytest

from lcpc.bench import image_encoding as encode_cost
from lcpc.cli import main


class Clock:
    """Processor time that passes only where a codec says so."""

    def __init__(self):
        self.now, self.asked = 0.0, []

    def process_time(self):
        return self.now


class Timed:
    """A codec that takes `seconds` for each line of a picture."""

    def __init__(self, clock, name, seconds):
        self.clock, self.name, self.seconds = clock, name, seconds

    def encode(self, picture):
        self.clock.now += self.seconds * len(picture)
        self.clock.asked.append((self.name, len(picture)))
        return b""


@pytest.fixture
def clock(monkeypatch):
    one = Clock()
    monkeypatch.setattr(encode_cost, "time", one)
    return one


def pictures(*heights):
    return [np.zeros((height, 4, 3), np.uint8) for height in heights]


def test_the_cost_is_the_median_of_what_each_picture_takes_more(clock):
    cost = encode_cost.encode_cost(
        Timed(clock, "base", 0.1), Timed(clock, "adapted", 0.108), pictures(1, 2, 50), rounds=3
    )
    assert cost.base_ms == pytest.approx(200)
    assert cost.added_ms == pytest.approx(16)
    assert cost.added_percent == pytest.approx(8)


def test_both_are_measured_in_turn_after_one_picture_each_that_does_not_count(clock):
    encode_cost.encode_cost(
        Timed(clock, "base", 0.1), Timed(clock, "adapted", 0.2), pictures(5, 7), rounds=2
    )
    one_round = [("base", 5), ("adapted", 5), ("base", 7), ("adapted", 7)]
    assert clock.asked == [("base", 5), ("adapted", 5), *one_round, *one_round]


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
