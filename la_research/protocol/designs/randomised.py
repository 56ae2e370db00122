"""What a trial of students drawn one by one registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Randomised(DesignSection):
    """Students drawn one by one, for one arm or for several."""

    kind: Literal["randomised"]
