"""A cohort for each campus of a sweep, in folders named by the values of its dials, and an index of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from la_research.canonical import pretty_json
from la_research.store.folder import write_folder
from la_research.store.generated import save_generated
from la_research.synthetic import Scenario

FILE = "sweep.json"


def save_sweep(
    campuses: Sequence[tuple[Mapping[str, Any], Scenario]],
    directory: str | Path,
    *,
    tell: Callable[[int], None] = lambda students: None,
    **asked: Any,
) -> dict[str, Any]:
    """Generate a cohort and its truth for each campus; the folder is whole or absent.

    Parameters
    ----------
    campuses
        The dials that were turned, and the campus they made.
    tell
        Called with the number of students written so far, over all cohorts.
    **asked
        What :func:`save_generated` takes: n, seed, jobs, events.

    Returns
    -------
    dict
        What ``sweep.json`` holds: for each cohort its folder, dials and digests.

    Raises
    ------
    DiskError
        ``disk.cannot_write``, ``disk.not_ours``.
    """
    index: dict[str, Any] = {"format": "la_research.sweep/1", "cohorts": []}
    written = 0
    with write_folder(directory, mark=FILE) as folder:
        for name, (at, campus) in zip(folder_names([at for at, _ in campuses]), campuses, strict=True):
            made = save_generated(campus, folder / name, at=at, tell=partial(_added, tell, written), **asked)
            written += made.n
            index["cohorts"].append(
                {
                    "folder": name,
                    "dials": dict(at),
                    "scenario": campus.id,
                    "scenario_digest": campus.digest,
                    "n": made.n,
                    "seed": made.seed,
                    "cohort_digest": made.digest,
                }
            )
        (folder / FILE).write_bytes(pretty_json(index).encode())
    return index


def _added(tell: Callable[[int], None], before: int, students: int) -> None:
    tell(before + students)


def folder_names(dials: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each combination: the dials that differ, with their values.

    >>> folder_names([{"leaving": "0", "term.weeks": "30"}, {"leaving": "0.1", "term.weeks": "30"}])
    ['leaving=0', 'leaving=0.1']
    """
    moving = [path for path in dials[0] if len({str(at[path]) for at in dials}) > 1]
    names = [re.sub(r"[^\w.=+-]+", "_", "_".join(f"{path}={at[path]}" for path in moving)) for at in dials]
    return names if len(set(names)) == len(names) else [f"{i + 1}_{name}" for i, name in enumerate(names)]
