"""What every questionnaire of a study is worth, before it is used."""

from la_research.validation.instruments.examine import instrument_findings
from la_research.validation.instruments.waves import waves_assumption

__all__ = ["instrument_findings", "waves_assumption"]
