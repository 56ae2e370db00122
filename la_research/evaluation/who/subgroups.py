"""Does the effect differ between registered groups? Its size in each, one test of each division, and Holm over them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.shares import few
from la_research.evaluation.who.compared import Compared
from la_research.finding import Estimate, Finding, Row, not_analysed, number
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.multiplicity import holm, holm_levels
from la_research.statistics.subgroups import Interaction, subgroup_effects

ONE_LEVEL = "fewer than two groups have {minimum} students of each arm whose outcome is known"
NOT_THE_SAME = "That no difference is shown does not mean that the effect is the same."
SYSTEM = "A difference is about what the support offers to whom, not about the group."
EACH = "Whether groups differ is told by the test alone: one group may exclude zero and another not by chance."


@dataclass(frozen=True)
class Tested:
    """What is found of one division into groups: its finding, and the effect by group where all may be shown."""

    finding: Finding
    effects: Mapping[str, Coefficient] = field(default_factory=dict)


@dataclass(frozen=True)
class _Split:
    names: tuple[str, ...]
    hidden: tuple[str, ...]
    found: Interaction | str


def subgroup_findings(ground: Ground, held: Compared | str, groups: Mapping[str, pd.Series]) -> dict[str, Tested]:
    """``evaluation.who.subgroup.NAME`` of each division, in the order registered; p-values by Holm over all of them.

    Rows: the effect by group, ``{"what": "interaction"}`` where there are two groups (the second less the first, at the
    level that Holm reached; the headline too) and ``{"what": "detectable"}``, the smallest difference that
    would have been found with 80 % power at the hardest step of Holm.
    """
    if isinstance(held, str):
        return {name: Tested(not_analysed(_id(name), _question(name), held)) for name in groups}
    splits = {name: _split(held, group, ground.minimum) for name, group in groups.items()}
    ps = {name: one.found.p if isinstance(one.found, Interaction) else math.nan for name, one in splits.items()}
    adjusted, levels = dict(zip(ps, holm(list(ps.values())), strict=True)), holm_levels(ps, held.claim.alpha)
    return {
        name: _tested(held, name, one, adjusted[name], levels[name], len(ps), ground.minimum)
        for name, one in splits.items()
    }


def _id(name: str) -> str:
    return f"evaluation.who.subgroup.{name}"


def _question(name: str) -> str:
    return f"Does the effect of the support differ by {name.replace('_', ' ')}?"


def _split(held: Compared, group: pd.Series, minimum: int) -> _Split:
    word = group.reindex(held.students)
    sizes = pd.crosstab(word, held.drawn).reindex(columns=[False, True], fill_value=0).min(axis=1)
    names, hidden = (tuple(str(one) for one in sizes.index[kept]) for kept in (sizes >= minimum, sizes < minimum))
    if len(names) < 2:
        return _Split(names, hidden, ONE_LEVEL.format(minimum=minimum))
    here = word.isin(names).to_numpy()
    code = pd.Categorical(word[here], categories=list(names)).codes.astype(np.intp)
    given = held.given[here]
    cluster = None if held.cluster is None else np.unique(held.cluster[here], return_inverse=True)[1]
    return _Split(names, hidden, subgroup_effects(held.outcome[here], held.drawn[here], code, given, cluster))


def _tested(held: Compared, name: str, split: _Split, p: float, level: float, tests: int, minimum: int) -> Tested:
    found, unit = split.found, held.unit
    if isinstance(found, str):
        return Tested(not_analysed(_id(name), _question(name), found))
    method = _method(held)
    plain = 1 - held.claim.alpha
    rows = [
        Row({name: one}, effect.estimate(unit, method, plain))
        for one, effect in zip(split.names, found.effects, strict=True)
    ]
    rows += [Row({name: one}, None, "suppressed", few(minimum)) for one in split.hidden]
    smallest = found.detectable(held.claim.alpha / tests)
    headline = None
    if not split.hidden:
        n = sum(one.n for one in found.effects)
        if len(split.names) == 2:
            headline = found.differences[0].estimate(unit, method, 1 - level)
            rows.append(Row({"what": "interaction"}, headline))
        rows.append(Row({"what": "detectable"}, Estimate(smallest, None, None, None, unit, n, "noncentral-f")))
    limitations = (_registered(tests), _which(split.names, name), EACH, NOT_THE_SAME, SYSTEM)
    reason = _sentence(held, p, smallest)
    finding = Finding(
        _id(name), _question(name), "described", headline, tuple(rows), reason=reason,
        limitations=tuple(one for one in limitations if one),
    )  # fmt: skip
    return Tested(finding, {} if split.hidden else dict(zip(split.names, found.effects, strict=True)))


def _method(held: Compared) -> str:
    if held.cluster is not None:
        return "cr2-satterthwaite"
    return "adjusted-welch" if held.given.shape[1] else "welch"


def _registered(tests: int) -> str:
    return f"It was registered before; p-values allow for {tests} divisions into groups (Holm)." if tests > 1 else ""


def _which(names: tuple[str, ...], name: str) -> str:
    if len(names) > 2:
        return ""
    return (
        f"The interaction is the effect where {name.replace('_', ' ')} is {names[1]} less that where it is {names[0]}."
    )


def _sentence(held: Compared, p: float, smallest: float) -> str:
    """Differs, no difference shown, or can not tell, where one as large as the smallest effect could have been missed.

    The last two are told apart by what could have been found, not by what was.
    """
    told = f"p = {p:.2g}" if p >= 0.001 else "p < 0.001"
    if p <= held.claim.alpha:
        return f"the effect differs between these groups ({told})"
    size = f"{number(smallest, held.unit)}{'' if held.unit == 'share' else f' {held.unit}'}"
    could = f"a difference of {size} would have been found in four of five such studies, a smaller one less often"
    if smallest <= held.claim.smallest_effect:
        return f"no difference is shown ({told}); {could}"
    return f"can not tell ({told}): {could}"
