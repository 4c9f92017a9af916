"""Outputs made elsewhere are judged as if their codec ran here; a folder that is not complete says what it lacks."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from lcpc import config
from lcpc.cli import main
from lcpc.cli._input_codecs import measure
from lcpc.cli._point_rows import Job
from lcpc.codecs.point_clouds import draco
from lcpc.data import point_clouds
from lcpc.data.ply import read_points, write_points
from lcpc.errors import DataError
from lcpc.results.store import Results

RUN = {
    "dataset": {"name": "shapes40", "train_per_class": 2, "test_per_class": 1, "stored_points": 32},
    "input_compression": {"codecs": ["draco", "octattention"], "points": [32], "scales": [4, 16], "test_clouds": 12,
                          "classifier": {"epochs": 1, "batch": 16}},
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project with clouds and a PointNet at P=32."""
    root = tmp_path_factory.mktemp("project")
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    assert main(["--root", str(root), "data", "--run", "mine"]) == 0
    assert main(["--root", str(root), "train", "pointnet", "--run", "mine", "--points", "32"]) == 0
    return root


@pytest.fixture
def project(trained, tmp_path):
    """The same project with a folder for outputs, named by the run's config."""
    for name in ("data", "checkpoints"):
        (tmp_path / name).symlink_to(trained / name)
    (tmp_path / "config").mkdir()
    inputs = {**RUN["input_compression"], "recorded": ["elsewhere/octattention.csv"]}
    (tmp_path / "config" / "mine.yaml").write_text(yaml.safe_dump({**RUN, "input_compression": inputs}))
    return tmp_path


@pytest.fixture
def outputs(project):
    """What a codec elsewhere makes of the run's inputs: here it is Draco under another name."""
    folder = project / "elsewhere"
    assert main(["--root", str(project), "recorded", "inputs", str(folder / "inputs"), "--run", "mine"]) == 0
    facts = json.loads((folder / "inputs" / "manifest.json").read_text())
    codec, lines = draco.codec({}), [facts.pop("columns")]
    (folder / "decoded").mkdir()
    for path in sorted((folder / "inputs" / "P32").glob("*.ply")):
        for scale in (4, 16):
            stream = codec.encode(read_points(path).astype(np.float32), scale)
            name = f"decoded/{path.stem}_{scale}.ply"
            write_points(folder / name, codec.decode(stream, scale))
            lines.append(f"octattention,{path.stem},32,S{scale:02},{8 * len(stream) - 16},{8 * len(stream)},{name}")
    (folder / "octattention.csv").write_text("\n".join([*lines, ""]))
    (folder / "octattention.json").write_text(json.dumps({**facts, "tool": "it", "version": "1", "command": "run it"}))
    return folder


def check(project, *words):
    return main(["--root", str(project), "recorded", "check", str(project / "elsewhere"), "--run", "mine", *words])


def evaluate(project, codec):
    return main(["--root", str(project), "evaluate", codec, "--run", "mine", "--points", "32"])


def rows_of(project, codec):
    frame = Results(project, "mine").measured("rate_accuracy")
    return frame[frame["codec"] == codec].reset_index(drop=True)


def test_inputs_are_the_first_points_of_the_runs_test_clouds(project, outputs):
    clouds = point_clouds.load(config.load(project, "mine"), project, "test")
    there = sorted(path.stem for path in (outputs / "inputs" / "P32").iterdir())
    assert len(there) == 12
    assert set(there) <= set(clouds.samples.tolist())
    row = clouds.samples.tolist().index(there[3])
    assert np.array_equal(read_points(outputs / "inputs" / "P32" / f"{there[3]}.ply"), clouds.first(32)[row])


def test_recorded_outputs_are_judged_as_if_the_codec_ran_here(project, outputs):
    assert evaluate(project, "octattention") == 0
    assert evaluate(project, "draco") == 0
    theirs, ours = rows_of(project, "octattention"), rows_of(project, "draco")
    assert theirs["setting"].tolist() == ["S04", "S16"]
    assert theirs["top1_percent"].tolist() == ours["top1_percent"].tolist()
    assert theirs["stream_bits"].tolist() == ours["stream_bits"].tolist()
    assert (theirs["stream_bits"] - theirs["rate_bits"]).tolist() == [16, 16]
    assert set(theirs["evidence"]) == {"recorded"}
    assert theirs["scale"].isna().all()
    told = json.loads((project / "results/mine/rate_accuracy/octattention_P32.json").read_text())
    assert told["recorded"]["elsewhere/octattention.csv"]["command"] == "run it"


