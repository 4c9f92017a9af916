"""Result files are written whole, read with their lines, and refused outside their schema."""

import json
from pathlib import Path

import pandas
import pytest

from lcpc.errors import MissingData, ResultError
from lcpc.results import schema, store
from lcpc.results.cells import Cell, Source, Table, text

ROW = {"run": "mine", "dataset": "shapes40", "codec": "draco", "size": "", "points": 64,
 "lambda": None, "scale": 4,
       "setting": "", "samples": 2, "rate_bits": 100.5, "stream_bits": 101.0,
        "top1_percent": 50.0, "seed": 1,
       "evidence": "measured", "status": "done", "note": ""}


def write(root, rows, name="draco_P64"):
    path = root / "results" / "mine" / "rate_accuracy" / f"{name}.csv"
    samples = pandas.DataFrame({"sample": ["a"]})
    store.write_rows(path, "rate_accuracy", pandas.DataFrame(rows), {"seed": 1}, samples)
    return path


def test_rows_come_back_with_their_file_and_line(tmp_path):
    write(tmp_path, [ROW, {**ROW, "scale": 8}])
    frame = store.Results(tmp_path, "mine").measured("rate_accuracy")
    assert frame["_line"].tolist() == [2, 3]
    assert set(frame["_file"]) == {"results/mine/rate_accuracy/draco_P64.csv"}
    assert frame["scale"].tolist() == [4, 8]
    assert Source.of(frame) == (Source("results/mine/rate_accuracy/draco_P64.csv", (2, 3)),)


def test_equal_rows_give_equal_bytes_and_nothing_is_left_behind(tmp_path):
    first = write(tmp_path, [ROW])
    before = {path.name: path.read_bytes() for path in first.parent.iterdir()}
    write(tmp_path, [ROW])
    assert {path.name: path.read_bytes() for path in first.parent.iterdir()} == before
    assert set(before) == {"draco_P64.csv", "draco_P64.json", "draco_P64.samples.csv.gz"}


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    store.write_json(path, {"a": 1})
    monkeypatch.setattr(store.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        store.write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_a_run_without_rows_gives_an_empty_frame_with_all_columns(tmp_path):
    frame = store.Results(tmp_path, "mine").measured("rate_accuracy")
    assert frame.empty
    assert list(frame.columns) == [*schema.columns("rate_accuracy"), "_file", "_line"]


def test_a_file_with_foreign_columns_is_named(tmp_path):
    path = write(tmp_path, [ROW])
    path.write_text("codec,bits\ndraco,3\n")
    fault = r"draco_P64.csv: columns bits.*differ from the schema of rate_accuracy"
    with pytest.raises(ResultError, match=fault):
        store.Results(tmp_path, "mine").measured("rate_accuracy")


def test_a_value_of_the_wrong_type_is_refused_with_the_file(tmp_path):
    path = write(tmp_path, [ROW])
    path.write_text(path.read_text().replace("100.5", "many"))
    with pytest.raises(ResultError, match=r"draco_P64.csv"):
        store.Results(tmp_path, "mine").measured("rate_accuracy")


def test_a_missing_published_file_says_so(tmp_path):
    with pytest.raises(MissingData, match="nothing.csv is not there"):
        store.Results(tmp_path, "mine").published("nothing")


def test_a_cell_holds_a_value_or_a_reason_and_never_both_or_none():
    assert Cell(1.5).value == 1.5
    assert Cell(missing="not measured; run it").missing
    with pytest.raises(ValueError, match="either"):
        Cell()
    with pytest.raises(ValueError, match="either"):
        Cell(1.0, missing="why")


def test_a_table_row_that_lacks_a_column_is_refused():
    with pytest.raises(ValueError, match="differ in b"):
        Table("t", "caption", ["a"], ["a", "b"], [{"a": text("x")}])


@pytest.mark.parametrize(("column", "value", "fault"), [
    ("rate_bits", "inf", "'inf' is no finite number; a value that is absent is empty"),
    ("rate_bits", "nan", "'nan' is no finite number"),
    ("rate_bits", "-1", "'-1' is negative"),
    ("stream_bits", "-1e400", "'-1e400' is no finite number"),
    ("top1_percent", "100.5", "'100.5' is over 100 %"),
    ("top1_percent", "many", "'many' is no number"),
    ("points", "64.5", "'64.5' is no whole number"),
])
def test_an_impossible_value_is_refused_with_file_line_and_column(tmp_path, column, value, fault):
    path = write(tmp_path, [ROW, ROW])
    header, first, second = path.read_text().splitlines()
    fields = second.split(",")
    fields[header.split(",").index(column)] = value
    path.write_text("\n".join([header, first, ",".join(fields)]) + "\n")
    with pytest.raises(ResultError) as error:
        store.Results(tmp_path, "mine").measured("rate_accuracy")
    assert f"draco_P64.csv: line 3, column {column}: {fault}" in str(error.value)


@pytest.mark.parametrize(("column", "value"), [
    ("rate_bits", float("inf")), ("stream_bits", -8.0), ("top1_percent", 101),
])
def test_impossible_values_are_never_written(tmp_path, column, value):
    with pytest.raises(ResultError, match=f"draco_P64.csv: line 2, column {column}"):
        write(tmp_path, [{**ROW, column: value}])
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize(("damage", "fault"), [
    (lambda data: data.replace(b"draco", b"dra\0co"), "holds NUL bytes"),
    (lambda data: b"\xef\xbb\xbf" + data, "begins with a byte order mark; save it as plain UTF-8"),
    (lambda data: data.replace(b"draco", b"dra\xff"), "can't be read ('utf-8' codec"),
    (lambda data: data.replace(b"draco", b'"draco'), "make the file again"),
    (lambda data: data.replace(b",64,", b","), "line 2 has 15 fields, the header 16"),
    (lambda data: data.replace(b"\n", b",x\n", 2), "columns x differ from the schema"),
    (lambda data: data.replace(b"\n", b"\n\n", 1), "line 2 has 0 fields, the header 16"),
    (lambda data: data.replace(b"codec", b"dataset", 1),
     "the header names a column twice or not at all"),
    (lambda data: b"", "draco_P64.csv"),
    (lambda data: data.replace(b",64,", b",99999999999999999999,"), "draco_P64.csv"),
    (lambda data: data.replace(b",64,", b"," + b"9" * 5000 + b","), "draco_P64.csv"),
    (lambda data: data.replace(b"draco", b"d" * 200_000), "field larger than field limit"),
])
def test_a_damaged_file_is_refused_by_name_and_never_with_a_traceback(tmp_path, damage, fault):
    path = write(tmp_path, [ROW])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ResultError, match="draco_P64.csv") as error:
        store.Results(tmp_path, "mine").measured("rate_accuracy")
    assert fault in str(error.value)


