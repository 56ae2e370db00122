import numpy as np

from la_research.seeds import stream


def test_a_stream_does_not_depend_on_what_else_was_drawn():
    stream(7, "audit", "permutation").random(1000)
    assert np.array_equal(stream(7, "audit", "bootstrap").random(5), stream(7, "audit", "bootstrap").random(5))


def test_seed_room_purpose_and_cell_each_change_the_draws():
    names = [(7, "audit", "bootstrap", 0), (8, "audit", "bootstrap", 0), (7, "model", "bootstrap", 0),
             (7, "audit", "folds", 0), (7, "audit", "bootstrap", 1)]  # fmt: skip
    assert len({stream(*name).random() for name in names}) == len(names)


def test_names_do_not_run_into_each_other():
    assert stream(7, "ab", "c").random() != stream(7, "a", "bc").random()


def test_draws_are_the_ones_that_were_always_drawn():
    assert round(stream(2025, "audit", "bootstrap").random(), 12) == 0.042676067182
