"""Draco at its best: the smallest stream over all its options, for the same decoded points.

Level 10 costs hundreds of bits a cloud more than level 3 on clouds as small as these, and up to 16
points keeping the order is smallest; so Draco could have had a better curve than the documents'.
"""

from dataclasses import dataclass

from lcpc.codecs.point_clouds.base import Cloud, PointCloudCodec, Tools
from lcpc.codecs.point_clouds.draco import Draco, encode
from lcpc.errors import MissingTool

NAME = "draco-best"
LABEL = "Draco, best options"
COLOUR = "#56b4e9"
MARKER = "P"
OPTIONS = tuple((level, False) for level in range(11)) + ((0, True),)
"""(compression level, keep the order of the points); with the order kept, levels are the same."""


@dataclass(frozen=True)
class DracoBest(Draco):
    """Draco that tries every option and keeps the smallest stream, the first of equals."""

    name: str = NAME

    def encode(self, points: Cloud, scale: int) -> bytes:
        """The smallest stream of a cloud."""
        if reason := self.missing():
            raise MissingTool(reason)
        streams = (encode(points, scale, level, keep_order) for level, keep_order in OPTIONS)
        return min(streams, key=len)


def codec(tools: Tools) -> PointCloudCodec:
    """Draco with the smallest stream. It needs no external program."""
    return DracoBest()
