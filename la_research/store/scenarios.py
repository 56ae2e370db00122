"""Synthetic campuses as YAML files, found by path or by name."""

from __future__ import annotations

from pathlib import Path

from la_research.errors import Fault, ScenarioError
from la_research.store.documents import tree_of
from la_research.synthetic import Scenario, parse_scenario


def find_scenario(name: str | Path, *, beside: Path | None = None) -> Path:
    """The file of a scenario: a path, or a name in ``synthetic/``.

    Looked for beside the protocol's folder, in the working folder, and beside the package.

    Raises
    ------
    ScenarioError
        ``scenario.not_found``.
    """
    if Path(name).is_file():
        return Path(name)
    package = Path(__file__).parents[1]
    roots = [*(beside.resolve().parents if beside else ()), Path(), package.parent]
    folders = [*(root / "synthetic" for root in roots), package / "_scenarios"]
    for folder in folders:
        if (folder / f"{name}.yaml").is_file():
            return folder / f"{name}.yaml"
    known = sorted({file.stem for folder in folders[-2:] for file in folder.glob("*.yaml")})
    remedy = f"name a YAML file, or one of: {', '.join(known)}" if known else "name a YAML file"
    raise ScenarioError(Fault("scenario.not_found", "there is no such scenario", str(name), remedy))


def load_scenario(path: str | Path) -> Scenario:
    """A synthetic campus as data, from a YAML file or by its name in ``synthetic/``.

    Raises
    ------
    ScenarioError
        All faults at once.

    Examples
    --------
    >>> load_scenario("over_working").coping.works_more
    0.4
    """
    return parse_scenario(tree_of(find_scenario(path), ScenarioError))
