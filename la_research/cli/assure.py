"""``la-research assure``: do the indicators give hand-worked students what was promised?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from la_research.cli.frame import Terminal, verb

INVENTED = "Invented students, the same in every study:"


@verb("assure", examples=("la-research assure protocols/early-engagement",))
def assure(
    say: Terminal,
    protocol: Annotated[Path, typer.Argument(metavar="PROTOCOL", help="A study's folder, or its protocol.yaml.")],
) -> None:
    """Compare the indicators with students worked out by hand, in sentences a committee can read.

    Four invented students, the same in every study, are compared as far as the study has their indicators.
    """
    from la_research.errors import AssuranceError, Fault
    from la_research.indicators.assurance import assure as assured
    from la_research.indicators.assurance import raise_unexpected
    from la_research.indicators.fictional import FICTIONAL, case_of
    from la_research.store import load_assurance, load_protocol

    study = load_protocol(protocol)
    cases = load_assurance(protocol)
    if not cases:
        remedy = "write assurance.yaml beside the protocol, with a student worked out by hand"
        raise AssuranceError(Fault("assurance.no_case", "the study has no hand-worked student", str(protocol), remedy))
    own, invented = assured(study, cases), assured(study, [case_of(study, student) for student in FICTIONAL])
    results = (*own, *invented)
    held = sum(result.held for result in results)
    lines = [result.sentence for result in own]
    if invented:
        lines += ["", INVENTED, *(result.sentence for result in invented), ""]
    lines.append(f"{held} of {len(results)} values are as worked out by hand.")
    document = {
        "format": "la_research.assurance_result/1",
        "study": {"id": study.id, "protocol_digest": study.digest},
        "results": [{"sentence": one.sentence, "held": one.held, "invented": one in invented} for one in results],
    }
    say.result("\n".join(lines), document)
    raise_unexpected(results)
