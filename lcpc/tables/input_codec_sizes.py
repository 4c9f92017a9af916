"""OctAttention and IPDAE as lcpc trains them: smaller networks than those of their papers."""

from lcpc.metrics import input_codecs
from lcpc.metrics.input_codecs import OCT_PAPER, PATCH_PAPER, OctWidths, PatchParts, PatchWidths
from lcpc.results.cells import Cell, Table, text
from lcpc.results.store import Results

CAPTION = ("Networks of OctAttention and IPDAE as lcpc trains them by default, smaller than those "
           "of their papers: widths, parameters and multiply-accumulates, and what the same "
           "networks would have with the papers' widths")
READS = ()
KEY = ["codec", "setting"]
COSTS = ["parameters", "encoder_macs", "decoder_macs"]
COLUMNS = [*KEY, "coded_unit", "widths", *COSTS, *(f"{name}_at_paper_widths" for name in COSTS),
           "note"]
POINTS = 1024
PATCHES = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
"""K, the settings of IPDAE."""
NODE = "a node of the octree"
CLOUD = f"a cloud of {POINTS:,} points"
SMALLER = "smaller than the paper's"
PARAMETERS, MACS = "sum over the layers", "sum of in x out over the layers, as often as they run"
NOTES = [
    "Run workstation trains these; a run whose config sets widths of OctAttention, as demo's does, "
    "trains others.",
    "At the paper's widths: lcpc's networks with the widths of the papers put in, not the authors' "
    "programs.",
    "OctAttention: one network for all P and S; each node once, on either side, with a whole "
    "window before it. IPDAE: one network for each K; the entropy model runs on either side.",
    "Searches for neighbours are not counted.",
]


def build(results: Results) -> Table:
    """OctAttention, then IPDAE, one row a network; no rows of the run are read."""
    rows = [_oct_row(), *map(_patch_row, PATCHES)]
    return Table("input_codec_sizes", CAPTION, KEY, COLUMNS, rows, NOTES)


def _oct_row() -> dict[str, Cell]:
    ours = OctWidths()
    return {"codec": text("octattention"), "setting": text(""), "coded_unit": text(NODE),
            "widths": text(str(ours)), **_oct_costs(ours, ""),
            **_oct_costs(OCT_PAPER, "_at_paper_widths"), "note": text(SMALLER)}


def _oct_costs(widths: OctWidths, ending: str) -> dict[str, Cell]:
    macs = input_codecs.oct_macs(widths)
    counts = [input_codecs.oct_parameters(widths), macs, macs]
    return _cells(counts, ending)


def _patch_row(patch: int) -> dict[str, Cell]:
    ours = PatchWidths()
    return {"codec": text("ipdae"), "setting": text(f"K={patch:04d}"), "coded_unit": text(CLOUD),
            "widths": text(ours.described(patch)), **_patch_costs(PatchParts(patch, ours), ""),
            **_patch_costs(PatchParts(patch, PATCH_PAPER), "_at_paper_widths"),
            "note": text(SMALLER)}


def _patch_costs(parts: PatchParts, ending: str) -> dict[str, Cell]:
    counts = [parts.parameters(), parts.encoder_macs(POINTS), parts.decoder_macs(POINTS)]
    return _cells(counts, ending)


def _cells(counts: list[int], ending: str) -> dict[str, Cell]:
    formulas = [PARAMETERS, MACS, MACS]
    return {name + ending: Cell(count, formula)
            for name, count, formula in zip(COSTS, counts, formulas, strict=True)}
