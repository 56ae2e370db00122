"""SDV asked in a child process with a fixed hash seed and one thread, so that a seed gives the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import pandas as pd

from la_research.errors import Fault, MissingError, StageError
from la_research.synthetic.twins.columns import Declared
from la_research.synthetic.twins.message import packed, unpacked

CHILD = ("-m", "la_research.synthetic.twins.child")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
SETTINGS = {**dict.fromkeys(THREADS, "1"), "PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
WHERE = "the process that speaks to SDV"


@dataclass(frozen=True)
class Fit:
    """A table to fit, how many rows a draw has, and the seed of each draw by its name."""

    table: str
    rows: int
    seeds: Mapping[str, int]


@dataclass(frozen=True)
class Answer:
    """Draws by name, and what was measured by name."""

    draws: Mapping[str, pd.DataFrame]
    measured: Mapping[str, Any]


def ask_sdv(
    columns: Sequence[Declared],
    tables: Mapping[str, pd.DataFrame],
    fits: Sequence[Fit] = (),
    measures: Mapping[str, Mapping[str, Any]] | None = None,
) -> Answer:
    """Have SDV fit, sample and measure, in one child process.

    Parameters
    ----------
    columns
        Columns of every table, with their declared ranges.
    tables
        Flat tables by name.
    fits
        What to fit and to draw.
    measures
        By name: kind "quality" (tables real and twin, first rows) or "protection" (also the
        columns known and sensitive). A draw may be named like a table.

    Raises
    ------
    MissingError
        ``twin.no_sdv`` without the extra.
    StageError
        ``twin.child_died`` when the process ended early; its own words are not repeated, as
        they may hold values of students.
    """
    if find_spec("sdv") is None or find_spec("sdmetrics") is None:
        remedy = "install it: pip install -e '.[sdv]' -c constraints-all.txt (SDV is BUSL-1.1, not open source)"
        raise MissingError(Fault("twin.no_sdv", "learned twins need the extra 'sdv'", WHERE, remedy))
    header = {
        "columns": [column.as_json() for column in columns],
        "fits": [{"table": fit.table, "rows": fit.rows, "seeds": dict(fit.seeds)} for fit in fits],
        "measures": dict(measures or {}),
    }
    done = subprocess.run(
        [sys.executable, *CHILD],
        input=packed(header, tables),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **SETTINGS},
        check=False,
    )
    try:
        measured, draws = unpacked(done.stdout)
    except ValueError:
        problem = f"it ended before it had answered, with exit {done.returncode}"
        remedy = "free memory or take fewer students, and run it again; nothing was written"
        raise StageError(Fault("twin.child_died", problem, WHERE, remedy)) from None
    return Answer(draws, measured)
