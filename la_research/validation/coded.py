"""What coders made of interviews: whether they agree, and whether further interviews would bring further codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from la_research.finding import Estimate, Finding, Findings, Row, not_analysed, table_document
from la_research.statistics.coding import (
    LEAST_SOURCES,
    Agreement,
    Codes,
    Interval,
    coder_agreement,
    expected_codes,
    unheard_codes,
)

LEAST_UNITS, LEAST_INTERVIEWS = 10, 5
"""Passages with two coders, and interviews, below which nothing is said."""
LAST = 3
"""Interviews at the end, by which it is asked how much was still new."""
MOST_ROWS = 30
TOGETHER = "Do coders who read the same passages give them the same codes?"
BY_CODE = "Which codes do coders use alike?"
FURTHER = "Would further interviews bring further codes?"
NO_INTERVAL = (
    f"There is no interval with fewer than {LEAST_SOURCES} interviews (or passages), or where coders differ in one of"
    " them at most: how far the number may be off can not be told."
)
NOT_RIGHT = "Coders who agree may all be wrong; it says that a code can be used alike, not that it is a good one."


@dataclass(frozen=True)
class CodingExamined:
    """A coding table as the command line shows it: file, SHA-256 of its bytes, its columns, and what was found."""

    file: str
    digest: str
    columns: Mapping[str, str]
    findings: Findings
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The answer as ``la_research.findings/1``; ``study.asked`` holds what was asked of the table."""
        asked = {"file": self.file, "columns": dict(self.columns)}
        return table_document("agree", self.digest, asked, self.findings, self.versions)


def examine_coding(rows: pd.DataFrame) -> Findings:
    """Agreement of coders, and codes by the number of interviews; all of it described.

    Parameters
    ----------
    rows
        unit, coder, code ("" where none was given) and interview ("" throughout where it is not
        told), each combination once.

    Returns
    -------
    Findings
        ``validation.coding.agreement`` (Krippendorff's alpha over the sets of codes of a passage, with
        rows for pairs of coders), ``validation.coding.codes`` (by code, given or not) and
        ``validation.coding.accumulation`` (codes expected after so many interviews).

    References
    ----------
    Krippendorff (2004), Content analysis, chapter 11. Guest, Namey & Chen (2020),
    doi:10.1371/journal.pone.0232076: how much the last interviews still bring.

    Examples
    --------
    >>> passages = [(str(i), coder, "fear" if i % 2 else "hope", str(i % 6)) for i in range(60) for coder in "ab"]
    >>> found = examine_coding(pd.DataFrame(passages, columns=["unit", "coder", "code", "interview"]))
    >>> found["validation.coding.agreement"].estimate.value
    1.0
    """
    told = bool((rows["interview"] != "").any())
    return Findings([_agreement(rows, told), _by_code(rows, told), _accumulation(rows, told)])


@dataclass(frozen=True)
class _Read:
    """Passages with the codes each of their coders gave, and where they come from."""

    coded: list[dict[str, Codes]]
    source: list[str] | None

    @classmethod
    def of(cls, rows: pd.DataFrame, told: bool) -> _Read:
        coded, source = [], []
        for _, part in rows.groupby("unit", sort=True):
            coded.append({str(who): frozenset(codes) - {""} for who, codes in part.groupby("coder")["code"]})
            source.append(str(part["interview"].iloc[0]))
        return cls(coded, source if told else None)

    def among(self, coders: Sequence[str], code: str | None = None) -> Agreement | None:
        """Agreement of some coders, over all codes or on one of them."""
        kept = [[c for who, c in unit.items() if who in coders] for unit in self.coded]
        if code is not None:
            kept = [[c & {code} for c in unit] for unit in kept]
        if sum(len(unit) > 1 for unit in kept) < LEAST_UNITS:
            return None
        return coder_agreement(kept, self.source)


def _agreement(rows: pd.DataFrame, told: bool) -> Finding:
    name, read, coders = "validation.coding.agreement", _Read.of(rows, told), sorted(rows["coder"].unique())
    if len(coders) < 2:
        return not_analysed(name, TOGETHER, "there is one coder: nobody could agree")
    whole = read.among(coders)
    if whole is None:
        return not_analysed(name, TOGETHER, _too_little(read, coders))
    shared = [Row({"what": "passages with the very same codes"}, _share(whole))]
    pairs = list(combinations(range(len(coders)), 2)) if len(coders) > 2 else []
    for i, j in pairs[:MOST_ROWS]:
        keys = {"what": f"coders {i + 1} and {j + 1}"}
        found = read.among([coders[i], coders[j]])
        few = f"fewer than {LEAST_UNITS} passages, or all with the same codes"
        shared.append(Row(keys, _alpha(found)) if found else Row(keys, None, "not analysed", few))
    return Finding(
        name, TOGETHER, "described", _alpha(whole), tuple(shared),
        limitations=(NOT_RIGHT, _drawn(told), "1 is always, 0 as often as by chance. Coders are numbered by name.",
            NO_INTERVAL),
    )  # fmt: skip


