"""Manifests of outputs made elsewhere are read whole or refused by line, and lead nowhere but below their own folder."""

import json

import numpy as np
import pytest

from lcpc.codecs import recorded
from lcpc.codecs.point_clouds import ipdae, octattention
from lcpc.data.ply import write_points
from lcpc.errors import DataError, MissingData

HEADER = ",".join(recorded.COLUMNS)
FACTS = {"tool": "octattention", "version": "1", "command": "python coder.py", "data_digest": "ab" * 32}
ROW = ["octattention", "a_0", "8", "depth 3", "100.5", "104", "out/a_0.ply"]
CLOUD = np.linspace(-0.5, 0.5, 24, dtype=np.float32).reshape(8, 3)


def row(**changes):
    return ",".join(str(changes.get(name, value)) for name, value in zip(recorded.COLUMNS, ROW, strict=True))


@pytest.fixture
def write(tmp_path):
    (tmp_path / "out").mkdir()
    write_points(tmp_path / "out" / "a_0.ply", CLOUD)

    def manifest(*rows, header=HEADER, facts=FACTS):
        (tmp_path / "m.csv").write_text("\n".join([header, *rows, ""]))
        (tmp_path / "m.json").write_text(json.dumps(facts) if isinstance(facts, dict) else facts)
        return tmp_path / "m.csv"

    return manifest


def test_a_manifest_is_read_with_its_facts_and_clouds(write):
    held = recorded.read(write(row(), row(sample="a_1")))
    assert held.facts == FACTS
    assert held.codecs == ("octattention",)
    one = held.of("octattention")["a_0", 8, "depth 3"]
    assert (one.rate_bits, one.stream_bits, one.line) == (100.5, 104, 2)
    assert np.array_equal(recorded.decoded_cloud(one), CLOUD)


@pytest.mark.parametrize("decoded", ["../x.ply", "/etc/x.ply", "out/../../x.ply", "a\\..\\x.ply", "out/a_0.txt", "/etc/passwd",
                                     "n" * 300 + ".ply", "a\t.ply"])
def test_a_cloud_outside_the_manifests_folder_is_refused(write, decoded):
    with pytest.raises(DataError, match=r"m\.csv, line 2: decoded is .*not a \.ply file below the manifest's folder"):
        recorded.read(write(row(decoded=decoded)))


