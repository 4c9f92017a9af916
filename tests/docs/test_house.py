"""CONTRIBUTING.md says of the code what benchmarks/house.py counts, give or take a twentieth."""

import importlib.util
import re

import pytest

COUNTED = {
    "lines of `lcpc/cli`": r"\bcli (\d+)",
    "expression nodes a statement, median": r"a statement, median (\d+)",
    "lines of more than 100 characters": r"lines of more than 100 characters (\d+)",
    "lines of bookkeeping": r"bookkeeping (\d+) \(",
    "expression nodes of bookkeeping": r"of bookkeeping (\d+)",
    "lines of the package": r"^lines (\d+)",
}
NEAR = 0.05


@pytest.fixture(scope="module")
def counted(root):
    spec = importlib.util.spec_from_file_location("house", root / "benchmarks" / "house.py")
    house = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(house)
    return "\n".join(house.report(root / "lcpc"))


@pytest.mark.parametrize("label", COUNTED)
def test_a_number_of_the_page_is_that_of_today(root, counted, label):
    text = (root / "CONTRIBUTING.md").read_text()
    (row,) = [line for line in text.splitlines() if line.startswith(f"| {label}")]
    now = int(row.strip("| ").rsplit("|", 1)[1].replace(",", ""))
    today = int(re.search(COUNTED[label], counted, re.M)[1])
    assert now == pytest.approx(today, rel=NEAR)


def test_a_folder_without_python_files_is_refused(root, counted, tmp_path):
    spec = importlib.util.spec_from_file_location("house", root / "benchmarks" / "house.py")
    house = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(house)
    with pytest.raises(SystemExit, match="holds no Python files; name the folder of a package"):
        house.main([str(tmp_path)])