def _by_code(rows: pd.DataFrame, told: bool) -> Finding:
    name, read, coders = "validation.coding.codes", _Read.of(rows, told), sorted(rows["coder"].unique())
    codes = rows.loc[rows["code"] != "", "code"].value_counts()
    shown = sorted(str(code) for code, count in codes.items() if count >= LEAST_UNITS)[:MOST_ROWS]
    found = {code: read.among(coders, code) for code in shown}
    told_rows = tuple(Row({"what": code}, _alpha(one)) for code, one in found.items() if one is not None)
    if not told_rows:
        return not_analysed(name, BY_CODE, f"no code was given {LEAST_UNITS} times to passages with two coders")
    left = len(codes) - len(told_rows)
    rare = f"{left} codes are left out: given fewer than {LEAST_UNITS} times, or beyond the first {MOST_ROWS}."
    return Finding(
        name, BY_CODE, "described", rows=told_rows, limitations=(NOT_RIGHT, NO_INTERVAL, *([rare] if left else []))
    )  # fmt: skip


def _accumulation(rows: pd.DataFrame, told: bool) -> Finding:
    name = "validation.coding.accumulation"
    if not told:
        return not_analysed(name, FURTHER, "no column of interviews was named")
    interviews = int(rows["interview"].nunique())
    if interviews < LEAST_INTERVIEWS:
        return not_analysed(name, FURTHER, f"there are fewer than {LEAST_INTERVIEWS} interviews")
    heard = rows[rows["code"] != ""].groupby("code")["interview"].nunique().to_numpy()
    if not len(heard):
        return not_analysed(name, FURTHER, "no code was given")
    expected, held = expected_codes(interviews, heard), len(heard)
    unheard = unheard_codes(interviews, heard)
    new = float(expected[-1] - expected[-1 - LAST]) / held
    return Finding(
        name,
        FURTHER,
        "described",
        None if unheard is None else Estimate(*unheard, 0.95, "codes not heard yet", interviews, "chao-2"),
        rows=(
            Row(
                {"what": f"share of codes that the last {LAST} interviews bring"},
                Estimate(new, None, None, None, "share", interviews, "rarefaction"),
            ),
            *_curve(expected, interviews),
        ),
        limitations=(
            "Codes not heard yet are at least so many: what was heard once and twice suggests no upper end."
            if unheard
            else "Hardly a code was heard once only, so nothing hints at codes not heard yet.",
            "Interviews count as drawn from the same students in the same way; other students may say other things.",
        ),
    )


def _curve(expected: np.ndarray, interviews: int) -> Iterator[Row]:
    for k in np.unique(np.linspace(1, interviews, min(interviews, MOST_ROWS)).round().astype(int)):
        codes = Estimate(float(expected[k - 1]), None, None, None, "codes", interviews, "rarefaction")
        yield Row({"what": f"codes expected after {k} interview{'s' if k > 1 else ''}"}, codes)


def _alpha(found: Agreement) -> Estimate:
    return _told(found.alpha, "alpha", found, "krippendorff")


def _share(found: Agreement) -> Estimate:
    return _told(found.agreed, "share", found, "share")


def _told(ends: Interval, unit: str, found: Agreement, method: str) -> Estimate:
    if ends[1] is None:
        return Estimate(ends[0], None, None, None, unit, found.units, method)
    return Estimate(*ends, 0.95, unit, found.units, f"{method}-jackknife")


def _too_little(read: _Read, coders: Sequence[str]) -> str:
    both = sum(len(unit) > 1 for unit in read.coded)
    if both < LEAST_UNITS:
        return f"fewer than {LEAST_UNITS} passages have two coders"
    return "all passages have the same codes, or all come from one interview"


def _drawn(told: bool) -> str:
    drawn = "interviews, as passages of one interview are alike" if told else "passages, as if each stood for itself"
    return f"Intervals are by jackknife of {drawn}."
