"""One value, one text: canonical JSON and its digest."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """The value as JSON types: floats to 12 significant digits, no NaN, no infinity, no -0.0.

    >>> plain({"a": (0.1 + 0.2, -0.0, float("nan"))})
    {'a': [0.3, 0.0, None]}
    """
    if isinstance(value, bool) or value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a numpy scalar
        return plain(value.item())
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return float(f"{value:.12g}") + 0.0
    return str(value)


def pretty_json(value: Any) -> str:
    """JSON for files that people read: keys in the order given, one final newline."""
    return json.dumps(plain(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def digest(value: Any) -> str:
    """SHA-256 over the value's canonical JSON (keys sorted, no white space).

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
