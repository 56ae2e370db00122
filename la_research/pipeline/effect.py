"""The effect of support in a plain table, from its file to its findings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from la_research.errors import Fault, UsageError
from la_research.evaluation.designs import DESIGNS
from la_research.evaluation.sample import ROLES, Sample
from la_research.evaluation.table import TableEffect, effect_of_rows
from la_research.ingest.column_faults import TWO_VALUES
from la_research.ingest.effect_table import EffectColumns, read_effect
from la_research.pipeline.stages import one_thread, versions
from la_research.pipeline.table import refuse_report, save_reports
from la_research.protocol import read_tree
from la_research.protocol.designs import DesignSection
from la_research.protocol.support import Override

MARK = "effect.json"
"""What a folder of reports on an effect always holds."""
ALSO = {
    "rd": "rdd", "discontinuity": "rdd", "staggered": "did", "differences": "did", "interrupted": "its",
    "series": "its", "mrt": "micro_randomised", "wedge": "stepped_wedge", "rct": "randomised",
    "matched": "observational", "meta": "pooled", "sites": "pooled",
}  # fmt: skip
"""Other names that a design goes by."""
FLAGS = ("outcome", "treatment", "assigned", "unit", "time", "first", "cluster", "running")
"""Roles that have a flag of their own; any other is named by ``--set role=COLUMN``."""


def table_effect(
    path: str | Path,
    design: str,
    columns: Mapping[str, str],
    covariates: tuple[str, ...] = (),
    settings: Mapping[str, Any] | None = None,
    *,
    data: str = "restricted",
    approval: str | None = None,
    minimum: int = 10,
    seed: int = 2025,
    override: Override | None = None,
) -> TableEffect:
    """Estimate the effect of support in a table; nothing was registered, so all of it is exploratory.

    Parameters
    ----------
    path
        A CSV or Parquet file, one row a unit, or a unit and time.
    design
        A kind of design; ``DESIGNS`` and ``docs/interfaces.md`` list them.
    columns
        The column of each role.
    covariates
        Columns measured before the support.
    settings
        Choices of the design, as its section of a protocol takes them; also ``role: column`` for
        a role that has no flag; where a role and a choice share a name, a number is the choice.
    data, approval
        The level of the data, and under which approval they are used.
    minimum
        Students below whom nothing is shown, 10 or more.
    seed
        Seed of whatever is drawn.
    override
        Somebody's decision to look at the effect although a check of the design did not pass.

    Raises
    ------
    UsageError
        ``effect.design``, ``effect.needs``, ``effect.setting``.
    CohortError
        What ``read_effect`` raises.

    Examples
    --------
    >>> columns = {"outcome": "after", "treatment": "drawn"}
    >>> found = table_effect("synthetic/trial.csv", "randomised", columns, covariates=("before",))
    >>> print(found.findings["evaluation.effect"].estimate)
    5.53 (95% CI 2.32 to 8.74) units of 'after', n = 256
    """
    chosen = DESIGNS[_kind(design)]
    others = [role for role in (*chosen.needs, *chosen.may) if role not in FLAGS]
    given = dict(settings or {})
    set_here = {name for name in given if name in chosen.settings.model_fields and _is_number(given[name])}
    roles = {**columns, **{role: str(given.pop(role)) for role in others if role in given.keys() - set_here}}
    UsageError.raise_if(_lacking(chosen.kind, chosen.needs, chosen.may, roles))
    registered = _registered(chosen.settings, chosen.kind, given)
    text = ("treatment",) if "arm" in chosen.may else ()
    further = tuple(name for name in registered.also if name not in covariates)
    read = read_effect(path, EffectColumns(roles, (*covariates, *further), text, chosen.durations, minimum))
    unit = "share" if read.binary else f"units of '{roles['outcome']}'"
    words = {"outcome": f"'{roles['outcome']}'", **{role: f"'{name}'" for role, name in roles.items()}}
    sample = Sample(read.frame, read.covariates, words, unit, minimum, seed)
    with one_thread():
        found = effect_of_rows(registered, sample, override)
    asked = {**roles, **({"covariates": ", ".join(covariates)} if covariates else {})}
    shown = {name: str(value) for name, value in given.items()}
    return TableEffect(
        Path(path).name, read.digest, chosen.kind, asked, shown, data, found.as_kept(), approval, versions()
    )


def save_effect(found: TableEffect, out: str | Path) -> list[Path]:
    """Write ``effect.json``, both reports, and every table in them as CSV; the folder is whole or absent.

    Returns
    -------
    list of Path
        Both reports, the committee's first.

    Raises
    ------
    GovernanceError, DiskError
        As ``refuse_report`` and ``check_report_place`` do; ``disk.cannot_write``.
    """
    from la_research.report import effect_advisory_report, effect_ethics_report

    refuse_report(found.data, found.approval, "effect")
    documents = {"ethics": effect_ethics_report(found), "advisory": effect_advisory_report(found)}
    return save_reports(out, MARK, found.as_json(), documents)


def _kind(design: str) -> str:
    name = design.lower().replace("-", "_")
    name = ALSO.get(name, name)
    if name not in DESIGNS:
        close = difflib.get_close_matches(name, DESIGNS, n=1)
        remedy = (f"did you mean '{close[0]}'? " if close else "") + f"known: {', '.join(DESIGNS)}"
        raise UsageError(Fault("effect.design", f"there is no design '{design}'", "--design", remedy))
    return name


def _lacking(kind: str, needs: tuple[str, ...], may: tuple[str, ...], roles: Mapping[str, str]) -> list[Fault]:
    """Roles that the design needs and that no column was named for; and roles that it does not read."""
    where = f"--design {kind}"
    lacking = [
        Fault(
            "effect.needs",
            f"design '{kind}' needs a column for '{role}': {ROLES[role]}",
            where,
            f"name it: {_flag(role)}",
        )
        for role in needs
        if role not in roles
    ]
    known = {*needs, *may}
    return lacking + [
        Fault("effect.unread", f"design '{kind}' reads no '{role}'", where, f"leave {_flag(role)} out")
        for role in roles
        if role not in known
    ]


def _flag(role: str) -> str:
    return f"--{role} COL" if role in FLAGS else f"--set {role}=COL"


def _registered(model: type[DesignSection], kind: str, given: Mapping[str, Any]) -> DesignSection:
    """The settings of a design, values read as a protocol reads them; every fault at once."""
    known = [name for name in model.model_fields if name not in ("kind", "why")]
    values = {name: _many(model, name, _value(value)) for name, value in given.items()}
    try:
        return model.model_validate({"kind": kind, **values})
    except ValidationError as error:
        faults = []
        for item in error.errors(include_url=False):
            name = str(item["loc"][0]) if item["loc"] else kind
            where = f"--set {name}"
            if item["type"] == "extra_forbidden":
                close = difflib.get_close_matches(name, known, n=1)
                remedy = (f"did you mean '{close[0]}'? " if close else "") + f"known: {', '.join(known) or 'none'}"
                faults.append(Fault("effect.setting", f"design '{kind}' has no setting '{name}'", where, remedy))
            else:
                message = str(item["msg"])
                problem = f"'{name}': {message[0].lower()}{message[1:]}"
                faults.append(Fault("effect.setting", problem, where, "write a value of the kind named"))
        raise UsageError(*faults) from None


def _many(model: type[DesignSection], name: str, value: Any) -> Any:
    """Of a choice that takes several values, a text as those between its commas."""
    field = model.model_fields.get(name)
    kinds = () if field is None else (field.annotation, *get_args(field.annotation))
    several = any(get_origin(kind) is tuple or get_origin(_bare(kind)) is tuple for kind in kinds)
    if several and isinstance(value, str) and value.lower() in TWO_VALUES:
        return value
    return [part.strip() for part in value.split(",")] if several and isinstance(value, str) else value


def _bare(kind: Any) -> Any:
    """A kind of value without what limits it."""
    return get_args(kind)[0] if hasattr(kind, "__metadata__") else kind


def _is_number(value: Any) -> bool:
    try:
        return bool(np.isfinite(float(value)))
    except (TypeError, ValueError):
        return False


def _value(value: Any) -> Any:
    """A value as a document holds it: text of the command line may be a list."""
    if not isinstance(value, str):
        return value
    tree = read_tree(f"value: {value}", "--set")
    return tree.value["value"] if tree.whole and list(tree.value) == ["value"] else value
