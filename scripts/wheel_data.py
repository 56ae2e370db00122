"""Puts notebooks and scenarios into the wheel; an editable install reads them where they stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = {"notebooks": ("*.ipynb", "_notebooks"), "synthetic": ("*.yaml", "_scenarios")}


class WheelData(BuildHookInterface):  # type: ignore[misc]
    """Hatch calls ``initialize`` before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add, and where in the wheel they go."""
        if version == "editable":
            return
        for folder, (pattern, target) in FOLDERS.items():
            for path in sorted((Path(self.root) / folder).glob(pattern)):
                build_data["force_include"][str(path)] = f"la_research/{target}/{path.name}"