def test_a_codec_that_runs_here_is_measured_whatever_was_recorded(project, outputs):
    text = (outputs / "octattention.csv").read_text()
    (outputs / "octattention.csv").write_text(text.replace("octattention,", "draco,"))
    evaluate(project, "draco")
    assert set(rows_of(project, "draco")["evidence"]) == {"measured"}


def test_a_codec_without_outputs_is_skipped_with_the_way_out(project, outputs):
    text = (outputs / "octattention.csv").read_text()
    (outputs / "octattention.csv").write_text(text.replace("octattention,", "other,"))
    assert evaluate(project, "octattention") == 0
    row = rows_of(project, "octattention").iloc[0]
    assert (row["status"], row["samples"]) == ("skipped", 0)
    assert "make them elsewhere, see docs/recorded.md, and name their manifest in input_compression.recorded" in row["note"]


def test_outputs_that_lack_a_sample_are_not_judged(project, outputs, capsys):
    lines = (outputs / "octattention.csv").read_text().splitlines()
    (outputs / "octattention.csv").write_text("\n".join(lines[:-1]) + "\n")
    assert evaluate(project, "octattention") == 2
    assert ("recorded outputs of octattention are not complete: P=32, setting 'S16': 1 of 12 samples missing (xbox_test_0000). "
            "See all: `lcpc recorded check FOLDER`.") in capsys.readouterr().err


def test_outputs_of_other_clouds_are_not_judged(project, outputs, capsys):
    facts = json.loads((outputs / "octattention.json").read_text())
    (outputs / "octattention.json").write_text(json.dumps({**facts, "data_digest": "0" * 64}))
    assert evaluate(project, "octattention") == 2
    assert "was made of clouds 000000000000, not of the run's test split" in capsys.readouterr().err
    assert check(project) == 1
    assert "was made of clouds 000000000000" in capsys.readouterr().out


def test_two_manifests_with_the_same_output_are_refused(project, outputs):
    for kind in ("csv", "json"):
        (outputs / f"again.{kind}").write_text((outputs / f"octattention.{kind}").read_text())
    plain = yaml.safe_load((project / "config" / "mine.yaml").read_text())
    plain["input_compression"]["recorded"].append("elsewhere/again.csv")
    settings = config.parse(plain, "mine", "mine.yaml")
    clouds = point_clouds.load(settings, project, "test")
    job = Job(project, settings, clouds, 32, Path(project / "checkpoints" / "mine" / "pointnet_P32.pt"))
    with pytest.raises(DataError, match=r"again\.csv, line 2: .*octattention\.csv holds the same output. Name one of them"):
        measure(job, "octattention")


def test_a_complete_folder_passes(project, outputs, capsys):
    assert check(project) == 0
    assert capsys.readouterr().out.endswith("elsewhere: nothing to mend for run mine\n")


def test_what_a_folder_lacks_is_listed_and_fails(project, outputs, capsys):
    lines = (outputs / "octattention.csv").read_text().splitlines()
    lines[1] = lines[1].replace("airplane_test_0000", "zebra", 1)
    (outputs / "octattention.csv").write_text("\n".join(lines[:-1]) + "\n")
    (outputs / "decoded" / "xbox_test_0000_4.ply").write_text("ply")
    assert check(project, "--settings", "S04,S16,S64") == 1
    told = capsys.readouterr().out
    assert "1 samples are not in the run's test split (zebra)" in told
    assert "octattention: P=32, setting 'S04': 1 of 12 samples missing (airplane_test_0000)" in told
    assert "octattention: P=32, setting 'S16': 1 of 12 samples missing (xbox_test_0000)" in told
    assert "octattention: P=32, setting 'S64': 12 of 12 samples missing" in told
    assert "xbox_test_0000_4.ply: no PLY file" in told
    assert "5 to mend for run mine" in told


def test_many_broken_clouds_are_counted(project, outputs, capsys):
    for path in (outputs / "decoded").iterdir():
        path.unlink()
    assert check(project) == 1
    told = capsys.readouterr().out
    assert told.count("is not there") == 5
    assert "19 more decoded clouds can't be read" in told


def test_a_folder_without_a_manifest_is_told(project, tmp_path, capsys):
    (project / "elsewhere").mkdir()
    assert check(project) == 2
    assert "holds no manifest, a file *.csv with columns codec,sample,points,setting," in capsys.readouterr().err
