"""Every sentence that the page fills with numbers, so that words are read, graded and linted in one place."""

from __future__ import annotations

NOBODY = "Nobody gets a message from this page. It plays a rule through on weeks gone by."
PERSON = "An indicator suggests; a person decides."
NEED = "“In need” means here: {outcome}. We count only students of whom we know if they were."
HELP = "A message is not yet help. What it changes, only a trial can say."
OUT_OF = "All numbers are out of 1,000 students. The range in brackets is likely to hold the true number."
FEW = "“Hidden” means: too few students stand behind a number. We hide it, so that no one can be picked out."

MEASURES = {
    "contacted": ("Get a message", "Of 1,000 students, {v} get a message.", "students"),
    "missed": ("In need, no message", "Of 1,000 students in need, {v} get no message.", "students in need"),
    "wrongly contacted": (
        "Not in need, but a message",
        "Of 1,000 students not in need, {v} get a message.",
        "students not in need",
    ),
}
"""What is counted: its name, its sentence, and of whom ``n`` tells."""

WORDS = {
    "cell": "{v} ({l} to {u})",
    "n": "from {n} {who}",
    "counted": "Counted on {n} {who}.",
    "chance": "Had chance picked as many students, about {v} of 1,000 in need would get no message.",
    "silent": "The score with {cut} in {week}: for {share} of those picked, it knows too little. "
    "There it should say nothing. The numbers here count them all the same.",
    "idle": "can not look",
    "idle_told": "This rule can not look in this week.",
    "hidden": "hidden",
    "unknown": "not known",
    "any": "any of weeks {weeks}",
    "week": "week {week}",
    "setting": "Rule: {rule}. Threshold: {cut}. When: {week}.",
    "short": "{rule}, {cut}, {week}",
    "summary": "{setting} Out of 1,000 each. Get a message: {contacted}. In need, no message: {missed}. "
    "Not in need, but a message: {wrong}.",
    "same": "This is the rule this study tests.",
    "against": "Beside the rule this study tests ({rule}, {cut}, {week}):",
    "more": "{what}: about {d} more, {now} beside {before}",
    "fewer": "{what}: about {d} fewer, {now} beside {before}",
    "equal": "{what}: as many, {now} beside {before}",
    "not_compared": "{what}: hidden or not known, so we can not compare",
    "one_cut": "This rule has one threshold, so there is nothing to move.",
    "line": "In this week, the rule writes from a score of {line} on.",
    "staff": "Of 1,000 students, about {contacts} get a message in a week. "
    "At {minutes} minutes each, that takes {needed} hours.",
    "has": "Staff have {hours} hours a week.",
    "fits": "That is enough.",
    "may_fit": "That may be enough, or not: we can not tell.",
    "too_short": "That is not enough. Chance would have to decide who waits: about {wait} of 1,000 students.",
    "staff_hidden": "How many get a message in a week is hidden or not known. "
    "So we can not say if the hours are enough.",
    "hours": "{hours} hours",
    "writes": "The rule writes to {name} in week {week}: {what}.",
    "never": "The rule does not write to {name}. Week {week}: {what}.",
    "passes": "The rule passes {name} over: for these weeks there is nothing to read.",
    "only": "For {name}, the score is worked out for week {week} alone.",
    "unsure": "We can not say if the rule writes to {name}: the line of the score is hidden here.",
    "true_contact": "A message, and there is need.",
    "wrong_contact": "A message, and there is no need.",
    "missed_need": "No message, and there is need.",
    "no_contact": "No message, and there is no need.",
    "beside": "Saved beside it: {setting}",
    "left": "{left} letters left",
    "full": "That is all that one file can hold: {most} comments.",
    "added": "Your comment is on the list. {count} so far. Save the file to keep it.",
    "removed": "The comment is gone from the list. {count} left.",
    "empty": "Write something first.",
    "saved": "The file was made. Look for it in your downloads, then hand it in.",
    "saved_full": "The file was made. It was full, so what is in the box is not in it.",
    "nothing": "There is no comment on the list yet.",
    "remove": "Remove comment {number}",
}
"""Sentences by name; what stands in curly brackets is filled in."""

INVENTED = "They are invented: no such student exists. They are the same four in every study."
MEET = "Change the rule above, and see here what it does."
NOT_WRITTEN = "Without a script you can not write here. Write to the study's team: {contact}."
"""What stands in the place of the box where no script runs."""
COMMENTS = (
    "Your comments stay on this page until you save them as a file. Nothing is sent.",
    "Hand the file to the study's team ({contact}). They read it and put it in the log of what students said.",
    "It is not anonymous if you write your name. We do not ask for it, so please leave it out.",
    "When you close this page, what you did not save is gone.",
)
NOT_HERE = "Do not ask for help for yourself here: nobody reads it at once. These people help:"
TOPICS = (
    "The rule",
    "Who is missed",
    "Who gets a message without need",
    "Time of staff",
    "The data",
    "The invented students",
    "Something else",
)
"""What a comment may be about."""


def filled(sentence: str, /, **values: object) -> str:
    """A sentence with its places filled.

    >>> filled("week", week=4)
    'week 4'
    """
    return WORDS[sentence].format(**values)
