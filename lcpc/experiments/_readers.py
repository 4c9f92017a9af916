"""Which tables and figures of a run read a kind of rows."""

from types import ModuleType

from lcpc import registry
from lcpc.config import Config

ROOMS = {"tables": "lcpc.tables", "figures": "lcpc.figures"}
BEFORE_READS = {
    "image_distributions": frozenset({
        "encoding_distribution", "distribution_heatmap_explained", "distribution_heatmaps_adaptive",
        "distribution_heatmaps_static", "factorized_model", "static_suboptimality"}),
    "image_complexity": frozenset({"complexity_image"}),
}
"""Tables and figures that do not say yet what they read."""


def is_read(config: Config, kind: str) -> bool:
    """Whether a table or a figure of the run's config reads rows of this kind."""
    return any(_reads(registry.load(package, stem), stem, kind)
               for room, package in ROOMS.items()
               for stem in getattr(config, room) if stem in registry.names(package))


def _reads(module: ModuleType, stem: str, kind: str) -> bool:
    if hasattr(module, "READS"):
        return kind in module.READS
    return stem in BEFORE_READS.get(kind, ())
