"""From files of elsewhere to a cohort: one reader a source."""

from la_research.ingest.oulad import ingest_oulad

__all__ = ["ingest_oulad"]
