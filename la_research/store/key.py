"""The key behind the pseudonyms of a cohort: read from a file that nobody else can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from la_research.cohort.pseudonym import KEY_BYTES
from la_research.errors import Fault, GovernanceError

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_key(path: str | Path) -> bytes:
    """All bytes of a key file, as they are.

    Parameters
    ----------
    path
        A file of 32 bytes or more that only its owner may open, where the system can tell.

    Raises
    ------
    GovernanceError
        ``key.not_found``, ``key.readable_by_others``, ``key.too_short``. No message holds a byte of the key.
    """
    path = Path(path)
    try:
        open_to = path.stat().st_mode & OTHERS if os.name == "posix" else 0
        key = path.read_bytes()
    except OSError as error:
        problem, remedy = "the key file can not be read", "check the path; the records team holds the key"
        raise GovernanceError(Fault("key.not_found", problem, "--key-file", remedy)) from error
    if open_to:
        problem, remedy = "others than its owner may open the key file", "take their rights away: chmod 600 FILE"
        raise GovernanceError(Fault("key.readable_by_others", problem, "--key-file", remedy))
    if len(key) < KEY_BYTES:
        problem, remedy = f"the key has fewer than {KEY_BYTES} bytes", "use the key that the cohort was made with"
        raise GovernanceError(Fault("key.too_short", problem, "--key-file", remedy))
    return key
