"""Activity beside that of others, beside cut-offs, and beside the student's own earlier weeks."""

from __future__ import annotations

import narwhals as nw

from la_research.indicators.card import Indicator
from la_research.indicators.engagement import OBSERVED
from la_research.indicators.grid import activity, exempt, named, observed, values
from la_research.indicators.traces import Lazy, Traces
from la_research.protocol import IndicatorSettings, Light, Protocol
from la_research.schema import ACTIVITY_SOURCES

PEERS = 10
"""Observed students of the module in the week, the student included, below which peer_share abstains."""
FEW_PEERS = f"abstains: fewer than {PEERS} students of the module observed in the week"
ALL_SILENT = "abstains: nobody on the module was active in the week"
ATTENDANCE = Light(red=0.5, amber=0.8)
ONLINE = Light(red=5, amber=15)
NO_ATTENDANCE = "not observed: attendance has no feed that covers the week"
LOOK_BACK_DAYS = 14
MINIMUM_HISTORY = 3
SCALE = 1_000_000
"""log1p is rounded to six decimals, so that sums are of whole numbers and exact in any order."""
SD_FLOOR = 0.25
"""Smallest SD of the student's own weeks, on the log scale: about a quarter more or less activity."""


def peer_share(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """Weekly activity as a share of the mean of its module and presentation in that week.

    The mean takes every enrolment observed in the week, the student's own and silent ones
    included. It abstains with fewer than 10 of them, and where nobody was active.
    """
    group = ("module", "presentation", "week")
    rows = activity(protocol, settings, traces).with_columns(
        total=nw.col("actions").sum().over(*group).cast(nw.Int64), peers=nw.col("actions").count().over(*group)
    )
    seen, few, silent = nw.col("reason").is_null(), nw.col("peers") < PEERS, nw.col("total") == 0
    share = nw.col("actions") * nw.col("peers") / nw.col("total")
    rows = rows.with_columns(
        value=nw.when(seen & ~few & ~silent).then(share),
        reason=nw.when(seen & few)
        .then(nw.lit(FEW_PEERS))
        .otherwise(nw.when(seen & silent).then(nw.lit(ALL_SILENT)).otherwise(nw.col("reason"))),
    )
    return values(rows, nw.col("value"))


def rag(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """The worse of two lights: 0 green, 1 amber, 2 red.

    Attendance is the share of expected sessions in the week; it is left out where it does
    not apply, where the study does not use it, and where no session was expected. Online
    activity is that of the 14 days ending with the week, per observed teaching week in
    them, so a week without teaching is skipped.
    """
    online = _light(nw.col("online"), settings.online or ONLINE)
    attendance = _light(nw.col("attended") / nw.col("expected"), settings.attendance or ATTENDANCE)
    rows = _with_attendance(protocol, traces, _online(protocol, settings, traces))
    rows = rows.with_columns(
        online=online, attendance=nw.when(nw.col("expected") > 0).then(attendance).otherwise(nw.lit(0))
    )
    seen = nw.col("reason").is_null()
    return values(rows, nw.when(seen).then(nw.max_horizontal("online", "attendance")))


def _light(value: nw.Expr, cuts: Light) -> nw.Expr:
    return nw.when(value < cuts.red).then(nw.lit(2)).otherwise(nw.when(value < cuts.amber).then(nw.lit(1)).otherwise(0))


def _online(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """The grid with ``online``: actions per observed teaching week of the last 14 days."""
    before = {"first_day": "before_first", "actions": "before"}
    rows = activity(protocol, settings, traces).with_columns(
        nw.col(name).shift(1).over("enrolment_id", order_by="week").alias(alias) for name, alias in before.items()
    )
    near = ~nw.col("before").is_null() & (nw.col("before_first") > nw.col("last_day") - LOOK_BACK_DAYS)
    both = (nw.col("actions") + nw.col("before")) / 2
    return rows.with_columns(online=nw.when(near).then(both).otherwise(nw.col("actions").cast(nw.Float64)))


def _with_attendance(protocol: Protocol, traces: Traces, rows: Lazy) -> Lazy:
    """Adds expected and attended sessions, null where attendance does not count for the light."""
    if not named(protocol, "attendance"):
        return rows.with_columns(expected=nw.lit(0), attended=nw.lit(0))
    key = ["enrolment_id", "week"]
    free = exempt(traces, ("attendance",)).select("enrolment_id", exempt=nw.lit(True))
    feed = observed(protocol, traces, ("attendance",)).select(*key, absent=~nw.col("reason").is_null())
    sessions = traces.table("attendance").join(free, on="enrolment_id", how="anti")
    unknown = nw.col("exempt").is_null() & nw.col("absent")
    return (
        rows.join(sessions, on=key, how="left")
        .join(feed, on=key, how="left")
        .join(free, on="enrolment_id", how="left")
        .with_columns(
            reason=nw.when(nw.col("reason").is_null() & unknown).then(nw.lit(NO_ATTENDANCE)).otherwise(nw.col("reason"))
        )
    )


def baseline_departure(protocol: Protocol, settings: IndicatorSettings, traces: Traces) -> Lazy:
    """How far the week's activity lies from the student's own earlier weeks, in either direction.

    The distance of log1p(actions) from its mean over the earlier observed weeks, in their
    standard deviations (divisor n − 1, at least 0.25). It abstains while there are fewer
    earlier weeks than ``minimum_history``.
    """
    seen = nw.col("reason").is_null()
    log = ((nw.col("actions") + 1).log() * SCALE).round(0).cast(nw.Int64)
    rows = activity(protocol, settings, traces).with_columns(seen=seen, log=log, one=nw.when(seen).then(nw.lit(1)))
    rows = rows.with_columns(squared=nw.col("log") * nw.col("log"))
    rows = rows.with_columns(
        (nw.col(name).cum_sum().over("enrolment_id", "seen", order_by="week") - nw.col(name))
        .cast(nw.Int64)
        .alias(alias)
        for name, alias in (("log", "s"), ("squared", "q"), ("one", "n"))
    )
    history = settings.minimum_history or MINIMUM_HISTORY
    enough = nw.col("n") >= history
    n = nw.when(enough).then(nw.col("n"))  # null while history is short, so that nothing is divided by zero
    variance = (n * nw.col("q") - nw.col("s") * nw.col("s")) / (n * (n - 1))
    spread = nw.max_horizontal(variance.sqrt(), nw.lit(SD_FLOOR * SCALE))
    rows = rows.with_columns(
        value=(nw.col("log") - nw.col("s") / n).abs() / spread,
        reason=nw.when(seen & ~enough)
        .then(nw.lit(f"abstains: fewer than {history} earlier observed weeks"))
        .otherwise(nw.col("reason")),
    )
    return values(rows, nw.when(enough).then(nw.col("value")))


CARDS = (
    Indicator(
        id="peer_share",
        label="activity beside the module",
        plain="How much you did online in a week beside the average of everyone on your module.",
        construct="activity given how busy the module is in the week",
        aspect="online activity",
        window="the week itself",
        sources=ACTIVITY_SOURCES,
        unit="times the module's mean",
        direction="higher is more engaged",
        applicability=OBSERVED + f" With fewer than {PEERS} observed students on the module it abstains.",
        summary="mean",
        reference=(
            "Jisc's guide to learning analytics interventions, which gives activity under 30 % of the module's mean "
            "as an example of a reason for a contact; here the share itself, worked out week by week."
        ),
        compute=peer_share,
    ),
    Indicator(
        id="rag",
        label="traffic light",
        plain="A traffic light from the classes you came to and how much you did online lately.",
        construct="taking part, as a tutor's screen would show it",
        aspect="classes and online activity",
        window="classes: the week itself; online: the 14 days that end with the week",
        sources=(*ACTIVITY_SOURCES, "attendance"),
        unit="light (0 green, 1 amber, 2 red)",
        direction="higher is less engaged",
        applicability=(
            OBSERVED + " Attendance is left out for students who study online only; weeks without teaching are skipped."
        ),
        summary="latest",
        reference=(
            "City, University of London, code of practice for learning analytics: one rating from attendance and "
            "online activity. City's cut-offs are unpublished; those used here are the protocol's, by default "
            "attendance under 50 % red and under 80 % amber, online under 5 red and under 15 amber actions a week."
        ),
        compute=rag,
    ),
    Indicator(
        id="baseline_departure",
        label="change from own earlier weeks",
        plain="How far your week was from your own usual weeks, more or less active.",
        construct="a change in a student's own rhythm, in either direction",
        aspect="change from own weeks",
        window="the week itself beside all earlier observed weeks",
        sources=ACTIVITY_SOURCES,
        unit="SD of own weeks",
        direction="either way",
        applicability=OBSERVED + " It abstains while too few earlier weeks are observed.",
        summary="latest",
        reference=(
            "Freccero et al. (2025): under strain some students do less and others work more, so a departure counts "
            "in both directions; the formula, a distance on the log scale in the student's own SDs, is ours."
        ),
        compute=baseline_departure,
    ),
)
