"""A campus of forty students, small enough to count on fingers: module A in presentation 2025A, index week 4."""

from pathlib import Path

import pandas as pd
import pytest

from la_research.protocol import parse_protocol, read_tree
from la_research.schema import TABLES

MINIMAL = (Path(__file__).parents[1] / "protocol" / "minimal.yaml").read_text(encoding="utf-8")


def study(more: str = ""):
    """The smallest study, with sections added to it."""
    return parse_protocol(read_tree(MINIMAL + more, "minimal.yaml"))


def campus() -> dict[str, pd.DataFrame]:
    """Forty students s00 to s39, all registered and consenting, 12 weeks of 7 days, everything recorded."""
    students = [f"s{i:02d}" for i in range(40)]
    tables = {name: pd.DataFrame({column: [] for column in table.names}) for name, table in TABLES.items()}
    for name, table in tables.items():
        kinds = {"string": "string", "integer": "Int64", "number": "Float64", "boolean": "boolean"}
        tables[name] = table.astype({column.name: kinds[column.type] for column in TABLES[name].columns})
    rows = {
        "students": [{"student_id": s} for s in students],
        "enrolments": [
            {"enrolment_id": f"{s}-A", "student_id": s, "module": "A", "presentation": "2025A", "start": -7}
            for s in students
        ],
        "calendar": [
            {"presentation": "2025A", "day": day, "week": (day + 6) // 7, "kind": "teaching"} for day in range(1, 85)
        ],
        "consent": [
            {"student_id": s, "presentation": "2025A", "flag": flag, "from_day": -7, "given": True}
            for s in students
            for flag in ("model_use", "contact", "research")
        ],
        "feeds": [{"module": "A", "presentation": "2025A", "source": "vle", "first_day": -7, "last_day": 84}],
        "activity": [
            {"enrolment_id": f"{s}-A", "week": 1, "source": "vle", "count": 3, "active_days": 2} for s in students
        ],
        "attendance": [{"enrolment_id": f"{s}-A", "week": 1, "expected": 4, "attended": 3} for s in students],
    }
    rows["responses"] = [
        {"student_id": s, "presentation": "2025A", "week": 8, "instrument": name, "item": item, "value": 2}
        for s in students
        for name, items in (("WHO-5", 5), ("PHQ-8", 8))
        for item in range(1, items + 1)
    ]
    for name, items in rows.items():
        tables[name] = pd.concat([tables[name], pd.DataFrame(items)])[list(TABLES[name].names)].astype(
            tables[name].dtypes
        )
    return {name: table.reset_index(drop=True) for name, table in tables.items()}


@pytest.fixture
def tables():
    """The campus' tables, to be spoilt."""
    return campus()


@pytest.fixture
def register():
    """Makes the smallest study, with sections added to it."""
    return study


@pytest.fixture
def cohort_of():
    """Makes a cohort of tables."""
    import pyarrow as pa

    from la_research.cohort import Cohort, Provenance

    def make(tables):
        arrow = {name: pa.Table.from_pandas(table, preserve_index=False) for name, table in tables.items()}
        return Cohort(arrow, Provenance("synthetic", "by hand"), "sha256:0")

    return make
