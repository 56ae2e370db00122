"""What comes first for a student who reads about their own numbers: to correct, to add, to decline, to talk."""

from __future__ import annotations

FIRST = (
    "If a record is wrong, you can ask for it to be put right.",
    "You can add what the records do not show, such as: I was ill, or I work on paper.",
    "You can say no to being scored or contacted.",
    "You can talk to a person about it, and bring someone along.",
)
"""In the order in which they are offered; the same wherever a student reads of a number."""
