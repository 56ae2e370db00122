"""Deliberate faults, each a text put in the place of another, and the test that has to catch it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault to plant.

    ``old`` stands exactly once in ``file`` (below la_research/) and is replaced by ``new``;
    ``test`` passes without the fault and fails, by an assertion, with it.
    """

    name: str
    file: str
    old: str
    new: str
    test: str


FAULTS = (
    Fault(
        "few students judged by Tukey's value alone",
        "statistics/simultaneous.py",
        "lambda z: max(tukey_survival(z, len(sizes)), permuted_survival(z, largest)),",
        "lambda z: tukey_survival(z, len(sizes)),",
        "tests/statistics/test_simultaneous.py::test_few_students_are_judged_by_the_harder_of_tukey_and_permutation",
    ),
    Fault(
        "a group beside itself read at a margin of 0",
        "statistics/gaps.py",
        "between = ~np.eye(len(lower), dtype=bool)",
        "between = np.ones_like(lower, dtype=bool)",
        "tests/statistics/test_gaps.py::test_at_margin_zero_the_critical_value_is_read_off_two_different_groups",
    ),
    Fault(
        "a one-sided critical value",
        "statistics/intervals.py",
        "return float(ndtri((1 + level) / 2))",
        "return float(ndtri(level))",
        "tests/statistics/test_intervals.py::test_wilson_of_one_in_ten",
    ),
    Fault(
        "an interval of 90 % that says 95 %",
        "statistics/coefficient.py",
        "reach = float(special.stdtrit(self.df, (1 + level) / 2)) * self.se",
        "reach = float(special.stdtrit(self.df, level)) * self.se",
        "tests/statistics/test_association.py::test_intervals_cover_what_was_planted_at_their_rate",
    ),
    Fault(
        "the root of n lost in a standard error",
        "statistics/randomised.py",
        "parts = [float(arm.var(ddof=1)) / len(arm) for arm in arms]",
        "parts = [float(arm.var(ddof=1)) for arm in arms]",
        "tests/twins/test_randomised.py::test_difference_in_means_is_welch",
    ),
    Fault(
        "the size of the group where those with the outcome belong",
        "audit/measured.py",
        "keep &= True if card.label is None else label == card.label",
        "keep &= True",
        "tests/audit/test_pooled.py::test_a_missed_need_is_counted_among_students_with_need_only",
    ),
    Fault(
        "scores of different folds ranked against each other",
        "audit/measured.py",
        'folds = rows.groupby("fold")["score"]',
        'folds = rows.groupby(rows["fold"] > 0)["score"]',
        "tests/audit/test_pooled.py::test_scores_of_different_folds_are_not_ranked_against_each_other",
    ),
    Fault(
        "Holm whose alpha is not divided",
        "statistics/multiplicity.py",
        "levels[name] = alpha[name] / left",
        "levels[name] = alpha[name]",
        "tests/statistics/test_multiplicity.py::test_from_the_first_not_rejected_on_all_are_shown_at_its_level",
    ),
    Fault(
        "Holm that goes on after the first not rejected",
        "statistics/multiplicity.py",
        "stopped = stopped or _known(pvalues[name]) > levels[name]",
        "stopped = False",
        "tests/statistics/test_multiplicity.py::test_a_hypothesis_is_rejected_at_its_level_exactly_where_its_adjusted_p_is",
    ),
    Fault(
        "an indicator that reads the week after",
        "indicators/grid.py",
        'rows = traces.table("activity").filter(nw.col("week") <= protocol.calendar.weeks)',
        'rows = traces.table("activity").with_columns(week=nw.col("week") - 1)',
        "tests/indicators/test_registry.py::test_a_value_at_a_week_uses_nothing_after_that_week",
    ),
    Fault(
        "silence taken for a missing value",
        "indicators/grid.py",
        "nw.when(seen).then(nw.col(name).fill_null(0)).alias(name)",
        "nw.when(seen).then(nw.col(name)).alias(name)",
        "tests/indicators/test_hand_worked.py::test_silent_student_scores_zero_not_missing",
    ),
    Fault(
        "random numbers that cells of students share",
        "seeds.py",
        '"\\x1f".join(str(name) for name in names)',
        '"\\x1f".join(str(name) for name in names[:2])',
        "tests/values/test_seeds.py::test_seed_room_purpose_and_cell_each_change_the_draws",
    ),
    Fault(
        "a stage that can open the truth",
        "evaluation/evaluate.py",
        "from la_research.protocol import Protocol\n",
        "from la_research.protocol import Protocol\nimport la_research.store.truth\n",
        "tests/house/test_floors.py::test_all_import_contracts_are_kept",
    ),
    Fault(
        "a student in the training set and in the test set",
        "models.py",
        "return [(test, ~students.isin(students[test]).to_numpy()) for test in tests]",
        "return [(test, ~test) for test in tests]",
        "tests/models/test_models.py::test_a_presentation_is_a_fold_and_its_students_leave_the_training_set",
    ),
    Fault(
        "a consent taken back that changes nothing",
        "cohort/flow.py",
        "kept &= _given(rows, asked)",
        "kept &= _given(rows, by_then)",
        "tests/cohort/test_flow.py::test_who_takes_a_consent_back_on_any_day_is_out_and_no_decision_is_no_consent",
    ),
    Fault(
        "a group of nine shown where ten is the least",
        "disclosure/small.py",
        "return count or estimate.n < minimum",
        "return count or estimate.n < minimum - 1",
        "tests/values/test_disclosure.py::test_no_small_number_survives_and_none_stands_alone",
    ),
    Fault(
        "a lone hidden row that its total gives away",
        "disclosure/small.py",
        "if len(hidden.intersection(table)) == 1 and shown:",
        "if len(hidden.intersection(table)) == 0 and shown:",
        "tests/values/test_disclosure.py::test_one_small_group_takes_the_next_smallest_with_it",
    ),
    Fault(
        "a baseline measured after the draw",
        "evaluation/samples/covariates.py",
        'before = waves[waves["week"] <= waves["week_drawn"]]',
        "before = waves",
        "tests/evaluation/test_effect.py::test_a_baseline_is_the_wave_at_or_before_the_draw_and_never_after",
    ),
    Fault(
        "groups taken for students when drawing again",
        "statistics/permutation.py",
        "group = np.arange(len(outcome)) if cluster is None else cluster",
        "group = np.arange(len(outcome))",
        "tests/twins/test_clustered.py::test_groups_drawn_again_stay_whole",
    ),
    Fault(
        "a gate that does not look at who answered",
        "evaluation/designs/lots.py",
        'return Check("selection", statement, found.p >= limit, evidence, meaning)',
        'return Check("selection", statement, True, evidence, meaning)',
        "tests/evaluation/test_by_lot.py::test_answers_missing_for_other_students_in_each_arm_keep_the_effect_locked",
    ),
    Fault(
        "a passport that passes over a bad cell near by",
        "report/measured.py",
        "bad = [one for one in found if one.cell.bad and one.distance.steps <= LIMIT]",
        "bad: list[Neighbour] = []",
        "tests/reports/test_passport.py::test_near_a_bad_cell_the_worst_neighbour_is_quoted",
    ),
    Fault(
        "a passport that takes what it does not know for near",
        "report/measured.py",
        "return self.steps <= CLOSE and not self.unknown",
        "return self.steps <= CLOSE",
        "tests/reports/test_passport.py::test_what_a_study_does_not_know_keeps_every_cell_from_being_close",
    ),
    Fault(
        "a rule chosen with the answers it is tried on",
        "validation/triggers/tried.py",
        "return self.without.get(fold, self.suggested)",
        "return self.suggested",
        "tests/validation/test_triggers.py::test_no_answer_of_a_held_out_fold_has_a_part_in_the_choice_for_it",
    ),
    Fault(
        "a look within the recall period taken for one in time",
        "validation/triggers/history.py",
        "QUESTIONNAIRES[outcome.instrument].recall_weeks + 1",
        "QUESTIONNAIRES[outcome.instrument].recall_weeks + 2",
        "tests/validation/test_triggers.py::test_a_rule_is_counted_by_hand",
    ),
    Fault(
        "a rule that is dearer than the budget chosen",
        "validation/triggers/chosen.py",
        "if hours <= lab.asked.hours and sensitivity > highest:",
        "if sensitivity > highest:",
        "tests/validation/test_triggers.py::test_a_rule_that_asks_for_more_hours_is_not_chosen_however_many_it_reaches",
    ),
    Fault(
        "weeks compared between students",
        "statistics/term.py",
        "own = np.where(there == 1, values - np.nansum(values, axis=1, keepdims=True) / count, 0.0)",
        "own = np.where(there == 1, values - np.nanmean(values), 0.0)",
        "tests/statistics/test_term.py::test_it_is_the_least_squares_fit_with_a_level_for_every_student",
    ),
    Fault(
        "training sets that overlap taken for independent",
        "statistics/procedure.py",
        "math.sqrt((1 / len(measured) + 1 / others)",
        "math.sqrt((1 / len(measured))",
        "tests/twins/test_procedure.py::test_the_error_is_that_of_nadeau_and_bengio_worked_in_loops",
    ),
    Fault(
        "students of a module left out fitted to by their other module",
        "validation/worth/transport.py",
        "splits.append((first == name, ~seen & before))",
        "splits.append((first == name, (first != name) & before))",
        "tests/validation/test_worth.py::test_no_one_is_fitted_to_who_has_a_row_on_the_module_left_out",
    ),
    Fault(
        "weeks enough where nothing is known",
        "validation/worth/early.py",
        "if not _known(refits, scores[last]):",
        "if False:",
        "tests/validation/test_worth.py::test_no_week_is_enough_where_nothing_is_known_in_any",
    ),
    Fault(
        "a simpler model as good by its loss alone, whatever the interval",
        "explanation/simpler/compare.py",
        "if loss.upper is not None and loss.upper < margin:",
        "if loss.value is not None and loss.value < margin:",
        "tests/explanation/test_simpler.py::test_a_loss_that_may_or_may_not_matter_is_inconclusive_with_its_interval",
    ),
    Fault(
        "the loss of a simpler model by row, not by student",
        "explanation/simpler/compare.py",
        "influence_error(pulls, who)",
        "influence_error(pulls, range(len(pulls)))",
        "tests/explanation/test_simpler.py::test_rows_that_are_given_twice_do_not_make_it_surer",
    ),
)
