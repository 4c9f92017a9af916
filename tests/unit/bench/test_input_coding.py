"""`lcpc bench input_coding`: a line for each codec and setting, medians, reasons where none runs."""

from types import SimpleNamespace

import numpy as np

from lcpc.bench import input_coding
from lcpc.cli import main


class Timed:
    """A codec that takes a second to encode a point of a cloud, and a tenth to decode it."""

    name, settings = "timed", (1, 2)

    def __init__(self, clock):
        self.clock = clock

    def encode(self, cloud, setting):
        self.clock.now += len(cloud) * setting
        return bytes(len(cloud))

    def decode(self, stream, setting):
        self.clock.now += len(stream) * setting / 10


def test_times_are_medians_of_the_clouds_at_each_setting(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(
        input_coding, "time", SimpleNamespace(process_time=lambda: clock.now))
    clouds = [np.zeros((count, 3), np.float32) for count in (1, 2, 9)]
    assert list(input_coding.lines(Timed(clock), clouds)) == [
        "| timed | 1 | 2 | 2000.0 | 200.0 |", "| timed | 2 | 2 | 4000.0 | 400.0 |"]


def test_codecs_of_a_run_are_timed_and_those_that_cannot_run_say_why(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("LCPC_TMC3", raising=False)
    monkeypatch.setenv("PATH", "")
    for name in ("Snakefile", "config"):
        path = tmp_path / name
        path.mkdir() if name == "config" else path.touch()
    (tmp_path / "config/mine.yaml").write_text(
        "seed: 1\ndataset: {name: shapes40, train_per_class: 1, test_per_class: 1}\n"
        "input_compression:\n  {codecs: [tmc13, octattention, draco], points: [64], scales: [4], octattention: {}}\n")
    assert main(["data", "--root", str(tmp_path), "--run", "mine"]) == 0
    capsys.readouterr()
    assert main(["bench", "--root", str(tmp_path), "input_coding", "--run", "mine",
                 "--points", "64", "--clouds", "2"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]
    assert "tmc3 is not found" in cells[0][1]
    assert "lcpc train octattention --run mine" in cells[1][1]
    assert [row[0] for row in cells[2:]] == ["draco"] * 9
    assert all(float(row[2]) > 0 for row in cells[2:])
