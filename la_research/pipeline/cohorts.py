"""The cohort of a study: the one that is named, or the protocol's scenario, generated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from la_research.cohort import Cohort
from la_research.errors import CohortError, Fault, GovernanceError, LaResearchError, ScenarioError
from la_research.protocol import LEVELS, Protocol
from la_research.store import find_scenario, load_cohort, load_scenario
from la_research.synthetic import Scenario, generate_cohort
from la_research.synthetic.switch import with_dials, without


def open_cohort(protocol: Protocol, cohort: str | Path | Cohort = "") -> Cohort:
    """The cohort itself, the one in a folder, or a synthetic one in memory.

    Parameters
    ----------
    protocol
        Left without a cohort, a study of synthetic data generates its scenario
        (``population.scenario``, ``population.n``, ``seed``); nothing is written.
    cohort
        A cohort, its folder, or "".

    Raises
    ------
    CohortError
        ``cohort.needed`` when open data are not named; faults of the folder.
    GovernanceError
        ``governance.release_gate`` for restricted data; ``governance.data_level`` when the
        cohort is more confidential than the protocol answers for.
    """
    check_open(protocol, named=bool(cohort))
    if isinstance(cohort, Cohort):
        opened = cohort
    elif cohort:
        opened = load_cohort(cohort)
    else:
        opened = generate_cohort(
            load_scenario(protocol.population.scenario), n=protocol.population.n, seed=protocol.seed
        )[0]
    return _checked_level(protocol, opened)


def check_open(protocol: Protocol, *, named: bool) -> None:
    """Raise what forbids to open any cohort for this study, before one is touched."""
    if protocol.data == "restricted":
        problem = "restricted data are not analysed: the release gate that would guard the reports is not built"
        remedy = "run the study on synthetic data, or wait for a version with the release gate"
        raise GovernanceError(Fault("governance.release_gate", problem, f"study {protocol.id}, data", remedy))
    if protocol.data != "synthetic" and not named:
        problem = f"a study of {protocol.data} data needs its cohort, and none is named"
        remedy = "name it with --cohort DIR; 'la-research ingest' makes one"
        raise CohortError(Fault("cohort.needed", problem, f"study {protocol.id}, data", remedy))


def scenario_of(protocol: Protocol, path: Path, scenario: str | Path | None) -> Scenario:
    """The scenario that a study without a cohort generates: the file named, or the protocol's own."""
    return load_scenario(scenario or find_scenario(protocol.population.scenario, beside=path))


def scenario_behind(details: Mapping[str, Any], beside: Path) -> Scenario:
    """The scenario that made a cohort, from its provenance: the file of that name, its dials set and switched off anew.

    Parameters
    ----------
    details
        Of the provenance: scenario, scenario_digest, and what ``--set`` and ``--without`` turned.
    beside
        A file or folder from which upwards ``synthetic/`` is looked for first.

    Raises
    ------
    ScenarioError
        ``scenario.not_found``; ``scenario.changed`` where the file no longer makes that cohort.
    """
    found = load_scenario(find_scenario(str(details.get("scenario")), beside=beside))
    dials = [f"{path}={value}" for path, value in dict(details.get("set") or {}).items()]
    found = without(with_dials(found, dials), *(details.get("without") or ()))
    if found.digest != details.get("scenario_digest"):
        remedy = "score the run where its scenario stands as it was, or run the study again"
        problem = f"the scenario '{found.id}' is not the one that made this cohort"
        raise ScenarioError(Fault("scenario.changed", problem, "--parts", remedy))
    return found


def generated(protocol: Protocol, scenario: Scenario, folder: Path) -> bool:
    """Generate a scenario into ``folder`` and its truth beside it, unless they are there already.

    Returns
    -------
    bool
        Whether anything was generated. A cohort is used again when its own description says
        the same scenario, number of students and seed, and its files are sound.
    """
    from la_research.store.generated import save_generated
    from la_research.store.truth import truth_beside

    wanted = {"scenario_digest": scenario.digest, "n": protocol.population.n, "seed": protocol.seed}
    if truth_beside(folder).is_dir() and _describes(folder, wanted):
        return False
    save_generated(scenario, folder, n=protocol.population.n, seed=protocol.seed)
    return True


def _describes(folder: Path, wanted: dict[str, object]) -> bool:
    try:
        details = load_cohort(folder).provenance.details
    except LaResearchError:
        return False
    return all(details.get(name) == value for name, value in wanted.items())


def _checked_level(protocol: Protocol, cohort: Cohort) -> Cohort:
    held = cohort.provenance.data
    if held in LEVELS and LEVELS.index(held) > LEVELS.index(protocol.data):
        problem = f"the cohort holds {held} data, and the protocol answers for {protocol.data} data"
        remedy = f"write 'data: {held}' in the protocol and answer what it then owes"
        raise GovernanceError(Fault("governance.data_level", problem, f"study {protocol.id}, data", remedy))
    return cohort
