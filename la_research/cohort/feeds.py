"""Where a source was recorded to the end of the index week, and the registered populations that need it."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from la_research.cohort.cohort import Cohort
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol import Protocol, Subset


def index_days(protocol: Protocol, cohort: Cohort) -> pd.Series:
    """The last day of the index week by presentation; one without that week is absent."""
    calendar = cohort.frame("calendar")
    inside = calendar[calendar["week"] == protocol.population.index_week]
    return inside.groupby("presentation")["day"].max().rename("index_day")


def fed(protocol: Protocol, cohort: Cohort, units: pd.DataFrame, source: str) -> pd.Series:
    """Whether the feed of a source runs from day 1 to the end of the index week, by row of ``units``."""
    feeds = cohort.frame("feeds").join(index_days(protocol, cohort), on="presentation")
    whole = (feeds["source"] == source) & (feeds["first_day"] <= 1) & (feeds["last_day"] >= feeds["index_day"])
    keys = pd.MultiIndex.from_frame(feeds.loc[whole, ["module", "presentation"]])
    asked = pd.MultiIndex.from_frame(units[["module", "presentation"]])
    return pd.Series(asked.isin(keys), index=units.index)


def with_feeds(protocol: Protocol, cohort: Cohort, units: pd.DataFrame, sources: Collection[str]) -> pd.DataFrame:
    """The rows of units all of whose modules have these feeds from day 1 to the end of the index week."""
    complete = pd.Series(True, index=units.index)
    for source in sources:
        complete &= fed(protocol, cohort, units, source)
    return units[complete.groupby(units["unit_id"]).transform("all")]


def describe_subset(protocol: Protocol, cohort: Cohort, units: pd.DataFrame, subset: Subset) -> Finding:
    """Who is in a registered population: units in all and by presentation, and which presentations these are.

    Parameters
    ----------
    units
        What ``eligible`` returned.

    Returns
    -------
    Finding
        ``cohort.SUBSET.population``; not analysed where no presentation has the feeds.
    """
    found = f"cohort.{subset.id.lower().replace('-', '_')}.population"
    question = f"Who is in the registered population '{subset.id}'?"
    inside = with_feeds(protocol, cohort, units, subset.requires_feed)
    if inside.empty:
        return not_analysed(found, question, f"no presentation has a feed of {' and '.join(subset.requires_feed)}")
    unit = f"{protocol.population.unit}s"
    sizes = inside.groupby(["module", "presentation"])["unit_id"].nunique().reset_index(name="n")
    rows = [
        Row({"module": module, "presentation": run}, _count(int(n), unit))
        for module, run, n in zip(sizes["module"], sizes["presentation"], sizes["n"], strict=True)
    ]
    modules = sorted(inside["module"].unique())
    runs = len(units[["module", "presentation"]].drop_duplicates())
    where = (
        f"It covers {len(sizes)} of {runs} presentations, of {len(modules)} of {units['module'].nunique()} modules: "
        f"{', '.join(modules)}."
    )
    limitations = (where, "What is found in it holds for these presentations only.")
    total = _count(inside["unit_id"].nunique(), unit)
    return Finding(found, question, "described", total, tuple(rows), limitations=limitations)


def _count(n: int, unit: str) -> Estimate:
    return Estimate(n, None, None, None, unit, n, "count")
