"""Registered groups of students: a word for each student, of an attribute or of a column of their background."""

from __future__ import annotations

from typing import get_args

import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.protocol.validation import Background

DISTINCT = 6
"""Numbers of more different values than this are split in two at their median."""


def levels(ground: Ground, name: str) -> pd.Series:
    """The group of each student (index, sorted), in words; missing where it is not known.

    Attributes come from the vault, opened for this name alone.
    """
    if name not in get_args(Background):
        held = ground.group(name)
        return held.where(held.isna(), held.astype(str)).astype(object)
    return in_words(ground.background((name,))[name])


def in_words(held: pd.Series) -> pd.Series:
    """A column as words: yes or no, its own values, or below and above its median.

    Examples
    --------
    >>> in_words(pd.Series([True, False])).tolist(), in_words(pd.Series([1.0, 2.0, None])).tolist()[:2]
    (['yes', 'no'], ['1', '2'])
    >>> in_words(pd.Series(range(8))).unique().tolist()
    ['up to 3.5', 'over 3.5']
    """
    if pd.api.types.is_bool_dtype(held):
        return held.map({True: "yes", False: "no"}).astype(object)
    if not pd.api.types.is_numeric_dtype(held):
        return held.where(held.isna(), held.astype(str)).astype(object)
    if held.nunique() <= DISTINCT:
        return held.map(lambda value: f"{value:g}", na_action="ignore").astype(object)
    middle = float(held.median())
    words = (held <= middle).map({True: f"up to {middle:g}", False: f"over {middle:g}"})
    return words.where(held.notna()).astype(object)
