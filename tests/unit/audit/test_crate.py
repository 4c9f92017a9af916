"""A run as a Workflow Run RO-Crate: complete, with digests, the same bytes each time, and valid where the validator is at hand."""

import hashlib
import json
import os
import shutil
import subprocess
import zipfile

import pytest

from lcpc.audit import crate, manifest
from lcpc.errors import MissingData, ResultError

RUN = "published"


@pytest.fixture(scope="module")
def packed(root, tmp_path_factory):
    return crate.write(root, RUN, tmp_path_factory.mktemp("crate") / "published.zip")


@pytest.fixture(scope="module")
def entities(packed):
    with zipfile.ZipFile(packed) as archive:
        graph = json.loads(archive.read(crate.METADATA))["@graph"]
    assert len({entity["@id"] for entity in graph}) == len(graph)
    return {entity["@id"]: entity for entity in graph}


def references(value):
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_all_that_a_run_ships_is_in_its_crate_under_its_digest(root, packed, entities):
    with zipfile.ZipFile(packed) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert set(manifest.shipped(root, RUN)) <= set(contents)
    assert {f"results/{RUN}/{manifest.NAME}", crate.SNAKEFILE, "Snakefile"} <= set(contents)
    for name, content in contents.items():
        if name in (crate.METADATA, crate.README):
            continue
        assert entities[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert content == (root / name).read_bytes()
    assert set(references(entities["./"]["hasPart"])) == set(contents) - {crate.METADATA}


def test_what_is_referred_to_is_described_or_has_an_address(entities):
    for entity in entities.values():
        for address in references({name: value for name, value in entity.items() if name != "@id"}):
            assert address in entities or address.startswith("https://"), (entity["@id"], address)


def test_a_product_was_made_from_its_sources_and_rows_by_a_command_at_a_time(entities):
    table = entities["#tables/published/bd_metrics"]
    sources = set(references(table["object"]))
    assert sources
    assert sources <= set(entities)
    assert "tables/published/bd_metrics.tex" in set(references(table["result"]))
    rows = entities["#results/published/architecture/networks"]
    assert rows["description"].startswith("lcpc ")
    assert rows["startTime"] <= rows["endTime"]
    assert set(references(entities["#run"]["result"])) >= set(references(rows["result"]))


def test_equal_files_give_equal_bytes(root, packed, tmp_path):
    assert crate.write(root, RUN, tmp_path / "again.zip").read_bytes() == packed.read_bytes()


def test_inputs_that_stay_outside_are_named_with_their_digest(tmp_path):
    record = {"command": "lcpc evaluate x", "inputs": {"checkpoints/mine/w.pt": "ab" * 32},
              "time": {"started": "2026-11-27T10:00:00Z", "seconds": 90.4}}
    path = tmp_path / "results/mine/kind/x.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(record))
    (action,) = crate.actions(tmp_path, ["results/mine/kind/x.csv", "results/mine/kind/x.json"])
    (outside,) = action["inputs"]
    assert (outside["name"], outside["sha256"]) == ("checkpoints/mine/w.pt", "ab" * 32)
    assert action["object"] == {"@id": outside["@id"]}
    assert (action["startTime"], action["endTime"]) == ("2026-11-27T10:00:00+00:00", "2026-11-27T10:01:30+00:00")


@pytest.mark.parametrize("record", [
    {"command": "x", "time": {}}, {"command": "x", "time": {"started": "today", "seconds": 1}},
    {"command": "x", "time": {"started": "2026-11-27T10:00:00Z", "seconds": 1e300}}, {"sources": [], "caption": "x"}, {"sources": {}}])
def test_provenance_that_is_none_is_refused_by_name(tmp_path, record):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/x.json").write_text(json.dumps(record))
    with pytest.raises(ResultError, match=r"results/x.json is no provenance"):
        list(crate.actions(tmp_path, ["results/x.json"]))


def test_a_run_without_anything_is_refused_with_the_command_that_makes_it(root, tmp_path):
    (tmp_path / "config").mkdir()
    shutil.copy(root / "config/smoke.yaml", tmp_path / "config")
    with pytest.raises(MissingData, match="run smoke has no rows and products.*snakemake --cores 8 smoke"):
        crate.write(tmp_path, "smoke", tmp_path / "smoke.zip")


NO_CONTEXT = ("URLError", "urlopen error", "Unable to retrieve", "not available in the HTTP cache")


def test_the_validator_of_crates_finds_nothing_that_a_provenance_run_crate_must_have(packed):
    program, cached = shutil.which("rocrate-validator"), os.environ.get("ROCRATE_CACHE")
    if program is None:
        pytest.skip("rocrate-validator is not on PATH; roc-validator wants rich<14, against lcpc's pins, so give it an environment of its own")
    offline = ["--offline", "--cache-path", cached] if cached else []
    done = subprocess.run([program, "-y", "validate", *offline, "--profile-identifier", "provenance-run-crate", "--requirement-severity",
                           "required", "--no-paging", str(packed)], text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if any(words in done.stdout for words in NO_CONTEXT):
        pytest.skip("rocrate-validator can't fetch the JSON-LD contexts of crates here, and ROCRATE_CACHE names no cache of them")
    assert done.returncode == 0, done.stdout
