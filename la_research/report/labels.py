"""A row of a finding in words: what tells it from the other rows."""

from __future__ import annotations

from la_research.finding import Row
from la_research.report.catalogue import (
    GROUPS,
    HARMS,
    STEPS,
    attribute_name,
    group_name,
    indicator_name,
    metric_name,
    readable,
    source_name,
)

COULD = {
    "detectable": "smallest gap that these sizes would show in four of five studies",
    "needed": "students a group, to show in four of five studies that no gap matters",
    "equivalence": "interval behind “equal within the margin”",
    "selected in error": "wrongly selected",
    "chosen in error": "wrongly selected",
}
"""What stands beside a verdict, in words."""
NUMBERED = (
    "week", "bin", "cut", "threshold", "item", "component", "specification", "splits", "look", "time", "exposure",
    "radius", "value",
)  # fmt: skip
"""Keys of rows whose value means something beside its name."""
NAMED_BY_VALUE = (
    "instrument", "module", "other", "between", "level", "index", "on", "folds", "model", "as", "control", "scale",
    "group", "rule", "pattern", "window", "by", "when", "side", "interval",
    "aspect",
)  # fmt: skip
"""Keys of rows whose value says it all."""
TOLD = {
    "event": "{} from the start",
    "gamma": "odds {} times as high for one of a pair",
    "relative": "courses part by {} times the largest change before",
    "shift": "differing by {}",
    "beside": "something hidden as strong as {}",
    "covariate": "{}",
    "history": "{}",
    "donor": "{}",
    "outcome": "{}",
    "saturation": "groups with {} drawn",
    "against": "against {}",
    "from": "above {}",
    "to": "up to {}",
}
"""Keys of rows about the support: what is said of their value."""
QUEUE = {"needed": "hours needed", "waiting": "hours waiting"}


def row_label(row: Row) -> str:
    """A row's keys in words."""
    named = {"indicator": indicator_name, "source": source_name, "metric": metric_name}
    parts: list[str] = []
    for key, value in row.keys.items():
        text = str(value)
        if key == "what":
            if (text in ("group", "source", "step", "indicator") and len(row.keys) > 1) or (
                text in row.keys and text != "module"
            ):
                continue
            if text == "pair":
                return f"{readable(str(row.keys['higher']))} less {readable(str(row.keys['lower']))}"
            parts.append((QUEUE if "week" in row.keys else COULD).get(text, readable(text)))
        elif key in named:
            parts.append(" and ".join(named[key](part) for part in text.split(" and ")))
        elif key in GROUPS:
            parts.append(f"{attribute_name(key)}: {group_name(key, text)}")
        elif key in ("measure", "verdict"):
            parts.append(text)
        elif key == "step":
            parts.append(STEPS.get(text, readable(text)))
        elif key in ("arm", "reason"):
            parts.append(readable(text))
        elif key in TOLD:
            parts.append(TOLD[key].format(_value(text)))
        elif key == "share" and "look" in row.keys:
            parts.append(f"{100 * float(text):g} of 100 students")
        elif key == "harm":
            parts.append(HARMS.get(text, readable(text)).lower())
        elif key in NUMBERED:
            parts.append(f"{readable(key)} {text}")
        elif key in NAMED_BY_VALUE:
            parts.append(readable(text) if key == "control" else text)
        elif key == "attribute":
            parts.append(attribute_name(text))
        else:
            parts.append(f"{attribute_name(key)}: {text}")
    return ", ".join(parts) or "all"


def _value(text: str) -> str:
    """A number as it is, a name in words."""
    return text if text.lstrip("-").replace(".", "", 1).isdigit() else indicator_name(text)


def group_label(row: Row) -> str:
    """A group's own name, without the attribute: it stands under a heading that names it."""
    named = (
        group_name(key, str(value)) for key, value in row.keys.items() if key not in ("what", "metric", "attribute")
    )
    return ", ".join(named)
