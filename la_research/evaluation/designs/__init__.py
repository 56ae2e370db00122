"""The designs by name: who is compared with whom, one file each."""

from la_research.evaluation.designs.registry import DESIGNS

__all__ = ["DESIGNS"]
