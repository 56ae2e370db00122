"""``python -m benchmarks [NAME…]``: the named benchmarks, or all; 1 when one of them breaks its promise.

Each is a module of this folder with a ``main`` that prints its times and returns 0 or 1.
"""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = (
    "study",
    "diagnosis",
    "generate",
    "sdv",
    "audit",
    "psychometrics",
    "triggers",
    "explorer",
    "missing",
    "validity",
    "explanation",
    "effect_differences",
    "effect_randomised",
    "effect_observational",
    "effect_discontinuity",
    "explorer_page",
)


def main(names: list[str]) -> int:
    """Run the benchmarks one after the other."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        print(f"no benchmark '{unknown[0]}'; known: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    broken = 0
    for name in names or NAMES:
        print(f"# {name}")
        broken |= import_module(f"benchmarks.{name}").main()
    return broken


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
