"""Each file that the repository ships of a run is on its manifest; no change of any passes the audit."""

import json
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lcpc import config, experiments
from lcpc.audit import derived, evidence, manifest, rebuild
from lcpc.audit.check import audit
from lcpc.audit.files import TableCache
from lcpc.audit.rebuild import rebuild_flaws
from lcpc.audit.summary import failures
from lcpc.cli import main
from lcpc.errors import ResultError
from lcpc.results.products import Product
from lcpc.results.provenance import file_digest

ROOT = Path(__file__).parents[2]
RUNS = ("published", "workstation")
SEALED = sorted(path.parent.name for path in (ROOT / "results").glob(f"*/{manifest.NAME}"))
TEXTS = (".csv", ".md", ".tex", ".html", ".json", ".yaml", ".sha256")
DIGIT = re.compile(r"\d")


def digit(path, place=0):
    """Another digit in the place of one of the text's, or another byte in a binary file."""
    content = path.read_bytes()
    if path.suffix not in TEXTS:
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:])
        return
    text = content.decode()
    digits = list(DIGIT.finditer(text))
    position = digits[place % len(digits)].start()
    other = str((int(text[position]) + 1) % 10)
    path.write_text(text[:position] + other + text[position + 1:])


def last_digit(path):
    digit(path, -1)


def a_byte_more(path):
    path.write_bytes(path.read_bytes() + b"\n")


def emptied(path):
    path.write_bytes(b"")


def deleted(path):
    path.unlink()


SHIPPED = (".weights.npz", ".streams.npz", ".samples.csv.gz")
CHANGES = (digit, last_digit, a_byte_more, emptied, deleted)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """All that the repository ships of all runs, in a folder of its own."""
    root = tmp_path_factory.mktemp("shipped")
    for run in SEALED:
        for file in [*manifest.shipped(ROOT, run), f"results/{run}/{manifest.NAME}"]:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, root / file)
    return root