def test_a_link_out_of_the_folder_is_refused(write, tmp_path, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.ply"
    write_points(elsewhere, CLOUD)
    (tmp_path / "out" / "x.ply").symlink_to(elsewhere)
    held = recorded.read(write(row(decoded="out/x.ply")))
    with pytest.raises(DataError, match=r"x\.ply: a link leads out of the manifest's folder. Put the file itself there"):
        recorded.decoded_cloud(held.outputs[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": "eight"}, "points and stream_bits are whole numbers, rate_bits a number"),
        ({"stream_bits": "104.5"}, "points and stream_bits are whole numbers"),
        ({"stream_bits": 100}, "stream_bits is 100, not 8 x a number of bytes"),
        ({"stream_bits": 0}, "stream_bits is 0"),
        ({"points": 0}, "points is 0, not 1 to 1048576"),
        ({"rate_bits": "nan"}, "rate_bits is nan, not a positive number"),
        ({"rate_bits": -1}, "rate_bits is -1"),
        ({"rate_bits": 105}, "rate_bits is 105, but the coder's bytes are part of the stream of 104 bits"),
        ({"setting": ""}, "7 values, some perhaps empty; 7 are needed"),
        ({"codec": "../../x"}, "codec is '../../x', not a name of letters, digits and dashes"),
        ({"codec": "ipdae", "rate_bits": 100},
         r"rate_bits is 100, but centre and scale \(128 bits\) of a stream of 104 do not count"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_by_line(write, changes, message):
    with pytest.raises(DataError, match=rf"m\.csv, line 3: {message}"):
        recorded.read(write(row(sample="first"), row(**changes)))


def test_rates_are_counted_as_the_documents_count():
    assert octattention.defect_of_rate(104, 104) == ""
    assert ipdae.defect_of_rate(100, 228) == ""
    assert ipdae.defect_of_rate(101, 228)


def test_a_codec_without_rules_may_count_as_it_likes(write):
    assert recorded.read(write(row(codec="mine", rate_bits=500))).codecs == ("mine",)


def test_the_same_cloud_twice_is_refused(write):
    with pytest.raises(DataError, match="line 3: octattention, a_0, P=8, setting 'depth 3' is in line 2 already"):
        recorded.read(write(row(), row(rate_bits=50)))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({**FACTS, "tool": ""}, "tool must be in it as text"),
        ({"tool": "x"}, "version, command, data_digest must be in it as text"),
        ("not json", "is no JSON"),
        ('{"tool": "\\ud800"}', "is no JSON"),
        ("[1]", "tool, version, command, data_digest must be"),
    ],
)
def test_facts_that_say_too_little_are_refused(write, facts, message):
    with pytest.raises(DataError, match=rf"m\.json.*{message}"):
        recorded.read(write(row(), facts=facts))


@pytest.mark.parametrize(("rows", "header", "message"), [([], HEADER, "no rows"),
                                                         ([row()], "codec,sample", "its columns are 'codec,sample'")])
def test_a_manifest_of_another_shape_is_refused(write, rows, header, message):
    with pytest.raises(DataError, match=rf"m\.csv: {message}"):
        recorded.read(write(*rows, header=header))


def test_absent_files_are_told(write, tmp_path):
    path = write(row())
    held = recorded.read(path)
    (tmp_path / "out" / "a_0.ply").unlink()
    with pytest.raises(MissingData, match=r"a_0\.ply is not there"):
        recorded.decoded_cloud(held.outputs[0])
    path.unlink()
    with pytest.raises(MissingData, match=r"m\.csv is not there. Set input_compression.recorded"):
        recorded.read(path)
    (tmp_path / "m.json").unlink()
    with pytest.raises(MissingData, match=r"m\.json is not there: it says tool, version, command, data_digest"):
        recorded.read(path)


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.full((4, 3), np.inf)])
def test_a_decoded_cloud_that_is_none_is_refused(write, tmp_path, points):
    write_points(tmp_path / "out" / "a_0.ply", points.astype(np.float32))
    held = recorded.read(write(row()))
    with pytest.raises(DataError, match=r"a_0\.ply: (no vertices|some coordinates are not finite)"):
        recorded.decoded_cloud(held.outputs[0])


def test_a_decoded_cloud_beyond_float32_is_refused(write, tmp_path):
    head = "ply\nformat ascii 1.0\nelement vertex 1\n" + "".join(f"property double {axis}\n" for axis in "xyz")
    (tmp_path / "out" / "a_0.ply").write_text(f"{head}end_header\n0 1e300 0\n")
    held = recorded.read(write(row()))
    with pytest.raises(DataError, match=r"a_0\.ply: 1 points as far as 1e\+300; at most"):
        recorded.decoded_cloud(held.outputs[0])


def test_a_decoded_cloud_far_too_large_is_not_read(write, tmp_path):
    (tmp_path / "out" / "a_0.ply").write_bytes(bytes(2_000_000))
    held = recorded.read(write(row()))
    with pytest.raises(DataError, match="2000000 bytes are too many for a decoded cloud of about 8 points"):
        recorded.decoded_cloud(held.outputs[0])


def test_gaps_name_points_settings_and_samples(write):
    held = recorded.read(write(row(), row(sample="a_1"), row(setting="depth 4"))).of("octattention")
    settings = recorded.settings_of(held)
    assert list(recorded.gaps(held, ["a_0", "a_1", "a_2"], [8, 16], settings, shown=2)) == [
        "P=8, setting 'depth 3': 1 of 3 samples missing (a_2)",
        "P=8, setting 'depth 4': 2 of 3 samples missing (a_1, a_2)",
        "P=16, setting 'depth 3': 3 of 3 samples missing (a_0, a_1, ...)",
        "P=16, setting 'depth 4': 3 of 3 samples missing (a_0, a_1, ...)",
    ]
