"""Rows of learned image codecs are verified from their streams, and whatever was altered is caught."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lcpc import checkpoints, config, experiments
from lcpc.audit import derived, verify
from lcpc.audit.verified import Verified
from lcpc.codecs import image_streams
from lcpc.codecs.images.base import header, read_header, sealed, unsealed
from lcpc.data import store
from lcpc.data.images import Photo
from lcpc.errors import DataError, MissingData
from lcpc.models.image_factorized import ImageBase
from lcpc.results.provenance import file_digest
from lcpc.training._image_bottleneck import base_content

REPOSITORY = Path(__file__).parents[3]
ROWS = "results/mine/rate_distortion/bmshj2018-factorized_q2"
WEIGHTS = "checkpoints/mine/image_base_q2.pt"
CONFIG = "images: {qualities: [2], n: 8, m: 16, codecs: [bmshj2018-factorized, ideal, jpeg]}\n"


def pictures(context):
    y, x = np.mgrid[:170, :200]
    noise = np.random.default_rng(1).integers(0, 40, (170, 200, 3))
    one = np.clip(np.stack([x, y, (x + y) // 2], -1) + noise, 0, 255).astype(np.uint8)
    return Photo("one", one, "d1", "free"), Photo("two", one[::-1, :180].copy(), "d2", "free")


def no_pictures(context):
    raise MissingData("kodak is not there")


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A project with the rows and streams of an untrained base, which codes as well as any other."""
    monkeypatch.setattr("lcpc.experiments.image_codec.photos", pictures)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mine.yaml").write_text(CONFIG)
    description = {"quality": 2, "origin": "own, untrained"}
    checkpoints.save(tmp_path / WEIGHTS, base_content(ImageBase(8, 16, seed=1), description, 64))
    for name in ("bmshj2018-factorized_q2", "ideal_q2"):
        experiments.evaluate(tmp_path, "mine", f"rate_distortion/{name}")
    return tmp_path


def said(root, **options):
    lines = []
    return verify.verify(root, "mine", say=lines.append, **options), "\n".join(lines)


def promising(stream, height, width):
    """A stream of another size of picture, with a checksum that follows."""
    _, _, rest = read_header(unsealed(stream))
    return sealed(header(height, width) + rest)


def alter_samples(root, change):
    """Change the fields of the last sample, a list of texts by column; a None drops all samples."""
    path = root / f"{ROWS}.samples.csv.gz"
    names, one, two = gzip.decompress(path.read_bytes()).decode().splitlines()
    fields = change(dict(zip(names.split(","), two.split(","), strict=True)))
    lines = [names, one, ",".join(fields.values())] if fields else [names]
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))


def alter_provenance(root, **fields):
    path = root / f"{ROWS}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def alter_streams(root, change):
    """Write changed streams, and their digests into the provenance, as a forger would."""
    path = root / f"{ROWS}.streams.npz"
    path.write_bytes(image_streams.file_of(change(image_streams.read(path))))
    provenance = root / f"{ROWS}.json"
    content = json.loads(provenance.read_text())
    content["shipped"] = {f"{ROWS}.streams.npz": file_digest(path)}
    provenance.write_text(json.dumps(content))


def test_pictures_are_decoded_where_the_weights_are(clone):
    holds, text = said(clone)
    assert holds, text
    assert "2 streams of" in text
    assert "mine: 1 of 1 image codecs can be decoded here" in text
    assert "not here" not in text
    assert said(clone, encode=True)[0]


def test_sizes_alone_are_compared_without_the_weights(clone):
    (clone / WEIGHTS).unlink()
    holds, text = said(clone)
    assert holds, text
    assert "weighed, but not decoded; not here: weights (" in text
    assert "lcpc train image_base_q2 --run mine" in text
    assert "mine: 0 of 1 image codecs can be decoded here" in text


def test_weights_of_another_training_decode_nothing(clone):
    description = {"quality": 2, "origin": "own, untrained"}
    checkpoints.save(clone / WEIGHTS, base_content(ImageBase(8, 16, seed=2), description, 64))
    holds, text = said(clone)
    assert holds, text
    assert f"{WEIGHTS} is from another training" in text


def test_psnr_is_left_out_without_the_images_and_streams_made_anew_ask_for_them(clone, monkeypatch):
    monkeypatch.setattr("lcpc.experiments.image_codec.photos", no_pictures)
    holds, text = said(clone)
    assert holds, text
    assert "not here: the images, to compare PSNR (kodak is not there)" in text
    with pytest.raises(MissingData, match="kodak"):
        said(clone, encode=True)