def test_a_damaged_archive_of_samples_is_refused_by_name(tmp_path):
    path = write(tmp_path, [ROW]).with_suffix(".samples.csv.gz")
    whole = path.read_bytes()
    assert store.read_csv(path, tmp_path)["sample"].tolist() == ["a"]
    for data in (whole[:-4], whole[:12] + b"\xff\xff" + whole[14:], b"not gzip"):
        path.write_bytes(data)
        with pytest.raises(ResultError, match="samples.csv.gz can't be read"):
            store.read_csv(path, tmp_path)


def test_columns_of_a_kind_are_those_of_its_experiment():
    assert store.types_of("latency")["encode_s"] == "float64"
    with pytest.raises(ResultError, match="'noise' is not known; known: ablation, architecture"):
        schema.columns("noise")


def test_every_committed_result_is_possible(root):
    files = list((root / "results").rglob("*.csv"))
    assert len(files) > 50
    for path in files:
        store.read_csv(path, root)


def write_counted(root, dataset, provenance, labels=()):
    path = root / "results" / "mine" / "rate_accuracy" / "draco_P64.csv"
    samples = pandas.DataFrame([{"sample": f"cloud {index}", "scale": scale, "label": label}
                                for scale in (4, 8) for index, label in enumerate(labels)])
    store.write_rows(path, "rate_accuracy", pandas.DataFrame([{**ROW, "dataset": dataset}]), provenance,
                     samples if len(samples) else None)
    return store.Results(root, "mine")


def test_class_counts_are_those_of_the_provenance(tmp_path):
    counts = write_counted(tmp_path, "modelnet40", {"class_counts": {"chair": 3, "lamp": 0}}).class_counts()
    assert dict(zip(counts["class"], counts["count"], strict=True)) == {"chair": 3, "lamp": 0}
    assert Source.of(counts) == (Source("results/mine/rate_accuracy/draco_P64.csv", (2, 2)),)


def test_class_counts_on_modelnet40_are_the_published_ones_where_the_rows_do_not_say_them(root, tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "published").symlink_to(root / "results" / "published")
    results = write_counted(tmp_path, "modelnet40", {})
    assert results.class_counts()["count"].sum() == 2468
    assert store.Results(tmp_path, "published").class_counts().equals(results.class_counts())


def test_class_counts_of_another_data_set_are_counted_from_labels_each_cloud_once(tmp_path):
    assert write_counted(tmp_path, "mine", {}, labels=[0, 1, 1]).class_counts()["count"].tolist() == [1, 2]


def test_class_counts_that_nothing_says_are_missing(tmp_path):
    with pytest.raises(MissingData, match="results/mine/rate_accuracy does not say its classes; evaluate the run again"):
        write_counted(tmp_path, "mine", {}).class_counts()


PUBLISHED = Path(__file__).parents[3] / "results" / "published"


def published_files():
    """Files of the documents' points that tables and figures read."""
    return [path for folder in (PUBLISHED, PUBLISHED / "printed") for path in sorted(folder.glob("*.csv"))
            if path.stem in schema.PUBLISHED_TEXTS]


def test_each_file_of_the_documents_has_its_columns():
    assert {path.stem for path in published_files()} == set(schema.PUBLISHED_TEXTS) == set(schema.PUBLISHED_NUMBERS)
    results = store.Results(PUBLISHED.parents[1], "published")
    for path in published_files():
        read = results.printed if path.parent.name == "printed" else results.published
        assert len(read(path.stem))


@pytest.mark.parametrize("path", published_files(), ids=lambda path: path.stem)
def test_a_file_of_the_documents_without_a_column_or_with_text_for_a_number_is_refused(tmp_path, path):
    place = tmp_path / path.relative_to(PUBLISHED.parents[1])
    place.parent.mkdir(parents=True)
    results = store.Results(tmp_path, "published")
    read = results.printed if path.parent.name == "printed" else results.published
    frame = pandas.read_csv(path, dtype=str)
    for name in (*schema.PUBLISHED_TEXTS[path.stem], *schema.PUBLISHED_NUMBERS[path.stem]):
        frame.drop(columns=name).to_csv(place, index=False)
        with pytest.raises(ResultError, match=f"has no column '{name}'"):
            read(path.stem)
    for name in schema.PUBLISHED_NUMBERS[path.stem]:
        frame.assign(**{name: [*frame[name][:-1], "much"]}).to_csv(place, index=False)
        with pytest.raises(ResultError, match=f"line {len(frame) + 1}: {name} is 'much', not a number"):
            read(path.stem)
