"""The steps of a run as lines on stderr, with the time each took."""

from __future__ import annotations

import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

from la_research.cli.frame import Terminal

if TYPE_CHECKING:
    from la_research.pipeline.progress import Advance, Event

TOLD_EVERY = 0.1
"""Share of a long step after which a line is printed where there is no terminal."""
WORDS = {"done": "done", "kept": "unchanged", "failed": "failed"}


class Progress:
    """A line for each step that ended; on a terminal also what is being worked on, and for how long.

    Used as a context manager and given to ``run`` as ``tell``.
    """

    def __init__(self, say: Terminal) -> None:
        self._say = say
        self._began: dict[str, float] = {}
        self._advance = ""
        self._told = 0.0
        self._live: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty() and not self._say.quiet:
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                console=Console(stderr=True), refresh_per_second=4, transient=True, get_renderable=self._working
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if event.kind == "started":
            self._began[event.step] = perf_counter()
            return
        self._began.pop(event.step, None)
        self._line(told(event))

    def advanced(self, advance: Advance) -> None:
        """Show how far a long step is: always on a terminal, else a line for each tenth."""
        self._advance = shown(advance)
        part = advance.done / advance.of
        if self._live is None and (part >= self._told + TOLD_EVERY or part == 1):
            self._told = part
            self._say.remark(self._advance)

    def _line(self, text: str) -> None:
        if self._live is None:
            self._say.remark(text)
        else:
            self._live.console.print(text, markup=False, highlight=False)

    def _working(self) -> str:
        now = perf_counter()
        steps = [f"  {step:<15} {now - began:6.1f} s …" for step, began in list(self._began.items())]
        return "\n".join([*steps, *([self._advance] if self._advance else [])])


def told(event: Event) -> str:
    """The line of a step that ended.

    >>> from la_research.pipeline.progress import Event
    >>> told(Event("05_audit", "done", 3.14159)), told(Event("cohort", "kept"))
    ('  05_audit           3.1 s done', '  cohort                 - unchanged')
    """
    seconds = f"{event.seconds:6.1f} s" if event.kind != "kept" else f"{'-':>8}"
    return f"  {event.step:<15} {seconds} {WORDS[event.kind]}"


def shown(advance: Advance) -> str:
    """How far a long step is, and how long it will take.

    >>> from la_research.pipeline.progress import Advance
    >>> shown(Advance("draws", 400, 1000, 20.0, 95.0))
    '  draws            20.0 s 400 of 1,000, about 1:35 left'
    """
    minutes, seconds = divmod(round(advance.left), 60)
    parts = f"{advance.done:,} of {advance.of:,}, about {minutes}:{seconds:02} left"
    return f"  {advance.step:<15} {advance.seconds:6.1f} s {parts}"
