"""Tables of a measured run: its own numbers beside print, and a reason wherever one is missing."""

import re

import pandas as pd
import pytest

from lcpc import curves
from lcpc.errors import MissingData, ResultError
from lcpc.results.store import Results, write_rows
from lcpc.tables import (
    base,
    bd_metrics,
    layer_sizes,
    rate_at_80,
    rate_savings,
    rate_savings_per_quality,
    reproduction,
)

TMC13 = [(100.0, 20.0), (200.0, 50.0), (400.0, 70.0), (800.0, 80.0)]
DRACO = [(1000.0, 20.0), (1200.0, 50.0), (1500.0, 70.0), (2000.0, 80.0)]
MICRO = [(10.0, 30.0), (20.0, 60.0), (40.0, 75.0), (80.0, 85.0)]
CURVES = {("proposed", "micro", 1024): MICRO, ("draco", "", 64): DRACO[:2],
          ("draco", "", 256): DRACO[2:]}


def row(table, **key):
    return next(row for row in table.rows
                if all(row[name].value == value for name, value in key.items()))


def test_halving_every_rate_is_a_bd_rate_of_minus_50_percent(measure) -> None:
    halved = [(rate / 2, top1) for rate, top1 in TMC13]
    results = measure("workstation", "modelnet40",
                      {("tmc13", "", 64): TMC13, ("draco", "", 64): halved})
    assert row(bd_metrics.build(results),
               codec="draco")["bd_rate_percent"].value == pytest.approx(-50, abs=0.5)


def test_an_input_codec_pools_its_points_into_one_row(measure) -> None:
    table = bd_metrics.build(measure("demo", "shapes40", CURVES))
    draco = row(table, codec="draco")
    assert draco["points"].value == ""
    assert draco["max_accuracy_percent"].value == 80.0
    assert {source.file for source in draco["max_accuracy_percent"].sources} == {
        "results/demo/rate_accuracy/draco_P64.csv", "results/demo/rate_accuracy/draco_P256.csv"}


def test_without_tmc13_the_anchor_is_draco_and_the_note_says_so(measure) -> None:
    table = bd_metrics.build(measure("demo", "shapes40", CURVES))
    assert row(table, codec="draco")["bd_rate_percent"].value == 0.0
    assert row(table, size="micro",
               points=1024)["note"].value.startswith("Measured: anchor Draco, data set shapes40.")
    assert any("do not compare with print" in note for note in table.notes)


def test_with_tmc13_the_anchor_is_tmc13_and_recorded_rates_stay_recorded(measure) -> None:
    measure("workstation", "modelnet40", CURVES)
    results = measure("workstation", "modelnet40", {("tmc13", "", 64): TMC13}, evidence="recorded")
    table = bd_metrics.build(results)
    assert row(table, codec="tmc13")["evidence"].value == "recorded"
    assert row(table, codec="draco")["evidence"].value == "measured"
    note = row(table, codec="draco")["note"].value
    assert note.startswith("Measured: anchor TMC13, data set ModelNet40.")
    assert bd_metrics.RECORDED in table.notes


def test_a_bd_accuracy_of_the_extension_alone_says_so_and_what_pchip_makes_of_it(measure) -> None:
    table = bd_metrics.build(measure("workstation", "modelnet40",
                                     {**CURVES, ("tmc13", "", 64): TMC13}))
    told = row(table, size="micro", points=1024)["note"].value
    assert "the curve ends at 80.0 bits and the anchor begins at 100.0" in told
    assert re.search(r"by PCHIP, which can't, it is −?\d+\.\d\.$", told)
    assert "PCHIP" not in row(table, codec="draco")["note"].value


def test_a_curve_that_no_one_measured_says_which_command_fills_it(measure) -> None:
    cell = row(bd_metrics.build(measure("demo", "shapes40", CURVES)), size="full",
               points=8)["bd_rate_percent"]
    assert cell.missing == ("run demo has no rows of this curve; ask for it in config/demo.yaml, "
                            "then `snakemake --cores 8 tables/demo/bd_metrics.csv`")


def test_a_codec_that_the_run_could_train_says_how(measure) -> None:
    cell = row(bd_metrics.build(measure("demo", "shapes40", CURVES)),
               codec="octattention")["bd_rate_percent"]
    assert cell.missing == (
        "run demo trains no octattention: name it in input_compression.codecs, with a section "
        "`octattention: {}` (docs/point_clouds.md), or a manifest of its outputs in "
        "input_compression.recorded, then `snakemake --cores 8 tables/demo/bd_metrics.csv`")


def test_skipped_rows_hand_their_reason_on(measure) -> None:
    measure("demo", "shapes40", CURVES)
    results = measure("demo", "shapes40", {("tmc13", "", 64): [(None, None)]}, status="skipped",
                      note="tmc3 is not on PATH")
    cell = row(bd_metrics.build(results), codec="tmc13")["max_accuracy_percent"]
    assert cell.missing == "skipped: tmc3 is not on PATH"


