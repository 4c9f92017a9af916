"""Outputs made elsewhere are classified as if their codec ran here; a folder that is not complete says what it lacks."""

import json

import numpy as np
import pytest
import yaml

from lcpc import config
from lcpc.cli import main
from lcpc.codecs import exchange
from lcpc.codecs.point_clouds import draco
from lcpc.data.ply import read_points, write_points
from lcpc.errors import DataError
from lcpc.experiments import input_compression
from lcpc.results.store import Results


@pytest.fixture
def project(trained, tmp_path):
    """The trained project with a folder for outputs, named by the run's config."""
    for name in ("data", "checkpoints"):
        (tmp_path / name).symlink_to(trained / name)
    (tmp_path / "config").mkdir()
    write_config(tmp_path, trained, ["draco", "octattention"], ["elsewhere/octattention.csv"])
    return tmp_path


def write_config(project, trained, codecs, recorded):
    plain = yaml.safe_load((trained / "config" / "mine.yaml").read_text())
    plain["input_compression"].update(codecs=codecs, recorded=recorded)
    (project / "config" / "mine.yaml").write_text(yaml.safe_dump(plain))


@pytest.fixture
def outputs(project):
    """What a codec elsewhere makes of the run's inputs: here it is Draco under another name."""
    folder = project / "elsewhere"
    assert main(["--root", str(project), "recorded", "inputs", str(folder / "inputs"), "--run", "mine"]) == 0
    facts = json.loads((folder / "inputs" / "manifest.json").read_text())
    codec, lines = draco.codec({}), [facts.pop("columns")]
    (folder / "decoded").mkdir()
    for path in sorted((folder / "inputs" / "P32").glob("*.ply")):
        for scale in (4, 32):
            stream = codec.encode(read_points(path).astype(np.float32), scale)
            name = f"decoded/{path.stem}_{scale}.ply"
            write_points(folder / name, codec.decode(stream, scale))
            lines.append(f"octattention,{path.stem},32,S{scale:02},{8 * len(stream) - 16},{8 * len(stream)},{name}")
    (folder / "octattention.csv").write_text("\n".join([*lines, ""]))
    (folder / "octattention.json").write_text(json.dumps({**facts, "tool": "it", "version": "1", "command": "run it"}))
    return folder


def check(project, *words):
    return main(["--root", str(project), "recorded", "check", str(project / "elsewhere"), "--run", "mine", *words])


@pytest.fixture
def measure(project, evaluate):
    return lambda codec: evaluate(input_compression, project, "mine", f"rate_accuracy/{codec}_P32")


def rows_of(project, codec):
    frame = Results(project, "mine").measured("rate_accuracy")
    return frame[frame["codec"] == codec].reset_index(drop=True)


def test_inputs_are_the_first_points_of_the_runs_test_clouds(outputs, test_clouds):
    clouds = test_clouds
    there = sorted(path.stem for path in (outputs / "inputs" / "P32").iterdir())
    assert len(there) == 11
    assert set(there) <= set(clouds.samples.tolist())
    row = clouds.samples.tolist().index(there[3])
    assert np.array_equal(read_points(outputs / "inputs" / "P32" / f"{there[3]}.ply"), clouds.first(32)[row])


def test_recorded_outputs_are_classified_as_if_the_codec_ran_here(project, outputs, measure):
    measure("octattention")
    measure("draco")
    theirs, ours = rows_of(project, "octattention"), rows_of(project, "draco")
    assert theirs["setting"].tolist() == ["S04", "S32"]
    assert theirs["top1_percent"].tolist() == ours["top1_percent"].tolist()
    assert theirs["stream_bits"].tolist() == ours["stream_bits"].tolist()
    assert (theirs["stream_bits"] - theirs["rate_bits"]).tolist() == [16, 16]
    assert set(theirs["evidence"]) == {"recorded"}
    assert theirs["scale"].isna().all()
    told = json.loads((project / "results/mine/rate_accuracy/octattention_P32.json").read_text())
    assert told["recorded"]["elsewhere/octattention.csv"]["command"] == "run it"


