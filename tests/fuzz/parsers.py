"""All parsers of lcpc that meet files, streams or outputs of unknown origin."""

from tests.fuzz import _data, _point_codecs, _results, _weights
from tests.fuzz.harness import PARSERS

ROOMS = (_results, _data, _weights, _point_codecs)
NAMES = list(PARSERS)
