"""How a table is laid out for readers: which columns stand in which group of evidence, how numbers look, numbered notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lcpc.results.cells import Cell, Table, Value

NOTE = "note"
EVIDENCE = "evidence"
GROUPS = {
    "printed": "as the documents print it",
    "recomputed": "by lcpc from the documents' published points",
    "measured": "by this run",
    "counted": "by lcpc on the description of the layers, or where noted on the built modules",
}
DASH = "–"

# Decimals follow the precision that the documents print; None shows up to six significant digits, as they come.
DECIMALS: Mapping[str, int | None] = {
    "max_accuracy_percent": 1, "bd_rate_percent": 1, "bd_accuracy_percent": 1,
    "ratio_percent": 0, "gap_percent": 2, "gain_percent": 2, "total_gain_percent": 2, "potential_gain_percent": 2,
    "static_bpp": 4, "potential_gain_bpp": 4, "proposed_bpp": 4, "gain_bpp": 4, "side_information_bpp": 5,
    "analysis_macs_per_pixel": 1, "synthesis_macs_per_pixel": 1,
    "printed_analysis_macs_per_pixel": 0, "printed_synthesis_macs_per_pixel": 0,
    "rate_bits": 1, "printed_rate_bits": None,
    "max_difference_points": 1, "bd_rate_against_published_percent": 1, "mean_difference_points": 1,
    "least_difference_points": 1, "greatest_difference_points": 1,
    "first_rate_bits": 1, "last_rate_bits": 1, "least_at_bits": 1, "greatest_at_bits": 1,
}
NAMES: Mapping[str, str] = {
    "points": "P",
    "max_accuracy_percent": "max accuracy (%)", "bd_rate_percent": "BD-rate (%)", "bd_accuracy_percent": "BD-accuracy (%)",
    "ratio_percent": "ratio (%)", "gap_percent": "gap (%)", "gain_percent": "gain (%)",
    "total_gain_percent": "total gain (%)", "potential_gain_percent": "potential gain (%)", "static_bpp": "static (bpp)",
    "potential_gain_bpp": "potential gain (bpp)", "proposed_bpp": "ours (bpp)", "gain_bpp": "our gain (bpp)",
    "side_information_bpp": "side information (bpp)", "analysis_params": "parameters", "synthesis_params": "parameters",
    "analysis_macs_per_pixel": "MAC/pixel", "synthesis_macs_per_pixel": "MAC/pixel",
    "encoder_layer_sizes": "encoder widths", "decoder_layer_sizes": "decoder widths",
    "encoder_macs_per_point": "encoder MAC/point", "decoder_macs": "decoder MAC", "rate_bits": "rate (bits)",
    "max_difference_points": "max accuracy (points)", "bd_rate_against_published_percent": "BD-rate (%)",
    "first_rate_bits": "from (bits)", "last_rate_bits": "to (bits)", "mean_difference_points": "mean (points)",
    "least_difference_points": "least (points)", "least_at_bits": "at (bits)",
    "greatest_difference_points": "greatest (points)", "greatest_at_bits": "at (bits)",
    "total_params_without": "total parameters without", "total_params_with": "total parameters with",
}


@dataclass(frozen=True)
class Head:
    """One shown column: its name in the csv, the quantity that it shows, and its group of evidence ("" for labels)."""

    column: str
    quantity: str
    group: str

    @property
    def name(self) -> str:
        """The quantity in a reader's words, with its unit."""
        return NAMES.get(self.quantity, self.quantity.replace("_", " "))


@dataclass
class Notes:
    """Numbered notes below a table; equal reasons share a number."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        """Number of a note, counted from 1; a new text gets the next one."""
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def heads(table: Table) -> list[Head]:
    """Shown columns in reading order: labels as they stand, and each quantity as printed, recomputed, measured."""
    shown: list[Head] = []
    for column in table.columns:
        if column == NOTE or split(column, table.columns)[1] or (column == EVIDENCE and not evidence_differs(table)):
            continue
        shown.extend(_group(table, column))
    return shown


def split(column: str, columns: Sequence[str]) -> tuple[str, str]:
    """The quantity behind a column and the evidence in its prefix: `printed_gap_percent` -> (`gap_percent`, `printed`)."""
    for prefix in ("printed", "recomputed"):
        quantity = column.removeprefix(f"{prefix}_")
        if quantity != column and quantity in columns:
            return quantity, prefix
    return column, ""


def _group(table: Table, quantity: str) -> list[Head]:
    twins = [prefix for prefix in ("printed", "recomputed") if f"{prefix}_{quantity}" in table.columns]
    found = [Head(f"{prefix}_{quantity}", quantity, prefix) for prefix in twins]
    if not twins:
        return [Head(quantity, quantity, "")]
    if EVIDENCE not in table.columns:
        return [*found, Head(quantity, quantity, "counted")]
    return found if only_published(table) else [*found, Head(quantity, quantity, "measured")]


def only_published(table: Table) -> bool:
    """Whether the table's own columns repeat the recomputed ones: true in run `published`, where nothing is measured."""
    return bool(table.rows) and {row[EVIDENCE].value for row in table.rows} == {"published"}


def evidence_differs(table: Table) -> bool:
    """Whether a reader needs the evidence of each row: not where all of the run's numbers are measured or published."""
    kinds = {row[EVIDENCE].value for row in table.rows if row[EVIDENCE].value is not None}
    return not kinds <= {"measured"} and kinds != {"published"}


def show(column: str, quantity: str, value: Value) -> str:
    """A value as a reader sees it: sensible decimals, thousands apart, a true minus sign."""
    if value is None or isinstance(value, str):
        return value or ""
    decimals = DECIMALS.get(column, DECIMALS.get(quantity, 0 if abs(value) >= 100_000 else None))
    grouped = abs(value) >= 1000 and quantity not in ("points", "quality")
    comma = "," if grouped else ""
    if isinstance(value, int) and decimals is None:
        return f"{value:{comma}d}".replace("-", "−")
    if decimals is None:
        return f"{value:{comma}.6g}".replace("-", "−")
    shown = f"{value:{comma}.{decimals}f}"
    return (shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown).replace("-", "−")


def remark(table: Table, row: Mapping[str, Cell]) -> str:
    """What the row's note says beyond the table's own notes; empty where nothing."""
    text = str(row[NOTE].value or "") if NOTE in table.columns else ""
    return "" if text in table.notes else text


def grouped(shown: Sequence[Head]) -> bool:
    """Whether the columns differ in their evidence, so that each has to say its own."""
    return len({head.group for head in shown} - {""}) > 1


def legend(shown: Sequence[Head]) -> str:
    """What each group of evidence in the table means; empty where there are no groups."""
    found = [group for group in GROUPS if any(head.group == group for head in shown)]
    if len(found) == 1:
        return f"All numbers {found[0]} {GROUPS[found[0]]}."
    return "; ".join(f"{group}: {GROUPS[group]}" for group in found)


def numeric(table: Table, head: Head) -> bool:
    """Whether a column holds numbers (or nothing) and is set flush right."""
    return not any(isinstance(row[head.column].value, str) and row[head.column].value for row in table.rows)
