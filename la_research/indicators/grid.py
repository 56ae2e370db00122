"""Who was registered in which teaching week, and whether that week was observed.

A week is observed for an enrolment when the student was registered on all of its days and
every feed that concerns the student covers all of its days. A source that does not apply
to the student, and a source that was never recorded for the module and presentation, are
left out; where none is left, nothing is observed.
"""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from la_research.indicators.traces import Lazy, Traces
from la_research.protocol import IndicatorSettings, Protocol
from la_research.schema import ACTIVITY_SOURCES

NO_SOURCE = "not observed: no source that applies has a feed"
FEED_GAP = "not observed: a feed does not cover the week"
PART_WEEK = "not observed: registered after the week began"


def teaching_weeks(protocol: Protocol, traces: Traces) -> Lazy:
    """First and last day of each teaching week of each presentation; breaks have no week."""
    return (
        traces.table("calendar")
        .filter(nw.col("week") <= protocol.calendar.weeks)
        .group_by("presentation", "week")
        .agg(nw.col("day").min().alias("first_day"), nw.col("day").max().alias("last_day"))
    )


def registered(protocol: Protocol, traces: Traces) -> Lazy:
    """One row per enrolment and teaching week at whose end the student was registered.

    Returns
    -------
    narwhals.LazyFrame
        enrolment_id, module, presentation, week, first_day, last_day, start. A student who
        leaves during a week has no row for it; an empty start counts as registered before day 1.
    """
    return traces.kept("registered", lambda: _registered(protocol, traces))


def _registered(protocol: Protocol, traces: Traces) -> Lazy:
    enrolments = traces.table("enrolments").select("enrolment_id", "module", "presentation", "start", "end")
    return (
        enrolments.join(teaching_weeks(protocol, traces), on="presentation", how="inner")
        .filter(
            nw.col("start").is_null() | (nw.col("start") <= nw.col("last_day")),
            nw.col("end").is_null() | (nw.col("end") >= nw.col("last_day")),
        )
        .drop("end")
    )


def exempt(traces: Traces, sources: Sequence[str]) -> Lazy:
    """Enrolments and sources that do not concern them: enrolment_id, source."""
    rows = traces.table("applicability").filter(nw.col("source").is_in(list(sources)), ~nw.col("applies"))
    return rows.select("enrolment_id", "source")


def recorded(traces: Traces, sources: Sequence[str]) -> Lazy:
    """Sources that concern an enrolment and have a feed: enrolment_id, source, feed_first, feed_last."""
    feeds = traces.table("feeds").filter(nw.col("source").is_in(list(sources)))
    feeds = feeds.rename({"first_day": "feed_first", "last_day": "feed_last"})
    return (
        traces.table("enrolments")
        .select("enrolment_id", "module", "presentation")
        .join(feeds, on=["module", "presentation"], how="inner")
        .join(exempt(traces, sources), on=["enrolment_id", "source"], how="anti")
        .select("enrolment_id", "source", "feed_first", "feed_last")
    )


def observed(protocol: Protocol, traces: Traces, sources: Sequence[str], *, whole_weeks: bool = True) -> Lazy:
    """The registered weeks with a ``reason`` where they are not observed, null where they are.

    ``whole_weeks`` says whether the week in which a student registered counts as not observed.
    """
    covered = (
        recorded(traces, sources)
        .group_by("enrolment_id")
        .agg(nw.col("feed_first").max(), nw.col("feed_last").min())  # the days that all feeds cover
    )
    gap = (nw.col("feed_first") > nw.col("first_day")) | (nw.col("feed_last") < nw.col("last_day"))
    late = nw.lit(whole_weeks) & ~nw.col("start").is_null() & (nw.col("start") > nw.col("first_day"))
    reason = (
        nw.when(nw.col("feed_first").is_null())
        .then(nw.lit(NO_SOURCE))
        .otherwise(nw.when(gap).then(nw.lit(FEED_GAP)).otherwise(nw.when(late).then(nw.lit(PART_WEEK))))
    )
    return (
        registered(protocol, traces)
        .join(covered, on="enrolment_id", how="left")
        .with_columns(reason.alias("reason"))
        .drop("feed_first", "feed_last", "start")
    )


def activity_sources(protocol: Protocol, settings: IndicatorSettings) -> tuple[str, ...]:
    """The sources that an indicator sums: its own, else all activity sources of the protocol."""
    return named(protocol, *(s for s in settings.sources or ACTIVITY_SOURCES if s in ACTIVITY_SOURCES))


def named(protocol: Protocol, *sources: str) -> tuple[str, ...]:
    """Those of the sources that the protocol names; no other is read."""
    return tuple(source for source in sources if source in protocol.sources)


def activity(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """The observed grid with ``actions`` and ``days`` of each week.

    Returns
    -------
    narwhals.LazyFrame
        The columns of :func:`observed`; actions: summed over sources; days: the largest
        number of active days of one source, a lower bound of the days active. Both are 0
        for a silent week of an observed student, and null where ``reason`` is given.
    """
    sources = activity_sources(protocol, settings)
    return traces.kept(("activity", sources), lambda: _activity(protocol, sources, traces))


def _activity(protocol: Protocol, sources: Sequence[str], traces: Traces) -> Lazy:
    rows = traces.table("activity").filter(nw.col("week") <= protocol.calendar.weeks)
    weekly = (
        rows.join(recorded(traces, sources), on=["enrolment_id", "source"], how="semi")
        .group_by("enrolment_id", "week")
        .agg(nw.col("count").sum().cast(nw.Int64).alias("actions"), nw.col("active_days").max().alias("days"))
    )
    seen = nw.col("reason").is_null()
    return (
        observed(protocol, traces, sources)
        .join(weekly, on=["enrolment_id", "week"], how="left")
        .with_columns(nw.when(seen).then(nw.col(name).fill_null(0)).alias(name) for name in ("actions", "days"))
    )


def values(frame: Lazy, value: nw.Expr) -> Lazy:
    """The four columns an indicator returns: enrolment_id, week, value, reason."""
    return frame.select("enrolment_id", "week", value.cast(nw.Float64).alias("value"), "reason")
