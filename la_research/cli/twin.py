"""``la-research twin``: a look-alike of a cohort, and the gates that say how far it may be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, verb
from la_research.cli.progress import Progress


@verb(
    "twin",
    examples=(
        "la-research twin cohorts/campus --out cohorts/campus-twin --seed 1",
        "la-research twin cohorts/campus --out cohorts/campus-twin --protocol protocols/early-engagement",
    ),
)
def twin(
    say: Terminal,
    cohort: Annotated[Path, typer.Argument(metavar="COHORT", help="Folder of the cohort to take an extract of.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the twin, a cohort too; its gates go to gates.json.")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same twin.")] = 2025,
    protocol: Annotated[
        Path | None,
        typer.Option("--protocol", help="The study repeated on twins; early-engagement when left out and it fits."),
    ] = None,
) -> None:
    """Fit a synthetic twin to a cohort (needs the extra 'sdv'), for rehearsal only.

    Four gates are measured before it is written: fidelity, privacy, causal fidelity and
    inferential agreement. A twin that fails on privacy is not written; one that lost the
    effect of support, or its rules, is refused by the evaluation.
    """
    from la_research.cohort.rehearsal import what_follows
    from la_research.pipeline.twins import make_twin, save_twin, shipped_protocol
    from la_research.store import check_place, load_cohort, load_protocol
    from la_research.synthetic.twins import told

    check_place(out)
    original = load_cohort(cohort)
    study = load_protocol(protocol) if protocol is not None else shipped_protocol(original)
    with Progress(say) as progress:
        made = make_twin(original, study, seed=seed, tell=progress)
    save_twin(made, out)
    lines = [*told(made.gates), f"twin, for rehearsal only: {out}", *what_follows(made.as_json())]
    say.result("\n".join(lines), made.as_json())
