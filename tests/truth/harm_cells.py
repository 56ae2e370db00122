"""Is a chilling effect of 5 % of activity found, and is none shown where there is none?

Cohorts of 2,000 students in whom whoever was contacted does 5 % less from then on, or does not; the contact has no
other effect. Harm is read one-sided at alpha .05 and at .10. Four campuses:

    default     the default campus as it is: about one student in four is considered, and a coin decides
    considered  the same, and every student who allows it is considered
    year        so too, everybody allows it, and the term has thirty teaching weeks, the look at the end of week 10
    year, no link   so too, and activity does not follow how students feel

    python tests/truth/harm_cells.py [--draws 200]

Writes tests/truth/harm_results.csv, one row a cell; cells that stand there with as many draws or more are kept.
`make test` reads it, and replays the first draws of each.
"""

from __future__ import annotations

import argparse
import csv
from functools import cache
from math import log
from pathlib import Path
from typing import Any

from scipy.stats import binom

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "harm_results.csv"
STUDENTS, FIRST_SEED, REPLAYED = 2000, 90_000, 2
EVERYONE = ("contact.cutoff=7", "consent.contact=1", "consent.research=1", "consent.model_use=1")
NO_LINK = ("link.between=0", "link.within=0")
YEAR = ("term.weeks=30", "contact.looks=[10]")
CAMPUSES = {
    "default": (),
    "considered": ("contact.cutoff=7",),
    "year": (*EVERYONE, *YEAR),
    "year, no link": (*EVERYONE, *YEAR, *NO_LINK),
}
PLANTED = (0.05, 0.0)
ALPHAS = (0.05, 0.10)
TABLES = ("students", "enrolments", "activity", "assignments", "consent", "calendar", "feeds", "applicability")
COLUMNS = (
    "cell", "planted", "n", "draws", "mean_n", "mean", "mean_error", "covered_90", "shown_05", "shown_10",
    "excluded_05", "lowest_10", "highest_10", "first_draws",
)  # fmt: skip


@cache
def campus(cell: str, planted: float) -> Any:
    """The scenario of a cell."""
    from la_research.store import load_scenario
    from la_research.synthetic.switch import with_dials

    dials = (*CAMPUSES[cell], "contact.effect=0", f"chilling.told={log(1 - planted)}")
    return with_dials(load_scenario(ROOT / "synthetic" / "default.yaml"), dials)


@cache
def study(cell: str) -> Any:
    """The shipped study, over the weeks of the cell."""
    from la_research.store import load_protocol

    protocol = load_protocol(ROOT / "protocols" / "early-engagement")
    trial = campus(cell, 0.0).contact.trial
    return protocol.model_copy(
        update={
            "calendar": protocol.calendar.model_copy(update={"weeks": campus(cell, 0.0).term.weeks}),
            "support": protocol.support.model_copy(update={"trial": trial}),
        }
    )


def draw(cell: str, planted: float, number: int) -> tuple[Any, Any]:
    """What one cohort shows: the measured loss of activity, and its margin's verdict at alpha .05."""
    from la_research.evaluation.ground import Ground
    from la_research.evaluation.harms.arms import Arms
    from la_research.evaluation.harms.chilling import chilling
    from la_research.evaluation.harms.measure import read
    from la_research.protocol.support import Harm
    from la_research.synthetic import generate_cohort

    cohort, _ = generate_cohort(campus(cell, planted), n=STUDENTS, seed=FIRST_SEED + number, tables=TABLES)
    harm = Harm(what="chilling", margin=0.05)
    measure = chilling(Arms(Ground(study(cell), cohort)), harm)
    return measure, read(measure, harm, 10)["verdict"]


def row(cell: str, planted: float, draws: int) -> dict[str, str]:
    """A cell, drawn."""
    return counted(cell, planted, [draw(cell, planted, number) for number in range(draws)])


def counted(cell: str, planted: float, made: list[tuple[Any, str]]) -> dict[str, str]:
    """A cell: how often harm was shown, and how the estimates lay."""
    draws = len(made)
    found = [measure for measure, _ in made]
    shown = [sum(measure.shown(alpha) for measure in found) for alpha in ALPHAS]
    inside = sum(measure.ends(0.9)[0] <= planted <= measure.ends(0.9)[1] for measure in found)
    lowest, highest = binom.interval(0.999, draws, ALPHAS[1])
    error = sum((measure.ends(0.9)[1] - measure.ends(0.9)[0]) / 2 / 1.645 for measure in found) / draws
    values = {
        "cell": cell,
        "planted": f"{planted:g}",
        "n": str(STUDENTS),
        "draws": str(draws),
        "mean_n": f"{sum(measure.n for measure in found) / draws:.1f}",
        "mean": f"{sum(measure.value for measure in found) / draws:.5f}",
        "mean_error": f"{error:.5f}",
        "covered_90": f"{inside / draws:.4f}",
        "shown_05": f"{shown[0] / draws:.4f}",
        "shown_10": f"{shown[1] / draws:.4f}",
        "excluded_05": f"{sum(verdict == 'harm excluded' for _, verdict in made) / draws:.4f}",
        "lowest_10": f"{lowest / draws:.4f}",
        "highest_10": f"{highest / draws:.4f}",
        "first_draws": f"{sum(measure.value for measure in found[:REPLAYED]):.9f}",
    }
    assert tuple(values) == COLUMNS
    return values


def read_results() -> list[dict[str, str]]:
    """The cells that were measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure the cells that are not there yet, one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=200)
    draws = parser.parse_args().draws
    held = [one for one in read_results() if int(one["draws"]) >= draws]
    there = {(one["cell"], float(one["planted"])) for one in held}
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(held)
        for cell in CAMPUSES:
            for planted in PLANTED:
                if (cell, planted) not in there:
                    writer.writerow(row(cell, planted, draws))
                    file.flush()


if __name__ == "__main__":
    main()
