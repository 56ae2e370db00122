"""Two readers with paper: one works out the arithmetic that a line writes down, one starts from raw rows.

The first reads numbers, + - * / ( ) and the words log, sqrt, exp and max. The second knows the definition cards and a
cohort's rows, and nothing of the package's own calculations.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

ONLINE = ("vle", "library", "lecture_capture", "quizzes")
WORDS = {"log": math.log, "sqrt": math.sqrt, "exp": math.exp}
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


class Reader:
    """Works a written line out, from left to right, brackets first."""

    def __init__(self, text: str) -> None:
        self.tokens = re.findall(r"\d+\.\d+|\d+|[a-z]+|[-+*/(),]", text)
        assert "".join(self.tokens) == text.replace(" ", ""), text
        self.place = 0

    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.next()
        assert not wanted or token == wanted, (token, wanted)
        self.place += 1
        return token

    def sum(self) -> float:
        value = self.product()
        while self.next() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> float:
        value = self.single()
        while self.next() in ("*", "/"):
            value = value * self.single() if self.take() == "*" else value / self.single()
        return value

    def single(self) -> float:
        token = self.take()
        if token == "-":
            return -self.single()
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        if token == "max":
            self.take("(")
            values = [self.sum()]
            while self.next() == ",":
                self.take()
                values.append(self.sum())
            self.take(")")
            return max(values)
        if token in WORDS:
            self.take("(")
            value = WORDS[token](self.sum())
            self.take(")")
            return value
        return float(token)


def redone(text: str) -> float:
    """What a written line comes to."""
    reader = Reader(text)
    value = reader.sum()
    assert reader.next() == "", text
    return value


class Page:
    """Raw rows of a cohort, and an indicator of one enrolment in one week worked out from them; None: no value."""

    def __init__(self, rows: Rows, sources: Sequence[str], inside: Sequence[str], settings: Mapping[str, Any]) -> None:
        self.rows, self.sources, self.settings = rows, sources, settings
        self.calendar: dict[tuple[str, int], list[int]] = {}
        for row in rows["calendar"]:
            self.calendar.setdefault((row["presentation"], row["week"]), []).append(row["day"])
        self.done: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
        for row in rows["activity"]:
            self.done.setdefault((row["enrolment_id"], row["week"]), []).append(row)
        self.students = {row["enrolment_id"]: row for row in rows["enrolments"] if row["enrolment_id"] in set(inside)}

    def days(self, who: str, week: int) -> list[int]:
        return self.calendar.get((self.students[who]["presentation"], week), [])

    def there(self, who: str, week: int) -> bool:
        row, days = self.students[who], self.days(who, week)
        since = -math.inf if row["start"] is None else row["start"]
        until = math.inf if row["end"] is None else row["end"]
        return bool(days) and since <= max(days) <= until

    def fed(self, who: str, wanted: Sequence[str]) -> dict[str, tuple[int, int]]:
        row = self.students[who]
        free = {a["source"] for a in self.rows["applicability"] if a["enrolment_id"] == who and not a["applies"]}
        return {
            feed["source"]: (feed["first_day"], feed["last_day"])
            for feed in self.rows["feeds"]
            if (feed["module"], feed["presentation"]) == (row["module"], row["presentation"])
            and feed["source"] in wanted
            and feed["source"] in self.sources
            and feed["source"] not in free
        }

    def seen(self, who: str, week: int, wanted: Sequence[str], part_week: bool = False) -> bool:
        if not self.there(who, week) or not self.fed(who, wanted):
            return False
        days = self.days(who, week)
        if not all(first <= day <= last for first, last in self.fed(who, wanted).values() for day in days):
            return False
        start = self.students[who]["start"]
        return part_week or start is None or start <= min(days)

    def counts(self, who: str, week: int, column: str) -> list[int]:
        fed = self.fed(who, ONLINE)
        return [row[column] for row in self.done.get((who, week), []) if row["source"] in fed]

    def actions(self, who: str, week: int) -> int | None:
        return sum(self.counts(who, week, "count")) if self.seen(who, week, ONLINE) else None

    def value(self, name: str, who: str, week: int) -> float | None:
        return getattr(self, name)(who, week) if self.there(who, week) else None

    def weekly_activity(self, who: str, week: int) -> float | None:
        return self.actions(who, week)

    def active_days(self, who: str, week: int) -> float | None:
        return max([0, *self.counts(who, week, "active_days")]) if self.seen(who, week, ONLINE) else None

    def regularity(self, who: str, week: int) -> float | None:
        so_far = [day for day in (self.active_days(who, w) for w in range(1, week + 1)) if day is not None]
        lately = so_far[-self.settings.get("window_weeks", 4) :]
        if self.active_days(who, week) is None or len(lately) < 2:
            return None
        return len([1 for days in lately if days >= self.settings.get("minimum_days", 2)]) / len(lately)

    def peer_share(self, who: str, week: int) -> float | None:
        own, me = self.actions(who, week), self.students[who]
        everyone = [
            self.actions(other, week)
            for other, row in self.students.items()
            if (row["module"], row["presentation"]) == (me["module"], me["presentation"])
        ]
        known = [n for n in everyone if n is not None]
        if own is None or len(known) < 10 or sum(known) == 0:
            return None
        return own / (sum(known) / len(known))

    def rag(self, who: str, week: int) -> float | None:
        own = self.actions(who, week)
        if own is None:
            return None
        before = max([w for w in range(1, week) if self.there(who, w)], default=0)
        recent = [own]
        if before and min(self.days(who, before)) > max(self.days(who, week)) - 14:
            recent += [n for n in [self.actions(who, before)] if n is not None]
        online = sum(recent) / len(recent)
        lights = [2 if online < 5 else 1 if online < 15 else 0]
        free = [a for a in self.rows["applicability"] if a["enrolment_id"] == who and a["source"] == "attendance"]
        if "attendance" in self.sources and all(row["applies"] for row in free):
            if not self.seen(who, week, ("attendance",)):
                return None
            for row in self.rows["attendance"]:
                if (row["enrolment_id"], row["week"]) == (who, week) and row["expected"]:
                    share = row["attended"] / row["expected"]
                    lights.append(2 if share < 0.5 else 1 if share < 0.8 else 0)
        return max(lights)

    def baseline_departure(self, who: str, week: int) -> float | None:
        own = self.actions(who, week)
        past = [math.log(1 + n) for n in (self.actions(who, w) for w in range(1, week)) if n is not None]
        if own is None or len(past) < self.settings.get("minimum_history", 3):
            return None
        mean = sum(past) / len(past)
        sd = math.sqrt(sum((one - mean) ** 2 for one in past) / (len(past) - 1))
        return abs(math.log(1 + own) - mean) / max(sd, 0.25)

    def late_or_missing(self, who: str, week: int) -> float | None:
        if not self.seen(who, week, ("assessments",), part_week=True):
            return None
        since, until = self.students[who]["start"], max(self.days(who, week))
        due = [
            row
            for row in self.rows["assessments"]
            if row["enrolment_id"] == who and row["due_day"] is not None and row["due_day"] <= until
        ]
        due = [row for row in due if since is None or row["due_day"] >= since]
        late = [row for row in due if row["submitted_day"] is None or row["submitted_day"] > row["due_day"]]
        return len(late) / len(due) if due else None

    def registration_lead(self, who: str, week: int) -> float | None:
        start = self.students[who]["start"]
        return None if start is None else 1 - start

    def study_load(self, who: str, week: int) -> float | None:
        return self.students[who]["credits"]

    def previous_attempts(self, who: str, week: int) -> float | None:
        return self.students[who]["previous_attempts"]
