"""What was planted: the size of each estimand, and what only the mechanism knows of each student."""

from la_research.synthetic.truth.envelope import Truth
from la_research.synthetic.truth.planted import Planted
from la_research.synthetic.truth.rates import error_rates
from la_research.synthetic.truth.told import Told, student_truth

__all__ = ["Planted", "Told", "Truth", "error_rates", "student_truth"]
