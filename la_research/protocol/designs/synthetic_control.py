"""What a synthetic control registers."""

from __future__ import annotations

from typing import Literal

from la_research.protocol.designs.design import DesignSection


class SyntheticControl(DesignSection):
    """One group that starts, compared with a weighted mean of groups that do not."""

    kind: Literal["synthetic_control"]
