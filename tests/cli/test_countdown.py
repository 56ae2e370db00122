"""Time left: nothing for what is quick, a line for what is not, at the pace since the first was done."""

import pytest

from la_research.cli import countdown
from la_research.cli.frame import Terminal


@pytest.fixture
def at(monkeypatch):
    """Sets the clock."""
    clock = {"now": 0.0}
    monkeypatch.setattr(countdown, "perf_counter", lambda: clock["now"])
    return lambda seconds: clock.update(now=seconds)


def test_what_takes_two_seconds_is_not_spoken_of(at, capsys):
    tell = countdown.Countdown(Terminal(), 100, "students")
    for seconds, done in ((0.5, 10), (1.9, 60), (2.5, 100)):
        at(seconds)
        tell(done)
    assert capsys.readouterr() == ("", "")


def test_time_left_goes_by_the_pace_once_the_first_is_done(at, capsys):
    tell = countdown.Countdown(Terminal(), 100, "students")
    for seconds, done in ((5.0, 10), (7.0, 30), (8.0, 40), (17.0, 80), (20.0, 100)):
        at(seconds)
        tell(done)
    assert capsys.readouterr().err.splitlines() == [
        "  30 of 100 students, about 7 s left",  # (100 - 30) * (7 - 5) / (30 - 10)
        "  80 of 100 students, about 3 s left",  # (100 - 80) * (17 - 5) / (80 - 10)
    ]


def test_on_a_terminal_one_line_is_written_over(at, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    tell = countdown.Countdown(Terminal(), 100, "students")
    for seconds, done in ((3.0, 10), (5.0, 50), (6.0, 100)):
        at(seconds)
        tell(done)
    assert capsys.readouterr().err == "\r  50 of 100 students, about 2 s left\x1b[K\n"


def test_quiet_says_nothing_of_time(at, capsys):
    tell = countdown.Countdown(Terminal(quiet=True), 100, "students")
    for seconds, done in ((3.0, 10), (50.0, 50)):
        at(seconds)
        tell(done)
    assert capsys.readouterr().err == ""
