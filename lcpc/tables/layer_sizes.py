"""Table I: widths of the proposed codecs' encoders and decoders, and the multiply-accumulates that they cost."""

from typing import TYPE_CHECKING

from lcpc.metrics import architectures
from lcpc.metrics.complexity import mac_count
from lcpc.results.cells import Cell, Source, Table, text
from lcpc.results.store import Results
from lcpc.tables import base

if TYPE_CHECKING:
    import pandas

CAPTION = "Layer sizes of the proposed codecs (width/groups) and their cost: encoder MAC for a point, decoder MAC for a cloud"
KEY = ["codec"]
SIZES = ["encoder_layer_sizes", "decoder_layer_sizes"]
COSTS = ["encoder_macs_per_point", "decoder_macs"]
COLUMNS = [*KEY, *SIZES, *COSTS, *(f"printed_{name}" for name in [*SIZES, *COSTS]), "note"]


def build(results: Results) -> Table:
    """One row a codec; counted on the layers' description, which needs no run."""
    printed = results.printed("table_1_layer_sizes")
    rows = [_row(codec, printed[printed["codec"] == codec]) for codec in printed["codec"]]
    return Table("layer_sizes", CAPTION, KEY, COLUMNS, rows)


def _row(codec: str, printed: "pandas.DataFrame") -> dict[str, Cell]:
    widths = architectures.POINT_ENCODERS[codec]
    encoder = architectures.point_encoder(widths)
    decoder = architectures.point_decoder(widths[-1][0])
    counted = {
        "encoder_layer_sizes": Cell(architectures.layer_sizes(encoder), "widths of g_a"),
        "decoder_layer_sizes": Cell(architectures.layer_sizes(decoder), "widths of the classifier behind y_hat"),
        "encoder_macs_per_point": Cell(mac_count(encoder), "sum of in x out / groups over the pointwise convolutions"),
        "decoder_macs": Cell(mac_count(decoder), "sum of in x out over the linear layers"),
    }
    told = {f"printed_{name}": _printed(printed, name) for name in [*SIZES, *COSTS]}
    return {"codec": text(codec), **counted, **told, "note": text("")}


def _printed(printed: "pandas.DataFrame", column: str) -> Cell:
    value, sources = str(printed[column].iloc[0]), Source.of(printed)
    if column in SIZES:
        return Cell(value, base.COPIED, sources)
    return Cell(round(1000 * float(value.removesuffix("k"))), f"printed as {value}", sources)
