"""The Open University Learning Analytics Dataset, as its official archive lays it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from la_research.canonical import digest
from la_research.cohort import Cohort
from la_research.errors import Fault, SourceError
from la_research.ingest.archive import File, csv_files
from la_research.ingest.csv_table import read_table
from la_research.ingest.oulad_notes import provenance
from la_research.ingest.oulad_tables import RESULTS, TABLES, faults

ENROLMENT = "code_module || '-' || code_presentation || '-' || id_student as enrolment_id"

VIEWS = {
    # OULAD counts days from 0, a cohort from 1; the last day registered is the one before that of leaving.
    # "10-20" is the one band written without its sign.
    "registration": f"""
        select *, {ENROLMENT}, date_registration + 1 as start, date_unregistration as "end",
            case when imd_band similar to '[0-9]+-[0-9]+' then imd_band || '%' else imd_band end as imd
        from studentInfo
        join studentRegistration using (code_module, code_presentation, id_student)""",
    "click": f"""
        select {ENROLMENT}, date, sum_click, date // 7 + 1 as week,
            (module_presentation_length + 6) // 7 as last_week
        from studentVle join courses using (code_module, code_presentation)""",
    "submission": f"""
        select {ENROLMENT}, id_assessment, date_submitted + 1 as submitted_day, score
        from studentAssessment join assessments using (id_assessment)""",
    "presentation_days": """
        select code_presentation as presentation, max(module_presentation_length) as days
        from courses group by all""",
}  # fmt: skip

QUERIES = {
    "students": """
        select distinct id_student as student_id, null::varchar as level, null::varchar as subject,
            null::double as entry_tariff, null::boolean as commutes, null::bigint as paid_work_hours
        from registration""",
    "vault": """
        select enrolment_id, attribute, value from (
            select enrolment_id, gender, disability, imd as imd_band, age_band, region from registration)
        unpivot include nulls (value for attribute in (gender, disability, imd_band, age_band, region))""",
    "enrolments": """
        select enrolment_id, id_student as student_id, code_module as module, code_presentation as presentation,
            start, "end", studied_credits as credits, num_of_prev_attempts as previous_attempts
        from registration""",
    "activity": """
        select enrolment_id, week, 'vle' as source, sum(sum_click)::bigint as count,
            count(distinct date) as active_days, null::bigint as seconds
        from click where date >= 0 and week <= last_week group by all""",
    # A student owes what falls due while registered; an assessment nobody has a result in was not recorded.
    "assessments": """
        with owed as (
            select enrolment_id, id_assessment
            from registration join assessments using (code_module, code_presentation)
            where date + 1 >= coalesce(start, date + 1) and date + 1 <= coalesce("end", date + 1)
                and id_assessment in (select id_assessment from submission)),
        every as (select * from owed union select enrolment_id, id_assessment from submission)
        select enrolment_id, id_assessment as assessment_id, date + 1 as due_day, submitted_day, score
        from every join assessments using (id_assessment)
        left join submission using (enrolment_id, id_assessment)""",
    "outcomes": f"""
        select enrolment_id, case final_result {" ".join(f"when '{k}' then '{v}'" for k, v in RESULTS.items())} end
            as name, 'yes' as value, case when final_result = 'Withdrawn' then date_unregistration + 1 end as day
        from registration""",
    "calendar": """
        select presentation, day, (day - 1) // 7 + 1 as week, 'teaching' as kind
        from (select presentation, unnest(range(1, days + 1)) as day from presentation_days)""",
    # A feed whose last click falls in the module's last week is complete; any other stops where it stops.
    "feeds": """
        select code_module as module, code_presentation as presentation, 'vle' as source, min(date) + 1 as first_day,
            case when max(date) // 7 >= (module_presentation_length - 1) // 7
                then greatest(max(date) + 1, max(days)) else max(date) + 1 end as last_day
        from studentVle join courses using (code_module, code_presentation)
        join presentation_days on code_presentation = presentation
        group by code_module, code_presentation, module_presentation_length
        union all
        select code_module, code_presentation, 'assessments', 1, days
        from courses join presentation_days on code_presentation = presentation""",
}  # fmt: skip
"""Each table of a cohort, in SQL over the files of the archive."""


def ingest_oulad(paths: Sequence[Path]) -> Cohort:
    """The Open University data set as a cohort of open data.

    Parameters
    ----------
    paths
        The official archive as a zip, the folder it unpacks to, or its CSV files one by one.

    Returns
    -------
    Cohort
        An enrolment is a student in a module in a presentation; ``student_id`` is the
        published, anonymous one. Day 1 is OULAD's date 0. Among the awkward rows:

        - ``?`` and an empty cell are both missing; the band "10-20" reads "10-20%";
        - clicks before day 1, or after the module's last week, are in no teaching week:
          left out of ``activity`` and counted in the provenance;
        - a presentation without any click has no ``vle`` feed: not observed, never silent;
        - ``end`` is the day before that of leaving, so who leaves on the last day of week 4
          has left by its end; leaving before day 1 gives an ``end`` below 0, and a
          withdrawal without a date has none;
        - an assessment that falls due while the student is registered and was never handed in
          has no ``submitted_day``; a result carried over from an earlier attempt ("banked")
          is recorded one day before the start and so counts as handed in on time;
        - an assessment in which nobody has a result, such as most exams, is left out: its
          results were not published;
        - the calendar of a presentation is that of its longest module (they differ by about
          a week), and holds no breaks, because none were published.

    Raises
    ------
    SourceError
        Files that are absent, unsafe, cut short, or break a promise of ``oulad_tables``;
        all faults of the tables at once. No message holds a student's id or value.

    References
    ----------
    Kuzilek, Hlosta & Zdrahal (2017), Open University Learning Analytics dataset,
    Scientific Data 4:170171, doi:10.1038/sdata.2017.171. Its ``sum_click`` rows are summed
    here by enrolment and week.

    Examples
    --------
    >>> ingest_oulad([Path("nowhere.zip")])
    Traceback (most recent call last):
    ...
    la_research.errors.SourceError: error[source.no_such_file]: there is no such file or folder
      where:  nowhere.zip
      remedy: check the path
    """
    files = csv_files(paths, [table.name for table in TABLES])
    SourceError.raise_if(
        Fault(
            "source.missing_table",
            f"there is no file '{table.name}.csv'",
            "; ".join(map(str, paths)),
            "add the file; it is part of the published archive",
        )
        for table in TABLES
        if table.name not in files
    )
    tables, source_digest = _read(files)
    SourceError.raise_if(faults(tables, files))
    connection = _views(tables)
    made = {name: connection.sql(query).to_arrow_table() for name, query in QUERIES.items()}
    return Cohort(made, provenance(connection), source_digest)


def _read(files: Mapping[str, File]) -> tuple[dict[str, pa.Table], str]:
    """All tables, and one digest of the bytes that is the same for zip, folder and single files."""
    tables: dict[str, pa.Table] = {}
    seen: dict[str, str] = {}
    broken: list[Fault] = []
    for table in TABLES:
        data = files[table.name].read()
        seen[table.name] = hashlib.sha256(data).hexdigest()
        try:
            tables[table.name] = read_table(data, files[table.name].where, table)
        except SourceError as error:
            broken += error.faults
    SourceError.raise_if(broken)
    return tables, digest(seen)


def _views(tables: Mapping[str, pa.Table]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)
    for name, query in VIEWS.items():
        connection.execute(f"create view {name} as {query}")
    return connection
