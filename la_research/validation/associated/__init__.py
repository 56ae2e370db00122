"""An indicator beside an outcome in a plain table: the questions of a study, as far as a table can answer them."""

from la_research.validation.associated.associate import associate_rows

__all__ = ["associate_rows"]
