"""Table 2.3: parameters and multiply-accumulates of the distribution model beside those of a scale hyperprior."""

import re
from typing import TYPE_CHECKING

from lcpc.metrics import architectures
from lcpc.metrics.complexity import Conv, Layer, macs_per_pixel, weight_count
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.store import Results
from lcpc.tables import base

if TYPE_CHECKING:
    import pandas

CAPTION = ("Parameters and MAC a pixel of the distribution model (h_a,q and h_s,q) and of a scale hyperprior (h_a and h_s), "
           "for an image of 768 x 512 pixels; total: bmshj2018-factorized without and with the distribution model")
KEY = ["model", "configuration"]
COUNTED = ["analysis_params", "analysis_macs_per_pixel", "synthesis_params", "synthesis_macs_per_pixel"]
PARTS = ("analysis", "synthesis")
TOTALS = ["total_params_without", "total_params_with"]
CONTRACT = [*KEY, "analysis", *COUNTED[:2], "synthesis", *COUNTED[2:]]
COLUMNS = [*CONTRACT, *TOTALS, *(f"printed_{name}" for name in [*COUNTED, *TOTALS]), "note"]
IMAGE = (512, 768)
LATENT = (IMAGE[0] // 16, IMAGE[1] // 16)
RATES = {192: "low", 320: "high"}
KIND = "image_complexity"
ON_MODULES = "counted on the built modules"
NO_TOTAL = "the documents compare no total with a hyperprior"
WEIGHTS = "weights of the convolutions, without biases"


def build(results: Results) -> Table:
    """One row a model and configuration: counted on the built modules where the run has them, else on their description."""
    printed, claims = results.printed("table_2_3_complexity"), results.printed("headline_claims")
    built = results.measured(KIND)
    rows = [_row(printed.iloc[[index]], claims, built) for index in range(len(printed))]
    return Table("complexity_image", CAPTION, KEY, COLUMNS, rows)


def _row(printed: "pandas.DataFrame", claims: "pandas.DataFrame", built: "pandas.DataFrame") -> dict[str, Cell]:
    line = printed.iloc[0]
    ours = line["model"] == "proposed"
    settings = parsed(line["configuration"])
    own = base.select(built, model=line["model"], configuration=line["configuration"], status="done")
    counted = _described(settings, ours) if own.empty else _built(own)
    told = {f"printed_{name}": Cell(missing=NO_TOTAL) for name in TOTALS}
    none = {**base.absent(TOTALS, NO_TOTAL), **told}
    totals = {**_totals(settings, own), **_claimed_totals(settings, claims)} if ours else none
    return {
        **{name: text(line[name]) for name in (*KEY, "analysis", "synthesis")}, **counted,
        **totals, **_printed(printed), "note": text("" if own.empty else ON_MODULES),
    }


def parsed(configuration: str) -> dict[str, int]:
    """`(N,M)=(128,192)` -> {"N": 128, "M": 192}."""
    names, values = re.findall(r"\(([^)]*)\)", configuration)
    return dict(zip(names.split(","), map(int, values.split(",")), strict=True))


def _built(own: "pandas.DataFrame") -> dict[str, Cell]:
    row, sources = own.iloc[0], Source.of(own.iloc[:1])
    numbers = {name: int(row[name]) if name.endswith("params") else float(row[name]) for name in COUNTED}
    return {name: Cell(number, ON_MODULES, sources) for name, number in numbers.items()}


def _described(settings: dict[str, int], ours: bool) -> dict[str, Cell]:
    analysis: list[Conv] = architectures.distribution_analysis(
        settings["M_y"], settings["N_q"], settings["M_q"], settings["K"], settings["G"]) if ours \
        else architectures.hyper_analysis(settings["N"], settings["M"])
    size = (settings["B"],) if ours else LATENT
    synthesis: list[Layer] = architectures.mirrored(analysis)
    inner: tuple[int, ...] = size
    for layer in analysis:
        inner = layer.output_size(inner)
    macs = f"MAC for an input of {' x '.join(map(str, size))} over {IMAGE[1]} x {IMAGE[0]} pixels"
    return {
        "analysis_params": Cell(weight_count(analysis), WEIGHTS),
        "analysis_macs_per_pixel": Cell(macs_per_pixel(analysis, size, IMAGE), macs),
        "synthesis_params": Cell(weight_count(synthesis), WEIGHTS),
        "synthesis_macs_per_pixel": Cell(macs_per_pixel(synthesis, inner, IMAGE), f"{macs}, backwards"),
    }


def _totals(settings: dict[str, int], own: "pandas.DataFrame") -> dict[str, Cell]:
    if len(own):
        sources = Source.of(own.iloc[:1])
        return {name: Cell(int(own[name].iloc[0]), ON_MODULES, sources) for name in TOTALS}
    m = settings["M_y"]
    n = {192: 128, 320: 192}[m]
    without = architectures.factorized_model_parameters(n, m)
    together = architectures.adaptive_model_parameters(n, m, settings["N_q"], settings["M_q"])
    return {
        "total_params_without": Cell(without, f"g_a, g_s and distributions of bmshj2018-factorized, N = {n}, M = {m}"),
        "total_params_with": Cell(together, "the same with the weights of h_a,q and h_s,q"),
    }


def _claimed_totals(settings: dict[str, int], claims: "pandas.DataFrame") -> dict[str, Cell]:
    rate = RATES[settings["M_y"]]
    return {f"printed_{name}": _claimed(claims, f"{rate}-rate factorized model {name.split('_')[-1]} ") for name in TOTALS}


def _claimed(claims: "pandas.DataFrame", words: str) -> Cell:
    found = claims[claims["claim"].str.contains(words, regex=False)]
    return _millions(float(found["value"].iloc[0]), found)


def _printed(printed: "pandas.DataFrame") -> dict[str, Cell]:
    line, sources = printed.iloc[0], Source.of(printed)
    params = {f"printed_{part}_params": _millions(float(line[f"{part}_params_millions"]), printed) for part in PARTS}
    macs = {f"printed_{part}_macs_per_pixel": Cell(float(line[f"{part}_macs_per_pixel"]), base.COPIED, sources)
            for part in PARTS}
    return {**params, **macs}


def _millions(value: float, frame: "pandas.DataFrame") -> Cell:
    return Cell(round(value * 1e6), f"printed as {value:g} million", Source.of(frame))