@pytest.mark.parametrize(("change", "kind"), [
    (lambda streams: streams | {"one": streams["one"][:-4]}, "1 sizes of streams: one"),
    (lambda streams: streams | {"one": streams["one"][:-1] + bytes([streams["one"][-1] ^ 1])},
     "1 streams of no such picture: one"),
    (lambda streams: {"one": streams["two"], "two": streams["one"]}, "2 sizes of streams: one, two"),
    (lambda streams: {"one": streams["one"]}, "other images than its streams"),
    (lambda streams: streams | {"one": promising(streams["one"], 5000, 5000)},
     "1 streams of no such picture: one"),
])
def test_altered_streams_are_caught_where_all_digests_follow(clone, change, kind):
    alter_streams(clone, change)
    holds, text = said(clone)
    assert not holds
    assert f"DIFFERENT: {kind}" in text or kind in text


@pytest.mark.parametrize(("column", "kind"), [
    ("psnr_rgb_db", "1 PSNR of decoded pictures: two"), ("stream_bpp", "1 sizes of streams: two")])
def test_an_altered_sample_is_caught(clone, column, kind):
    alter_samples(clone, lambda sample: sample | {column: str(float(sample[column]) * 1.01)})
    holds, text = said(clone)
    assert not holds
    assert f"DIFFERENT: {kind}" in text


def test_an_empty_psnr_of_a_sample_is_caught(clone):
    alter_samples(clone, lambda sample: sample | {"psnr_rgb_db": ""})
    holds, text = said(clone)
    assert not holds
    assert "DIFFERENT: 1 PSNR of decoded pictures: two" in text


def test_rows_of_no_streams_and_rows_that_are_not_done_are_caught(clone):
    path = clone / f"{ROWS}.csv"
    rows = path.read_text()
    path.write_text(rows.replace(",done,", ",skipped,"))
    assert "DIFFERENT: none of its rows is done" in said(clone)[1]
    path.write_text(rows.splitlines()[0] + "\n")
    alter_samples(clone, lambda sample: None)
    alter_streams(clone, lambda streams: {})
    holds, text = said(clone)
    assert not holds
    assert "q2.streams.npz holds no streams" in text


@pytest.mark.parametrize(("old", "new", "reason"), [
    (",2,quality=2,2,", ",4,quality=2,2,", "quality is '4', that of its job '2'"),
    ("bmshj2018-factorized", "ideal", "codec is 'ideal', that of its job 'bmshj2018-factorized'"),
    (",measured,", ",recorded,", "line 2 is 'done' and 'recorded'"),
    ("mine,", "best,", "run is 'best', in its json 'mine'"),
])
def test_rows_of_another_job_are_caught(clone, old, new, reason):
    path = clone / f"{ROWS}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    holds, text = said(clone)
    assert not holds
    assert reason in text


@pytest.mark.parametrize(("fields", "reason"), [
    ({"images": {"one": "d1", "three": "d2"}}, "of other images than its provenance names"),
    ({"seed": 4}, "its seed is 4, that of the run's config 1"),
    ({"run": "best"}, "its run is 'best'"),
    ({"values": {}}, "its values are not those that the run's config gives"),
    ({"command": "lcpc evaluate rate_distortion/ideal_q2 --run mine"}, "does not make rate_dist"),
])
def test_a_provenance_of_another_job_is_caught(clone, fields, reason):
    alter_provenance(clone, **fields)
    holds, text = said(clone)
    assert not holds
    assert reason in text


@pytest.mark.parametrize(("column", "factor", "reason"), [
    ("ms_ssim_db", 1.01, "1 MS-SSIM in dB: two"), ("ms_ssim_rgb", 0.99, "1 MS-SSIM of decoded pictures: two"),
    ("bpp", 1.01, "1 bpp of the model: two")])
def test_other_qualities_and_rates_of_a_sample_are_caught(clone, column, factor, reason):
    alter_samples(clone, lambda sample: sample | {column: str(float(sample[column]) * factor)})
    holds, text = said(clone, encode=True)
    assert not holds
    assert f"DIFFERENT: {reason}" in text


