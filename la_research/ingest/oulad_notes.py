"""What a reader has to know about an archive of Open University data: counts, gaps and their source."""

from __future__ import annotations

from typing import Any

import duckdb

from la_research.cohort import Provenance

SOURCE = (
    "Open University Learning Analytics Dataset, CC BY 4.0: Kuzilek, Hlosta & Zdrahal (2017), "
    "Scientific Data 4:170171, doi:10.1038/sdata.2017.171"
)
PUBLISHED = {
    "registrations": 32_593,
    "students": 28_785,
    "presentations": 22,
    "assessment_rows": 173_912,
    "click_rows": 10_655_280,
}
COUNTS = {
    "registrations": "select count(*) from registration",
    "students": "select count(distinct id_student) from registration",
    "presentations": "select count(*) from courses",
    "assessment_rows": "select count(*) from studentAssessment",
    "click_rows": "select count(*) from studentVle",
    "clicks_before_day_1": "select coalesce(sum(sum_click), 0) from click where date < 0",
    "clicks_after_last_week": "select coalesce(sum(sum_click), 0) from click where week > last_week",
    "left_before_day_1": 'select count(*) from registration where date_unregistration < 0',
    "withdrawn_without_date": """
        select count(*) from registration where final_result = 'Withdrawn' and date_unregistration is null""",
    "assessments_without_result": """
        select count(*) from assessments where id_assessment not in (select id_assessment from studentAssessment)""",
    "presentations_without_clicks": """
        select count(*) from courses anti join studentVle using (code_module, code_presentation)""",
    "registrations_without_clicks": """
        select count(*) from registration anti join (select distinct code_module, code_presentation from studentVle)
        using (code_module, code_presentation)""",
}  # fmt: skip


def provenance(connection: duckdb.DuckDBPyConnection) -> Provenance:
    """Source, counts and notes of an archive whose files and views stand in the connection.

    ``details["published"]`` compares with the published counts when all 22 presentations
    are there; a subset says "not the whole data set" instead.
    """
    counted = {name: _number(connection, query) for name, query in COUNTS.items()}
    whole = counted["presentations"] == PUBLISHED["presentations"]
    compared = {
        name: {"count": counted[name], "published": number, "equal": counted[name] == number}
        for name, number in PUBLISHED.items()
    }
    details: dict[str, Any] = {**counted, "published": compared if whole else "not the whole data set"}
    return Provenance("open", SOURCE, details, (*_whole(compared, whole), *_gaps(connection, counted)))


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _whole(compared: dict[str, dict[str, Any]], whole: bool) -> list[str]:
    if not whole:
        return ["This is not the whole data set: its counts are not compared with the published ones."]
    different = [name for name, pair in compared.items() if not pair["equal"]]
    equal = [_words(name, pair["count"]) for name, pair in compared.items() if pair["equal"]]
    notes = [f"As published: {', '.join(equal)}."] if equal else []
    return notes + [
        f"The archive holds {_words(name, compared[name]['count'])}; published are {compared[name]['published']:,}."
        for name in different
    ]


def _words(name: str, count: int) -> str:
    return f"{count:,} {name.replace('_', ' ')}"


def _gaps(connection: duckdb.DuckDBPyConnection, counted: dict[str, int]) -> list[str]:
    notes = []
    if absent := counted["presentations_without_clicks"]:
        notes.append(
            f"{absent} of {counted['presentations']} presentations "
            f"({counted['registrations_without_clicks']:,} of {counted['registrations']:,} registrations) "
            "hold no clicks: their activity is not observed, which is not the same as silent."
        )
    notes += [
        f"The clicks of {module}-{presentation} stop at day {last:,} of {length:,} (date {last - 1:,} in the archive)."
        for module, presentation, last, length in _cut_short(connection)
    ]
    if early := counted["clicks_before_day_1"]:
        notes.append(f"{early:,} clicks before day 1 fall in no teaching week and are left out.")
    if late := counted["clicks_after_last_week"]:
        notes.append(f"{late:,} clicks after a module's last week are left out.")
    if left := counted["left_before_day_1"]:
        notes.append(f"{left:,} registrations ended before day 1.")
    if undated := counted["withdrawn_without_date"]:
        notes.append(f"{undated:,} withdrawals have no date: they count as registered until the end.")
    if unseen := counted["assessments_without_result"]:
        notes.append(f"{unseen:,} assessments, mostly exams, hold nobody's result and are left out.")
    return notes


def _cut_short(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int, int]]:
    return connection.execute(
        """select code_module, code_presentation, max(date) + 1, module_presentation_length
        from studentVle join courses using (code_module, code_presentation)
        group by code_module, code_presentation, module_presentation_length
        having max(date) // 7 < (module_presentation_length - 1) // 7 order by all"""
    ).fetchall()
