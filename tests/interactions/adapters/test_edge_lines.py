"""Lines of two to four fields, against the same lines split by hand."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters import edge_lines as module
from influence_graph.interactions.adapters.edge_lines import edge_lines, has_field, leading_comments, seconds


def read_edge_lines(path):
    """Return all rows as one frame, ids as text."""
    texts = pl.col("source", "target").cast(pl.String)
    return pl.concat([frame.with_columns(texts) for frame in edge_lines(path)])


def split_by_hand(text):
    """Return the rows of a text: no comments, fields between spaces, tabs and commas."""
    made = []
    for line in text.splitlines():
        fields = line.replace(",", " ").split()
        if fields and line[0] not in "%#":
            made.append((*fields[:2], *map(float, fields[2:])))
    return made


@pytest.mark.parametrize("width", [2, 3, 4])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("zeros", [0, 2], ids=["text", "numbers"])
def test_any_separators_and_chunks_give_the_rows_of_the_lines(files, monkeypatch, width, end, zeros):
    rng = np.random.default_rng(width)
    text = "% asym positive" + end
    for row in range(60):
        if row % 11 == 3:
            text += f"# note {row}{end}"
        fields = [
            f"{'00' * (row % 2 == zeros)}{row}",
            str(rng.integers(9)),
            f"{rng.normal():.4f}",
            str(rng.integers(10**9)),
        ][:width]
        text += rng.choice([" ", "\t", ",", ", ", " \t "]).join(fields) + (" " if row % 5 == 0 else "") + end
    path = files.write("out.x", text)
    expected = split_by_hand(text)
    assert len(expected) == 60
    for size in (1 << 24, 1, 100):
        monkeypatch.setattr(module, "_CHUNK", size)
        found = read_edge_lines(path)
        assert found.rows() == expected
        assert found.columns == ["source", "target", "third", "fourth"][:width]
    monkeypatch.setattr(module, "_CHUNK", 1 << 24)
    assert [frame.schema["source"] for frame in edge_lines(path)] == [
        pl.Int64() if zeros == 2 and width == 2 else pl.String()  # -0.3 is no plain number
    ]
    assert [has_field(path, name) for name in ("third", "fourth")] == [width > 2, width > 3]


def test_compressed_lines_without_a_last_line_end(files):
    assert read_edge_lines(files.write("out.x", gzip.compress(b"\n1 2\n3 4"))).rows() == [
        ("1", "2"),
        ("3", "4"),
    ]


def test_ids_stay_text(files):
    found = read_edge_lines(files.write("out.x", '007 +7\n12345678901234567890123 "a"\n'))
    assert found.rows() == [("007", "+7"), ("12345678901234567890123", '"a"')]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("1 2 3 4 5\n", "rows have 5 fields. Expected two to four"),
        ("1\n2\n", "Expected two to four"),
        ("1 2 three\n", "Expected rows of 3 fields"),
        ("1 2\n1 2 3\n", "Expected rows of 2 fields"),
        ("% only\n# comments\n", "there are no rows of two numbers or more"),
        ("", "there are no rows of two numbers or more"),
    ],
)
def test_other_lines_are_refused(files, content, complaint):
    path = files.write("out.x", content)
    with pytest.raises(SchemaError, match=complaint) as error:
        read_edge_lines(path)
    assert str(error.value).startswith(f"{path}: ")


def test_the_comments_before_the_first_row():
    assert leading_comments(b"% one\n#two \n%\n1 2\n% later\n") == ["one", "two", ""]
    assert leading_comments(b"1 2\n% later\n") == []


def test_seconds_since_1970_to_the_microsecond_and_0_for_none():
    numbers = pl.DataFrame({"fourth": [0.0, 1.0, 1_082_008_561.25, -86_400.0, None]})
    found = numbers.select(seconds("fourth"))
    assert found.schema == {"timestamp": pl.Datetime("us", "UTC")}
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    expected = [None, *(epoch + timedelta(seconds=s) for s in (1, 1_082_008_561.25, -86_400)), None]
    assert found["timestamp"].to_list() == expected
