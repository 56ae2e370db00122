"""Who may look at one person's data, and how looks are counted without a name."""

from __future__ import annotations

from typing import get_args

import pytest

from la_research.governance import Access, Accesses, permitted, tallied, telling
from la_research.protocol import Protocol
from la_research.protocol.governance import Item
from la_research.store import load_protocol


def protocol(**changes: object) -> Protocol:
    return load_protocol("protocols/early-engagement").model_copy(update=changes)


def test_anybody_may_look_at_invented_and_open_data_and_nobody_unnamed_at_restricted_ones():
    assert permitted(None, "synthetic", "not given", "not given")
    assert permitted(None, "open", "not given", "not given")
    assert not permitted(None, "restricted", "stewardship", "own request")


@pytest.mark.parametrize(
    ("by", "why", "allowed"),
    [
        ("stewardship", "own request", True),
        ("university records MANAGER", "own request", True),
        ("The records team, who hold the list of codes", "a letter", True),
        ("stewardship", "not given", False),
        ("stewardship", " ", False),
        ("a friend", "own request", False),
        ("not given", "own request", False),
        ("", "own request", False),
    ],
)
def test_restricted_data_need_a_role_that_the_study_names_and_a_reason(by, why, allowed):
    assert permitted(protocol(data="restricted"), "restricted", by, why) is allowed


def test_a_study_without_approval_or_for_other_data_opens_nothing_restricted():
    approval = protocol().approval.model_copy(update={"id": None})
    assert not permitted(protocol(data="restricted", approval=approval), "restricted", "stewardship", "own request")
    assert not permitted(protocol(), "restricted", "stewardship", "own request")


def test_looks_are_counted_by_role_and_known_reason_and_free_words_are_not_passed_on():
    def look(who: str, why: str, outcome: str) -> Access:
        return Access("2025-11-01", who, why, "statement", outcome)

    log = Accesses((
        look("stewardship", "own request", "given"),
        look("Stewardship ", "OWN request", "given"),
        look("Ada Lovelace", "for Charles Babbage", "refused"),
        look("not given", "not given", "given"),
    ))  # fmt: skip
    assert tallied(protocol(), log) == (
        ("statement", "another person", "another reason", 0, 1),
        ("statement", "not given", "not given", 1, 0),
        ("statement", "stewardship", "own request", 2, 0),
    )


def test_what_could_be_read_off_an_item_goes_with_it_and_every_item_is_known():
    assert telling(["activity"]) == {"indicators", "calculation"}
    assert telling(["score", "responses"]) == {"score", "calculation", "label"}
    assert telling(["vault", "services"]) == frozenset()


def test_a_policy_can_name_every_table_about_persons_and_the_score():
    from la_research.cohort.person import PERSONAL

    assert set(get_args(Item)) == {*PERSONAL, "score"}
