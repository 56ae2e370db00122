"""An invented archive of the shape of the Open University's: 200 registrations, nobody's data."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from la_research.seeds import stream

HEADERS = {
    "courses": "code_module,code_presentation,module_presentation_length",
    "assessments": "code_module,code_presentation,id_assessment,assessment_type,date,weight",
    "vle": "id_site,code_module,code_presentation,activity_type,week_from,week_to",
    "studentInfo": "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
    "num_of_prev_attempts,studied_credits,disability,final_result",
    "studentRegistration": "code_module,code_presentation,id_student,date_registration,date_unregistration",
    "studentAssessment": "id_assessment,id_student,date_submitted,is_banked,score",
    "studentVle": "code_module,code_presentation,id_student,id_site,date,sum_click",
}
COURSES = (
    ("AAA", "2013J", 268),
    ("AAA", "2014J", 269),
    ("BBB", "2013J", 268),
    ("BBB", "2014J", 262),
    ("EEE", "2014B", 241),
)
CLICKS_UNTIL = {("AAA", "2013J"): 268, ("AAA", "2014J"): 269, ("BBB", "2013J"): 133}
DUE = {"AAA": (19, 54), "BBB": (19, 47), "EEE": (33, 68)}
BANDS = ("0-10%", "10-20", "20-30%", "90-100%")

HAND = {
    # 1001 clicks before day 1, twice on date 0, once on dates 6 and 7; 1002 leaves before the start;
    # 1003 withdraws without a date; 1004 leaves on date 20, having owed assessment 1 and not handed it in.
    "studentInfo": [
        "AAA,2013J,1001,F,Wales,A Level,10-20,0-35,0,60,N,Pass",
        "AAA,2013J,1002,M,Wales,A Level,?,0-35,1,60,N,Withdrawn",
        "AAA,2013J,1003,F,Scotland,A Level,,35-55,0,120,Y,Withdrawn",
        "AAA,2013J,1004,M,Scotland,A Level,20-30%,55<=,2,30,Y,Withdrawn",
    ],
    "studentRegistration": [
        "AAA,2013J,1001,-20,?",
        "AAA,2013J,1002,-40,-10",
        "AAA,2013J,1003,?,?",
        "AAA,2013J,1004,-5,20",
    ],
    "studentAssessment": ["1,1001,18,0,78", "2,1001,-1,1,60", "1,1003,25,0,?"],
    "studentVle": [
        "AAA,2013J,1001,7,-3,5",
        "AAA,2013J,1001,7,0,2",
        "AAA,2013J,1001,8,0,3",
        "AAA,2013J,1001,7,6,1",
        "AAA,2013J,1001,7,7,4",
        "AAA,2013J,1001,7,268,1",
        "AAA,2013J,1004,7,30,9",
    ],
}


def invent() -> dict[str, str]:
    """CSV text by table: the four students above and 196 drawn by seed."""
    rows: dict[str, list[str]] = {name: list(HAND.get(name, ())) for name in HEADERS}
    rows["courses"] = [f"{module},{presentation},{length}" for module, presentation, length in COURSES]
    rows["vle"] = ["7,AAA,2013J,resource,?,?"]
    number = {}
    for module, presentation, _ in COURSES:
        for date in (*DUE[module], "?"):
            number[module, presentation, date] = len(number) + 1
            kind = "Exam" if date == "?" else "TMA"
            rows["assessments"].append(f"{module},{presentation},{len(number)},{kind},{date},50")
    for i in range(196):
        _registration(i, rows, number)
    return {name: "\n".join((header, *rows[name])) + "\n" for name, header in HEADERS.items()}


def _registration(i: int, rows: dict[str, list[str]], number: dict[tuple[str, str, object], int]) -> None:
    module, presentation, _ = COURSES[i % 5]
    student = 2000 + (i if i < 180 else i - 179)  # the last 16 take a second module
    draw = stream(13, "invented", i)
    busy = draw.random()
    result = "Withdrawn" if draw.random() > 0.4 + busy / 2 else ("Fail" if draw.random() > 0.5 + busy / 3 else "Pass")
    left = str(int(draw.integers(5, 200))) if result == "Withdrawn" else "?"
    course = f"{module},{presentation},{student}"
    rows["studentInfo"].append(
        f"{course},{'FM'[draw.integers(2)]},Wales,A Level,{BANDS[draw.integers(4)]},"
        f"{('0-35', '35-55')[draw.integers(2)]},{draw.integers(2)},60,{'NNNY'[draw.integers(4)]},{result}"
    )
    rows["studentRegistration"].append(f"{course},{-draw.integers(1, 90)},{left}")
    for date in DUE[module]:
        if draw.random() < 0.3 + 0.7 * busy and (left == "?" or int(left) > date):
            handed_in = f"{date + draw.integers(-5, 4)},0,{draw.integers(30, 100)}"
            rows["studentAssessment"].append(f"{number[module, presentation, date]},{student},{handed_in}")
    last = CLICKS_UNTIL.get((module, presentation), -1)
    for date in range(0, min(last, 41) + 1, 3):
        if draw.random() < busy:
            rows["studentVle"].append(f"{course},7,{date},{draw.integers(1, 30)}")
    if last >= 0 and i < 5:
        rows["studentVle"].append(f"{course},7,{last},1")


@pytest.fixture(scope="session")
def invented() -> dict[str, str]:
    return invent()


@pytest.fixture
def as_folder(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    def write(texts: dict[str, str]) -> Path:
        folder = tmp_path / "archive"
        folder.mkdir()
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def as_zip(tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    def write(texts: dict[str, str]) -> Path:
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(f"anonymisedData/{name}.csv", text)
        return path

    return write