def test_curves_without_overlap_have_a_reason_and_no_number(measure) -> None:
    far = {("tmc13", "", 64): TMC13, ("draco", "", 64): [(10_000.0, 20.0), (20_000.0, 60.0)]}
    cell = row(bd_metrics.build(measure("workstation", "modelnet40", far)),
               codec="draco")["bd_accuracy_percent"]
    assert cell.value is None
    assert "share no range of rate" in cell.missing


def test_codecs_beyond_print_get_rows_of_their_own(measure) -> None:
    table = bd_metrics.build(measure("demo", "shapes40", {**CURVES, ("draco-best", "", 64): DRACO}))
    codecs = [row["codec"].value for row in table.rows]
    assert codecs[3:6] == ["draco", "draco-best", "proposed"]
    assert (
        row(table, codec="draco-best")["printed_bd_rate_percent"].missing
        == "the documents print no such number"
    )


def test_rate_at_80_is_read_off_the_measured_curve(measure) -> None:
    table = rate_at_80.build(measure("demo", "shapes40", CURVES))
    assert row(table, codec="micro")["rate_bits"].value == pytest.approx(60.0)
    assert row(table, codec="micro")["evidence"].value == "measured"
    assert row(table, codec="ideal")["rate_bits"].value == pytest.approx(3.5429, abs=5e-5)


def test_a_curve_below_80_percent_says_how_far_it_goes(measure) -> None:
    results = measure("demo", "shapes40", {("proposed", "micro", 1024): MICRO[:3]})
    cell = row(rate_at_80.build(results), codec="micro")["rate_bits"]
    assert (
        cell.missing == "80 % lies off the curve: the curve covers accuracies from 30 to 75, not 80"
    )


def test_a_measured_curve_is_held_against_the_published_one_of_its_kind(measure, published) -> None:
    theirs = curves.published(published).rows["proposed", "micro", 1024]
    better = [(rate / 2, top1 - 3)
              for rate, top1 in zip(theirs["rate_bits"], theirs["top1_percent"], strict=True)]
    found = row(reproduction.build(measure("workstation", "modelnet40",
                                           {("proposed", "micro", 1024): better})), size="micro",
                points=1024)
    assert found["max_difference_points"].value == pytest.approx(-3)
    assert found["bd_rate_against_published_percent"].value < 0
    assert found["first_rate_bits"].value == pytest.approx(theirs["rate_bits"].min())
    assert found["last_rate_bits"].value == pytest.approx(theirs["rate_bits"].max() / 2)
    least, mean, greatest = (found[f"{name}_difference_points"].value
                             for name in ("least", "mean", "greatest"))
    assert least < mean < greatest
    files = {source.file for source in found["mean_difference_points"].sources}
    assert files == {"results/published/rate_accuracy_modelnet40.csv",
                     "results/workstation/rate_accuracy/proposed_micro_P1024.csv"}


@pytest.mark.parametrize(("dataset", "why"), [
    ("shapes40",
     "measured on shapes40, which does not compare with print (ModelNet40); see run workstation"),
    ("modelnet40", "run mine has no rows of this curve; ask for it in config/mine.yaml, "
                   "then `snakemake --cores 8 tables/mine/reproduction.csv`")])
def test_a_curve_that_compares_with_nothing_says_why(dataset, why, measure) -> None:
    table = reproduction.build(measure("mine", dataset, {("proposed", "micro", 64): MICRO}))
    assert row(table, size="full", points=8)["mean_difference_points"].missing == why


def test_curves_apart_have_a_reason_and_keep_their_top(measure) -> None:
    far = {("proposed", "micro", 1024): [(9_000.0, 3.0), (10_000.0, 4.0)]}
    found = row(reproduction.build(measure("workstation", "modelnet40", far)), size="micro",
                points=1024)
    assert found["max_difference_points"].value < -70
    assert found["mean_difference_points"].missing.startswith(
        "no difference: the curves share no range of rate"
    )
    assert found["bd_rate_against_published_percent"].missing.startswith(
        "no BD-rate: the curves share no range of accuracy"
    )


@pytest.mark.parametrize("module", [rate_savings, rate_savings_per_quality])
def test_image_tables_of_a_measured_run_keep_the_recomputed_values(module, measure) -> None:
    table = module.build(measure("demo", "shapes40", CURVES))
    stem = module.__name__.split(".")[-1]
    assert "gain_percent" in module.QUANTITIES
    for line in table.rows:
        assert f"`snakemake --cores 8 tables/published/{stem}.csv`" in line["gain_percent"].missing
        assert (
            "run demo has no rows of image codecs; ask for them in config/demo.yaml"
            in line["gain_percent"].missing
        )
        assert line["recomputed_gain_percent"].value < 0


@pytest.mark.parametrize("module", [bd_metrics, rate_at_80, reproduction])
def test_a_run_without_rows_is_refused_with_the_command_that_makes_them(module, project) -> None:
    with pytest.raises(MissingData, match=r"holds no rows; run `snakemake --cores 8 tables/demo/"):
        module.build(Results(project, "demo"))


