"""What an advisory group thought, as the page saves it: its form, its limits and its checksum."""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from la_research.errors import Fault, SourceError
from la_research.report.explorer.words import TOPICS

FORMAT = "la_research.feedback/1"
MOST, LONGEST, LARGEST = 20, 2000, 200_000
"""Comments in a file, letters in a comment, bytes of a file."""
SHORT = 300
"""Letters of what stands beside a comment."""
KEYS = ("format", "study", "protocol", "language", "comments", "checksum")
OF_A_COMMENT = ("topic", "about", "text")
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u2060-\u206f\ud800-\udfff]")
"""Letters that nobody sees and that could steer a terminal; line breaks and tabs are none of them."""
JOINERS = "\u200c\u200d"
"""The letters of Unicode's category Cf that scripts and emoji are written with; all others of it could hide text."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
"""What a language tag looks like (RFC 5646)."""
REMEDY = "ask for the file as the page saved it"


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: its topic, the setting it was written beside, and the text."""

    topic: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """A file of comments that holds together; whoever wrote it is not known."""

    study: str
    protocol: str
    language: str
    comments: tuple[Comment, ...]
    checksum: str


def checksum(document: Mapping[str, Any]) -> str:
    """CRC-32 of the document without its checksum: keys sorted, no white space, UTF-8.

    It finds a file that was changed on its way. It does not keep out somebody who works it out anew.

    >>> checksum({"b": "é", "a": [], "checksum": "x"}) == checksum({"a": [], "b": "é"})
    True
    """
    told = {key: value for key, value in document.items() if key != "checksum"}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"crc32:{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def read_feedback(text: str, where: str) -> Feedback:
    """The comments of a file, whole and unchanged.

    Parameters
    ----------
    text
        What stands in the file. Markup in it stays text: nothing is run, and reports escape it.
    where
        The file, for messages; no comment is ever quoted in one.

    Raises
    ------
    SourceError
        ``feedback.too_large``, ``feedback.format`` where it is no feedback, ``feedback.too_many``,
        ``feedback.too_long``, ``feedback.unseen`` for letters that nobody sees, ``feedback.edited`` where the
        checksum does not hold.

    Examples
    --------
    >>> held = {"format": FORMAT, "study": "s", "protocol": "p", "language": "en-GB",
    ...         "comments": [{"topic": "The rule", "about": "week 4", "text": "Too many letters."}]}
    >>> read_feedback(json.dumps({**held, "checksum": checksum(held)}), "f.json").comments[0].text
    'Too many letters.'
    """
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise SourceError(too_large(where))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not _in_form(document):
        problem = f"it is no comments of an advisory group: '{FORMAT}' is not what it holds"
        raise SourceError(Fault("feedback.format", problem, where, REMEDY))
    SourceError.raise_if(_faults(document, where))
    comments = tuple(Comment(**one) for one in document["comments"])
    return Feedback(document["study"], document["protocol"], document["language"], comments, document["checksum"])


def too_large(where: str) -> Fault:
    """The fault of a file that is larger than any the page saves."""
    return Fault("feedback.too_large", f"the file is larger than {LARGEST // 1000} kB", where, REMEDY)


def _in_form(document: Mapping[str, Any]) -> bool:
    """Whether the keys are those of the format, and every value is of its kind."""
    texts = all(isinstance(document.get(key), str) for key in KEYS if key != "comments")
    comments = document.get("comments")
    if set(document) != set(KEYS) or not texts or document["format"] != FORMAT or not isinstance(comments, list):
        return False
    return bool(comments) and all(
        isinstance(one, dict) and set(one) == set(OF_A_COMMENT) and all(isinstance(v, str) for v in one.values())
        for one in comments
    )


def _faults(document: Mapping[str, Any], where: str) -> Iterator[Fault]:
    comments: list[dict[str, str]] = document["comments"]
    beside = [document[key] for key in ("study", "protocol", "language", "checksum")]
    beside += [one[key] for one in comments for key in ("topic", "about")]
    texts = [one["text"] for one in comments]
    if len(comments) > MOST:
        yield Fault("feedback.too_many", f"{len(comments)} comments are more than {MOST}", where, REMEDY)
    if any(len(text) > LONGEST for text in texts) or any(len(text) > SHORT for text in beside):
        yield Fault("feedback.too_long", f"a comment is longer than {LONGEST:,} letters", where, REMEDY)
    if any(not text.strip() for text in texts):
        yield Fault("feedback.format", "a comment has no text", where, REMEDY)
    if not all(one["topic"] in TOPICS for one in comments):
        yield Fault("feedback.format", "a topic is none of those that the page offers", where, REMEDY)
    if not LANGUAGE.fullmatch(document["language"]):
        yield Fault("feedback.format", "the language is no language tag", where, REMEDY)
    if any(letter in text for text in beside for letter in "\n\t"):
        yield Fault("feedback.format", "what stands beside a comment is more than one line", where, REMEDY)
    if any(_unseen(text) for text in (*texts, *beside)):
        problem = "it holds letters that nobody sees, such as terminal codes"
        yield Fault("feedback.unseen", problem, where, REMEDY)
    if document["checksum"] != checksum(document):
        yield Fault("feedback.edited", "it was changed after the page saved it", where, REMEDY)


def _unseen(text: str) -> bool:
    hidden = (letter for letter in text if letter not in JOINERS)
    return UNSEEN.search(text) is not None or any(unicodedata.category(letter) == "Cf" for letter in hidden)
