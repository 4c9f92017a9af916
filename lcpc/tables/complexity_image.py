"""Table 2.3: parameters and MAC of the distribution model beside those of a scale hyperprior."""

import re

from lcpc.metrics import architectures
from lcpc.metrics.complexity import Conv, Layer, macs_per_pixel, weight_count
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import base
from lcpc.tables.base import ON_MODULES

CAPTION = ("Parameters and MAC a pixel of the distribution model (h_a,q and h_s,q) and of a scale "
           "hyperprior (h_a and h_s), for an image of 768 x 512 pixels; total: "
           "bmshj2018-factorized without and with the distribution model")
READS = ("image_complexity",)
KEY = ["model", "configuration"]
COUNTED = ["analysis_params", "analysis_macs_per_pixel", "synthesis_params",
           "synthesis_macs_per_pixel"]
TOTALS = ["total_params_without", "total_params_with"]
COLUMNS = [*KEY, "analysis", *COUNTED[:2], "synthesis", *COUNTED[2:], *TOTALS,
           *(f"printed_{name}" for name in [*COUNTED, *TOTALS]), "note"]
IMAGE = (512, 768)
"""Height and width, pixels."""
LATENT = (IMAGE[0] // 16, IMAGE[1] // 16)
BASE_CHANNELS = {192: 128, 320: 192}
"""N of bmshj2018-factorized by its M: the low-rate and the high-rate model."""
RATES = {192: "low", 320: "high"}
NO_TOTAL = "the documents compare no total with a hyperprior"
WEIGHTS = "weights of the convolutions, without biases"


def build(results: Results) -> Table:
    """One row for each configuration, counted on built modules if the run has them."""
    printed, claims = results.printed("table_2_3_complexity"), results.printed("headline_claims")
    built = results.measured(READS[0])
    rows = [_row(printed.iloc[[index]], claims, built) for index in range(len(printed))]
    return Table("complexity_image", CAPTION, KEY, COLUMNS, rows)


def _row(printed: DataFrame, claims: DataFrame, built: DataFrame) -> dict[str, Cell]:
    line = printed.iloc[0]
    settings = parsed(line["configuration"])
    built = base.select(built, model=line["model"], configuration=line["configuration"],
                        status="done")
    totals = printed_totals = base.absent(TOTALS, NO_TOTAL)
    if line["model"] == "proposed":
        layers: list[Conv] = architectures.distribution_analysis(
            settings["M_y"], settings["N_q"], settings["M_q"], settings["K"], settings["G"])
        size: tuple[int, ...] = (settings["B"],)
        totals, printed_totals = _totals(settings, built), _claimed_totals(settings, claims)
    else:
        layers, size = architectures.hyper_analysis(settings["N"], settings["M"]), LATENT
    return {
        **{name: text(line[name]) for name in (*KEY, "analysis", "synthesis")},
        **(_described(layers, size) if built.empty else _built(built, COUNTED)),
        **totals,
        **base.prefixed("printed", {**_printed(printed), **printed_totals}),
        "note": text("" if built.empty else ON_MODULES),
    }


def parsed(configuration: str) -> dict[str, int]:
    """Settings by name.

    >>> parsed("(N,M)=(128,192)")
    {'N': 128, 'M': 192}
    """
    names, values = re.findall(r"\(([^)]*)\)", configuration)
    return dict(zip(names.split(","), map(int, values.split(",")), strict=True))


def _built(rows: DataFrame, names: list[str]) -> dict[str, Cell]:
    row, sources = rows.iloc[0], Source.of(rows.iloc[:1])
    cells = {}
    for name in names:
        value = float(row[name]) if name.endswith("per_pixel") else int(row[name])
        cells[name] = Cell(value, ON_MODULES, sources)
    return cells


def _described(analysis: list[Conv], size: tuple[int, ...]) -> dict[str, Cell]:
    """Counts of an analysis transform on `size` positions, and of its mirrored synthesis."""
    synthesis: list[Layer] = architectures.mirrored(analysis)
    output_size = size
    for layer in analysis:
        output_size = layer.output_size(output_size)
    macs = f"MAC for an input of {' x '.join(map(str, size))} over {IMAGE[1]} x {IMAGE[0]} pixels"
    return {
        "analysis_params": Cell(weight_count(analysis), WEIGHTS),
        "analysis_macs_per_pixel": Cell(macs_per_pixel(analysis, size, IMAGE), macs),
        "synthesis_params": Cell(weight_count(synthesis), WEIGHTS),
        "synthesis_macs_per_pixel": Cell(macs_per_pixel(synthesis, output_size, IMAGE),
                                         f"{macs}, backwards"),
    }


def _totals(settings: dict[str, int], built: DataFrame) -> dict[str, Cell]:
    if not built.empty:
        return _built(built, TOTALS)
    m = settings["M_y"]
    n = BASE_CHANNELS[m]
    without = architectures.factorized_model_parameters(n, m)
    together = architectures.adaptive_model_parameters(n, m, settings["N_q"], settings["M_q"])
    formula = f"g_a, g_s and distributions of bmshj2018-factorized, N = {n}, M = {m}"
    return {"total_params_without": Cell(without, formula),
            "total_params_with": Cell(together, "the same with the weights of h_a,q and h_s,q")}


def _claimed_totals(settings: dict[str, int], claims: DataFrame) -> dict[str, Cell]:
    rate = RATES[settings["M_y"]]
    cells = {}
    for name in TOTALS:
        words = f"{rate}-rate factorized model {name.split('_')[-1]} "
        claim = claims[claims["claim"].str.contains(words, regex=False)]
        cells[name] = _millions(float(claim["value"].iloc[0]), claim)
    return cells


def _printed(printed: DataFrame) -> dict[str, Cell]:
    line, sources = printed.iloc[0], Source.of(printed)
    cells = {}
    for part in ("analysis", "synthesis"):
        cells[f"{part}_params"] = _millions(float(line[f"{part}_params_millions"]), printed)
        cells[f"{part}_macs_per_pixel"] = Cell(float(line[f"{part}_macs_per_pixel"]), base.COPIED,
                                               sources)
    return cells


def _millions(value: float, rows: DataFrame) -> Cell:
    return Cell(round(value * 1e6), f"printed as {value:g} million", Source.of(rows))
