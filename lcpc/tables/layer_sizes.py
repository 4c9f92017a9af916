"""Table I: widths of the proposed codecs' encoders and decoders, and their multiply-accumulates."""


from lcpc.metrics import architectures
from lcpc.metrics.complexity import mac_count
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.frames import DataFrame
from lcpc.results.store import Results
from lcpc.tables import base
from lcpc.tables.base import ON_MODULES

CAPTION = ("Layer sizes of the proposed codecs (width/groups) and their cost: encoder MAC for a "
           "point, decoder MAC for a cloud")
READS = ("complexity",)
KEY = ["codec"]
SIZES = ["encoder_layer_sizes", "decoder_layer_sizes"]
COSTS = ["encoder_macs_per_point", "decoder_macs"]
COLUMNS = [*KEY, *SIZES, *COSTS, *(f"printed_{name}" for name in [*SIZES, *COSTS]), "note"]


def build(results: Results) -> Table:
    """One row for each codec, counted on built modules if the run has them."""
    printed = results.printed("table_1_layer_sizes")
    built = results.measured("complexity")
    rows = [_row(codec, base.select(printed, codec=codec), base.select(built, size=codec))
            for codec in printed["codec"]]
    return Table("layer_sizes", CAPTION, KEY, COLUMNS, rows)


def _row(codec: str, printed: DataFrame, built: DataFrame) -> dict[str, Cell]:
    counted = _described(codec) if built.empty else _built(built)
    in_print = {name: _printed(printed, name) for name in [*SIZES, *COSTS]}
    note = "" if built.empty else ON_MODULES
    return {"codec": text(codec), **counted, **base.prefixed("printed", in_print),
            "note": text(note)}


def _built(rows: DataFrame) -> dict[str, Cell]:
    row, sources = rows.iloc[0], Source.of(rows.iloc[:1])
    sizes = {name: Cell(str(row[name]), ON_MODULES, sources) for name in SIZES}
    costs = {name: Cell(int(row[name]), ON_MODULES, sources) for name in COSTS}
    return {**sizes, **costs}


def _described(codec: str) -> dict[str, Cell]:
    widths = architectures.POINT_ENCODERS[codec]
    encoder = architectures.point_encoder(widths)
    decoder = architectures.point_decoder(widths[-1][0])
    encoder_macs = "sum of in x out / groups over the pointwise convolutions"
    return {
        "encoder_layer_sizes": Cell(architectures.layer_sizes(encoder), "widths of g_a"),
        "decoder_layer_sizes": Cell(architectures.layer_sizes(decoder),
                                    "widths of the classifier behind y_hat"),
        "encoder_macs_per_point": Cell(mac_count(encoder), encoder_macs),
        "decoder_macs": Cell(mac_count(decoder), "sum of in x out over the linear layers"),
    }


def _printed(printed: DataFrame, column: str) -> Cell:
    value, sources = str(printed[column].iloc[0]), Source.of(printed)
    if column in SIZES:
        return Cell(value, base.COPIED, sources)
    thousands = float(value.removesuffix("k"))
    return Cell(round(1000 * thousands), f"printed as {value}", sources)
