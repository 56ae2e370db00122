"""What a comparison without a draw registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class Observational(DesignSection):
    """Nobody drew: students who had the support, compared with students like them."""

    kind: Literal["observational"]
