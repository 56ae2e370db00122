"""The planted size that stands beside an effect, and in what it differs from what a study asks."""

from __future__ import annotations

from dataclasses import dataclass

from la_research.pipeline.score.estimands import other_students
from la_research.protocol import Protocol
from la_research.synthetic import Truth

OTHERS = (
    "The planted size is that of students who agreed to research and to the use of their data in a model and are there "
    "at the end of week 4. This study counts others."
)
TOLD_OF = {
    "did": "The planted size is that of the first two weeks after a start. The study takes all weeks together.",
    "its": "The planted size is that of the first two weeks after the start.",
    "stepped_wedge": "The planted size is that of one wave. The study takes all waves together.",
}
"""By kind of design, where a truth tells of other weeks than the study."""


@dataclass(frozen=True)
class Nearest:
    """A planted size, and sentences on what it is the size of."""

    value: float
    said: tuple[str, ...] = ()


def nearest(protocol: Protocol, key: str, truth: Truth) -> Nearest | None:
    """The size of that name; of an effect that of its own arm, or of all students whom a truth counts.

    A campus with several kinds of contact holds a size for each, and the registered arm has its
    own or none. An effect in students who were asked for other consents, or in another week, is
    near that in the students of a truth, and a sentence tells; in some modules it is not.
    """
    plain = truth.estimands.get(key)
    if not key.startswith("effect."):
        return None if plain is None else Nearest(plain)
    trial = f"effect.{protocol.support.trial}."
    arm = f"{trial}{protocol.support.arm}."
    if any(name.startswith(arm) for name in truth.estimands):
        key = key.replace(trial, arm, 1)
    others = other_students(protocol)
    said = tuple(filter(None, [TOLD_OF.get(protocol.support.design.kind)]))
    if others and not protocol.population.modules:
        key, said = key.removesuffix("." + ".".join(others)), (*said, OTHERS)
    return Nearest(truth.estimands[key], said) if key in truth.estimands else None