def test_a_codec_that_runs_here_is_measured_whatever_was_recorded(project, outputs, measure):
    text = (outputs / "octattention.csv").read_text()
    (outputs / "octattention.csv").write_text(text.replace("octattention,", "draco,"))
    measure("draco")
    assert set(rows_of(project, "draco")["evidence"]) == {"measured"}


def test_a_codec_without_outputs_is_skipped_with_the_way_out(project, outputs, measure):
    text = (outputs / "octattention.csv").read_text()
    (outputs / "octattention.csv").write_text(text.replace("octattention,", "other,"))
    measure("octattention")
    row = rows_of(project, "octattention").iloc[0]
    assert (row["status"], row["samples"]) == ("skipped", 0)
    assert "make them elsewhere, see docs/recorded.md, and name their manifest in input_compression.recorded" in row["note"]


def test_outputs_that_lack_a_sample_are_not_classified(outputs, measure):
    lines = (outputs / "octattention.csv").read_text().splitlines()
    (outputs / "octattention.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(DataError, match=r"recorded outputs of octattention are not complete: P=32, setting 'S32': "
                                        r"1 of 11 samples missing \(c\d+\). See all: `lcpc recorded check FOLDER`"):
        measure("octattention")


def test_outputs_of_other_clouds_are_not_classified(project, outputs, measure, capsys):
    facts = json.loads((outputs / "octattention.json").read_text())
    (outputs / "octattention.json").write_text(json.dumps({**facts, "data_digest": "0" * 64}))
    with pytest.raises(DataError, match="was made of clouds 000000000000, not of the run's test split"):
        measure("octattention")
    assert check(project) == 1
    assert "was made of clouds 000000000000" in capsys.readouterr().out


def test_two_manifests_with_the_same_output_are_refused(project, trained, outputs, measure):
    for kind in ("csv", "json"):
        (outputs / f"again.{kind}").write_text((outputs / f"octattention.{kind}").read_text())
    write_config(project, trained, ["octattention"], ["elsewhere/octattention.csv", "elsewhere/again.csv"])
    with pytest.raises(DataError, match=r"again\.csv, line \d+: .*octattention\.csv holds the same output. Name only one"):
        measure("octattention")


def test_a_recorded_codec_may_have_a_name_of_its_own(project, trained, outputs, measure):
    text = (outputs / "octattention.csv").read_text()
    (outputs / "octattention.csv").write_text("\ufeff" + text.replace("octattention,", "mycodec,"), encoding="utf-8")
    write_config(project, trained, ["mycodec"], ["elsewhere/octattention.csv"])
    measure("mycodec")
    rows = rows_of(project, "mycodec")
    assert rows["setting"].tolist() == ["S04", "S32"]
    assert set(rows["evidence"]) == {"recorded"}


def test_a_job_depends_on_every_decoded_cloud_that_its_manifest_names(project, outputs):
    jobs = {job.name: job for job in input_compression.jobs(config.load(project, "mine"), project)}
    inputs = jobs["octattention_P32"].inputs
    assert {f"elsewhere/decoded/{path.name}" for path in (outputs / "decoded").iterdir()} <= set(inputs)
    assert {"elsewhere/octattention.csv", "elsewhere/octattention.json", "checkpoints/mine/pointnet_P32.pt",
            "data/mine/test.npz"} <= set(inputs)
    assert len(inputs) == 22 + 4
    assert not any("decoded" in file for file in jobs["draco_P32"].inputs)


def test_a_complete_folder_passes(project, outputs, capsys):
    assert check(project) == 0
    assert capsys.readouterr().out.endswith("elsewhere: nothing to mend for run mine\n")


