"""What all sections of a protocol share: frozen, no unknown keys, and who has to answer when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Level = Literal["synthetic", "open", "restricted"]
LEVELS: tuple[Level, ...] = ("synthetic", "open", "restricted")


@dataclass(frozen=True, slots=True)
class Owed:
    """Marks a field that may be left out below a level of data, and must be answered from it on."""

    level: Level


def _text(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_text), StringConstraints(min_length=1)]
"""Prose; line breaks of the document are folded into spaces."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$", max_length=64)]
"""An identifier: letters, digits, ``_`` and ``-``."""
OpenText = Annotated[Text | None, Owed("open")]
RestrictedText = Annotated[Text | None, Owed("restricted")]
Share = Annotated[float, Field(gt=0, lt=1)]
Attribute = Literal[
    "gender", "ethnicity", "disability", "imd_band", "age_band", "religion", "orientation", "fee_status", "region"
]
"""A protected attribute, as the vault names it."""


class Section(BaseModel):
    """A frozen part of the protocol that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def unanswered(self, level: Level) -> Iterator[tuple[str, ...]]:
        """Paths of fields that data of this level owe an answer to and that hold none."""
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            owed = [mark for mark in info.metadata if isinstance(mark, Owed)]
            if owed and value in (None, (), {}) and LEVELS.index(owed[0].level) <= LEVELS.index(level):
                yield (name,)
            yield from ((name, *rest) for rest in _inner(value, level))


def _inner(value: Any, level: Level) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Section):
        yield from value.unanswered(level)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from ((str(key), *rest) for rest in _inner(item, level))
    elif isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from ((str(getattr(item, "id", i)), *rest) for rest in _inner(item, level))
