"""How values of a table are shown, and what their columns are called."""

from collections.abc import Mapping

from lcpc.results.cells import CellValue

DECIMALS: Mapping[str, int | None] = {
    "max_accuracy_percent": 1, "bd_rate_percent": 1, "bd_accuracy_percent": 1,
    "steady_bd_accuracy_points": 1, "overlap_bd_rate_percent": 1,
    "steady_change_points": 1, "above_published_points": 1,
    "ratio_percent": 0, "gap_percent": 2, "gain_percent": 2, "total_gain_percent": 2,
    "potential_gain_percent": 2, "gap_share_percent": 1,
    "static_bpp": 4, "potential_gain_bpp": 4, "proposed_bpp": 4, "gain_bpp": 4,
    "side_information_bpp": 5, "analysis_macs_per_pixel": 1, "synthesis_macs_per_pixel": 1,
    "printed_analysis_macs_per_pixel": 0, "printed_synthesis_macs_per_pixel": 0,
    "rate_bits": 1, "printed_rate_bits": None,
    "max_difference_points": 1, "bd_rate_against_published_percent": 1, "mean_difference_points": 1,
    "least_difference_points": 1, "greatest_difference_points": 1,
    "first_rate_bits": 1, "last_rate_bits": 1, "least_at_bits": 1, "greatest_at_bits": 1,
    "rate_bits_at_60": 1, "rate_bits_at_70": 1, "rate_bits_at_80": 1, "stream_bits_at_80": 1,
    "stream_gain_percent": 2, "macs_per_pixel": 0, "printed_macs_per_pixel": 0,
    "encode_ratio": 2, "decode_ratio": 2,
}
"""As the documents print; None shows up to six significant digits."""
NAMES: Mapping[str, str] = {
    "points": "P",
    "max_accuracy_percent": "max accuracy (%)",
    "bd_rate_percent": "BD-rate, printed recipe (%)",
    "bd_accuracy_percent": "BD-accuracy, printed recipe (points)",
    "steady_bd_accuracy_points": "steady BD-accuracy (points)",
    "overlap_bd_rate_percent": "overlap BD-rate (%)",
    "ratio_percent": "ratio (%)",
    "gap_percent": "gap (%)",
    "gain_percent": "gain (%)",
    "total_gain_percent": "total gain (%)",
    "potential_gain_percent": "potential gain (%)",
    "gap_share_percent": "share of the gap (%)",
    "static_bpp": "static (bpp)",
    "potential_gain_bpp": "potential gain (bpp)",
    "proposed_bpp": "ours (bpp)",
    "gain_bpp": "our gain (bpp)",
    "side_information_bpp": "side information (bpp)",
    "analysis_params": "parameters",
    "synthesis_params": "parameters",
    "analysis_macs_per_pixel": "MAC/pixel",
    "synthesis_macs_per_pixel": "MAC/pixel",
    "encoder_layer_sizes": "encoder widths",
    "decoder_layer_sizes": "decoder widths",
    "encoder_macs_per_point": "encoder MAC/point",
    "decoder_macs": "decoder MAC",
    "encoder_macs": "encoder MAC",
    "parameters_at_paper_widths": "parameters at the paper's widths",
    "encoder_macs_at_paper_widths": "encoder MAC at the paper's widths",
    "decoder_macs_at_paper_widths": "decoder MAC at the paper's widths",
    "stream_gain_percent": "gain of streams (%)",
    "macs_per_pixel": "MAC/pixel",
    "encode_ratio": "encode, times the base's",
    "decode_ratio": "decode, times the base's",
    "mixing_macs": "mixing MAC",
    "entropy_macs": "entropy MAC",
    "rate_bits_at_60": "bits at 60 %",
    "rate_bits_at_70": "bits at 70 %",
    "rate_bits_at_80": "bits at 80 %",
    "stream_bits_at_80": "stream bits at 80 %",
    "rate_bits": "rate (bits)",
    "max_difference_points": "max accuracy (points)",
    "bd_rate_against_published_percent": "BD-rate (%)",
    "first_rate_bits": "from (bits)",
    "last_rate_bits": "to (bits)",
    "mean_difference_points": "mean (points)",
    "least_difference_points": "least (points)",
    "least_at_bits": "at (bits)",
    "greatest_difference_points": "greatest (points)",
    "greatest_at_bits": "at (bits)",
    "total_params_without": "total parameters without",
    "total_params_with": "total parameters with",
}
WITHOUT_COMMAS = frozenset({"points", "quality"})
MANY = 100_000
"""From here on a number is shown without decimals."""


def title(quantity: str) -> str:
    """A quantity in a reader's words, with its unit."""
    return NAMES.get(quantity, quantity.replace("_", " "))


def shown(column: str, quantity: str, value: CellValue) -> str:
    """A value as a reader sees it: sensible decimals, commas between thousands, a true minus sign.

    >>> shown("bd_rate_percent", "bd_rate_percent", -1234.56)
    '−1,234.6'
    """
    if value is None or isinstance(value, str):
        return value or ""
    decimals = DECIMALS.get(column, DECIMALS.get(quantity, 0 if abs(value) >= MANY else None))
    comma = "," if abs(value) >= 1000 and quantity not in WITHOUT_COMMAS else ""
    if decimals is not None:
        text = f"{value:{comma}.{decimals}f}"
        is_zero = float(text.replace(",", "")) == 0
        text = text.lstrip("-") if is_zero else text
    else:
        text = f"{value:{comma}d}" if isinstance(value, int) else f"{value:{comma}.6g}"
    return text.replace("-", "−")


def plain(value: CellValue) -> str:
    """A value as a program reads it: six significant digits."""
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