def test_what_a_folder_lacks_is_listed_and_fails(project, outputs, capsys):
    lines = (outputs / "octattention.csv").read_text().splitlines()
    first, last = lines[1].split(",")[1], lines[-1].split(",")[1]
    lines[1] = lines[1].replace(first, "zebra", 1)
    (outputs / "octattention.csv").write_text("\n".join(lines[:-1]) + "\n")
    (outputs / "decoded" / f"{last}_4.ply").write_text("ply")
    assert check(project, "--settings", "S04,S32,S64") == 1
    told = capsys.readouterr().out
    assert "1 samples are not in the run's test split (zebra)" in told
    assert f"octattention: P=32, setting 'S04': 1 of 11 samples missing ({first})" in told
    assert f"octattention: P=32, setting 'S32': 1 of 11 samples missing ({last})" in told
    assert "octattention: P=32, setting 'S64': 11 of 11 samples missing" in told
    assert f"{last}_4.ply: no PLY file" in told
    assert "5 to mend for run mine" in told


def test_many_broken_clouds_are_counted(project, outputs, capsys):
    for path in (outputs / "decoded").iterdir():
        path.unlink()
    assert check(project) == 1
    told = capsys.readouterr().out
    assert told.count("is not there") == 5
    assert "17 more decoded clouds are wrong" in told


def test_a_folder_without_a_manifest_is_told(project, tmp_path, capsys):
    (project / "elsewhere").mkdir()
    assert check(project) == 2
    assert "holds no manifest, a file *.csv with columns codec,sample,points,setting," in capsys.readouterr().err


def test_clouds_left_on_the_integer_grid_are_listed_by_their_row(project, outputs, capsys):
    lines = (outputs / "octattention.csv").read_text().splitlines()
    sample, name = lines[2].split(",")[1], lines[2].split(",")[-1]
    points = read_points(outputs / name).astype(np.float32)
    write_points(outputs / name, np.round(points * 16))
    assert check(project) == 1
    told = capsys.readouterr().out
    assert f"octattention.csv: line 3 (octattention, {sample}, P=32, S32): " in told
    assert "times as large. Is it on the codec's integer grid, or scaled or moved?" in told
    assert "1 to mend" in told


def test_rates_above_their_streams_are_listed_by_their_row(project, outputs, capsys):
    lines = (outputs / "octattention.csv").read_text().replace("octattention,", "mycodec,").splitlines()
    row = lines[1].split(",")
    row[4] = "99999.5"
    (outputs / "octattention.csv").write_text("\n".join([lines[0], ",".join(row), *lines[2:]]))
    assert check(project) == 1
    told = capsys.readouterr().out
    assert f"line 2 (mycodec, {row[1]}, P=32, S04): rate_bits is 99999.5, above its stream_bits, {row[5]}" in told


@pytest.mark.parametrize("scale", [1, 2, 4, 8, 256])
@pytest.mark.parametrize("name", ["draco", "tmc13"])
def test_what_codecs_decode_fits_its_input_at_every_scale(name, scale):
    from lcpc.codecs.point_clouds import tmc13

    rng = np.random.default_rng(scale)
    for points in (8, 64, 1024):
        cloud = rng.normal(size=(points, 3)).astype(np.float32) * rng.uniform(0.1, 1, 3).astype(np.float32)
        cloud /= np.linalg.norm(cloud, axis=1).max()
        decoded = (draco if name == "draco" else tmc13).reconstruct(cloud, scale)
        assert exchange.misfit(decoded, cloud) == ""


@pytest.mark.parametrize("change", [lambda x: x * 2, lambda x: x * 16, lambda x: x + 0.7, lambda x: x / 2, lambda x: x * 255])
def test_clouds_in_other_coordinates_do_not_fit(change):
    cloud = np.random.default_rng(1).normal(size=(512, 3)).astype(np.float32)
    cloud /= np.linalg.norm(cloud, axis=1).max()
    assert "Is it on the codec's integer grid, or scaled or moved?" in exchange.misfit(change(cloud), cloud)
