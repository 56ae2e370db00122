"""The association of a plain table from its file to its findings."""

from __future__ import annotations

from pathlib import Path

from la_research.ingest.association_table import AssociationColumns, read_association
from la_research.pipeline.stages import one_thread, versions
from la_research.validation.associated import associate_rows
from la_research.validation.table import AssociationPlan, TableAssociation


def associate_table(path: str | Path, columns: AssociationColumns, smallest: float | None = None) -> TableAssociation:
    """Associate an indicator with an outcome in a table; nothing was registered, so all of it is exploratory.

    Parameters
    ----------
    path
        A CSV or Parquet file, one row a student or one a student and week.
    columns
        What its columns hold.
    smallest
        The smallest association that would matter, with the sign expected; None asks no yes or no.

    Raises
    ------
    CohortError
        What ``read_association`` raises.

    Examples
    --------
    >>> found = associate_table("synthetic/predictions.csv", AssociationColumns("score", "left", "student_id"))
    >>> found.findings["validation.associate.discrimination"].estimate.method
    'delong'
    """
    read = read_association(path, columns)
    plan = AssociationPlan(
        by_week=columns.week is not None,
        by_cluster=columns.cluster is not None,
        binary=read.binary,
        smallest=smallest,
    )
    with one_thread():
        found = associate_rows(plan, read.frame, read.covariates)
    return TableAssociation(Path(path).name, read.digest, _roles(columns), plan, found.as_kept(), versions())


def _roles(columns: AssociationColumns) -> dict[str, str]:
    """What each column that was read holds, and its name."""
    held = {
        "indicator": columns.indicator,
        "outcome": columns.outcome,
        "student": columns.student,
        "week": columns.week,
        "cluster": columns.cluster,
        "covariates": ", ".join(columns.covariates) or None,
    }
    return {role: name for role, name in held.items() if name is not None}
