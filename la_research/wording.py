"""How we write about people: a list of words to avoid, and two published reading grades."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Remark:
    """A word that does not fit, where it stands in the text, and what to write instead."""

    found: str
    start: int
    instead: str

    def __str__(self) -> str:
        return f"'{self.found}': {self.instead}"


_FEELING = (
    r"feel\w*|felt|struggl\w*|unwell|unhapp\w*|lonely|anxious|stressed|lazy|depress\w*"
    r"|(?:un)?motivated|do(?:es)? not care"
)
_PERSON = r"students?|they|she|he|you"

RULES: tuple[tuple[str, str], ...] = (
    (r"\b(?:end )?users?\b", "write 'students', or name the role"),
    (r"\b(?:subjects|(?:research|data|study) subject)\b", "write 'students'"),
    (r"\bdisengag\w+", "write 'less engaged', and in which weeks"),
    (r"\bdetect(?:s|ed|ing|ion|or)?\b", "an indicator suggests; it does not detect"),
    (r"\bdiagnos(?:e|es|ed|ing|is|tic)\b", "an indicator suggests; it does not diagnose"),
    (r"\b(?:red[- ])?flag(?:s|ged|ging)?\b", "write 'suggests', or 'the rule chose'"),
    (r"\bat[- ]risk\b|\bstudents? at risk\b|\brisk scores?\b", "say what was observed, not what a person is"),
    (r"\b(?:failing|weak|poor|problem|vulnerable|normal|abnormal) students?\b", "describe the weeks, not the student"),
    (r"\bpredict(?:s|ed|ing)? (?:that )?(?:a |the |which )?students?\b", "write 'the model scored'"),
    (r"\bde-?bias\w*", "write 'assessed', and say which harm was reduced"),
    (
        r"\bunbiased (?:model|rule|algorithm)\b|\bbias[- ]free\b|\bfree (?:of|from) bias\b",
        "write which gap was measured",
    ),
    (
        r"\bfair (?:model|rule|algorithm|score)s?\b|\b(?:model|rule|algorithm) is (?:un)?fair\b",
        "write which gap was measured",
    ),
    (r"\bsuffer(?:s|ed|ing)? from\b|\bmentally ill\b|\bcommit(?:s|ted)? suicide\b", "use words that carry no blame"),
    (r"\bprove[sdn]?\b", "a study suggests or shows within an interval; it does not prove"),
    (
        (
            rf"\b(?:{_PERSON})\b[^.?!]{{0,60}}\b(?:{_FEELING})\b[^.?!]{{0,60}}\bbecause\b"
            rf"|\bbecause\b[^.?!]{{0,20}}\b(?:{_PERSON})\b[^.?!]{{0,40}}\b(?:{_FEELING})\b"
        ),
        "'because' is for what a rule did, not for what a student feels or is",
    ),
)
"""Pattern and advice: "Words about people" of the house style, and the Jisc and City codes on tone."""


def lint(text: str) -> list[Remark]:
    """Words about people that this project does not write, in the order they stand.

    Parameters
    ----------
    text
        Plain text, one or many sentences; case does not matter.

    Examples
    --------
    >>> [remark.found for remark in lint("Users at risk were flagged.")]
    ['Users', 'at risk', 'flagged']
    >>> lint("The rule chose week 4 because activity was under 30 % of the mean.")
    []
    """
    found = [
        Remark(match.group(0), match.start(), advice)
        for pattern, advice in RULES
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]
    return sorted(found, key=lambda remark: (remark.start, remark.found))


def sentences(text: str) -> list[str]:
    """Sentences of a plain text; a line break ends one, a decimal point does not.

    >>> sentences("The gap is 8.0 %. We can not tell.\\nWho helps?")
    ['The gap is 8.0 %.', 'We can not tell.', 'Who helps?']
    """
    parts = re.split(r"(?<=[.?!])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9])|\n+", text)
    return [part.strip() for part in parts if words(part)]


def words(text: str) -> list[str]:
    """Words that are read as words: letters, with inner apostrophes; numbers and codes are left out.

    >>> words("WHO-5 rose in week 10; it's small.")
    ['rose', 'in', 'week', "it's", 'small']
    """
    tokens = re.findall(r"[^\s—–/-]+(?:-[^\s—–/]+)*", text)
    bare = [token.strip(".,;:!?()[]\"“”‘’'%…") for token in tokens]
    return [word for word in bare if re.fullmatch(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", word)]


@cache
def syllables(word: str) -> int:
    """Syllables of an English word: hyphenation points or sounded vowels, whichever is more.

    >>> [syllables(word) for word in ("support", "university", "asked", "people", "wellbeing")]
    [2, 5, 1, 2, 3]
    """
    parts = re.split(r"[-'’]", word.lower())
    return sum(max(_hyphens(part), _vowels(part), 1) for part in parts if len(part) > 1) or 1


def _hyphens(word: str) -> int:
    return len(_dictionary().positions(word)) + 1


def _vowels(word: str) -> int:
    groups = len(re.findall(r"[aeiouy]+", word))
    silent = re.search(r"(?:[^aeiouyl]|[aeiouy]l)e$|[^aeioutd]ed$|[^aeiouscxzhg]es$", word)
    return groups + bool(re.search(r"[aeiou]ing", word)) - bool(silent and groups > 1)


@cache
def _dictionary():  # type: ignore[no-untyped-def]
    from pyphen import Pyphen

    return Pyphen(lang="en_GB")


def flesch_kincaid(text: str) -> float:
    """Grade after Kincaid et al. (1975): 0.39 words a sentence + 11.8 syllables a word − 15.59.

    References
    ----------
    Kincaid, Fishburne, Rogers, Chissom (1975), Derivation of new readability formulas for
    Navy enlisted personnel, doi:10.21236/ADA006655. Syllables come from ``syllables``.
    """
    said, count = words(text), len(sentences(text))
    if not said:
        return 0.0
    return 0.39 * len(said) / count + 11.8 * sum(map(syllables, said)) / len(said) - 15.59


def gunning_fog(text: str) -> float:
    """Grade after Gunning (1952): 0.4 (words a sentence + per cent of words of three syllables or more).

    Endings -ed, -es and -ing do not make the third syllable; names and compounds are left out.

    References
    ----------
    Gunning (1952), The technique of clear writing, McGraw-Hill.
    """
    said, count = words(text), len(sentences(text))
    if not said:
        return 0.0
    hard = sum(_is_hard(word) for word in said)
    return 0.4 * (len(said) / count + 100 * hard / len(said))


def _is_hard(word: str) -> bool:
    if "-" in word or word[:1].isupper():
        return False
    return syllables(word) - bool(re.search(r"[td]ed$|[scxzhg]es$|ing$", word.lower())) >= 3


def reading_grade(text: str) -> float:
    """The higher of the two grades: years of school that a text asks for.

    Parameters
    ----------
    text
        Plain text; sentences end with a full stop or a line break.

    Examples
    --------
    >>> reading_grade("You can say no. It does not touch your grade.") < 4
    True
    >>> reading_grade("") == 0
    True
    """
    return max(flesch_kincaid(text), gunning_fog(text), 0.0)
