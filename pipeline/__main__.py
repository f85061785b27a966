"""``python -m pipeline``: the same as the ``yieldflow`` command."""

import sys

from pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