def test_the_audit_knows_the_digests_of_an_image_set():
    (job,) = (job for job in experiments.jobs(config.load(REPOSITORY, "zoo"), REPOSITORY)
              if job.output.endswith("proposed_q2.csv"))
    content = json.loads((REPOSITORY / job.output).with_suffix(".json").read_text())
    assert not list(derived.image_defects(job, content))
    images = content["images"]
    for others in (images | {"kodim01": "0" * 64}, dict(list(images.items())[1:]), {}):
        (text,) = derived.image_defects(job, content | {"images": others})
        assert text == "its images are not those of kodak, by their digests"
    for name in ("photos", "folder", "nowhere"):
        of_set = replace(job, values={**job.values, "test": name})
        assert not list(derived.image_defects(of_set, content))


@pytest.mark.parametrize(("field", "value"), [("inputs", None), ("inputs", [WEIGHTS]),
                                              ("shipped", ["x"]), ("shipped", None)])
def test_a_provenance_of_other_types_is_a_difference_that_names_the_field(clone, field, value):
    alter_provenance(clone, **{field: value})
    holds, text = said(clone)
    assert not holds
    assert f"q2.json: {field} is no object of digests by file" in text
    (clone / f"{ROWS}.json").write_text("[")
    assert "q2.json is no JSON" in said(clone)[1]


def test_images_that_the_set_does_not_have_are_named(clone, monkeypatch):
    monkeypatch.setattr("lcpc.experiments.image_codec.photos",
                        lambda context: pictures(context)[:1])
    holds, text = said(clone)
    assert not holds
    assert "the image set has no image 'two'" in text


def test_images_whose_names_are_numbers_hold(clone, monkeypatch):
    numbered = [replace(photo, name=f"00{place}") for place, photo in enumerate(pictures(None))]
    monkeypatch.setattr("lcpc.experiments.image_codec.photos", lambda context: numbered)
    experiments.evaluate(clone, "mine", "rate_distortion/bmshj2018-factorized_q2")
    holds, text = said(clone)
    assert holds, text


def test_a_link_to_the_weights_is_read_as_they_are(clone):
    (clone / WEIGHTS).rename(clone / "elsewhere.pt")
    (clone / WEIGHTS).symlink_to(clone / "elsewhere.pt")
    holds, text = said(clone)
    assert holds, text
    assert "mine: 1 of 1 image codecs can be decoded here" in text


def test_names_that_hide_are_shown_escaped_and_cut():
    result = Verified("rows")
    result.differ(["a\x1b[2J", "\ud800", "n" * 5000], "streams")
    assert result.differences == [r"3 streams: 'a\x1b[2J', '\ud800', " + "n" * 80]


def test_an_altered_row_and_an_altered_file_are_caught(clone):
    path = clone / f"{ROWS}.csv"
    path.write_text(path.read_text().replace(",2,quality=2,2,", ",2,quality=2,3,"))
    streams = clone / f"{ROWS}.streams.npz"
    streams.write_bytes(streams.read_bytes() + b"\0")
    holds, text = said(clone)
    assert not holds
    assert "image_count" in text
    assert "streams.npz is not that of the rows' provenance" in text


@pytest.mark.parametrize(("name", "array", "message"), [
    ("header", np.array("{"), "its header is no JSON"),
    ("header", np.array("{}"), "is no file of lcpc-image-streams-1"),
    ("lengths", np.array([2, 3], "<u4"), "its names, lengths and bytes do not fit"),
    ("images", np.array(["a", "a"]), "its names, lengths and bytes do not fit"),
    ("streams", np.frombuffer(b"abd", np.uint8), "its bytes are not those of its digest"),
    ("streams", np.array([353, 98, 99], "<u2"), "its streams are uint16, not u1"),
    ("lengths", np.array([2 + (1 << 32), 1], "<u8"), "its lengths are uint64, not <u4"),
    ("images", np.full(1 << 20, "\u0416"), "at most 1048576 are read"),
])
def test_a_broken_file_of_streams_is_refused_by_name(tmp_path, name, array, message):
    path = tmp_path / "x.streams.npz"
    path.write_bytes(image_streams.file_of({"a": b"ab", "b": b"c"}))
    assert image_streams.read(path) == {"a": b"ab", "b": b"c"}
    arrays = store.read_all(path)
    path.write_bytes(store.npz_bytes(arrays | {name: array}))
    with pytest.raises(DataError, match=message):
        image_streams.read(path)
