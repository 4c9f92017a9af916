"""`python -m lcpc.cli` is `lcpc`."""

import sys

from lcpc.cli import main

sys.exit(main())
