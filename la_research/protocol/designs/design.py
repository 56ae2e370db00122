"""What every design of the support's evaluation registers, whatever its kind."""

from __future__ import annotations

from la_research.protocol.section import Section, Text


class DesignSection(Section):
    """A design: who is compared with whom, and the choices of its analysis."""

    why: Text | None = None
    """Why this design, and what it can not tell."""

    @property
    def also(self) -> tuple[str, ...]:
        """Columns of numbers that it reads beside roles and covariates."""
        return ()
