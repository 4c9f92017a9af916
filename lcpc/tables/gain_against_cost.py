"""What each entropy model on one base saves, and what it costs: multiplications, weights, time."""


from lcpc.metrics.information import rate_change_percent
from lcpc.results.cells import Cell, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import _images, base

CAPTION = ("Rate change against the static distributions of the same base (negative saves bits), "
           "estimated and of the real streams, beside the cost of the entropy model: "
           "multiply-accumulates a pixel of its networks, their weights and biases, and processor "
           "time to encode and to decode a picture as a multiple of the base's own")
READS = ("rate_distortion", "image_cost")
KEY = ["codec", "quality"]
STEM = "gain_against_cost"
SAVED = {"gain_percent": ("bpp", "bpp_estimated"), "stream_gain_percent": ("stream_bpp",
                                                                          "bpp_coded")}
"""Columns of a run's rows and of the published points."""
COSTS = {"macs_per_pixel": "counted on the layers", "parameters": "counted on the built networks"}
RATIOS = {"encode_ratio": "encode_s", "decode_ratio": "decode_s"}
QUANTITIES = [*SAVED, *COSTS, *RATIOS]
COLUMNS = [*KEY, *QUANTITIES, "evidence", *(f"recomputed_{name}" for name in SAVED),
           "printed_macs_per_pixel", "note"]
DOCUMENTS = ("ideal", "balcilar2022", "proposed")
ELSEWHERE = ("static", "balcilar2022-ideal")
"""Methods without a row: all others are compared with the first, and the second is no codec."""
HIGH_RATE_FROM = 6
"""Quality from which on the documents take the wider networks, the second line of Table 2.3."""
BEYOND = "beyond the documents"
BOUND = "a bound and no codec: it has no stream"
UNCOUNTED = "no costs were measured for it"
PRINTED_TWICE = "h_a,q and h_s,q as printed, added"


def build(results: Results) -> Table:
    """One row for each learned codec and quality, those that save the least first."""
    published = results.published("encoding_distributions_kodak")
    measured, costs = _images.measured(results), results.measured("image_cost")
    static = measured[measured["method"] == "static"]
    measured = measured[measured["quality"].isin(static["quality"])]
    rows = []
    for method, quality in _keys(published if measured.empty else measured):
        lines = base.select(measured, method=method, quality=quality)
        of_base = base.select(static, quality=quality)
        cost = base.select(costs, codec=method, quality=quality)
        values, evidence = _measured(lines, of_base, cost), text("measured")
        recomputed = _recomputed(method, quality, published)
        if base.published_only(results):
            unmeasured = base.absent([*COSTS, *RATIOS], "run published measures nothing")
            values, evidence = {**recomputed, **unmeasured}, text("published")
        elif lines.empty:
            reason = _images.missing(results, STEM, measured, method)
            values, evidence = base.absent(QUANTITIES, reason), Cell(missing=reason)
        rows.append({
            "codec": text(method), "quality": text(quality), **values, "evidence": evidence,
            **base.prefixed("recomputed", recomputed),
            "printed_macs_per_pixel": _printed_macs(method, quality, results),
            "note": text("" if method in DOCUMENTS else BEYOND)})
    remark = _images.remark(measured)
    return Table(STEM, CAPTION, KEY, COLUMNS, rows, (remark,) if remark else ())


def _keys(rows: DataFrame) -> list[tuple[str, int]]:
    """Methods and qualities, by quality and falling rate."""
    rate = "bpp_estimated"
    others = rows[~rows["method"].isin(ELSEWHERE) & rows[rate].notna()]
    ordered = others.sort_values(["quality", rate], ascending=[True, False])
    return [(str(line.method), int(line.quality)) for line in ordered.itertuples()]


def _measured(rows: DataFrame, static: DataFrame, cost: DataFrame) -> dict[str, Cell]:
    saved = {name: _change(column, rows, static) for name, (column, _) in SAVED.items()}
    if cost.empty:
        return {**saved, **base.absent([*COSTS, *RATIOS], UNCOUNTED)}
    line = cost.iloc[0]
    counted = {
        "macs_per_pixel": base.number(float(line["macs_per_pixel"]), COSTS["macs_per_pixel"], cost),
        "parameters": base.number(int(line["parameters"]), COSTS["parameters"], cost)}
    ratios = {name: base.number(float(line[time] / line[f"base_{time}"]),
                                f"{time} / base_{time}", cost)
              for name, time in RATIOS.items()}
    return {**saved, **counted, **ratios}


def _recomputed(method: str, quality: int, published: DataFrame) -> dict[str, Cell]:
    rows = base.select(published, method=method, quality=quality)
    static = base.select(published, method="static", quality=quality)
    return {name: _change(column, rows, static) for name, (_, column) in SAVED.items()}


def _change(column: str, rows: DataFrame, static: DataFrame) -> Cell:
    if rows.empty or static.empty:
        return Cell(missing=base.PRINTED_NOWHERE)
    if rows[column].isna().any():
        return Cell(missing=BOUND)
    change = rate_change_percent(rows[column].iloc[0], static[column].iloc[0])
    return base.number(float(change), "100 (R - R_static) / R_static", rows, static)


def _printed_macs(method: str, quality: int, results: Results) -> Cell:
    if method != "proposed":
        return Cell(missing=base.PRINTED_NOWHERE)
    printed = base.select(results.printed("table_2_3_complexity"), model=method)
    line = printed.iloc[[int(quality >= HIGH_RATE_FROM)]]
    macs = line["analysis_macs_per_pixel"] + line["synthesis_macs_per_pixel"]
    return base.number(float(macs.iloc[0]), PRINTED_TWICE, line)
