"""The hand-worked students of a study, typed by the schema of the cohort."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from la_research.errors import Fault, ProtocolError
from la_research.protocol import Tree
from la_research.schema import TABLES, Column
from la_research.store.documents import file_of, format_faults, tree_of

LARGEST = 2**53
"""Numbers of a hand-worked student stay below this."""


def load_assurance(path: str | Path) -> list[dict[str, Any]]:
    """The hand-worked students of a study, typed by the schema; none where there is no file.

    Returns
    -------
    list of dict
        student; rows (table -> list of rows in the cohort's own columns); expected
        (indicator -> week -> a number, a text such as "amber", or "not observed").

    Raises
    ------
    ProtocolError
        ``protocol.assurance`` for a case without its keys, or rows that the schema does not know.
    """
    file = file_of(path, "assurance.yaml")
    if not file.is_file():
        return []
    tree = tree_of(file)
    faults = [*tree.faults, *format_faults(tree, "la_research.assurance", {"format", "cases"})]
    cases = [_case(case, i, tree, faults) for i, case in enumerate(tree.value.get("cases") or [])]
    ProtocolError.raise_if(faults)
    return cases


def _case(case: Any, i: int, tree: Tree, faults: list[Fault]) -> dict[str, Any]:
    def fault(problem: str, *path: str | int) -> None:
        remedy = "write student, rows (table: [rows]) and expected (indicator: {week: value})"
        faults.append(Fault("protocol.assurance", problem, tree.where(("cases", i, *path)), remedy))

    if not isinstance(case, dict) or set(case) != {"student", "rows", "expected"}:
        fault("a hand-worked student has other keys than student, rows and expected")
        return {}
    for key in ("rows", "expected"):
        if not isinstance(case[key], dict):
            fault(f"'{key}' of a hand-worked student is not a list of 'key: value'", key)
            return {}
    expected: dict[str, dict[int, float | str]] = {}
    for indicator, weeks in case["expected"].items():
        if not isinstance(weeks, dict) or not all(week.isdigit() for week in weeks):
            fault(f"'{indicator}' does not name weeks", "expected", indicator)
        else:
            expected[indicator] = {int(week): _number_or_text(value) for week, value in weeks.items()}
    return {"student": case["student"], "rows": _rows(case["rows"], fault), "expected": expected}


def _rows(tables: dict[str, Any], fault: Callable[..., None]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, items in tables.items():
        if name not in TABLES or not isinstance(items, list):
            fault(f"'{name}' is no table of a cohort with a list of rows", "rows", name)
            continue
        columns = {column.name: column for column in TABLES[name].columns}
        rows[name] = []
        for k, item in enumerate(items):
            if not isinstance(item, dict) or not set(item) <= set(columns):
                fault(f"a row of '{name}' has a column that the schema does not know", "rows", name, k)
                continue
            try:
                rows[name].append({key: _typed(text, columns[key]) for key, text in item.items()})
            except (TypeError, ValueError):
                fault(f"a row of '{name}' holds a value that its column does not allow", "rows", name, k)
    return rows


def _typed(text: Any, column: Column) -> Any:
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError
    if column.type == "string":
        return text
    if column.type == "boolean":
        if text.lower() not in ("true", "false"):
            raise ValueError
        return text.lower() == "true"
    number = int(text) if column.type == "integer" else float(text)
    low = -LARGEST if column.minimum is None else column.minimum
    high = LARGEST if column.maximum is None else column.maximum
    if not low <= number <= high:
        raise ValueError
    return number


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except (TypeError, ValueError):
        return str(text)