def test_a_run_that_mixes_data_sets_is_refused(measure) -> None:
    measure("demo", "shapes40", {("draco", "", 64): DRACO})
    results = measure("demo", "modelnet40", {("tmc13", "", 64): TMC13})
    with pytest.raises(ResultError, match="mixes the data sets modelnet40, shapes40"):
        bd_metrics.build(results)


def test_layers_counted_on_built_modules_are_shown_as_such(measure) -> None:
    results = measure("demo", "shapes40", {})
    row = {"run": "demo", "codec": "proposed", "size": "micro", "encoder_layer_sizes": "16",
           "decoder_layer_sizes": "512 256 40",
           "encoder_weights": 48, "decoder_weights": 149_504, "trained_values": 152_888,
           "encoder_macs_per_point": 48,
           "decoder_macs": 149_504, "evidence": "measured", "status": "done", "note": ""}
    write_rows(results.root / "results" / "demo" / "complexity" / "point_codec.csv", "complexity",
               pd.DataFrame([row]), {})
    rows = {str(cells["codec"].value): cells for cells in layer_sizes.build(results).rows}
    assert (
        rows["micro"]["decoder_macs"].sources[0].file == "results/demo/complexity/point_codec.csv"
    )
    assert (rows["micro"]["note"].value,
            rows["full"]["note"].value) == ("counted on the built modules", "")


def test_a_recorded_codec_with_a_name_of_its_own_has_a_row_before_the_proposed_ones(
    measure,
) -> None:
    measure("demo", "shapes40", {("mycodec", "", 64): TMC13}, evidence="recorded")
    table = bd_metrics.build(measure("demo", "shapes40", CURVES))
    assert [row["codec"].value for row in table.rows][3:6] == ["draco", "mycodec", "proposed"]
    assert row(table, codec="mycodec")["max_accuracy_percent"].value == 80.0
    assert row(table, codec="mycodec")["evidence"].value == "recorded"


def test_a_recorded_codec_that_has_no_row_yet_says_which_manifest_fills_it(measure) -> None:
    measure("demo", "shapes40", CURVES)
    results = measure("demo", "shapes40", {("mycodec", "", 64): [(None, None)]}, status="skipped",
                      note="no manifest")
    assert row(bd_metrics.build(results),
               codec="mycodec")["bd_rate_percent"].missing == "skipped: no manifest"
    assert base.missing_curve(results, "bd_metrics", "mycodec") == (
        "mycodec runs outside lcpc: name a manifest of its outputs in input_compression.recorded "
        "(docs/recorded.md), "
        "then `snakemake --cores 8 tables/demo/bd_metrics.csv`")


def test_codecs_are_named_as_their_plug_ins_say_and_others_by_their_name_in_rows() -> None:
    assert [curves.codec_label(codec)
            for codec in ("tmc13", "draco", "mycodec")] == ["TMC13", "Draco", "mycodec"]


@pytest.mark.parametrize(("count", "ideal", "lossless"),
                         [(2, 0.2781, 1.0), (40, 3.5429, 5.3219), (45, 3.6780, 5.4919)])
def test_the_ideal_and_the_lossless_label_follow_from_the_classes_of_the_data_set(
    count, ideal, lossless, measure
) -> None:
    class_counts = {f"class {index}": 7 for index in range(count)}
    table = rate_at_80.build(measure("mine", "mine", CURVES, class_counts=class_counts))
    last = table.rows[-1]
    assert row(table, codec="ideal")["rate_bits"].value == pytest.approx(ideal, abs=1e-4)
    assert last["rate_bits"].value == pytest.approx(lossless, abs=1e-4)
    assert last["recomputed_rate_bits"].value == pytest.approx(5.3219, abs=1e-4)
    assert table.notes == [f"Measured: data set mine, whose {count} classes are equally likely; "
                           "not comparable with print (ModelNet40)."]


def test_the_ideal_of_unequal_classes_takes_their_prior(measure) -> None:
    table = rate_at_80.build(measure("mine", "mine", CURVES, class_counts={"chair": 9, "lamp": 1}))
    assert row(table, codec="ideal")["rate_bits"].value == 0.0
    assert "2 classes are as likely as in its test split" in table.notes[0]


def test_a_run_of_skipped_rows_alone_has_a_table_of_reasons(measure) -> None:
    skipped = {("tmc13", "", 64): [(None, None)]}
    results = measure("mine", "mine", skipped, class_counts={}, status="skipped", note="no tmc3")
    for path in (results.folder / "rate_accuracy").glob("*.json"):
        path.write_text("{}")
    table = rate_at_80.build(results)
    assert all(line["rate_bits"].missing for line in table.rows)
    assert table.notes == ["Measured: data set mine; not comparable with print (ModelNet40)."]


def test_a_data_set_of_one_class_needs_no_bits(measure) -> None:
    table = rate_at_80.build(measure("mine", "mine", CURVES, class_counts={"chair": 5}))
    assert row(table, codec="ideal")["rate_bits"].value == 0.0
    assert table.rows[-1]["rate_bits"].value == 0.0
