"""From what matplotlib writes to an element of the page: its colours, its letters, and no more than is seen."""

from __future__ import annotations

import re
from html import escape

from la_research.report.figures.ink import INKS

GLYPH = "letter"
"""How the id of a letter's outline begins: the same outline in every figure, so it has no figure's name."""
BLANK = "3"
"""The number of the letter that is a blank, and shows nothing."""


def for_page(svg: str, name: str, alt: str) -> str:
    """An SVG element that takes its colours from the page and its letters from outlines that all figures share."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, count=1, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]+)"', body)
    assert box is not None
    for colour, page in INKS.items():
        body = body.replace(colour, page)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = body.replace("DejaVuSans-", GLYPH).replace("xlink:href", "href")
    body = re.sub(r' transform="translate\(([-\d.]+) 0\)"', _in_its_word, body)
    body = _slim(re.sub(r"\s*\n\s*", "\n", body))
    body = re.sub(rf'(\bid="|"#|url\(#)(?!{GLYPH})', rf"\g<1>{name}-", body)
    head = f'<svg class="chart" role="img" aria-label="{escape(alt)}" viewBox="{box[1]}" stroke-linejoin="round"'
    return head + ' xmlns="http://www.w3.org/2000/svg"' + body[body.index(">") :].strip()


def _in_its_word(letter: re.Match[str]) -> str:
    """Where a letter stands in its word, in hundredths of its size."""
    return f' x="{round(float(letter[1]))}"'


def _slim(body: str) -> str:
    """The same picture in fewer bytes: nothing unseen, no clipping, tenths of a point, no group around one thing."""
    body = re.sub(r'<path d="[^"]*"(?: clip-path="[^"]*")? style="fill: none(?:; opacity: 0)?"/>\n?', "", body)
    body = re.sub(r"<defs>\n(?:<clipPath.*?</clipPath>\n)+</defs>\n?", "", body, flags=re.DOTALL)
    body = re.sub(r' clip-path="[^"]*"', "", body)
    body = re.sub(rf'<(?:use href="#|path id="){GLYPH}{BLANK}"[^>]*/>\n?', "", body)
    body = re.sub(r'(?<= )(?:d|x|y)="[^"]*"|translate\([^)]*\)', lambda found: _short(found[0]), body)
    body = re.sub(r'style="[^"]*"', lambda found: found[0].replace(": ", ":").replace("; ", ";"), body)
    return _ungrouped(body)


def _short(numbers: str) -> str:
    tenths = re.sub(r"-?\d+\.\d+", lambda found: f"{round(float(found[0]), 1) + 0.0:g}", numbers)
    return re.sub(r"\s*([MLQCz])\s*", r"\1", tenths)


def _ungrouped(body: str) -> str:
    """Without the groups that say nothing of what is in them."""
    kept: list[bool] = []
    out: list[str] = []
    for part in re.split(r"(<g(?: [^>]*)?/?>\n?|</g>\n?)", body):
        if part.startswith("<g") and part.rstrip().endswith("/>"):
            continue
        if part.startswith("<g"):
            kept.append(part.startswith("<g "))
        told = not part.startswith(("<g", "</g>")) or kept[-1]
        if part.startswith("</g>"):
            kept.pop()
        out += [part] if told else []
    return "".join(out)
