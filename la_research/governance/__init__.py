"""Who may look at one person's data, what may be held back from them, and a count of who looked."""

from la_research.governance.access import Access, Accesses, permitted, tallied
from la_research.governance.withheld import telling

__all__ = ["Access", "Accesses", "permitted", "tallied", "telling"]
