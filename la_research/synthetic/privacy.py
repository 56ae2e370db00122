"""Attacks on a synthetic twin: how often they succeed on students it was fitted to, and on others.

What an attack reaches on students whom the twin never saw it owes to what holds for everyone;
only what it reaches beyond that leaks from the twin.

References
----------
Giomi, Boenisch, Wehmeyer & Tasnádi (2023), A Unified Framework for Quantifying Privacy Risk in
Synthetic Data, PoPETs 2023(2), doi:10.56553/popets-2023-0055: singling out, attribute inference,
naive baseline, control records, residual risk. Their Wilson intervals are here joined for a
difference after Newcombe (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.statistics.intervals import newcombe_difference, wilson

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
MOST = 1000
"""Records of a table that an attack uses at most."""
LONGEST = 20
"""Guesses looked at for each that is tried."""
CLOSE = 0.05
"""A number is inferred when the guess is within this share of its spread."""


@dataclass(frozen=True, slots=True)
class Attack:
    """Successes of an attack on fitted students, on control students, and of naive guesses; ``n`` tries of each.

    Examples
    --------
    >>> leak = Attack("singling_out", fitted=60, control=20, naive=10, n=100)
    >>> [round(number, 2) for number in leak.risk()], leak.is_strong
    ([0.5, 0.33, 0.64], True)
    """

    name: str
    fitted: int
    control: int
    naive: int
    n: int

    def risk(self, level: float = 0.95) -> tuple[float, float, float]:
        """The residual risk and its interval: what the attack gains over control, of all it could have gained.

        (rate on fitted − rate on control) / (1 − rate on control); at most 1, and below 0 where
        it does better on control.
        """
        gain = newcombe_difference(self.fitted, self.n, self.control, self.n, level)
        room = max(1 - self.control / self.n, 1 / self.n)
        value, lower, upper = (min(number / room, 1.0) for number in gain)
        return value, lower, upper

    @property
    def is_strong(self) -> bool:
        """Whether it does better on fitted students than a naive guess; a weak attack says little either way."""
        return wilson(self.fitted, self.n)[0] > self.naive / self.n


@dataclass(frozen=True)
class Records:
    """A table made comparable: numbers in spreads, categories as codes; missing is a value of its own."""

    numbers: Floats
    codes: npt.NDArray[np.int64]

    def rows(self, chosen: npt.NDArray[np.int64]) -> Records:
        """Some of the records."""
        return Records(self.numbers[chosen], self.codes[chosen])

    def __len__(self) -> int:
        return len(self.codes)


def spread(tables: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.Series:
    """From the 5th to the 95th percentile of each number in all tables together; where that is 0, from end to end.

    An attacker measures in spreads and not in declared ranges: against all the actions that a week
    could hold, students would hardly differ, and a copy of their weeks would go unseen.

    Examples
    --------
    >>> weeks = [pd.DataFrame({"actions": [*range(100), 10_080]}), pd.DataFrame({"actions": [50.0, None]})]
    >>> spread(weeks, ["actions"]).round(1).to_dict()
    {'actions': 89.9}
    """
    together = pd.concat([table[list(names)] for table in tables], ignore_index=True).astype(float)
    most = together.quantile(0.95) - together.quantile(0.05)
    return most.where(most > 0, together.max() - together.min()).fillna(0.0)


def comparable(
    tables: Sequence[pd.DataFrame], numbers: Collection[str], *, leave_out: Sequence[str] = ()
) -> list[Records]:
    """Tables with the same columns as records; ``numbers`` names the numbers, all others are categories."""
    names = [name for name in tables[0].columns if name not in leave_out]
    measured = [name for name in names if name in numbers]
    categories = [name for name in names if name not in numbers]
    width = spread(tables, measured).replace(0.0, 1.0).to_numpy()
    together = pd.concat([table[categories] for table in tables], ignore_index=True)
    coded = np.column_stack([pd.factorize(together[name])[0] for name in categories] or [np.zeros(len(together), int)])
    ends = np.cumsum([0, *(len(table) for table in tables)])
    return [
        Records(table[measured].to_numpy(dtype=float) / width, coded[ends[i] : ends[i + 1]])
        for i, table in enumerate(tables)
    ]


def distances(targets: Records, among: Records) -> Iterator[Floats]:
    """Gower's distances of all records from each target in turn, as sums over columns of at most 1 each.

    A number counts as its distance in spreads, at most 1; a missing one is as far as can be from
    one that is not.

    References
    ----------
    Gower (1971), A general coefficient of similarity, doi:10.2307/2528823; by percentiles instead of ends.
    """
    gaps = np.isnan(among.numbers)
    filled = np.nan_to_num(among.numbers)
    for i in range(len(targets)):
        gap = np.isnan(targets.numbers[i])
        apart = np.minimum(np.abs(filled - np.nan_to_num(targets.numbers[i])), 1.0)
        apart = np.where(gaps != gap, 1.0, np.where(gaps, 0.0, apart)).sum(axis=1)
        yield apart + (among.codes != targets.codes[i]).sum(axis=1)


def nearest(targets: Records, among: Records) -> npt.NDArray[np.int64]:
    """Row of the closest record of each target, the first of several."""
    return np.array([np.argmin(apart) for apart in distances(targets, among)], dtype=np.int64)


def closest_share(twin: Records, fitted: Records, control: Records) -> tuple[float, float, float, float]:
    """Share of the twin whose closest record is a student it was fitted to, its interval, and the effective n.

    A half where nothing leaks. Students who are equally close share a record of the twin. One
    student may be the closest to many, which is why the interval rests on Kish's effective
    number of students.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7: the effective number.
    """
    both = Records(np.concatenate([fitted.numbers, control.numbers]), np.concatenate([fitted.codes, control.codes]))
    sizes = np.zeros(len(both))
    for apart in distances(twin, both):
        closest = apart == apart.min()
        sizes[closest] += 1 / closest.sum()
    share = min(float(sizes[: len(fitted)].sum() / len(twin)), 1.0)
    n = float(sizes.sum() ** 2 / (sizes**2).sum())
    return share, *wilson(share * n, n), n


def singling_out(
    twin: pd.DataFrame,
    fitted: pd.DataFrame,
    control: pd.DataFrame,
    numbers: Collection[str],
    generator: np.random.Generator,
    *,
    tries: int = 1000,
    width: int = 4,
    name: str = "singling_out",
) -> Attack:
    """Guesses of the kind "there is exactly one student who is so", read off records of the twin.

    A guess takes one record of the twin and ``width`` of its columns: the same category, and a
    number at least (above the twin's median) or at most as large; only a guess that fits no
    other record of the twin is tried. A naive guess takes each column from another record,
    whatever fits it. A guess succeeds on a table in which exactly one student fits.

    Parameters
    ----------
    twin, fitted, control
        Tables with the same columns; ``fitted`` and ``control`` have the same length.
    numbers
        Columns that are numbers; all others are categories.
    name
        Name of the attack.
    """
    names = list(twin.columns)
    medians = {column: float(twin[column].median()) for column in names if column in numbers}
    wins, tried = {"fitted": 0, "control": 0, "naive": 0}, 0
    for _ in range(LONGEST * tries):
        columns = [names[i] for i in generator.choice(len(names), size=min(width, len(names)), replace=False)]
        row, others = int(generator.integers(len(twin))), generator.integers(len(twin), size=len(columns))
        guess = [twin[column].iat[row] for column in columns]
        naive = [twin[column].iat[int(other)] for column, other in zip(columns, others, strict=True)]
        if _fits(twin, columns, guess, medians) != 1:
            continue
        tried += 1
        wins["fitted"] += _fits(fitted, columns, guess, medians) == 1
        wins["control"] += _fits(control, columns, guess, medians) == 1
        wins["naive"] += _fits(fitted, columns, naive, medians) == 1
        if tried == tries:
            break
    return Attack(name, wins["fitted"], wins["control"], wins["naive"], max(tried, 1))


def _fits(table: pd.DataFrame, columns: Sequence[str], values: Sequence[Any], medians: dict[str, float]) -> int:
    inside = np.ones(len(table), dtype=bool)
    for name, value in zip(columns, values, strict=True):
        held = table[name].to_numpy()
        if name not in medians:
            inside &= held == value
        elif pd.isna(value):
            inside &= np.isnan(held)
        else:
            inside &= held >= value if value >= medians[name] else held <= value
    return int(inside.sum())


def attribute_inference(
    twin: pd.DataFrame,
    fitted: pd.DataFrame,
    control: pd.DataFrame,
    numbers: Collection[str],
    secret: str,
    generator: np.random.Generator,
) -> Attack:
    """Guesses of one column of a student of whom all others are known, from the closest record of the twin.

    A category has to be the same, a number within 5 % of its spread. A naive guess
    is the column of a random record of the twin. Students without the secret are no targets.
    """
    held = [table[table[secret].notna()] for table in (fitted, control)]
    n = min(MOST, *(len(table) for table in held))
    targets = [table.iloc[np.sort(generator.choice(len(table), size=n, replace=False))] for table in held]
    source = twin[twin[secret].notna()]
    if not n or source.empty:
        return Attack(f"inference {secret}", 0, 0, 0, max(n, 1))
    *known, among = comparable([*targets, source], numbers, leave_out=[secret])
    right = _right(CLOSE * spread([*targets, source], [secret])[secret] if secret in numbers else None)
    guesses = [source[secret].to_numpy()[nearest(records, among)] for records in known]
    naive = source[secret].to_numpy()[generator.integers(len(source), size=n)]
    truths = [table[secret].to_numpy() for table in targets]
    wins = [int(right(guess, truth).sum()) for guess, truth in zip(guesses, truths, strict=True)]
    return Attack(f"inference {secret}", wins[0], wins[1], int(right(naive, truths[0]).sum()), n)


def _right(near: float | None) -> Callable[[npt.NDArray[np.object_], npt.NDArray[np.object_]], Bools]:
    if near is None:
        return lambda guess, truth: np.asarray(guess == truth, dtype=bool)
    return lambda guess, truth: np.asarray(np.abs(guess.astype(float) - truth.astype(float)) <= near)
