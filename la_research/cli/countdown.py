"""How far a long step is and how long it will still take, on stderr; silent for what takes two seconds."""

from __future__ import annotations

import sys
from time import perf_counter

from la_research.cli.frame import Terminal

SOON = 2.0
"""Seconds in which nothing is said."""
EVERY = 10.0
"""Seconds between two lines where stderr is no terminal; on a terminal one line is written over, each second."""


class Countdown:
    """Called with how many of ``of`` things are done."""

    def __init__(self, say: Terminal, of: int, things: str) -> None:
        self._say, self._of, self._things = say, of, things
        self._live = sys.stderr.isatty() and not say.quiet
        self._next = perf_counter() + SOON
        self._first: tuple[float, int] | None = None
        self._shown = False

    def __call__(self, done: int) -> None:
        """Say how far it is, when it is time to."""
        now = perf_counter()
        if done == self._of and self._shown and self._live:
            print(file=sys.stderr)
        self._first = self._first or (now, done)  # what came before was getting ready
        began, before = self._first
        if now < self._next or not before < done < self._of:
            return
        line = shown(done, self._of, self._things, (now - began) / (done - before))
        if self._live:
            print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            self._say.remark(line)
        self._next, self._shown = now + (1.0 if self._live else EVERY), True


def shown(done: int, of: int, things: str, each: float) -> str:
    """How far it is, and the time left when each takes so many seconds.

    >>> shown(2_000, 10_000, "students", 0.0015)
    '  2,000 of 10,000 students, about 12 s left'
    """
    left = each * (of - done)
    time = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
    return f"  {done:,} of {of:,} {things}, about {time} left"
