"""Rate-accuracy of the proposed codec, size lite: one curve a P, TMC13 for reference."""

from functools import partial

from lcpc.figures import _sizes

READS = _sizes.READS
RATES = _sizes.RATES
CAPTION = _sizes.CAPTION.format(size="lite")
points = partial(_sizes.points, size="lite")
draw = _sizes.draw
