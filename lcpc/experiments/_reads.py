"""Which kinds of rows the tables and figures of a run read."""

from lcpc import registry
from lcpc.config import Config


def is_read(config: Config, kind: str) -> bool:
    """Whether a table or figure of the run declares in its READS that it reads rows of `kind`."""
    rooms = {"lcpc.tables": config.tables, "lcpc.figures": config.figures}
    for room, stems in rooms.items():
        for stem in set(stems) & set(registry.names(room)):
            if kind in getattr(registry.load(room, stem), "READS", ()):
                return True
    return False
