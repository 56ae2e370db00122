"""Whether a gap over all students turns round within strata: told only where both signs are supported."""

from __future__ import annotations

from typing import Literal

Bounds = tuple[float, float]
Told = Literal["reversal", "not seen", "persists", "can not tell"]


def reversal(pooled: Bounds, within: Bounds) -> Told:
    """What becomes of the gap between two groups once students of one stratum are compared.

    Parameters
    ----------
    pooled, within
        Interval of the first group less the second, over all students and within strata, each
        at the level that holds for all pairs of groups at once. First is the group that has
        the higher value over all students.

    Returns
    -------
    str
        "reversal": above zero over all, below zero within. "persists": above zero in both.
        "not seen": above zero over all, on either side of zero within; which does not show
        that there is no gap. "can not tell": not shown to be above zero over all.

    References
    ----------
    Simpson (1951), doi:10.1111/j.2517-6161.1951.tb00088.x. Both signs have to be shown, each at
    alpha, as in an intersection-union test (Berger 1982, doi:10.1080/00401706.1982.10487790).

    Examples
    --------
    >>> reversal((0.1, 0.2), (-0.2, -0.1)), reversal((0.1, 0.2), (-0.1, 0.1)), reversal((-0.1, 0.2), (-0.2, -0.1))
    ('reversal', 'not seen', 'can not tell')
    """
    if pooled[0] <= 0:
        return "can not tell"
    if within[1] < 0:
        return "reversal"
    return "persists" if within[0] > 0 else "not seen"


def told(kind: Told, within: Bounds, margin: float, stratum: str) -> str:
    """The rest of a sentence that begins with the direction over all students.

    >>> told("not seen", (-0.2, 0.1), 0.1, "module")
    '; within one module that gap is not seen, which does not show that there is none'
    """
    if kind == "reversal":
        return f"; within one {stratum} it is the reverse, and both are supported"
    if kind == "persists":
        return f", and so it is within one {stratum}"
    if kind == "can not tell":
        return ", though chance alone could make such a gap"
    inside = max(-within[0], within[1]) < margin
    known = "and is inside the margin" if inside else "which does not show that there is none"
    return f"; within one {stratum} that gap is not seen, {known}"
