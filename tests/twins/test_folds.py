"""The AUC within folds against counting pairs, and its error against DeLong and a jackknife."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from la_research.seeds import stream
from la_research.statistics.folds import fold_auc, fold_auc_difference, influence_error
from la_research.statistics.jointly import joint_reach
from la_research.statistics.prediction import auc_difference, auc_interval


def scored(students: int = 150, rows: int = 1):
    generator = stream(5, "twins", "folds")
    who = np.repeat(np.arange(students), rows)
    label = generator.random(who.size) < 0.3
    score = np.round(generator.normal(size=who.size) + label + 0.5 * generator.normal(size=students)[who], 1)
    return label, score, who % 5, who


def test_it_is_the_share_of_ordered_pairs_of_the_same_fold():
    label, score, fold, who = scored()
    won = pairs = 0.0
    for i in np.flatnonzero(label):
        for j in np.flatnonzero(~label & (fold == fold[i])):
            won += (score[i] > score[j]) + 0.5 * (score[i] == score[j])
            pairs += 1
    assert fold_auc(label, score, fold, who)[0] == pytest.approx(won / pairs, abs=1e-12)


def test_with_one_fold_the_interval_is_that_of_delong():
    label, score, _, who = scored()
    assert fold_auc(label, score, np.ones(len(who)), who) == pytest.approx(auc_interval(label, score), abs=1e-9)


def test_several_rows_of_a_student_are_joined_as_leaving_out_students_shows():
    label, score, fold, who = scored(students=400, rows=3)
    value, lower, upper = fold_auc(label, score, fold, who)
    students = np.unique(who)
    left = np.array([fold_auc(*(v[who != s] for v in (label, score, fold, who)))[0] for s in students])
    jackknife = np.sqrt((len(students) - 1) / len(students) * ((left - left.mean()) ** 2).sum())
    assert (upper - lower) / (2 * 1.96) == pytest.approx(jackknife, rel=0.05)
    assert lower < value < upper


def two_scores(students: int = 200, rows: int = 1):
    label, score, fold, who = scored(students, rows)
    other = np.round(score + stream(6, "twins", "folds").normal(size=who.size), 1)
    return label, score, other, fold, who


def test_the_difference_of_two_scores_is_that_of_their_fold_wise_aucs():
    label, score, other, fold, who = two_scores()
    value, _ = fold_auc_difference(label, score, other, fold, who)
    assert value == pytest.approx(fold_auc(label, score, fold, who)[0] - fold_auc(label, other, fold, who)[0])


def test_with_one_fold_the_error_of_the_difference_is_that_of_delong():
    label, score, other, _, who = two_scores()
    value, influence = fold_auc_difference(label, score, other, np.ones(len(who)), who)
    assert (value, influence_error(influence, who)) == pytest.approx(auc_difference(label, score, other))


@pytest.mark.parametrize("rows", [1, 3], ids=["one row", "three rows"])
def test_the_error_of_the_difference_is_that_of_leaving_out_students(rows):
    label, score, other, fold, who = two_scores(students=100 + 100 * rows, rows=rows)
    _, influence = fold_auc_difference(label, score, other, fold, who)
    everyone = np.unique(who)
    left = np.array(
        [fold_auc_difference(*(v[who != s] for v in (label, score, other, fold, who)))[0] for s in everyone]
    )
    jackknife = np.sqrt((len(everyone) - 1) / len(everyone) * ((left - left.mean()) ** 2).sum())
    assert influence_error(influence, who) == pytest.approx(jackknife, rel=0.05)


def test_a_fold_with_one_student_of_a_label_says_nothing_of_either_score():
    label, score = [1, 1, 0, 0, 1, 0, 0], [4, 2, 3, 1, 1, 2, 3]
    value, influence = fold_auc_difference(label, score, score, [1, 1, 1, 1, 2, 2, 2], list("abcdefg"))
    assert value == 0
    assert np.isnan(influence).tolist() == [False] * 4 + [True] * 3


def test_intervals_that_hold_at_once_reach_as_far_as_scipys_for_independent_estimates():
    rows = np.kron(np.eye(3), np.array([[1.0], [-1.0]]))
    exact = norm.ppf((1 + 0.95 ** (1 / 3)) / 2)
    assert joint_reach(rows, range(6), 0.95, stream(1, "twins", "reach")) == pytest.approx(exact, abs=0.03)
