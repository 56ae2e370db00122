"""All indicators by id, the table of their values, and what that table looks like as findings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.disclosure import disclosed
from la_research.errors import Fault, ProtocolError
from la_research.finding import Estimate, Finding, Findings, Row
from la_research.indicators import engagement, relative, submissions
from la_research.indicators.card import Indicator
from la_research.indicators.traces import Traces
from la_research.protocol import Protocol
from la_research.statistics.intervals import mean_interval, wilson

INDICATORS: dict[str, Indicator] = {card.id: card for card in (*engagement.CARDS, *submissions.CARDS, *relative.CARDS)}
"""Definition cards by the name the protocol uses."""

SCHEMA = pa.schema(
    [
        pa.field("unit_id", pa.string(), nullable=False),
        pa.field("week", pa.int64(), nullable=False),
        pa.field("indicator", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("reason", pa.string()),
    ]
)


def compute_indicators(protocol: Protocol, cohort: Cohort) -> pa.Table:
    """Every indicator of the protocol for every student of the study, week by week.

    A value at week w uses nothing that happened after the last day of week w. Where the
    unit is a student on several modules, the value is the mean over those that have one.

    Returns
    -------
    pyarrow.Table
        unit_id, week (1 to ``calendar.weeks``, while registered), indicator, value (null
        where there is none), reason (why there is none; null where there is one), sorted by
        indicator, unit_id, week.

    Raises
    ------
    CohortError
        ``cohort.no_student_left`` when nobody is eligible.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> rows = compute_indicators(protocol, cohort).to_pandas().set_index(["indicator", "unit_id", "week"])
    >>> rows["value"]["weekly_activity", "silent_week_3_a", 3]  # silent, and observed: 0
    np.float64(0.0)
    >>> rows["reason"]["baseline_departure", "steady_a", 2]
    'abstains: fewer than 3 earlier observed weeks'
    """
    return unit_values(protocol, cohort, eligible(protocol, cohort))


def unit_values(protocol: Protocol, cohort: Cohort, units: pd.DataFrame) -> pa.Table:
    """The indicators of given units; see :func:`compute_indicators`.

    Parameters
    ----------
    units
        unit_id and enrolment_id, sorted; several rows of a unit are averaged.
    """
    unknown = sorted(set(protocol.indicators) - set(INDICATORS))
    ProtocolError.raise_if(_unknown(name) for name in unknown)
    traces = Traces(cohort, units["enrolment_id"].tolist())
    parts = [_values(protocol, traces, INDICATORS[name], units) for name in sorted(protocol.indicators)]
    return pa.concat_tables(parts)


def _unknown(name: str) -> Fault:
    return Fault(
        "protocol.unknown_indicator",
        f"there is no indicator called '{name}'",
        f"indicators.{name}",
        f"name some of: {', '.join(sorted(INDICATORS))}",
    )


def _values(protocol: Protocol, traces: Traces, card: Indicator, units: pd.DataFrame) -> pa.Table:
    lazy = card.compute(protocol, protocol.indicators[card.id], traces)
    table = lazy.select("enrolment_id", "week", "value", "reason").collect("pyarrow").to_native()
    enrolment = table.column("enrolment_id").combine_chunks().dictionary_encode()
    reason = table.column("reason").combine_chunks().dictionary_encode()
    row_of = pd.Index(units["enrolment_id"])
    place = row_of.get_indexer(enrolment.dictionary.to_pandas())[enrolment.indices.to_numpy()]
    week = table.column("week").to_numpy()
    kept = np.flatnonzero(place >= 0)
    kept = kept[np.lexsort((week[kept], place[kept]))]
    frame = pd.DataFrame(
        {
            "unit": pd.factorize(units["unit_id"])[0][place[kept]],  # units are sorted: codes keep their order
            "week": week[kept],
            "value": table.column("value").to_numpy()[kept],
            "reason": reason.indices.to_pandas().to_numpy(dtype=np.float64)[kept],  # NaN: there is none
        }
    )
    if units["unit_id"].duplicated().any():
        frame = _averaged(frame)
    return _table(card.id, frame, pa.array(pd.unique(units["unit_id"]), pa.string()), reason.dictionary)


def _averaged(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per unit and week: the mean of its values, or the first reason when there is none."""
    groups = frame.groupby(["unit", "week"], sort=True)
    found = groups.agg(value=("value", "mean"), reason=("reason", "first")).reset_index()
    return found.assign(reason=found["reason"].where(found["value"].isna()))


