"""How much and how regularly a student is active."""

from __future__ import annotations

import narwhals as nw

from la_research.indicators.card import Indicator
from la_research.indicators.grid import activity, values
from la_research.indicators.traces import Lazy, Traces
from la_research.protocol import IndicatorSettings, Protocol
from la_research.schema import ACTIVITY_SOURCES

WINDOW_WEEKS = 4
MINIMUM_DAYS = 2
MINIMUM_WEEKS = 2
"""Observed weeks below which regularity abstains."""
SHORT = f"abstains: fewer than {MINIMUM_WEEKS} observed weeks"
OBSERVED = (
    "Students with a feed that concerns them. A silent week counts as 0; a week in which a feed is absent, or that "
    "began before the student registered, is not observed."
)


def weekly_activity(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Actions of each enrolment in each teaching week, over all sources that apply.

    An observed student without an action scores 0: silence is an observation. A week in
    which a feed was absent is "not observed", never 0, and never a part of the sum.

    Returns
    -------
    narwhals.LazyFrame
        enrolment_id, week, value (actions a week, 0 or more; null where not observed), reason.
    """
    return values(activity(protocol, settings, traces), nw.col("actions"))


def active_days(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Days of the week with an action: the largest number of one source, 0 to 7.

    Days of two sources can not be joined from weekly counts, so this is a lower bound.
    """
    return values(activity(protocol, settings, traces), nw.col("days"))


def regularity(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Share of the last observed weeks, this one included, with enough active days.

    Weeks that were not observed are passed over, not counted as silent. With fewer than 2
    observed weeks it abstains.
    """
    window = settings.window_weeks or WINDOW_WEEKS
    seen = nw.col("reason").is_null()
    regular = (nw.col("days") >= (settings.minimum_days or MINIMUM_DAYS)).cast(nw.Int64)
    rows = activity(protocol, settings, traces).with_columns(
        seen=seen, regular=nw.when(seen).then(regular), one=nw.when(seen).then(nw.lit(1))
    )
    rows = rows.with_columns(
        nw.col(name).rolling_sum(window, min_samples=1).over("enrolment_id", "seen", order_by="week").cast(nw.Int64)
        for name in ("regular", "one")
    )
    enough = nw.col("one") >= MINIMUM_WEEKS
    rows = rows.with_columns(
        value=nw.when(enough).then(nw.col("regular") / nw.col("one")),
        reason=nw.when(seen & ~enough).then(nw.lit(SHORT)).otherwise(nw.col("reason")),
    )
    return values(rows, nw.col("value"))


CARDS = (
    Indicator(
        id="weekly_activity",
        label="weekly activity",
        plain="How many things you did online in a week, such as opening a page, a book or a recording.",
        construct="how much a student takes part online",
        aspect="online activity",
        window="the week itself",
        sources=ACTIVITY_SOURCES,
        unit="actions a week",
        direction="higher is more engaged",
        applicability=OBSERVED,
        summary="mean",
        reference=(
            "Macfadyen and Dawson (2010), Mining LMS data to develop an early warning system for educators, "
            "doi:10.1016/j.compedu.2009.09.008; here actions are summed over all sources that apply."
        ),
        compute=weekly_activity,
    ),
    Indicator(
        id="active_days",
        label="active days",
        plain="On how many days of a week you did something online.",
        construct="how a student spreads study over the week",
        aspect="online activity",
        window="the week itself",
        sources=ACTIVITY_SOURCES,
        unit="days a week",
        direction="higher is more engaged",
        applicability=OBSERVED + " It is the largest number of one source, so you may have been active on more days.",
        summary="mean",
        reference=(
            "Jovanović, Saqr, Joksimović and Gašević (2021), Students matter the most in learning analytics, "
            "doi:10.1016/j.compedu.2021.104251; here from weekly counts, not from single actions."
        ),
        compute=active_days,
    ),
    Indicator(
        id="regularity",
        label="regularity",
        plain="In what share of the last weeks you were online on two days or more.",
        construct="how steady a student's study is from week to week",
        aspect="online activity",
        window="the last four observed weeks, this one included",
        sources=ACTIVITY_SOURCES,
        unit="share",
        direction="higher is more engaged",
        applicability=OBSERVED + " With fewer than two observed weeks it abstains.",
        summary="latest",
        reference=(
            "Boroujeni, Sharma, Kidziński, Lucignano and Dillenbourg (2016), How to quantify student's regularity?, "
            "doi:10.1007/978-3-319-45153-4_21; here a plain share of weeks that can be checked by hand."
        ),
        compute=regularity,
    ),
)
