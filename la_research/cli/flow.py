"""What ``la-research`` says when it is called alone: the flow of a study, and the next step."""

from __future__ import annotations

from pathlib import Path

FLOW = """\
la-research: from a registered study to two reports

  protocol ─┐
  scenario ─┴─> cohort ─> indicators ─> validation ─┐
                  │           └─> model ─> audit ───┤
                  │                  └─> explanation┼─> evidence ─> ethics report
                  └─> evaluation of support ────────┘          └─> advisory report

  check     is the study's protocol complete and sound?
  assure    do the indicators give the hand-worked students what was promised?
  generate  a synthetic cohort, with its truth beside it
  ingest    a cohort from real data
  run       the whole study: evidence and both reports
  report    the reports of a run
  notebook  one stage of a study as a notebook
  score     what was found beside what was planted
  diagnose  what the design can and can not find, before any data
  twin      a look-alike of an extract to rehearse on, behind four gates
  audit     a vendor's predictions in a table, compared by group
  associate an indicator beside an outcome in a table, and what chance would make of it
  scale     what a questionnaire is worth, by answers in a table
  agree     whether coders of interviews agree, and whether codes were exhausted
  effect    whether support helped, in a table and by the design in which it was given
  statement all that is held about one student, for that student
  feedback  what an advisory group wrote on the explorer's page, into the study's log

  'la-research VERB --help' shows an example of each.
"""


def shown_flow(folder: Path = Path()) -> str:
    """The flow, and the next step for who stands in a folder."""
    return f"{FLOW}\nnext: {next_step(folder)}"


def next_step(folder: Path) -> str:
    """A command to type, or reports to read.

    >>> next_step(Path("no-such-folder"))
    "write a protocol, or stand in the project's folder; then: la-research run protocols/NAME"
    """
    studies = sorted(path.parent for path in folder.glob("protocols/*/protocol.yaml"))
    runs = sorted(path for path in folder.glob("reports/*/reports/ethics.html") if path.parts[-3] != "example")
    if runs:
        return f"read {runs[0].as_posix()} and {runs[0].with_name('advisory.html').as_posix()}"
    if studies:
        return f"la-research run {studies[0].as_posix()}"
    return "write a protocol, or stand in the project's folder; then: la-research run protocols/NAME"
