"""What students agreed to, and who took the consent to research back later."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from la_research.schema import CONSENT_FLAGS
from la_research.synthetic.cell import Cell
from la_research.synthetic.students import STAYS
from la_research.synthetic.tables.rows import labelled, made


def consent(cell: Cell) -> pa.Table:
    """Three decisions of each student from day 1, and a fourth where research is taken back."""
    who, n = cell.students, cell.size
    flags = sorted(CONSENT_FLAGS)  # research comes last, so that what takes it back follows it
    given = np.column_stack([who.consent[:n, [CONSENT_FLAGS.index(flag) for flag in flags]], np.zeros(n, bool)])
    day = np.column_stack([np.ones((n, len(flags)), np.int64), who.takes_back_day[:n]])
    decided = np.ones(given.shape, bool)
    decided[:, -1] = (day[:, -1] < STAYS) & (day[:, -1] > 1) & who.consent[:n, CONSENT_FLAGS.index("research")]
    row, which = np.nonzero(decided)
    return made(
        "consent",
        student_id=cell.ids.take(pa.array(row)),
        presentation=cell.presentations.take(pa.array(row)),
        flag=labelled([*flags, "research"], which),
        from_day=day[decided],
        given=given[decided],
    )