def _table(indicator: str, frame: pd.DataFrame, units: pa.Array, reasons: pa.Array) -> pa.Table:
    value, reason = frame["value"].to_numpy(), frame["reason"].to_numpy()
    columns = [
        units.take(pa.array(frame["unit"])),
        pa.array(frame["week"], pa.int64()),
        pa.repeat(pa.scalar(indicator), len(frame)),
        pa.array(value, pa.float64(), mask=np.isnan(value)),
        reasons.take(pa.array(reason, pa.int64(), from_pandas=True)),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def summarised(protocol: Protocol, indicators: pa.Table, columns: Sequence[str]) -> pd.DataFrame:
    """One row per unit, one column per indicator: weeks 1 to the index week as its card sums them up.

    "mean" is the mean of the weeks that have a value; "latest" is the value of the index
    week. NaN where there is none.

    Returns
    -------
    pandas.DataFrame
        Index unit_id, sorted: every unit of the table; float columns in the order given.
    """
    index_week = protocol.population.index_week
    rows = indicators.filter(pc.less_equal(indicators["week"], index_week)).to_pandas()
    units = pd.Index(pc.unique(indicators["unit_id"]).to_pandas().sort_values(), name="unit_id")
    wide = pd.DataFrame(index=units)
    for column in columns:
        part = rows[rows["indicator"] == column]
        if INDICATORS[column].summary == "latest":
            found = part[part["week"] == index_week].set_index("unit_id")["value"]
        else:
            found = part.groupby("unit_id", sort=True)["value"].mean()
        wide[column] = found.reindex(units).astype(np.float64)
    return wide


def describe_indicators(protocol: Protocol, indicators: pa.Table) -> Findings:
    """What the indicators are in the index week, and for how many students they are observed.

    Parameters
    ----------
    indicators
        As :func:`compute_indicators` returns them.

    Returns
    -------
    Findings
        ``indicators.values`` (rows: mean in the index week with its t interval, in the
        card's unit) and ``indicators.observed`` (rows: share of units with a value, with
        Wilson's interval). Neither has a headline: indicators have different units.
    """
    rows = indicators.filter(pc.equal(indicators["week"], protocol.population.index_week)).to_pandas()
    units = len(pc.unique(indicators["unit_id"]))
    parts = {name: rows.loc[rows["indicator"] == name, "value"].dropna() for name in protocol.indicators}
    found = Findings(
        [
            Finding(
                "indicators.values",
                "What did students do in the index week, as the indicators see it?",
                "described",
                rows=tuple(_mean_row(name, values.to_numpy()) for name, values in parts.items()),
                limitations=(
                    "An indicator counts traces of study. It does not say why they are many or few.",
                    "Means leave out students for whom the indicator is not observed.",
                ),
            ),
            Finding(
                "indicators.observed",
                "For how many students is each indicator observed in the index week?",
                "described",
                rows=tuple(_observed_row(name, len(values), units) for name, values in parts.items()),
                limitations=("Not observed is never counted as silence.",),
            ),
        ]
    )
    return disclosed(found, protocol.disclosure.minimum_group_size)


def _mean_row(name: str, values: npt.NDArray[np.float64]) -> Row:
    keys = {"indicator": name}
    if len(values) < 2:
        return Row(keys, None, "not analysed", "fewer than two students have a value in the index week")
    mean, lower, upper = mean_interval(values)
    unit = INDICATORS[name].unit
    if unit == "share":
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return Row(keys, Estimate(mean, lower, upper, 0.95, unit, len(values), "mean-t"))


def _observed_row(name: str, seen: int, units: int) -> Row:
    lower, upper = wilson(seen, units)
    return Row({"indicator": name}, Estimate(seen / units, lower, upper, 0.95, "share", units, "wilson"))
