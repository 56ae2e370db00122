"""Steps of a run as events: told as they happen, and kept with their times."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

from la_research.canonical import pretty_json
from la_research.pipeline.folder import read_document
from la_research.store import write_text

Kind = Literal["started", "done", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class Event:
    """A step of a run began, ended, failed, or did not have to be redone.

    ``step`` is a stage, or "cohort" (generated) or "reports"; ``seconds`` is how long it took.
    """

    step: str
    kind: Kind
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Advance:
    """Of a long step, ``done`` of ``of`` parts are made, after ``seconds``; about ``left`` seconds remain."""

    step: str
    done: int
    of: int
    seconds: float
    left: float


Tell = Callable[[Event], None]
TellAdvance = Callable[[Advance], None]


def silent(event: Event | Advance) -> None:
    """Tell nobody."""


class Log:
    """Tells of each step; ``log.jsonl`` keeps every event, ``timing.json`` the last time of each step."""

    def __init__(self, run: Path, tell: Tell) -> None:
        self._run, self._tell = run, tell
        self._start = perf_counter()
        self._began: dict[str, float] = {}
        self._seconds: dict[str, float] = (read_document(run / "timing.json") or {}).get("seconds", {})

    def began(self, step: str) -> None:
        """A step begins."""
        self._began[step] = perf_counter()
        self._say(Event(step, "started"))

    def ended(self, step: str, kind: Kind = "done") -> None:
        """A step that began has ended."""
        seconds = perf_counter() - self._began[step]
        if kind == "done":
            self._seconds[step] = round(seconds, 3)
        self._say(Event(step, kind, seconds))

    def kept(self, step: str) -> None:
        """A step does not have to be redone."""
        self._say(Event(step, "kept"))

    def close(self) -> None:
        """Write how long each step took the last time it was made, and the run as a whole."""
        total = round(perf_counter() - self._start, 3)
        document = {"format": "la_research.timing/1", "seconds": dict(sorted(self._seconds.items())), "total": total}
        write_text(self._run / "timing.json", pretty_json(document))

    def _say(self, event: Event) -> None:
        with (self._run / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(event) | {"seconds": round(event.seconds, 3)}) + "\n")
        self._tell(event)
