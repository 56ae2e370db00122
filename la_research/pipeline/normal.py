"""An executed notebook without what differs from one run to the next."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

ABSOLUTE = re.compile(r"(?<![\w.:/<>-])(?:[A-Za-z]:)?(?:[/\\][\w.+~@-]+)+[/\\]([\w.+~@-]+)")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")
PYTHON = re.compile(rf"(?<![\d.]){re.escape(platform.python_version())}(?![\d.]*\d)")
MARKER = "papermill-error-cell-tag"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def normalised(notebook: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook as it is stored: a second run of the same study gives the same bytes.

    Times, process numbers and papermill's notes are dropped; cells and their executions are
    numbered from 1; what went to stderr is dropped; absolute paths are cut to their last
    part, addresses in memory and the version of Python are masked.

    Parameters
    ----------
    notebook
        As papermill left it.
    parameters
        What was injected; shown with the last part of each path.

    Examples
    --------
    >>> print(masked("saved to /home/ada/study/run at 0x7f3a5c0012"))
    saved to …/run at 0x…
    """
    cells = [cell for cell in notebook["cells"] if MARKER not in _tags(cell)]
    executed = 0
    kept = []
    for place, cell in enumerate(cells, start=1):
        clean = {**cell, "id": f"cell-{place}", "metadata": {"tags": _tags(cell)} if _tags(cell) else {}}
        if cell["cell_type"] == "code":
            ran = cell.get("execution_count") is not None
            executed += ran
            clean |= _outcome(cell, executed if ran else None)
        if "injected-parameters" in _tags(cell):
            clean["source"] = shown_parameters(parameters)
        kept.append(clean)
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return {"cells": kept, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def shown_parameters(parameters: Mapping[str, Any]) -> str:
    """The cell of injected parameters: paths cut to their last part, and the run's own to RUN.

    A protocol whose folder has the run's name keeps it.

    >>> places = {"protocol": "/home/ada/protocols/first", "cohort": "/home/ada/first.cohort", "run": "/home/ada/first"}
    >>> print(shown_parameters(places | {"jobs": 1}))
    # Parameters
    protocol = "first"
    cohort = "RUN.cohort"
    run = "RUN"
    jobs = 1
    """
    run = str(parameters.get("run", ""))
    lines = (f"{name} = {_shown(value, run)}" for name, value in parameters.items())
    return "\n".join(("# Parameters", *lines))


def _shown(value: Any, run: str) -> str:
    if not isinstance(value, str):
        return repr(value)
    own = run and value in (run, f"{run}.cohort")
    return json.dumps(f"RUN{value.removeprefix(run)}" if own else PurePath(value).name)


def masked(text: str) -> str:
    """The text without absolute paths, addresses in memory and the version of Python."""
    return PYTHON.sub("3.x", ADDRESS.sub("0x…", ABSOLUTE.sub(r"…/\1", text)))


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _outcome(cell: Mapping[str, Any], count: int | None) -> dict[str, Any]:
    outputs: list[dict[str, Any]] = []
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            if output["name"] == "stderr":
                continue
            if outputs and outputs[-1]["output_type"] == "stream":  # how a stream was cut is chance
                outputs[-1]["text"] += output["text"]
                continue
        outputs.append(dict(output))
    return {"execution_count": count, "outputs": [_output(output, count) for output in outputs]}


def _output(output: dict[str, Any], count: int | None) -> dict[str, Any]:
    match output["output_type"]:
        case "stream":
            return {**output, "text": masked(output["text"])}
        case "error":
            trace = [masked(line) for line in output["traceback"]]
            return {**output, "evalue": masked(output["evalue"]), "traceback": trace}
        case kind:
            data = {mime: masked(body) if mime.startswith("text/") else body for mime, body in output["data"].items()}
            if "text/html" in data:  # the table or drawing a reader sees; the text would hold all of it again
                data.pop("text/plain", None)
            shown = {**output, "data": data, "metadata": {}}
            return {**shown, "execution_count": count} if kind == "execute_result" else shown
