"""The AUC within folds against counting pairs, and its error against DeLong and a jackknife."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.folds import fold_auc
from la_research.statistics.prediction import auc_interval


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
