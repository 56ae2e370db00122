"""SDV in a process of its own: steady, silent, and told of when it is absent or dies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.errors import MissingError, StageError
from la_research.synthetic.twins import fit
from la_research.synthetic.twins.columns import Declared
from la_research.synthetic.twins.fit import Fit, ask_sdv
from la_research.synthetic.twins.message import packed, unpacked

COLUMNS = (Declared("mood", 0, 100, 4), Declared("level"))


@pytest.fixture
def table() -> pd.DataFrame:
    mood = np.tile(np.arange(20.0, 60.0, 4), 30)
    return pd.DataFrame({"mood": np.where(mood == 20, np.nan, mood), "level": np.where(mood > 40, "high", "low")})


def test_a_seed_gives_the_same_draw_in_two_processes_and_another_seed_another(table, capfd):
    one, two = (ask_sdv(COLUMNS, {"all": table}, [Fit("all", 50, {"a": 1, "b": 2})]).draws for _ in range(2))
    assert packed({}, one) == packed({}, two)
    assert not one["a"].equals(one["b"])
    assert capfd.readouterr() == ("", "")
    known = one["a"]["mood"].dropna()
    assert ((known % 4 == 0) & known.between(0, 100)).all()
    assert one["a"]["mood"].isna().any()


def test_without_the_extra_it_says_what_to_install(table, monkeypatch):
    monkeypatch.setattr(fit, "find_spec", lambda name: None)
    with pytest.raises(MissingError) as absent:
        ask_sdv(COLUMNS, {"all": table})
    (fault,) = absent.value.faults
    assert (absent.value.exit_code, fault.code) == (20, "twin.no_sdv")
    assert "[sdv]" in fault.remedy


@pytest.mark.parametrize(
    "code",
    ["import os; os.kill(os.getpid(), 9)", "raise SystemExit(3)", 'print(\'{"header": {}, "sizes": {"a": 9}}\')'],
)
def test_a_process_that_dies_or_is_cut_off_is_a_fault_without_its_own_words(table, monkeypatch, code):
    monkeypatch.setattr(fit, "CHILD", ("-c", f"import sys; sys.stderr.write('student s0000001'); {code}"))
    with pytest.raises(StageError) as died:
        ask_sdv(COLUMNS, {"all": table})
    assert [fault.code for fault in died.value.faults] == ["twin.child_died"]
    assert "s0000001" not in str(died.value)


def test_a_message_that_was_cut_off_is_refused(table):
    message = packed({"seed": 1}, {"all": table})
    assert unpacked(message)[1]["all"].equals(table)
    with pytest.raises(ValueError, match="cut off"):
        unpacked(message[:-1])
