"""A code in place of the institution's number of a student: the same for the same key, and no way back without it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

KEY_BYTES = 32
"""Least bytes of a key: as many as the hash gives."""
BYTES = 16
"""Bytes of the hash that are kept: among a million students two share a code once in 10^26 cohorts."""


def pseudonym(number: str, key: bytes) -> str:
    """The code of a student: HMAC-SHA-256 of the normalised number under the key, its first 16 bytes as hexadecimals.

    Parameters
    ----------
    number
        The institution's number. Spaces, and whether letters are small or capital, make no difference.
    key
        32 bytes or more from a good source of chance, kept apart from the data.

    Returns
    -------
    str
        32 characters, 0 to 9 and a to f.

    Raises
    ------
    ValueError
        The key is too short.

    Notes
    -----
    A pseudonym hides a number; it does not make data anonymous. Who holds the key can try every number there is, and
    who knows enough about a student can find the rows without any key. Another key gives other codes: cohorts made
    under two keys can not be joined by them.

    References
    ----------
    Krawczyk, Bellare, Canetti (1997), HMAC: keyed-hashing for message authentication, doi:10.17487/RFC2104. ENISA
    (2019), Pseudonymisation techniques and best practices, section 5.1.4: a keyed hash, cut here to half its length.

    Examples
    --------
    >>> key = bytes(range(32))
    >>> pseudonym("u 123-45", key) == pseudonym("U123-45", key)
    True
    >>> len(pseudonym("U123-45", key)), pseudonym("U123-46", key) == pseudonym("U123-45", key)
    (32, False)
    """
    if len(key) < KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes or more")
    return hmac.new(key, normalised(number).encode(), hashlib.sha256).digest()[:BYTES].hex()


def normalised(number: str) -> str:
    """A number as it is hashed: one form of each letter (NFKC), capitals, no spaces.

    >>> normalised(" u 123-45 ")
    'U123-45'
    """
    return "".join(unicodedata.normalize("NFKC", number).upper().split())
