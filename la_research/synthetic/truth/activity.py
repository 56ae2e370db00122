"""Activity on the scale on which the truth compares it."""

from __future__ import annotations

import numpy as np

from la_research.synthetic.students import Floats, Ints, Students


def log_activity(students: Students, counts: Ints) -> Floats:
    """Log actions a week (students, weeks), mean of the student's modules, of counts as ``Activity`` holds them."""
    on = np.column_stack([np.ones(len(counts), bool), students.second])
    actions = (counts.sum(axis=3) * on[:, :, None]).sum(axis=1) / on.sum(axis=1)[:, None]
    return np.asarray(np.log1p(actions))