def times(root):
    return {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def changed(shipped):
    """The same, whose files are brought back after the test."""
    before = times(shipped)
    yield shipped
    after = times(shipped)
    for path in after.keys() - before.keys():
        path.unlink()
    for path, time in before.items():
        if after.get(path) != time:
            shutil.copyfile(ROOT / path.relative_to(shipped), path)


@pytest.mark.parametrize("run", SEALED)
def test_the_committed_files_are_those_of_the_manifest(run):
    assert list(manifest.differences(ROOT, run)) == []
    tracked = subprocess.run(["git", "ls-files", *evidence.FOLDERS], cwd=ROOT, capture_output=True,
                             text=True, check=False).stdout.split()
    listed = {file for each in SEALED for file in manifest.read(ROOT, each)}
    assert set(RUNS) < set(SEALED)
    assert {file for file in tracked if not file.endswith(manifest.NAME)} <= listed


@pytest.mark.parametrize("run", SEALED)
def test_other_programs_can_check_the_manifest(shipped, run):
    check = ["sha256sum", "--check", "--quiet", f"results/{run}/{manifest.NAME}"]
    assert subprocess.run(check, cwd=shipped, check=False).returncode == 0


def test_changes_of_every_kind_of_file_are_planted():
    planted = {file for run in SEALED for file in manifest.read(ROOT, run)}
    assert len(planted) * len(CHANGES) > 3500
    kinds = {file.partition("/")[0] + Path(file).suffix for file in planted}
    assert {"config.yaml", "results.csv", "results.json", "results.gz", "results.npz"} < kinds
    shown = (".csv", ".json", ".md", ".tex", ".html")
    assert {f"tables{ending}" for ending in shown} < kinds
    assert {f"figures{ending}" for ending in (".csv", ".json", ".png", ".pdf")} < kinds
    for ending in SHIPPED:
        assert any(file.endswith(ending) for file in manifest.read(ROOT, "beyond"))
    assert "tables/beyond/ablation_beyond.csv" in planted
    assert {"beyond", "published", "workstation", "zoo"} <= set(SEALED)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("run", SEALED)
def test_each_file_that_is_changed_is_found(changed, run, change):
    files = list(manifest.read(changed, run))
    assert len(files) > 60
    for file in files:
        change(changed / file)
    notes = {flaw.file: flaw.text for flaw in manifest.differences(changed, run)}
    assert sorted(notes) == files
    assert all(f"`lcpc audit --run {run} --seal`" in note for note in notes.values())
    assert all(f"`git checkout {file}`" in note for file, note in notes.items())


@pytest.mark.parametrize("ending", [".png", ".pdf", ".md", ".npz", ".samples.csv.gz"])
def test_files_that_change_places_are_found(changed, ending):
    files = [file for file in manifest.read(changed, "workstation") if file.endswith(ending)]
    contents = [(changed / file).read_bytes() for file in files]
    for file, content in zip(files, [*contents[1:], contents[0]], strict=True):
        (changed / file).write_bytes(content)
    flaws = manifest.differences(changed, "workstation")
    assert [flaw.file for flaw in flaws] == files


@pytest.mark.parametrize("folder", ["results/{}/rate_accuracy", "results/{}", "tables/{}",
                                    "figures/{}", "figures/{}/deep/down"])
@pytest.mark.parametrize("ending", ["csv", "json", "png", "samples.csv.gz"])
@pytest.mark.parametrize("run", SEALED)
def test_a_new_file_is_found(changed, run, folder, ending):
    file = f"{folder.format(run)}/new.{ending}"
    (changed / file).parent.mkdir(parents=True, exist_ok=True)
    (changed / file).write_text("new")
    notes = {flaw.file: flaw.text for flaw in manifest.differences(changed, run)}
    assert list(notes) == [file]
    assert f"remove {file}" in notes[file]


@pytest.mark.parametrize("file", ["results/workstation/rate_accuracy/.new.csv",
                                  "tables/workstation/.new.csv"])
def test_hidden_rows_which_readers_would_take_are_found(changed, file):
    (changed / file).write_text("new")
    assert [flaw.file for flaw in manifest.differences(changed, "workstation")] == [file]


@pytest.mark.parametrize("target", ["results/beyond/mixed", "nowhere"])
def test_a_link_to_a_folder_whose_rows_readers_would_take_is_found_and_not_sealed(changed, target):
    link = changed / "results" / "workstation" / "more"
    link.symlink_to(changed / target)
    (flaw,) = manifest.differences(changed, "workstation")
    assert flaw.file == "results/workstation/more"
    assert "remove results/workstation/more" in flaw.text
    with pytest.raises(ResultError, match="results/workstation/more is a link to no file; remove"):
        manifest.seal(changed, "workstation")
    link.unlink()


def test_a_folder_that_became_a_link_is_found(changed, tmp_path):
    folder, elsewhere = changed / "results" / "workstation" / "classifier", tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    verdicts = {flaw.file: flaw.verdict for flaw in manifest.differences(changed, "workstation")}
    folder.unlink()
    elsewhere.rename(folder)
    assert verdicts.pop("results/workstation/classifier") == "drift"
    assert set(verdicts.values()) == {"missing"}


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("ending", ["md", "tex", "html"])
@pytest.mark.parametrize("run", RUNS)
def test_a_shown_number_differs_from_its_table_even_where_the_manifest_follows(
        changed, run, ending, place):
    choose = random.Random(f"{run} {ending} {place}")
    folder = changed / "tables" / run
    files = [path for path in sorted(folder.glob(f"*.{ending}")) if path.stem != "audit"]
    for path in files:
        digit(path, choose.randrange(10_000))
    flaws = {flaw.file: flaw.text for flaw in evidence.table_flaws(TableCache(changed), run)}
    for path in files:
        file = path.relative_to(changed).as_posix()
        assert f"`lcpc table {path.stem} --run {run}`" in flaws[file]


@pytest.mark.parametrize("place", range(9))
@pytest.mark.parametrize("run", RUNS)
def test_a_number_of_a_table_differs_from_its_json_even_where_the_manifest_follows(
        changed, run, place):
    file = changed / "tables" / run / "rate_at_80.csv"
    header, *lines = file.read_text().splitlines(keepends=True)
    ours = header.split(",").index("recomputed_rate_bits")
    line = place % len(lines)
    fields = lines[line].split(",")
    assert fields[ours]
    fields[ours] = fields[ours][:-1] + str((int(fields[ours][-1]) + 1 + place) % 10)
    file.write_text("".join([header, *lines[:line], ",".join(fields), *lines[line + 1:]]))
    flaws = {flaw.file: flaw.text for flaw in evidence.table_flaws(TableCache(changed), run)}
    assert "recomputed_rate_bits, differs from rate_at_80.json" in flaws[f"tables/{run}/rate_at_80.csv"]


def test_a_number_that_the_rows_do_not_give_is_found_by_making_all_anew(changed):
    files = [path for kind in ("tables", "figures")
             for path in sorted((changed / kind / "published").glob("*.csv")) if path.stem != "audit"]
    altered = files[::2]
    for path in altered:
        last_digit(path)
    notes = {flaw.file: flaw.text for flaw in rebuild_flaws(changed, "published")}
    assert sorted(notes) == sorted(path.relative_to(changed).as_posix() for path in altered)
    assert all("--run published`" in note for note in notes.values())


def test_a_provenance_that_contradicts_itself_is_found_even_where_the_manifest_follows(changed):
    found = (changed / "results" / "workstation").glob("*/*.json")
    files = sorted(path for path in found if path.parent.name != "weights")
    contents = [json.loads(path.read_text()) for path in files]
    assert [evidence.contradiction(content) for content in contents] == [""] * len(files)
    for content in contents:
        assert "config_digest" in evidence.contradiction({**content, "config": {"seed": 1}})
        assert "its seed is 2" in evidence.contradiction({**content, "seed": 2})
        assert "its run is 'demo'" in evidence.contradiction({**content, "run": "demo"})


def test_kept_weights_are_those_of_their_json_and_rows_even_where_the_manifest_follows(changed):
    def flaws():
        return evidence.kept_flaws(TableCache(changed), "workstation")

    folder = changed / "results" / "workstation" / "weights"
    assert list(flaws()) == []
    first, second, *_ = sorted(folder.glob("pointnet*.pt"))
    digit(first)
    second.with_suffix(".json").write_text("{")
    notes = {flaw.file: flaw.text for flaw in flaws()}
    assert list(notes) == [path.relative_to(changed).as_posix() for path in (first, second)]
    facts = json.loads(first.with_suffix(".json").read_text())
    content = json.dumps({**facts, "weights": file_digest(first)})
    first.with_suffix(".json").write_text(content)
    _, flaw = flaws()
    assert flaw.file.endswith(first.name)
    assert re.match(r"results/workstation/\S+_P1024.csv has the digest of other weights; `git",
                    flaw.text)


def changed_fields(path, line, **fields):
    """Fields of a row of a csv without quotes replaced."""
    header, *lines = path.read_text().splitlines()
    columns, values = header.split(","), lines[line].split(",")
    for name, value in fields.items():
        values[columns.index(name)] = value
    path.write_text("\n".join([header, *lines[:line], ",".join(values), *lines[line + 1:], ""]))


ROWS = "results/workstation/rate_accuracy/draco_P64.csv"
CONTRADICTIONS = {
    "a row that is hidden": ({"status": "skipped"}, "line 3 is skipped, but has rate_bits"),
    "a status of no kind": ({"status": "Done"}, "line 3: status is 'Done', none of done"),
    "rows of another run": ({"run": "beyond"}, "line 3: run is 'beyond', in its json 'workstation'"),
    "rows of other data": ({"dataset": "shapes40"}, "line 3: dataset is 'shapes40', in its json"),
    "an accuracy": ({"top1_percent": "99.9"}, "line 3: top1_percent is 99.9, but "),
    "how many clouds": ({"samples": "2000"}, "line 3: samples is 2000, but "),
    "a setting twice": ({"scale": "1"}, "its rows are not one for each"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_rows_that_contradict_what_is_beside_them_are_found_even_where_the_manifest_follows(
        changed, case):
    fields, note = CONTRADICTIONS[case]
    changed_fields(changed / ROWS, 1, **fields)
    flaws = evidence.run_flaws(TableCache(changed), config.load(changed, "workstation"))
    assert note in " | ".join(flaw.text for flaw in flaws if flaw.file == ROWS)


def test_rows_that_say_skipped_beside_their_samples_are_found(changed):
    path = changed / ROWS
    empty = {"status": "skipped", "rate_bits": "", "stream_bits": "", "top1_percent": ""}
    for line in range(len(path.read_text().splitlines()) - 1):
        changed_fields(path, line, **empty)
    flaws = evidence.run_flaws(TableCache(changed), config.load(changed, "workstation"))
    texts = [flaw.text for flaw in flaws if flaw.file == ROWS]
    assert any("none of its rows is done, but draco_P64.samples.csv.gz is there" in text
               for text in texts)


def every_source(content, **fields):
    """Fields of all sources of a json, of its cells and series, replaced."""
    cells = [cell["sources"] for row in content.get("rows", ()) for cell in row["cells"].values()]
    for sources in [*cells, *content.get("series", {}).values()]:
        for source in sources:
            source.update(fields)


CITED = {
    "no digests": (lambda content: content.update(sources={}), "whose digest it does not hold"),
    "another file": (lambda content: every_source(content, file="results/nowhere.csv"),
                     "it cites 'results/nowhere.csv', whose digest it does not hold"),
    "a line after the end": (lambda content: every_source(content, lines=[2, 99999]),
                             "it cites line 99999 of "),
    "the header": (lambda content: every_source(content, lines=[1]), "it cites line 1 of "),
    "no line": (lambda content: every_source(content, lines=["x"]), "is not that of a product"),
}


@pytest.mark.parametrize("product", ["tables/workstation/rate_at_80.json",
                                     "figures/workstation/rate_accuracy_micro.json"])
@pytest.mark.parametrize("case", CITED)
def test_what_a_product_cites_is_there_even_where_the_manifest_follows(changed, product, case):
    change, note = CITED[case]
    content = json.loads((changed / product).read_text())
    change(content)
    (changed / product).write_text(json.dumps(content))
    file = product.replace(".json", ".csv")
    flaws = evidence.table_flaws(TableCache(changed), "workstation")
    assert note in " | ".join(flaw.text for flaw in flaws if flaw.file == file)


def rewritten(path, change):
    """A json, changed in place; all that `change` adds, the digest of today's code at first."""
    content = json.loads(path.read_text())
    kind, run, name = path.parts[-3:]
    if kind in ("tables", "figures"):
        product = Product(kind.removesuffix("s"), run, name.removesuffix(".json"))
        content["code"] = derived.code_of(product)
    change(content)
    path.write_text(json.dumps(content))


def product_flaws(root, file):
    """What the audit says of one product, without the manifest."""
    flaws = evidence._guarded(evidence._product_flaws, TableCache(root), file, "again")
    return " | ".join(flaw.text for flaw in flaws)


def first_cell(content):
    """The first cell that has a formula."""
    cells = (cell for row in content["rows"] for cell in row["cells"].values())
    return next(cell for cell in cells if cell["formula"])


def first_series(content):
    return next(iter(content["series"].values()))[0]


PRODUCTS = ("tables/published/rate_at_pointnet.json", "tables/workstation/layer_sizes.json",
            "tables/beyond/ablation_beyond.json", "figures/published/rate_accuracy_micro.json",
            "figures/workstation/encoding_distribution.json")
DERIVED = {
    "the digest of code": (lambda content: content.update(code="0123456789abcdef"), "of other code"),
    "no digest of code": (lambda content: content.pop("code"), "of other code"),
    "another stem": (lambda content: content.update(stem="bd_metrics"), "is that of 'bd_metrics'"),
    "no stem": (lambda content: content.pop("stem"), "is that of None"),
    "a source altered": (lambda content: content["sources"].update(
        dict.fromkeys(list(content["sources"])[:1], "0" * 64)), "is changed since it was made"),
    "a source left out": (lambda content: content["sources"].pop(next(iter(content["sources"]))),
                          "whose digest it does not hold"),
}


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("case", DERIVED)
def test_what_follows_from_code_and_files_is_derived_even_where_the_manifest_follows(
        changed, product, case):
    change, note = DERIVED[case]
    file = product.replace(".json", ".csv")
    rewritten(changed / product, lambda content: None)
    assert product_flaws(changed, file) == ""
    rewritten(changed / product, change)
    assert note in product_flaws(changed, file)


def test_a_table_or_figure_that_no_code_makes_is_found_even_where_the_manifest_follows(changed):
    for ending in ("csv", "json"):
        source = changed / f"tables/published/layer_sizes.{ending}"
        shutil.copyfile(source, source.with_stem("best_codecs"))
    text = product_flaws(changed, "tables/published/best_codecs.csv")
    assert "lcpc has no table 'best_codecs', so that nothing here can have made it" in text


@pytest.mark.parametrize(("product", "change", "note"), [
    ("tables/published/rate_at_pointnet.json",
     lambda content: content["columns"].append("best"), "other columns"),
    ("figures/published/rate_accuracy_micro.json",
     lambda content: content["series"].pop(next(iter(content["series"]))), "other series"),
])
def test_columns_and_series_are_those_of_the_csv(changed, product, change, note):
    rewritten(changed / product, change)
    assert note in product_flaws(changed, product.replace(".json", ".csv"))


REBUILT = {
    "a formula": ("table", lambda content: first_cell(content).update(formula="as one likes"), "formula"),
    "a value": ("table", lambda content: first_cell(content).update(value=1.25), "value"),
    "lines of a source": ("table", lambda content: first_cell(content)["sources"][0].update(lines=[2, 3, 4]),
                          "lines"),
    "another source": ("table", lambda content: first_cell(content)["sources"].clear(), "sources"),
    "a caption": ("table", lambda content: content.update(caption="Best codecs"), "caption"),
    "notes": ("table", lambda content: content["notes"].append("All is well."), "notes"),
    "the key": ("table", lambda content: content["key"].pop(), "key"),
    "a caption of a figure": ("figure", lambda content: content.update(caption="Best"), "caption"),
    "lines of a series": ("figure", lambda content: first_series(content).update(lines=[2]), "lines"),
    "the name of a series": ("figure", lambda content: content["series"].update(
        best=content["series"].pop(next(iter(content["series"])))), "series"),
}
CHEAP = {"table": "rate_at_pointnet", "figure": "rate_accuracy_input_compression"}


@pytest.mark.parametrize("case", REBUILT)
def test_all_of_a_json_is_made_anew_even_where_the_manifest_follows(changed, monkeypatch, case):
    kind, change, place = REBUILT[case]
    product = Product(kind, "published", CHEAP[kind])
    monkeypatch.setattr(rebuild, "products", lambda config: [product])
    path = changed / product.path("json")
    rewritten(path, lambda content: None)
    assert list(rebuild_flaws(changed, "published")) == []
    rewritten(path, change)
    (flaw,) = rebuild_flaws(changed, "published")
    assert flaw.file == product.path("json")
    assert f"{place} is not what the rows give now; run `lcpc {kind} {product.stem}" in flaw.text


def rows_flaws(root, run, name):
    """What the audit says of one job's rows and provenance, without manifest, means and streams."""
    settings = config.load(root, run)
    (job,) = (job for job in experiments.jobs(settings, root) if job.output.endswith(f"{name}.csv"))
    tables = TableCache(root)
    flaws = [*evidence._job_flaws(tables, job.output, "again", settings, job, {**KNOWN_DIGESTS}),
             *evidence._row_flaws(tables, job.output, "again")]
    return " | ".join(flaw.text for flaw in flaws)


CURVE = "results/workstation/rate_accuracy/proposed_micro_P64"
KNOWN_DIGESTS = {("modelnet40", split): json.loads((ROOT / f"{CURVE}.json").read_text())[
    "dataset_digests"][split] for split in ("train", "test")}
OF_CONFIG = {
    "seed": (lambda content: content.update(seed=3), "its seed is 3, that of the run's config 1"),
    "run": (lambda content: content.update(run="best"), "its run is 'best', that of the run's config"),
    "data set": (lambda content: content.update(dataset="shapes40"), "its dataset is 'shapes40'"),
    "settings": (lambda content: content["values"].update(seed=2), "its values are not those"),
    "command": (lambda content: content.update(command="lcpc evaluate rate_accuracy/x --run workstation"),
                "which does not make rate_accuracy/proposed_micro_P64"),
    "test clouds": (lambda content: content["dataset_digests"].update(test="0" * 64),
                    "its test clouds of modelnet40 have the digest '000"),
    "the config": (lambda content: content["config"].update(seed=2), "its config is not that of its"),
    "its digest": (lambda content: content.update(config_digest="0"), "its config is not that of its"),
    "weights": (lambda content: content["shipped"].update(
        {f"{CURVE}.weights.npz": "0" * 64}), "which these rows were measured with, is changed"),
}


@pytest.mark.parametrize("case", OF_CONFIG)
def test_a_provenance_follows_from_the_config_even_where_the_manifest_follows(changed, case):
    change, note = OF_CONFIG[case]
    assert rows_flaws(changed, "workstation", "proposed_micro_P64") == ""
    rewritten(changed / f"{CURVE}.json", change)
    assert note in rows_flaws(changed, "workstation", "proposed_micro_P64")


@pytest.mark.parametrize(("fields", "note"), [
    ({"size": "lite"}, "line 3: size is 'lite', that of its job 'micro'"),
    ({"points": "8"}, "line 3: points is '8', that of its job '64'"),
    ({"seed": "9"}, "line 3: seed is '9', that of its job '1'"),
    ({"lambda": "15"}, "its lambdas are not those of the run's config, 10, 14, 20,"),
])
def test_rows_follow_from_the_config_even_where_the_manifest_follows(changed, fields, note):
    changed_fields(changed / f"{CURVE}.csv", 1, **fields)
    assert note in rows_flaws(changed, "workstation", "proposed_micro_P64")


# (field, value, whether more than the manifest finds it).
HOSTILE_FIELDS = [
    ("values", [[]], True), ("dataset_digests", [], False), ("dataset_digests", {"test": []}, True),
    ("images", [], False), ("command", [], False), ("seed", {}, True), ("run", None, True),
    ("config", [], False)]


@pytest.mark.parametrize(("field", "value", "is_found"), HOSTILE_FIELDS)
def test_a_provenance_of_other_types_is_no_crash(changed, field, value, is_found):
    rewritten(changed / f"{CURVE}.json", lambda content: content.update({field: value}))
    assert bool(rows_flaws(changed, "workstation", "proposed_micro_P64")) == is_found


def test_rows_without_lambdas_and_figures_without_series_are_refused_by_name(changed):
    path = changed / f"{CURVE}.csv"
    path.write_text(path.read_text().replace("lambda", "mu", 1))
    with pytest.raises(ResultError, match="proposed_micro_P64.csv or its json is not that of rows"):
        rows_flaws(changed, "workstation", "proposed_micro_P64")
    file = "figures/published/rate_accuracy_micro.json"
    rewritten(changed / file, lambda content: content.pop("series"))
    assert "is not that of a product" in product_flaws(changed, file.replace(".json", ".csv"))


def test_a_point_that_is_left_out_is_found_even_where_the_manifest_follows(changed):
    path = changed / f"{CURVE}.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    assert "its lambdas are not those" in rows_flaws(changed, "workstation", "proposed_micro_P64")


def test_rows_that_no_config_asks_for_are_found_even_where_the_manifest_follows(changed):
    for path in (changed / "results/beyond").glob("mixed/*.csv"):
        if path.stem != "micro_P8_seed1":
            path.unlink()
    rows = changed / "results/beyond/mixed/micro_P8_seed1.csv"
    shutil.copyfile(rows, rows.with_stem("micro_P9_seed1"))
    flaws = evidence.run_flaws(TableCache(changed), config.load(changed, "beyond"))
    texts = {flaw.file: flaw.text for flaw in flaws if "asks for no such rows" in flaw.text}
    assert list(texts) == ["results/beyond/mixed/micro_P9_seed1.csv"]


PLANTED = {
    "results/workstation/weights/pointnet_P64.pt": digit,
    "results/workstation/weights/octattention.json": last_digit,
    "tables/workstation/bd_metrics.md": digit,
    "tables/workstation/rate_at_80.tex": last_digit,
    "tables/published/layer_sizes.html": last_digit,
    "figures/workstation/rate_accuracy_micro.csv": last_digit,
    "figures/workstation/rate_accuracy_micro.png": emptied,
    "figures/published/pointnet.pdf": deleted,
    "results/workstation/rate_accuracy/draco_P64.samples.csv.gz": digit,
    "results/workstation/rate_accuracy/draco_P128.samples.csv.gz": deleted,
    "results/workstation/rate_accuracy/draco_P64.json": last_digit,
    "results/workstation/image_distributions/q1.npz": digit,
    "results/workstation/rate_accuracy/tmc13_P64.csv": last_digit,
    "results/recorded/tmc13_v14_modelnet40.csv.gz": digit,
    "results/published/README.md": a_byte_more,
    "config/workstation.yaml": digit,
    "results/workstation/manifest.sha256": digit,
    "results/published/manifest.sha256": deleted,
    "results/beyond/mixed/micro_P1024_seed1.weights.npz": digit,
    "results/beyond/mixed/local_P1024_seed1.streams.npz": digit,
    "results/beyond/mixed/micro_P8_seed1.csv": last_digit,
    "tables/beyond/ablation_beyond.csv": last_digit,
    "results/beyond/manifest.sha256": digit,
}


@pytest.mark.parametrize("file", PLANTED)
def test_the_whole_audit_fails_by_a_changed_file_and_names_it(changed, file):
    PLANTED[file](changed / file)
    run = "beyond" if "beyond" in file else "workstation"
    notes = " ".join(f"{found.name} {found.note}" for found in failures(audit(changed, run)))
    named = file
    if file.endswith(f"{run}/manifest.sha256"):
        named = next(iter(manifest.read(ROOT, run)))
    assert named in notes
    assert "`" in notes


def test_a_changed_row_stays_found_where_the_pipeline_writes_the_manifest(changed):
    """Its weights are not here, so that the pipeline can't have made it."""
    rows = "results/workstation/rate_accuracy/proposed_micro_P64.csv"
    points = "results/published/rate_accuracy_modelnet40.csv"
    for file in (rows, points):
        last_digit(changed / file)
    picture = "figures/workstation/pointnet.png"
    a_byte_more(changed / picture)
    manifest.seal_made(changed, "workstation")
    manifest.seal_made(changed, "published")
    assert [flaw.file for flaw in manifest.differences(changed, "workstation")] == [rows]
    assert [flaw.file for flaw in manifest.differences(changed, "published")] == [points]
    manifest.seal(changed, "workstation")
    assert list(manifest.differences(changed, "workstation")) == []


def test_the_pipeline_writes_the_first_manifest_of_all_files(changed):
    before = manifest.manifest_path(changed, "workstation").read_bytes()
    manifest.manifest_path(changed, "workstation").unlink()
    path = manifest.seal_made(changed, "workstation")
    assert path.read_bytes() == before


def test_a_sealed_change_is_no_finding_any_more(changed, capsys):
    (changed / "Snakefile").touch()
    a_byte_more(changed / "results/published/README.md")
    words = ["audit", "--run", "published", "--root", str(changed)]
    assert main(words) == 1
    assert "results/published/README.md" in capsys.readouterr().out
    assert main(words) == 1
    assert main([*words, "--seal"]) == 0
    assert main(words) == 0


@pytest.mark.parametrize("line", ["nonsense", "0" * 64 + " one blank", "é" * 64 + "  file"])
def test_a_broken_manifest_is_found(changed, line):
    path = manifest.manifest_path(changed, "workstation")
    path.write_text(f"{line}\n")
    (flaw,) = manifest.differences(changed, "workstation")
    assert flaw.file == "results/workstation/manifest.sha256"
    assert "manifest.sha256:1 is not a digest" in flaw.text
