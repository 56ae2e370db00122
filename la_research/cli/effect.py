"""``la-research effect``: did the support help, from a plain table and the design by which it was given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from la_research.cli.frame import FLOOR, Terminal, listed, patient, too_small, verb, wrong
from la_research.errors import Fault, UsageError

if TYPE_CHECKING:
    from la_research.evaluation.table import TableEffect
    from la_research.finding import Finding, Row
    from la_research.protocol.support import Override

LEVELS = ("synthetic", "open", "restricted")
GATE = "evaluation.effect.gate"
MOST, LIMITS = 15, 8
"""Rows of a finding, and limits, that a screen has room for."""


@verb(
    "effect",
    examples=(
        "la-research effect trial.csv --design randomised --outcome who5 --treatment drawn --covariates before,age",
        "la-research effect looks.csv --design rdd --outcome who5 --running days --cutoff 2 --set kernel=triangular",
        "la-research effect panel.csv --design did --outcome who5 --unit id --time week --first start",
    ),
)
def effect(
    say: Terminal,
    data_file: Annotated[
        Path, typer.Argument(metavar="DATA", help="CSV or Parquet, one row a unit, or a unit and time.")
    ],
    design: Annotated[str, typer.Option("--design", metavar="D", help="Who was compared with whom; see below.")],
    outcome: Annotated[str, typer.Option("--outcome", metavar="COL", help="Numbers, or 0/1, no/yes.")],
    treatment: Annotated[
        str | None, typer.Option("--treatment", metavar="COL", help="Had the support: 0/1; or arms.")
    ] = None,
    assigned: Annotated[
        str | None, typer.Option("--assigned", metavar="COL", help="Drawn for it, where that differs.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar="COL", help="Whose row it is.")] = None,
    time: Annotated[str | None, typer.Option("--time", metavar="COL", help="Week, or time until the event.")] = None,
    first: Annotated[
        str | None, typer.Option("--first", metavar="COL", help="Time of the start; 0 or empty: never.")
    ] = None,
    cluster: Annotated[str | None, typer.Option("--cluster", metavar="COL", help="Groups that were drawn.")] = None,
    running: Annotated[str | None, typer.Option("--running", metavar="COL", help="What the cut-off reads.")] = None,
    cutoff: Annotated[float | None, typer.Option("--cutoff", metavar="X", help="The cut-off.")] = None,
    covariates: Annotated[str, typer.Option("--covariates", metavar="A,B", help="Measured before the support.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A choice of the design.")
    ] = None,
    minimum: Annotated[int, typer.Option("--minimum", help="Smallest group shown, 10 or more.")] = FLOOR,
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is drawn.")] = 2025,
    data: Annotated[str, typer.Option("--data", help="synthetic, open or restricted.")] = "restricted",
    approval: Annotated[str | None, typer.Option("--approval", metavar="ID", help="Approval of the use.")] = None,
    override: Annotated[
        str | None, typer.Option("--override", metavar="NAME", help="Who looks although a check did not pass.")
    ] = None,
    because: Annotated[str | None, typer.Option("--because", metavar="TEXT", help="Why; needs --as-of.")] = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="DIR", help="Write both reports here.")] = None,
) -> None:
    """Estimate the effect of support in a table; nothing was registered, so every line is exploratory.

    Designs: randomised, cluster, micro_randomised, stepped_wedge, rdd, did, synthetic_control, its,
    observational, survival, pooled (estimates of sites). --set takes the keys of the design's section in
    docs/protocol.md, and ROLE=COLUMN for a role without a flag (probability, available, stratum, exposure, error).
    The effect is worked out only when the design's checks pass, or with --override, --because and --as-of.
    Numbers that rest on few students are suppressed. A report on restricted data needs --approval.
    """
    UsageError.raise_if([*_faults(set_ or [], minimum, data), *_undecided(say, override, because)])
    from la_research.pipeline.effect import MARK, save_effect, table_effect
    from la_research.pipeline.table import check_report_place, refuse_report

    if report is not None:
        refuse_report(data, approval, "effect")
        check_report_place(report, MARK)
    named = {
        "outcome": outcome, "treatment": treatment, "assigned": assigned, "unit": unit, "time": time, "first": first,
        "cluster": cluster, "running": running,
    }  # fmt: skip
    columns = {role: name for role, name in named.items() if name is not None}
    settings = dict(_pair(text) for text in set_ or [])
    if cutoff is not None:
        settings["cutoff"] = str(cutoff)
    with patient(say, data_file, "estimating the effect"):
        found = table_effect(
            data_file, design, columns, tuple(dict.fromkeys(listed(covariates))), settings,
            data=data, approval=approval, minimum=minimum, seed=seed, override=_decided(say, override, because),
        )  # fmt: skip
        files = save_effect(found, report) if report is not None else []
    say.result("\n".join(shown(found)), found.as_json())
    for file in files:
        say.remark(f"report: {file}")


def shown(found: TableEffect) -> list[str]:
    """The answer first, then the checks, what stands beside it, and what limits it; the whole of it is in --json."""
    effect, *others = found.findings
    gate = next((finding for finding in others if finding.id == GATE), None)
    lines = [f"{found.file}, design '{found.design}'. Nothing was registered: read every line as exploratory.", ""]
    lines += _answer(effect, gate)
    lines += _checks(gate) if gate else []
    for finding in others:
        lines += (
            ["", *_told(finding)] if finding.id != GATE and (finding.rows or finding.estimate or finding.reason) else []
        )
    limits = [f"  - {text}" for text in _limits(effect, gate, others)]
    return [*lines, "", "What limits this:", *limits] if limits else lines


def _answer(effect: Finding, gate: Finding | None) -> Iterator[str]:
    """The effect and whose it is, or why there is none."""
    shut = gate is not None and effect.estimate is None and (effect.reason or "").startswith("gate:")
    yield effect.question
    if effect.estimate:
        yield f"  {effect.estimate}"
        yield from (f"  {text}" for text in effect.limitations[:1])
    elif shut:
        yield "  Not worked out: a check did not pass. Who looks all the same answers for it: --override NAME."
    else:
        yield f"  {effect.verdict}: {effect.reason}"
    yield from _rows(effect)


def _checks(gate: Finding) -> Iterator[str]:
    """Each check: whether it passed, what was seen, and, where it did not, what that would mean."""
    yield from ("", "Checks, made without the outcome:")
    for row, made in zip(gate.rows, gate.assumptions, strict=True):
        aside = "" if row.keys["gates"] == "yes" else " (shown only)"
        yield f"  {row.keys['reads']:<18} {made.statement}{aside}: {made.evidence}"
        if made.holds is False:
            begins = f"{made.statement}: if not, "
            meant = next((text for text in gate.limitations if text.startswith(begins)), "")
            yield from ([f"  {'':<18} so {meant.removeprefix(begins)}"] if meant else [])


def _told(finding: Finding) -> Iterator[str]:
    yield finding.question
    if finding.estimate:
        yield f"  {finding.estimate}"
    if finding.reason:
        yield f"  {finding.verdict}: {finding.reason}"
    yield from _rows(finding)


def _rows(finding: Finding) -> Iterator[str]:
    """The first rows of a finding, and how many more there are."""
    labels = [_label(row) for row in finding.rows[:MOST]]
    width = max((len(label) for label in labels), default=0)
    for label, row in zip(labels, finding.rows, strict=False):
        reason = f": {row.reason}" if row.reason else ""
        yield f"    {label:<{width}}  {row.estimate or f'{row.verdict}{reason}'.removeprefix('described: ')}"
    if len(finding.rows) > MOST:
        yield f"    … {len(finding.rows) - MOST} more with --json"


def _label(row: Row) -> str:
    """What tells a row from the others; a number keeps its name.

    >>> from la_research.finding import Row
    >>> _label(Row({"group": 2004, "time": 2006})), _label(Row({"what": "first stage"}))
    ('group 2004, time 2006', 'first stage')
    """
    return ", ".join(value if isinstance(value, str) else f"{key} {value}" for key, value in row.keys.items())


def _limits(effect: Finding, gate: Finding | None, others: list[Finding]) -> list[str]:
    """What was not checked or failed, then what must not be concluded; each once, and the first of them alone."""
    checked = set(gate.assumptions if gate else ())
    known = [str(made) for made in effect.assumptions if made not in checked and made.holds is not True]
    beside = [text for finding in others if finding.id != GATE for text in finding.limitations]
    override = [text for text in (gate.limitations if gate else ()) if text.startswith("It was looked at although")]
    told = list(dict.fromkeys((*override, *known, *effect.limitations[1 if effect.estimate else 0 :], *beside)))
    more = [f"… {len(told) - LIMITS} more with --json"] if len(told) > LIMITS else []
    return [*told[:LIMITS], *more]


def _undecided(say: Terminal, who: str | None, why: str | None) -> Iterator[Fault]:
    """An override that lacks its name, its reason or its date."""
    given = {"--override": who, "--because": why, "--as-of": say.as_of}
    if who or why:
        for option, value in given.items():
            if value is None:
                problem = "who looks although a check did not pass answers for it by name, with a reason and a date"
                yield wrong("effect", option, problem, "give --override NAME, --because TEXT and --as-of DATE")


def _decided(say: Terminal, who: str | None, why: str | None) -> Override | None:
    from la_research.protocol.support import Override

    return Override(on=say.as_of, name=who, reason=why) if who and why and say.as_of else None


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key.strip(), value.strip()


def _faults(pairs: list[str], minimum: int, data: str) -> Iterator[Fault]:
    for text in pairs:
        if not all(_pair(text)):
            yield wrong("effect", "--set", f"'{text}' is no KEY=VALUE", "write e.g. --set kernel=triangular")
    keys = [_pair(text)[0] for text in pairs]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield wrong("effect", f"--set {key}", f"'{key}' is set twice", "keep one of them")
    yield from too_small("effect", minimum)
    if data not in LEVELS:
        yield wrong("effect", "--data", f"there is no level '{data}'", f"one of: {', '.join(LEVELS)}")
