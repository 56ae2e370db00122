"""The only room that knows a markup: a document as one HTML file without network, its tables as CSV."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from functools import cache
from typing import Any

from la_research.canonical import plain
from la_research.finding import Estimate
from la_research.report.document import Cell, Document, Links, Table
from la_research.report.explorer import Explorer
from la_research.report.explorer.still import sums
from la_research.report.explorer.words import INVENTED, MEET
from la_research.report.figures import GLYPH, draw

NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?: ?%)?")
ESTIMATE_COLUMNS = ("value", "lower", "upper", "level", "unit", "n", "method")


def render_html(document: Document) -> str:
    """The document as one HTML file: no network, light and dark, printable.

    Parameters
    ----------
    document
        A report; every text in it is escaped.

    Returns
    -------
    str
        The same bytes for the same document.
    """
    page = _environment().get_template("report.html.j2")
    text: str = page.render(document=document, style=_style())
    text = re.sub(r"var\((--[\w-]+), [^()]*\)", r"var(\1)", text)  # the page has every colour
    return _ends_left_out(_styles_once(_letters_once(text))) + "\n"


def render_explorer(explorer: Explorer) -> str:
    """The advisory explorer as one HTML file: no network, one script whose digest the page's own rule names.

    Parameters
    ----------
    explorer
        The page; every text in it is escaped, and what the script reads holds no markup.

    Returns
    -------
    str
        The same bytes for the same page.
    """
    from markupsafe import Markup

    script = _part("explorer.js").strip()
    held = json.dumps(plain(explorer.live), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    data = re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", held)
    page = _environment().get_template("explorer.html.j2")
    text: str = page.render(
        document=explorer.document,
        lead=explorer.lead,
        live=explorer.live,
        tried="rules" in explorer.live,
        people=explorer.people,
        invented=INVENTED,
        meet=MEET,
        style=_style() + Markup(_part("explorer.css")),
        script=Markup(script),
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        data=Markup(data),
    )
    return text + "\n"


def tables(document: Document) -> dict[str, str]:
    """Every table of a document, the twins of figures too, as CSV by name.

    A column of estimates becomes seven (value, lower, upper, level, unit, n, method). A cell
    that a spreadsheet would take for a formula gets a leading ``'``; numbers stay as they are.

    Examples
    --------
    >>> from la_research.report.document import Section
    >>> table = Table("t", "T", ("Module", "Students"), (("=HYPERLINK(1)", "-5"),))
    >>> tables(Document("A", "ethics committee", "open", (Section("s", "S", (table,)),)))["t"].splitlines()[1]
    "'=HYPERLINK(1),-5"
    """
    return {table.name: _csv(table) for table in document.tables()}


def _letters_once(page: str) -> str:
    """Every letter of all figures outlined once, ahead of the first figure, and no more in each."""
    outlines: dict[str, str] = {}

    def collected(found: re.Match[str]) -> str:
        outlines[found[1]] = found[0].strip()
        return ""

    page = re.sub(rf'<path id="({GLYPH}[^"]*)"[^>]*/>\n?', collected, page).replace("<defs>\n</defs>\n", "")
    if not outlines:
        return page
    shared = (
        f'<svg class="letters" aria-hidden="true" width="0" height="0"><defs>{"".join(outlines.values())}</defs></svg>'
    )
    return page.replace("<main", f"{shared}\n<main", 1)


def _styles_once(page: str) -> str:
    """What lines and letters of all figures look like told once, at the end of the page's style, and named there."""
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        return f'class="{names.setdefault(found[1], f"i{len(names)}")}"'

    def picture(found: re.Match[str]) -> str:
        return re.sub(r'style="([^"]*)"', named, found[0])

    page = re.sub(r'<svg class="chart".*?</svg>', picture, page, flags=re.DOTALL)
    told = "".join(f".{name}{{{style}}}\n" for style, name in names.items())
    return page.replace("</style>", f"{told}</style>", 1)


def _ends_left_out(page: str) -> str:
    """The page without end tags of cells and rows, which HTML lets go: a thirteenth of a long report."""
    return re.sub(r"</t[dhr]>\n?", "", page)


def _csv(table: Table) -> str:
    wide = [any(isinstance(row[i], Estimate) for row in table.rows) for i in range(len(table.columns))]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = [
        head
        for column, spread in zip(table.columns, wide, strict=True)
        for head in (_heads(column) if spread else [column])
    ]
    writer.writerow(map(guarded, heads))
    for row in table.rows:
        cells = [
            text for cell, spread in zip(row, wide, strict=True) for text in (_spread(cell) if spread else [str(cell)])
        ]
        writer.writerow(map(guarded, cells))
    return out.getvalue()


def _heads(column: str) -> list[str]:
    return [f"{column} {name}" if name == "value" else name for name in ESTIMATE_COLUMNS]


def _spread(cell: Cell) -> list[str]:
    if not isinstance(cell, Estimate):
        return [str(cell), *[""] * (len(ESTIMATE_COLUMNS) - 1)]
    return [
        "" if held is None else f"{held:.6g}" if isinstance(held, float) else str(held)
        for held in cell.as_json().values()
    ]


def guarded(text: str) -> str:
    """A cell that no spreadsheet runs.

    >>> guarded("=HYPERLINK(1)"), guarded("-0.30"), guarded("@home"), guarded("plain")
    ("'=HYPERLINK(1)", '-0.30', "'@home", 'plain')
    """
    if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not NUMBER.fullmatch(text):
        return "'" + text
    return text


def _split(estimate: Estimate) -> tuple[str, str]:
    """The printed estimate in two: what stands out, and the interval and n that go with it."""
    mark = " (" if estimate.lower is not None else ", n = "
    head, found, rest = str(estimate).partition(mark)
    return head, found.lstrip(" ,") + rest


def _kind(block: object) -> str:
    return type(block).__name__


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("la_research.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    environment.filters["split"] = _split
    environment.filters["draw"] = _drawn
    environment.filters["sums"] = sums
    environment.tests["estimate"] = lambda cell: isinstance(cell, Estimate)
    environment.tests["links"] = lambda cell: isinstance(cell, Links)
    return environment


def _drawn(figure: Any) -> Any:
    from markupsafe import Markup

    return Markup(draw(figure))


@cache
def _style() -> Any:
    from markupsafe import Markup

    return Markup(_part("report.css"))


def _part(name: str) -> str:
    from importlib.resources import files

    return files("la_research.report").joinpath(f"templates/{name}").read_text(encoding="utf-8")
