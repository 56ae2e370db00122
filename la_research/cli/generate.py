"""``la-research generate``: a synthetic cohort, or one for each value of a dial, and the truth beside each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from la_research.cli.countdown import Countdown
from la_research.cli.frame import Terminal, verb
from la_research.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from la_research.synthetic import Scenario

MOST = 5_000_000
"""Students of a cohort, at most."""


@verb(
    "generate",
    examples=(
        "la-research generate default --out cohorts/campus --n 2000 --seed 2025",
        "la-research generate default --out cohorts/twin --n 2000 --seed 2025 --without effect",
        "la-research generate default --out cohorts/sweep --set 'link.between=0|0.2|0.4' --set term.weeks=30",
    ),
)
def generate(
    say: Terminal,
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario by its name in synthetic/, or a YAML file.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the cohort; its truth goes to OUT.truth.")],
    n: Annotated[int | None, typer.Option("--n", help="Students, exactly; the scenario's when left out.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Seed; the scenario's when left out.")] = None,
    dials: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PATH=VALUE", help="Turn a dial; with PATH=A|B|C a cohort for each, below OUT."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="MECHANISM", help="Switch a mechanism off.")
    ] = None,
    events: Annotated[bool, typer.Option("--events", help="Write every action with its time, too.")] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Workers; changes no byte.")] = 1,
) -> None:
    """Generate a synthetic cohort of exactly N students whose truth is known."""
    from la_research.store import load_scenario
    from la_research.store.generated import save_generated
    from la_research.store.sweep import save_sweep
    from la_research.synthetic.switch import sweep
    from la_research.synthetic.switch import without as switched_off

    campus, off = load_scenario(scenario), list(without or ())
    turned_only = list(sweep(campus, dials or ()))
    campuses = [(at, switched_off(turned, *off)) for at, turned in turned_only]
    size, many = sum(turned.n if n is None else n for _, turned in campuses), len(campuses)
    _check(n, out, many)
    _remarks(say, out, off, [turned for _, turned in turned_only])
    say.remark(f"generating {size:,} students of scenario '{campus.id}'" + (f" in {many} cohorts" if many > 1 else ""))
    asked: dict[str, Any] = {
        "n": n, "seed": seed, "jobs": jobs, "events": events, "off": off,
        "tell": Countdown(say, size, "students"),
    }  # fmt: skip
    if many > 1:
        index = save_sweep(campuses, out, **asked)
        lines = [f"{cohort['folder']}  {cohort['cohort_digest']}" for cohort in index["cohorts"]]
        say.result("\n".join([*lines, f"cohorts: {out}"]), {**index, "sweep": str(out)})
        return
    ((at, turned),) = campuses
    made = save_generated(turned, out, at=at, **asked)
    lines = [
        f"{size:,} students of scenario '{campus.id}', seed {made.seed}, {made.digest}",
        f"cohort: {made.cohort}",
        f"truth:  {made.truth}",
    ]
    document = {
        "format": "la_research.generated/1",
        "scenario": campus.id,
        "scenario_digest": turned.digest,
        "n": made.n,
        "seed": made.seed,
        "cohort": str(made.cohort),
        "cohort_digest": made.digest,
        "truth": str(made.truth),
    }
    say.result("\n".join(lines), document)


def _remarks(say: Terminal, out: Path, off: list[str], campuses: list[Scenario]) -> None:
    """Say what will be replaced, and which mechanism is at rest anyway."""
    from la_research.synthetic.switch import without

    if out.is_dir() and any(out.iterdir()):
        say.remark(f"replaces the cohort that stood there: {out}")
    for name in off:
        if all(without(campus, name).digest == campus.digest for campus in campuses):
            say.remark(f"'{name}' is at rest in this scenario: nothing was switched off")


def _check(n: int | None, out: Path, many: int) -> None:
    """Refuse a size or a place before anything is made."""
    from la_research.store import check_place
    from la_research.store.folder import refuse_foreign
    from la_research.store.sweep import FILE

    if n is not None and not 1 <= n <= MOST:
        remedy = f"ask for 1 to {MOST:,}"
        raise ScenarioError(Fault("scenario.n", f"{n:,} students were asked for", "--n", remedy))
    if many > 1:
        refuse_foreign(out, FILE)
    else:
        check_place(out)
