"""Tables for spreadsheets, read back by the rules of CSV and of Office Open XML."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import polars as pl
import pytest

from influence_graph import spreadsheet
from influence_graph.errors import DataError
from influence_graph.spreadsheet import as_csv, as_workbook

CHANGED = [
    "=1+1", "+1", "-x", "@ann", "\tx", "\rx", "123456789012345678", "007", "1E5", "1.5e-3", "2020-01-01",
    "1-2", "10:30", "MAR1", "2 march 2020", "dec2020", "TRUE", "1,5", "50%", "=\"a\"\n", "123456789012",
]  # fmt: skip
UNCHANGED = [
    "ann",
    "12345",
    "3com",
    "mayor",
    "may",
    "mark2",
    "Ünal",
    "a,b",
    'say "x"',
    "a=b",
    "7",
    "x\ny",
    "日本",
]


def test_text_that_a_spreadsheet_changes_gets_an_apostrophe_and_nothing_else_does():
    ids = [*CHANGED, *UNCHANGED]
    content = as_csv(pl.DataFrame({"id": ids}))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [one for (one,) in rows[1:]] == [*(f"'{one}" for one in CHANGED), *UNCHANGED]


def test_rows_by_rank_and_whole_ranks():
    frame = pl.DataFrame(
        {"id": [-5, -1001234567890, 7], "score": [1.0, 1.0, 2.5], "rank": [2.5, 2.5, 1.0], "n": [1, 2, 3]}
    )
    assert as_csv(frame).decode("utf-8-sig") == (
        "id,score,rank,n\r\n7,2.5,1,3\r\n'-1001234567890,1.0,2.5,2\r\n-5,1.0,2.5,1\r\n"
    )


def cells(workbook):
    """Return the rows of the first sheet: text or number, and whether any cell is a formula or a link."""
    space = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        texts = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
        strings = ["".join(one.itertext()) for one in texts.findall("s:si", space)]
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    rows = [
        [
            strings[int(cell.find("s:v", space).text)]
            if cell.get("t") == "s"
            else float(cell.find("s:v", space).text)
            for cell in row.findall("s:c", space)
        ]
        for row in sheet.iter(f"{{{space['s']}}}row")
    ]
    return rows, sheet.findall(".//s:f", space) + sheet.findall(".//s:hyperlink", space)


def test_a_workbook_has_ids_as_text_and_no_formula():
    ids = ["=1+1", "123456789012345678", "http://x.example", "007", "@a", "é"]
    frame = pl.DataFrame({"id": ids, "score": [1.5] * 6, "rank": [6.0, 5, 4, 3, 2, 1]})
    rows, formulas = cells(as_workbook(frame))
    assert rows == [["id", "score", "rank"], *([one, 1.5, 1.0 + n] for n, one in enumerate(reversed(ids)))]
    assert formulas == []
    numbers = as_workbook(pl.DataFrame({"id": [2**53 + 1], "rank": [1.0]}))
    assert cells(numbers)[0][1] == [str(2**53 + 1), 1.0]
    assert as_workbook(frame) == as_workbook(frame)


def test_what_a_sheet_can_not_hold_is_an_error(monkeypatch):
    with pytest.raises(DataError, match="32,767 characters"):
        as_workbook(pl.DataFrame({"id": ["x" * 32_768]}))
    monkeypatch.setattr(spreadsheet, "_ROWS", 2)
    with pytest.raises(DataError, match=r"has 3 rows, .* --out scores\.parquet"):
        as_workbook(pl.DataFrame({"id": ["a", "b", "c"]}))
