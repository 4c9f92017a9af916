"""Many files of rows read at once are what each of them holds."""

import pytest

from lcpc.errors import ResultError
from lcpc.results import csv_file

TYPES = {"count": "Int64", "share": "float64"}
HEADER = "name,count,share,rate_bits,top1_percent"


def test_many_files_read_at_once_are_what_each_of_them_holds(tmp_path):
    import pandas as pd

    texts = [f'{HEADER}\n"a, b",1,2.5,3,99\nb,2,,4,98\n', f"{HEADER}\n", f"{HEADER}\nc,3,1,5,97"]
    paths = [tmp_path / f"{index}.csv" for index in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    frames = [csv_file.read_csv(path, tmp_path, TYPES) for path in paths]
    joined = csv_file.read_csvs(paths, tmp_path, TYPES)
    assert joined["_file"].tolist() == ["0.csv", "0.csv", "2.csv"]
    assert joined["_line"].tolist() == [2, 3, 2]
    pd.testing.assert_frame_equal(joined, pd.concat(frames, ignore_index=True), check_dtype=False)
    for text in (f'{HEADER}\n"two\nlines",7,1,1,1\n', f"{HEADER},more\nd,7,1,1,1,1\n"):
        paths[1].write_text(text)
        with pytest.raises(ResultError, match="can't be read at once; read each file"):
            csv_file.read_csvs(paths, tmp_path, TYPES)


def test_rows_with_quoted_notes_are_read_file_by_file(measure):
    curves = {("draco", "", 8): [(1.0, 2.0)], ("tmc13", "", 8): [(3.0, 4.0)]}
    results = measure("mine", "modelnet40", curves, note='no "tool", or another')
    rows = results.measured("rate_accuracy")
    assert rows["note"].tolist() == ['no "tool", or another'] * 2
    assert rows["_file"].tolist() == [f"results/mine/rate_accuracy/{codec}_P8.csv" for codec in ("draco", "tmc13")]
