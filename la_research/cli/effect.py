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
    from la_research.finding import Finding
    from la_research.protocol.support import Override

LEVELS = ("synthetic", "open", "restricted")
WIDTH = 44


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
) -> None:
    """Estimate the effect of support in a table; nothing was registered, so every line is exploratory.

    Designs: randomised, cluster, micro_randomised, stepped_wedge, rdd, did, synthetic_control, its,
    observational, survival, pooled (estimates of sites). --set takes the keys of the design's section in
    docs/protocol.md, and ROLE=COLUMN for a role without a flag (probability, available, stratum, exposure, error).
    The effect is worked out only when the design's checks pass, or with --override, --because and --as-of.
    Numbers that rest on few students are suppressed.
    """
    UsageError.raise_if([*_faults(set_ or [], minimum, data), *_undecided(say, override, because)])
    from la_research.pipeline.effect import table_effect

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
    say.result("\n".join(shown(found)), found.as_json())


def shown(found: TableEffect) -> list[str]:
    """The findings as lines: an estimate each, why there is none, and what limits it."""
    lines = [f"{found.file}: design '{found.design}'", "Nothing was registered: read every line as exploratory.", ""]
    lines += [line for finding in found.findings for line in _told(finding)]
    notes = [str(item) for finding in found.findings for item in finding.assumptions]
    limits = [text for finding in found.findings for text in finding.limitations]
    return [*lines, "", "What limits this:", *(f"  - {text}" for text in dict.fromkeys((*notes, *limits)))]


def _told(finding: Finding) -> Iterator[str]:
    name = finding.id.removeprefix("evaluation.").replace("_", " ").replace(".", ", ")
    verdict = "" if finding.verdict == "described" else f"  {finding.verdict}"
    yield f"{name:<{WIDTH}}{finding.estimate or ''}{verdict}".rstrip()
    for row in finding.rows:
        label = ", ".join(str(value) for value in row.keys.values())
        yield f"  {label:<{WIDTH - 3}} {row.estimate or f'{row.verdict}: {row.reason}'}"
    if finding.reason:
        yield f"  why: {finding.reason}"


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
