"""An instrument examined on a plain table, from its file to its findings."""

from __future__ import annotations

from pathlib import Path

from la_research.ingest.items import read_items
from la_research.pipeline.stages import one_thread, versions
from la_research.validation.scale import ScaleExamined, ScalePlan, examine_scale


def examine_items(path: str | Path, plan: ScalePlan) -> ScaleExamined:
    """Read the answers in a CSV or Parquet file, one row a student, and ask of them what a plan asks.

    Raises
    ------
    CohortError
        What ``read_items`` raises.

    Examples
    --------
    >>> items = ("cheerful", "calm", "rested")
    >>> found = examine_items("synthetic/items.csv", ScalePlan(items, {"wellbeing": items}))
    >>> found.findings["validation.scale.alpha"].verdict
    'described'
    """
    read = read_items(path, plan.items, reversed_items=plan.reversed, group=plan.group or None)
    with one_thread():
        found = examine_scale(plan, read.answers, read.group)
    return ScaleExamined(Path(path).name, read.digest, plan, found.as_kept(), versions())
