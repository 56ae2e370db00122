"""What a policy holds back from a person's own statement, and what else would tell of it."""

from __future__ import annotations

from collections.abc import Collection

SCORE = "score"
TELLING = {
    SCORE: {"score", "calculation"},
    "activity": {"indicators", "calculation"},
    "attendance": {"indicators", "calculation"},
    "assessments": {"indicators", "calculation"},
    "events": {"indicators", "calculation"},
    "enrolments": {"calculation"},
    "applicability": {"calculation"},
    "responses": {"label"},
    "outcomes": {"label"},
}
"""Parts of what was worked out that an item could be read off; other tables enter nothing."""


def telling(items: Collection[str]) -> frozenset[str]:
    """Parts of what was worked out that go with the items held back, so that these can not be read off them.

    Parameters
    ----------
    items
        Tables of the cohort, and "score".

    Returns
    -------
    frozenset of str
        Of "indicators", "score", "calculation" and "label".

    Examples
    --------
    >>> sorted(telling(["score"])), sorted(telling(["services", "responses"])), sorted(telling([]))
    (['calculation', 'score'], ['label'], [])
    """
    return frozenset().union(*(TELLING.get(item, set()) for item in items))
