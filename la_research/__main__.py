"""``python -m la_research`` is ``la-research``."""

import sys

from la_research.cli import main

if __name__ == "__main__":
    sys.exit(main())
