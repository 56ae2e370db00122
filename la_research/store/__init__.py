"""Everything on disk but sources: studies, cohorts, and folders that are whole or absent.

The truth of a synthetic cohort has its own module, ``la_research.store.truth``, which only
``generate`` and the score may import.
"""

from la_research.store.assurance import load_assurance
from la_research.store.cohorts import check_place, load_cohort, save_cohort
from la_research.store.consultation import append_feedback, load_consultation, load_feedback
from la_research.store.diagnosis import DIAGNOSIS, DIAGNOSIS_FORMAT, load_design, save_design
from la_research.store.folder import write_folder, write_text
from la_research.store.scenarios import find_scenario, load_scenario
from la_research.store.study import known_names, load_deviations, load_protocol, read_study

__all__ = [
    "DIAGNOSIS",
    "DIAGNOSIS_FORMAT",
    "append_feedback",
    "check_place",
    "find_scenario",
    "known_names",
    "load_assurance",
    "load_cohort",
    "load_consultation",
    "load_design",
    "load_deviations",
    "load_feedback",
    "load_protocol",
    "load_scenario",
    "read_study",
    "save_cohort",
    "save_design",
    "write_folder",
    "write_text",
]
