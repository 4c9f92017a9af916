"""Columns of the result files: name, type and meaning. Stations share this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from lcpc import registry
from lcpc.errors import ResultError

EXPERIMENTS = "lcpc.experiments"
EVIDENCE = ("measured", "recorded", "published")
STATUS = ("done", "skipped", "failed")


PUBLISHED_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "encoding_distributions_kodak": ("quality", "lambda", "bpp_estimated", "bpp_coded",
                                     "bpp_side_information", "psnr_rgb_db", "ms_ssim_rgb"),
    "headline_claims": ("value",),
    "latent_motion_errors": ("value",),
    "modelnet40_test_class_counts": ("count",),
    "rate_accuracy_modelnet40": ("points", "lambda", "rate_bits", "top1_percent"),
    "rate_accuracy_scalable_modelnet40": ("points", "lambda_cls", "lambda_rec", "base_rate_bits",
                                          "rate_bits", "top1_percent", "params"),
    "rate_at_80_percent": ("rate_bits",),
    "rate_at_87_1_percent": ("rate_bits",),
    "rate_distortion_kodak": ("point", "bpp", "psnr_rgb_db", "ms_ssim_rgb"),
    "table_1_layer_sizes": (),
    "table_2_2_rate_savings": ("ratio_percent", "gap_percent", "gain_percent",
                               "total_gain_percent"),
    "table_2_3_complexity": ("analysis_params_millions", "analysis_macs_per_pixel",
                             "synthesis_params_millions", "synthesis_macs_per_pixel"),
    "table_2_bd_metrics": ("points", "max_accuracy_percent", "bd_rate_percent",
                           "bd_accuracy_percent"),
}
"""Columns of numbers of the files of `results/published/`, by file name."""
PUBLISHED_TEXTS: Mapping[str, tuple[str, ...]] = {
    "encoding_distributions_kodak": ("method",),
    "headline_claims": ("claim", "unit"),
    "latent_motion_errors": ("claim", "unit"),
    "modelnet40_test_class_counts": ("class",),
    "rate_accuracy_modelnet40": ("codec", "size"),
    "rate_accuracy_scalable_modelnet40": ("codec", "size"),
    "rate_at_80_percent": ("codec",),
    "rate_at_87_1_percent": ("codec",),
    "rate_distortion_kodak": ("codec",),
    "table_1_layer_sizes": ("codec", "encoder_layer_sizes", "decoder_layer_sizes",
                            "encoder_macs_per_point", "decoder_macs"),
    "table_2_2_rate_savings": ("method", "quality"),
    "table_2_3_complexity": ("model", "configuration", "analysis", "synthesis"),
    "table_2_bd_metrics": ("codec", "size"),
}
"""The other columns that tables and figures read."""


@dataclass(frozen=True)
class Column:
    """One column: its type (`string`, `float`, `integer`) and what it holds, with its unit."""

    kind: str
    meaning: str
    optional: bool = False
    """Whether a file leaves it out where it is empty in all rows (`string` only)."""


def columns(kind: str) -> Mapping[str, Column]:
    """Columns of a kind of rows, as its experiment says. Raises ResultError for an unknown kind."""
    known: set[str] = set()
    # Most kinds are named after their experiment; the others take time to load.
    for name in sorted(registry.names(EXPERIMENTS), key=lambda name: name != kind):
        module = registry.load(EXPERIMENTS, name)
        columns_of_kind: Mapping[str, Column] = module.COLUMNS
        if kind == module.KIND:
            return columns_of_kind
        known.add(module.KIND)
    raise ResultError(f"result kind {kind!r} is not known; known: {', '.join(sorted(known))}")
