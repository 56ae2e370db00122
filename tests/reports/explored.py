"""A study whose contact rules can be tried out, written by hand: every kind of row, hidden and unknown ones too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from la_research.evidence import Evidence, collect_evidence
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.protocol import Protocol

TRIED = {
    "need": "low_mood_8",
    "weeks": [3, 4],
    "rules": {"peer_share_30": {"cuts": [0.2, 0.3]}, "red": {}, "own_baseline": {}, "score": {"cuts": [0.05, 0.1]}},
    "minutes": 20,
    "hours": 40,
}
EXPLORED = {"cuts": {"score": [0.2], "peer_share_30": [0.45]}, "hours": [5, 20]}
CUTS = {"peer_share_30": (0.2, 0.3, 0.45), "red": (2.0,), "score": (0.05, 0.1, 0.2)}
GROUPS = ({}, {"gender": "F"}, {"gender": "M"}, {"ethnicity": "Asian"}, {"ethnicity": "Black"}, {"ethnicity": "White"})
PEERS = "your actions: {own}; mean of the module: 400 / 10; your actions beside the mean: {own} / (400 / 10)"
TREES = "(-0.8) + (-0.1) [active days > 3.4, regularity <= 0.5] + 0.2 [regularity > (1 + 1) / 4]"
NASTY = "Ada <img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Invented:
    id: str
    name: str
    story: tuple[str, ...]
    need: bool


FICTIONAL = (
    Invented("true_contact", "Ada", ("Ada works at night, and stops coming to class.", "Ada would like a word."), True),
    Invented("wrong_contact", "Ben", ("Ben reads on paper and is fine.",), False),
    Invented("missed_need", "Cleo", ("Cleo clicks a lot and sleeps badly.",), True),
    Invented("over_working", "Dev", ("Dev does far more than before, and can not stop.",), True),
)


def registered(protocol: Protocol) -> Protocol:
    """The protocol with contact rules, and with an explorer."""
    held = protocol.model_dump(mode="json", exclude_defaults=True)
    held["validation"] = {**held.get("validation", {}), "triggers": TRIED}
    held["explanation"] = {**held.get("explanation", {}), "explorer": EXPLORED}
    return Protocol.model_validate(held)


def share(value: float, n: int) -> Estimate:
    half = (value * (1 - value) / n) ** 0.5 * 1.96
    return Estimate(value, max(value - half, 0.0), min(value + half, 1.0), 0.95, "share", n, "wilson")


def rate(rule: str, cut: float, week: int, place: int) -> float:
    """A share that rises with the cut-off, by hand: no two settings alike."""
    start = {"peer_share_30": cut / 2, "red": 0.07, "score": cut}[rule]
    return round(start * (1.6 if week == 0 else 1.0) + 0.01 * week / 4 + 0.004 * place, 4)


def rows(rule: str) -> Iterator[Row]:
    for cut in CUTS[rule]:
        for week in (0, 3, 4):
            for place, group in enumerate(GROUPS):
                students = 1534 if not group else 300
                taken = rate(rule, cut, week, place)
                for what, value, n in (
                    ("contacted", taken, students),
                    ("missed", 1 - 1.8 * taken, students // 5),
                    ("wrongly contacted", 0.8 * taken, students - students // 5),
                ):
                    keys = {"what": what, "cut": cut, "week": week, **group}
                    few = group.get("ethnicity") in ("Asian", "Black") and cut < 0.3 and week != 4
                    yield Row(keys, None, "suppressed", "small") if few else Row(keys, share(value, n))
        weekly = replace(share(rate(rule, cut, 4, 0), 1534), unit="a week per 1,000")
        times = {name: 1000 * getattr(weekly, name) for name in ("value", "lower", "upper")}
        yield Row({"what": "contacts a week", "cut": cut, "week": 0}, replace(weekly, **times))
        if rule == "score":
            for week in (3, 4):
                held = Estimate(0.5 - cut, None, None, None, "score", 1534, "order")
                told = cut != 0.05 or week != 3
                keys = {"what": "line", "cut": cut, "week": week}
                yield Row(keys, held) if told else Row(keys, None, "suppressed", "small")


def explorers() -> Iterator[Finding]:
    for rule in CUTS:
        yield Finding(f"validation.explorer.{rule}", "What would the rule do?", "described", rows=tuple(rows(rule)))
    why = "no student-week was observed"
    yield not_analysed("validation.explorer.own_baseline", "What would the rule do?", why)


def invented(value: float, unit: str) -> Estimate:
    return Estimate(value, None, None, None, unit, 0, "invented")


def met() -> Iterator[Finding]:
    read = {
        "true_contact": ((20, 9), 2, 0.62),
        "wrong_contact": ((30, 8), 0, 0.45),
        "missed_need": ((50, 44), 0, 0.11),
        "over_working": ((90, 95), 0, 0.08),
    }
    for (kind, (weekly, signal, score)), one in zip(read.items(), FICTIONAL, strict=True):
        lines = [
            Row(
                {"part": "record", "name": "vle", "week": 4, "arithmetic": "actions, on 1 day"},
                invented(weekly[1], "actions"),
            ),
            Row(
                {"part": "indicator", "name": "weekly_activity", "week": 4, "arithmetic": f"{weekly[1] - 1} + 1"},
                invented(weekly[1], "actions a week"),
            ),
            Row(
                {"part": "indicator", "name": "peer_share", "week": 4, "arithmetic": PEERS.format(own=weekly[1])},
                invented(weekly[1] / 40, "times the module's mean"),
            ),
            Row({"part": "indicator", "name": "regularity", "week": 4}, None, "not analysed", "too few weeks"),
            Row({"part": "score", "name": "trees 1 to 2", "arithmetic": TREES}, invented(-0.7, "log-odds")),
            Row({"part": "score", "name": "score", "arithmetic": "1 / (1 + exp(0.2))"}, invented(score, "share")),
        ]
        for week, count in zip((3, 4), weekly, strict=True):
            keys = {"part": "rule", "name": "peer_share_30", "week": week, "arithmetic": "activity beside the module"}
            lines.append(Row(keys, invented(count / 40, "times the module's mean")))
            keys = {"part": "rule", "name": "red", "week": week}
            light = None if one.id == "over_working" else invented(signal, "light (0 green, 1 amber, 2 red)")
            lines.append(Row(keys, light) if light else Row(keys, None, "not analysed", "no classes"))
        headline = invented(score, "share")
        asked = f"What was worked out of {one.name}?"
        yield Finding(f"explanation.met.{kind}", asked, "described", headline, tuple(lines))


def explored(protocol: Protocol) -> Evidence:
    """The study with all of it."""
    where = {"data": "synthetic", "cohort_digest": "sha256:" + "0" * 64, "source": "written by hand", "notes": ()}
    return collect_evidence(registered(protocol), Findings([*explorers(), *met()]), provenance=where)
