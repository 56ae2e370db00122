"""What was settled about students before the first week, as numbers by unit."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from la_research.validation.ground import Ground


def background(ground: Ground, names: Sequence[str]) -> pd.DataFrame:
    """Columns of ``students`` and ``enrolments`` as numbers, one row a unit (index unit_id).

    Numbers stay, with the mean over several enrolments; yes and no are 1 and 0. Words become one
    column of 0 and 1 for each but the most frequent, "level: postgraduate"; a word that fewer students
    than the minimum group size hold has none. A column that is the same for all is left out.

    Parameters
    ----------
    names
        Columns, e.g. "entry_tariff", "level", "previous_attempts".
    """
    rows = ground.cohort.frame("enrolments").merge(ground.cohort.frame("students"), on="student_id", how="left")
    rows = rows.merge(ground.enrolments[["enrolment_id", "unit_id"]], on="enrolment_id")
    parts = [_numbers(rows[name], ground.minimum) for name in names if name in rows]
    if not parts:
        return pd.DataFrame(index=ground.units.index)
    wide = pd.concat(parts, axis=1).groupby(rows["unit_id"]).mean().reindex(ground.units.index)
    return wide.loc[:, wide.nunique() > 1]


def _numbers(column: pd.Series, minimum: int) -> pd.DataFrame:
    """One column as numbers: itself, or one of 0 and 1 a word."""
    known = column.dropna()
    if pd.api.types.is_numeric_dtype(known.infer_objects()):
        return column.astype(float).to_frame()
    held = known.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    words = sorted(str(word) for word in held[held >= minimum].index[1:])
    return pd.DataFrame(
        {f"{column.name}: {word}": (column == word).astype(float).where(column.notna()) for word in words},
        index=column.index,
    )
