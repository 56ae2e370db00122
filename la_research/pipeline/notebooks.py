"""A stage's notebook: found, its parameters checked, executed by papermill and normalised."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from la_research.errors import Fault, UsageError

NAMES = (
    "01_protocol", "02_cohort", "03_indicators", "04_validation", "05_audit", "06_explanation", "07_evaluation",
    "08_evidence",
)  # fmt: skip
"""The notebooks in the order of the flow; each makes the stage of its name."""
APART = ("09_diagnosis", "10_twin")
"""Notebooks that are no stage of a run."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Which cell of a notebook failed, counted over all its cells from 1, and why."""

    cell: int
    cause: str


@dataclass(frozen=True, slots=True)
class Executed:
    """A notebook after its execution: its text as stored, and what failed, if anything did."""

    text: str
    failure: Failure | None = None


def notebook_folder() -> Path:
    """Where the notebooks are: in the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    return next(
        (folder for folder in (package / "_notebooks", package.parent / "notebooks") if folder.is_dir()),
        package / "_notebooks",
    )


def notebook_path(name: str) -> Path:
    """The notebook of that name, with or without its number.

    >>> notebook_path("audit").name
    '05_audit.ipynb'
    """
    names = (*NAMES, *APART)
    full = next((known for known in names if name in (known, known.partition("_")[2], f"{known}.ipynb")), None)
    if full is None:
        close = difflib.get_close_matches(name, [*names, *(known[3:] for known in names)], n=1)
        remedy = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(names)}"
        raise UsageError(Fault("notebook.unknown", f"there is no notebook '{name}'", "notebooks/", remedy))
    return notebook_folder() / f"{full}.ipynb"


def code_cells(text: str) -> tuple[str, ...]:
    """The source of a notebook's code cells, in order: what can change what it makes."""
    return tuple(cell.source for cell in _read(text).cells if cell.cell_type == "code")


def default_parameters(text: str) -> dict[str, Any]:
    """Names and defaults that the cell tagged ``parameters`` declares, read without running it."""
    tagged = [cell.source for cell in _read(text).cells if "parameters" in cell.metadata.get("tags", [])]
    found: dict[str, Any] = {}
    for statement in ast.parse("\n".join(tagged)).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            found[statement.targets[0].id] = ast.literal_eval(statement.value)
    return found


def checked_parameters(name: str, text: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, once each is known to the notebook and of its default's type.

    Raises
    ------
    UsageError
        ``notebook.unknown_parameter`` and ``notebook.parameter_type``, all of them at once
        and before a kernel starts: papermill would run a misspelt one with the default.
    """
    known = default_parameters(text)
    faults = []
    for key, value in parameters.items():
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            remedy = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
            problem = f"notebook {name} has no parameter '{key}'"
            faults.append(Fault("notebook.unknown_parameter", problem, f"{name}.ipynb", remedy))
        elif type(value) is not type(known[key]):
            wanted = type(known[key]).__name__
            problem = f"parameter '{key}' of notebook {name} is a {type(value).__name__}, not a {wanted}"
            faults.append(Fault("notebook.parameter_type", problem, f"{name}.ipynb", f"give a {wanted}"))
    UsageError.raise_if(faults)
    return dict(parameters)


def execute(name: str, text: str, parameters: Mapping[str, Any], *, folder: Path) -> Executed:
    """Execute a notebook in a kernel of this environment.

    Parameters
    ----------
    name
        Its name, for messages.
    text
        The notebook as it stands in git.
    parameters
        Names and values; checked before a kernel starts.
    folder
        The kernel's working folder.

    Returns
    -------
    Executed
        The normalised notebook, also when a cell failed.
    """
    wanted = checked_parameters(name, text, parameters)
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from la_research.pipeline.kernel import ENGINE, with_own_loop
    from la_research.pipeline.normal import normalised

    keep: list[Any] = []
    settings = {"engine_name": ENGINE, "kernel_name": "python3", "language": "python", "progress_bar": False}
    failure = None
    try:
        with_own_loop(
            lambda: papermill.execute_notebook(_read(text), None, wanted, **settings, keep=keep, folder=folder)
        )
    except PapermillExecutionError as error:
        failure = Failure(error.cell_index + 1, _cause(error.ename, error.evalue))
    except (RuntimeError, TimeoutError, OSError) as error:  # the kernel died, or never answered
        failure = Failure(0, _cause(type(error).__name__, str(error)))
    executed = keep[0] if keep else _read(text)
    stored = nbformat.from_dict(normalised(executed, wanted))  # type: ignore[no-untyped-call]
    return Executed(nbformat.writes(stored) + "\n", failure)  # type: ignore[no-untyped-call]


def _cause(kind: str, message: str) -> str:
    from la_research.pipeline.normal import masked

    first = message.strip().partition("\n")[0]
    return masked(f"{kind}: {first}" if first else kind)


def _read(text: str) -> Any:
    import nbformat

    return nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
