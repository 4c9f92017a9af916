"""Rate-accuracy of the proposed codec, size micro: one curve a P, TMC13 for reference."""

from functools import partial

from lcpc.figures import _sizes

READS = _sizes.READS
RATES = _sizes.RATES
CAPTION = _sizes.CAPTION.format(size="micro")
points = partial(_sizes.points, size="micro")
draw = _sizes.draw
