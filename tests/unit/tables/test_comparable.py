"""Measured curves that stand on less than the documents' are not held against print, and say why."""

import pytest

from lcpc.audit.check import audit
from lcpc.audit.values import Verdict
from lcpc.config import SCALES
from lcpc.tables import bd_metrics, rate_at_80, reproduction, steady_metrics
from lcpc.tables.render import render

ALL_POINTS = (8, 16, 32, 64, 128, 256, 512, 1024)
MICRO = {("proposed", "micro", 1024): [(10.0, 30.0), (20.0, 60.0), (40.0, 75.0), (80.0, 85.0)]}


def row(table, **key):
    return next(row for row in table.rows
                if all(row[name].value == value for name, value in key.items()))


def micro(table):
    return row(table, size="micro", points=1024)


@pytest.fixture
def measure_codec(measure):
    """Measures an input codec at these P and S; rates from `low` to `high` bits."""

    def codec_rows(name="tmc13", points=ALL_POINTS, scales=SCALES, low=72.0, high=14_000.0, **more):
        ratio = (high / low) ** (1 / max(len(scales) - 1, 1))
        for count in points:
            for index, scale in enumerate(scales):
                curve = [(low * ratio**index, 5.0 + 80 * index / len(SCALES) + count / 500)]
                results = measure("mine", "modelnet40", {(name, "", count): curve}, scale=scale,
                                  **more)
                path = results.folder / "rate_accuracy" / f"{name}_P{count}.csv"
                path.rename(path.with_name(f"{name}_P{count}_S{scale}.csv"))
                path.with_suffix(".json").rename(path.with_name(f"{name}_P{count}_S{scale}.json"))
        return results

    return codec_rows


def test_an_anchor_at_all_pairs_and_clouds_is_held_against_print(measure, measure_codec) -> None:
    measure_codec()
    results = measure("mine", "modelnet40", MICRO)
    for module in (bd_metrics, steady_metrics, reproduction, rate_at_80):
        table = module.build(results)
        assert not [note for note in table.notes if "held against print" in note]
        assert not [cells for cells in table.rows if "held against print" in str(cells["note"])]
    assert micro(reproduction.build(results))["max_difference_points"].value is not None


def test_an_anchor_at_few_scales_spoils_every_bd_value_and_the_tables_say_so(
    measure, measure_codec
) -> None:
    measure_codec(points=(64, 256), scales=(1, 4, 16))
    results = measure("mine", "modelnet40", MICRO)
    why = "the anchor TMC13 is measured at 6 of the documents' 72 pairs of P and S"
    for module in (bd_metrics, steady_metrics):
        table = module.build(results)
        assert f"BD values are not held against print: {why}." in table.notes
        assert ("Not held against print: TMC13, measured at 6 of the documents' 72 pairs of P and "
                "S.") in table.notes
        assert f"BD values are not held against print: {why}." in micro(table)["note"].value
        assert row(table, codec="tmc13")["note"].value.endswith(
            "Not held against print: measured at 6 of the documents' 72 pairs of P and S.")
    again = reproduction.build(results)
    assert row(again, codec="tmc13")["max_difference_points"].missing == (
        "not held against print: measured at 6 of the documents' 72 pairs of P and S")
    assert micro(again)["max_difference_points"].value is not None


def test_an_anchor_of_another_range_is_named_with_both_ranges(measure, measure_codec) -> None:
    measure_codec(low=400.0, high=3000.0)
    table = bd_metrics.build(measure("mine", "modelnet40", MICRO))
    assert ("BD values are not held against print: the anchor TMC13 is measured over 400 to 3,000 "
            "bits, where the documents' curve covers 72 to 5,300.") in table.notes


def test_a_part_of_the_test_split_is_named_with_its_size(measure, measure_codec) -> None:
    measure_codec(samples=100)
    results = measure("mine", "modelnet40", MICRO, samples=100)
    both = "Not held against print: TMC13 and micro P=1024, measured on 100 of the 2,468 test clouds."
    for module in (bd_metrics, steady_metrics, reproduction):
        assert sorted(both) in [sorted(note) for note in module.build(results).notes]
    assert micro(reproduction.build(results))["max_difference_points"].missing == (
        "not held against print: measured on 100 of the 2,468 test clouds")
    assert ("Not held against print: micro P=1024, measured on 100 of the 2,468 test clouds."
            in rate_at_80.build(results).notes)


def test_a_codec_whose_settings_are_words_is_measured_at_its_points(measure) -> None:
    words = {("octattention", "", count): [(100.0 + count, 40.0), (900.0 + count, 80.0)]
             for count in ALL_POINTS}
    measure("mine", "modelnet40", words, setting="depth 4", evidence="recorded")
    table = bd_metrics.build(measure("mine", "modelnet40", MICRO))
    assert "held" not in row(table, codec="octattention")["note"].value


def test_another_data_set_has_its_own_reason_alone(measure) -> None:
    table = bd_metrics.build(measure("mine", "shapes40", {**MICRO, ("draco", "", 64): [
        (1000.0, 20.0), (2000.0, 50.0)]}))
    assert not [note for note in table.notes if "held against print" in note]


def test_the_audit_compares_accuracies_but_no_bd_value_with_a_short_anchor(
    measure, measure_codec
) -> None:
    measure_codec(points=(64,))
    results = measure("mine", "modelnet40", MICRO)
    (results.root / "config").mkdir()
    (results.root / "Snakefile").write_text("")
    (results.root / "config" / "mine.yaml").write_text("tables: [bd_metrics]\n")
    render(bd_metrics.build(results), results.root / "tables" / "mine")
    values = {finding.name: finding.measured for finding in audit(results.root, "mine")}
    rate = values["table-2.proposed-micro-1024.bd_rate_percent"]
    assert rate.verdict is Verdict.NOT_COMPARABLE
    assert rate.note == "the anchor TMC13 is measured at 9 of the documents' 72 pairs of P and S"
    assert values["table-2.proposed-micro-1024.max_accuracy_percent"].verdict in (
        Verdict.AGREES, Verdict.DRIFT)
    anchor = values["table-2.tmc13.max_accuracy_percent"]
    assert (anchor.verdict, anchor.note) == (
        Verdict.NOT_COMPARABLE, "measured at 9 of the documents' 72 pairs of P and S")
