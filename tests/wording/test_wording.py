"""The word lint and the reading grade, by hand."""

from __future__ import annotations

import pytest

from la_research.wording import flesch_kincaid, gunning_fog, lint, reading_grade, sentences, syllables, words


@pytest.mark.parametrize(
    "text",
    [
        "Users of the platform", "research subjects", "a disengaged student", "the score detects low mood",
        "it diagnoses stress", "students are flagged", "at-risk students", "students at risk", "a debiased score",
        "a fair model", "the model is fair", "it predicts that a student will leave", "weak students",
        "she suffers from stress", "this proves it", "They are struggling because they do not care.",
        "Students feel low because of exams.",
    ],
)  # fmt: skip
def test_words_that_label_people_are_found(text: str) -> None:
    assert len(lint(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "The rule chose the week because activity was under 30 % of the mean of the module.",
        "A student was contacted because activity fell under half of the mean.",
        "Less engaged in week 4.",
        "The indicator suggests a quieter week.",
        "What is fair is for the committee to say.",
        "The study is subject to approval.",
        "We improve the form.",
    ],
)
def test_words_about_rules_and_weeks_pass(text: str) -> None:
    assert lint(text) == []


def test_remarks_stand_in_order_and_say_what_to_write() -> None:
    first, second = lint("A flag for users.")
    assert (first.found, second.found) == ("flag", "users")
    assert "suggests" in str(first)
    assert "students" in second.instead


def test_flesch_kincaid_is_the_published_formula() -> None:
    text = "The cat sat. The dog ran away."  # 7 words, 2 sentences, 8 syllables
    assert flesch_kincaid(text) == pytest.approx(0.39 * 7 / 2 + 11.8 * 8 / 7 - 15.59)


def test_gunning_fog_counts_hard_words_but_no_names_compounds_or_endings() -> None:
    text = "The university contacted Alexander about well-being in a library."
    assert [word for word in words(text) if syllables(word) >= 3] == [
        "university", "contacted", "Alexander", "well-being", "library",
    ]  # fmt: skip
    assert gunning_fog(text) == pytest.approx(0.4 * (9 / 1 + 100 * 2 / 9))


def test_reading_grade_is_the_stricter_of_two() -> None:
    text = "Institutional responsibilities necessitate considerable deliberation."
    assert reading_grade(text) == max(flesch_kincaid(text), gunning_fog(text)) > 20


def test_a_decimal_point_ends_no_sentence_and_a_line_break_does() -> None:
    assert sentences("It fell by 2.5 points in week 4. Why?\nNobody knows") == [
        "It fell by 2.5 points in week 4.", "Why?", "Nobody knows",
    ]  # fmt: skip


def test_numbers_and_codes_are_not_read_as_words() -> None:
    assert words("AUC 0.66 (95% CI 0.61 to 0.71), n = 1,210") == ["AUC", "CI", "to", "n"]
