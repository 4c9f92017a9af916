"""A quick look at whole columns of a file passes no fault that a look at each value finds."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lcpc.errors import ResultError
from lcpc.results import csv_file

TYPES = {"count": "Int64", "share": "float64"}
HEADER = "name,count,share,rate_bits,top1_percent"
VALUES = ["", "1", "007", "1.5", "-2", "-2.5", ".5", "5.", ".", "1..2", "1e-05", "1e999", "nan", "inf", "1_0", " 1", "x",
          "٣", "100", "100.5", "9" * 400, "\u2028"]
ROWS = st.lists(st.lists(st.sampled_from(VALUES), min_size=4, max_size=6), min_size=0, max_size=4)


def refused(text):
    try:
        csv_file.check(text, TYPES, "file")
    except ResultError as error:
        return str(error)
    return ""


@given(ROWS, st.sampled_from(["", "\n"]))
@example([["a", "1", "2.5", "3", "99"]] * 3, "\n")
@example([["a", "1", "2.5", "-3", "99"]], "\n")
@example([["a", "1", "2.5", "3"]], "\n")
@example([[]], "\n\n")
def test_what_the_quick_look_passes_has_no_fault(rows, end):
    text = "\n".join([HEADER, *(",".join(row) for row in rows)]) + end
    quick = refused(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "_is_plain", lambda *_: False)
        assert quick == refused(text)


@pytest.mark.parametrize("value", ["1", "1.5", "", "1e-05"])
def test_sensible_rows_need_no_second_look(value):
    checked = [(1, "share", "float64"), (2, "rate_bits", "")]
    assert csv_file._is_plain(f"name,share,rate_bits\na,{value},3\n", 3, checked)
    assert not csv_file._is_plain(f"name,share,rate_bits\na,{value}\n", 3, checked)
    assert not csv_file._is_plain(f"name,share,rate_bits\na,{value},-1\n", 3, checked)


def test_many_files_read_at_once_are_what_each_of_them_holds(tmp_path):
    import pandas as pd

    texts = [f"{HEADER}\na,1,2.5,3,99\nb,2,,4,98\n", f"{HEADER}\n", f"{HEADER}\nc,3,1,5,97"]
    paths = [tmp_path / f"{index}.csv" for index in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    frames = [csv_file.read_csv(path, tmp_path, TYPES) for path in paths]
    joined = csv_file.read_csvs(paths, tmp_path, TYPES)
    assert joined["_file"].tolist() == ["0.csv", "0.csv", "2.csv"]
    assert joined["_line"].tolist() == [2, 3, 2]
    pd.testing.assert_frame_equal(joined, pd.concat(frames, ignore_index=True), check_dtype=False)
    for text in (f'{HEADER}\n"q,uoted",7,1,1,1\n', f"{HEADER},more\nd,7,1,1,1,1\n"):
        paths[1].write_text(text)
        with pytest.raises(ResultError, match="can't be read at once; read each file"):
            csv_file.read_csvs(paths, tmp_path, TYPES)


def test_rows_with_quoted_notes_are_read_file_by_file(measure):
    curves = {("draco", "", 8): [(1.0, 2.0)], ("tmc13", "", 8): [(3.0, 4.0)]}
    results = measure("mine", "modelnet40", curves, note='no "tool", or another')
    rows = results.measured("rate_accuracy")
    assert rows["note"].tolist() == ['no "tool", or another'] * 2
    assert rows["_file"].tolist() == [f"results/mine/rate_accuracy/{codec}_P8.csv" for codec in ("draco", "tmc13")]
