"""What only the mechanism knows of each student of a cohort: two tables, drawn again when they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from la_research.schema import CONSENT_FLAGS
from la_research.seeds import CELL
from la_research.synthetic.cell import Cell, draw_cell
from la_research.synthetic.faults import planned_faults
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import protected
from la_research.synthetic.tables import cell_tables
from la_research.synthetic.truth.moments import label_week, outcome_week
from la_research.synthetic.truth.shares import low_mood, need

TABLES = ("students", "weeks", "faults")


FAULTS = pa.schema(
    [
        ("fault", pa.string()),
        ("module", pa.string()),
        ("presentation", pa.string()),
        ("week", pa.int64()),
        ("source", pa.string()),
        ("enrolment_id", pa.string()),
        ("assessment_id", pa.string()),
    ]
)


class Told(Mapping[str, pa.Table]):
    """The truth of each student of a cohort, by table; the cells are drawn again when it is first read."""

    def __init__(self, scenario: Scenario, seed: int, n: int) -> None:
        self._scenario, self._seed, self._n = scenario, seed, n
        self._held: dict[str, pa.Table] = {}

    def blocks(self) -> Iterator[dict[str, pa.Table]]:
        """The tables cell by cell, so that a cohort of any size can be written."""
        for number, start in enumerate(range(0, self._n, CELL)):
            yield student_truth(draw_cell(self._scenario, self._seed, number, min(CELL, self._n - start)))

    def __getitem__(self, name: str) -> pa.Table:
        if name not in TABLES:
            raise KeyError(name)
        if not self._held:
            blocks = list(self.blocks())
            self._held.update({table: pa.concat_tables([block[table] for block in blocks]) for table in TABLES})
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def student_truth(cell: Cell) -> dict[str, pa.Table]:
    """What only the mechanism knows of each student of a cell.

    Returns
    -------
    dict of pyarrow.Table
        ``students``: student_id; coping; score_usual, score_contact and score_alone (potential
        WHO-5 in the week of the outcome: not contacted, contacted, nobody contacted; null
        where no wave can show it); look (week of the first look below the cut-off, 0 for
        none); running; contacted; talks (would come to talk); harmed (would be); true_need (in
        the week of the label); low_mood_W for each wave of PHQ-8 (10 or more, had everyone
        answered); the three consents; module; and the protected attributes that the vault
        holds. ``weeks``: student_id, week, wellbeing as lived, need.
        ``faults``: fault, module, presentation, week, source of those of the campus (in the first
        cell), and of each mark that is not there yet its enrolment_id and assessment_id.
    """
    n, traces, needing = cell.size, cell.traces, need(cell)
    week, weeks = label_week(cell.scenario), traces.wellbeing.shape[1]
    labels = {f"low_mood_{wave}": low_mood(cell, wave)[:n] for wave in cell.scenario.term.phq8_weeks}
    consents = {f"consent_{flag}": cell.students.consent[:n, i] for i, flag in enumerate(CONSENT_FLAGS)}
    columns = {
        "student_id": cell.ids,
        "coping": np.array(["neither", "reduces", "works more"])[cell.students.coping[:n]],
        **_scores(cell),
        "look": traces.look[:n],
        "running": traces.running[:n],
        "contacted": traces.contacted[:n],
        "talks": traces.talked[:n],
        "harmed": traces.harmed[:n],
        "true_need": needing[:n, week - 1],
        **labels,
        **consents,
        "module": pa.array(cell.codes[cell.students.module[:n, 0]], pa.string()),
        **{
            name: pa.array(np.array(classes)[numbers[:n]], pa.string())
            for name, (classes, numbers) in protected(cell.scenario, cell.students).items()
        },
    }
    lived = {
        "student_id": cell.ids.take(pa.array(np.repeat(np.arange(n), weeks))),
        "week": np.tile(np.arange(1, weeks + 1), n),
        "wellbeing": traces.wellbeing[:n].ravel(),
        "need": needing[:n].ravel(),
    }
    return {"students": pa.table(columns), "weeks": pa.table(lived), "faults": _faults(cell)}


def _scores(cell: Cell) -> dict[str, pa.Array]:
    """Potential WHO-5 scores in the week of the outcome, with the same errors of answering."""
    week, traces, n = outcome_week(cell.scenario), cell.traces, cell.size
    courses = {"score_usual": traces.usual, "score_contact": traces.contact, "score_alone": traces.alone}
    if week is None:
        return dict.fromkeys(courses, pa.nulls(n, pa.float64()))
    return {name: pa.array(4.0 * cell.who5(week, course)[:n].sum(axis=1)) for name, course in courses.items()}


def _faults(cell: Cell) -> pa.Table:
    """Faults of the extract: the campus's own in its first cell, and marks that are not there yet in every cell."""
    rows: list[dict[str, object]] = []
    if cell.number == 0:
        planned = planned_faults(cell.scenario, cell.seed)
        rows += [{**fault._asdict(), "fault": fault.kind} for fault in planned]
    if cell.scenario.faults.late_marks > 0:
        handed_in = cell_tables(cell, ["assessments"])["assessments"].to_pylist()
        late = [row for row in handed_in if row["submitted_day"] is not None and row["score"] is None]
        rows += [{**row, "fault": "late_marks", "source": "assessments"} for row in late]
    return pa.Table.from_pylist(rows, FAULTS)
