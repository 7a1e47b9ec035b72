"""A table of text in pieces is the table that the parser of the standard library reads as a whole."""

from __future__ import annotations

import csv
import gzip
import io
import random

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters import csv_table as module
from influence_graph.interactions.adapters.csv_table import csv_pieces

WORDS = ("ann", "", "a,b", 'say "hi"', "two\nlines", "ü", '"', "\n", " x ", "1.0", ",\n,")


def every(names: list[str]) -> list[pl.Expr]:
    return [pl.col(name) for name in names]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("seed", range(8))
def test_pieces_are_the_rows_of_the_whole(tmp_path, monkeypatch, seed, separator):
    rng = random.Random(seed)
    rows = [[rng.choice(WORDS) for _ in range(3)] for _ in range(40)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=rng.choice(["\n", "\r\n"]))
    writer.writerow(["id", "two\nlines", "c"])
    writer.writerows([f"r{n}", *row[:2]] for n, row in enumerate(rows))
    content = text.getvalue().encode().removesuffix(rng.choice([b"", b"\n"]))
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(content) if seed % 2 else content)
    monkeypatch.setattr(module, "_BLOCK", rng.choice([7, 50, 300, 1 << 20]))
    found = list(csv_pieces(path, "a table", every, separator=separator))
    assert found[0].columns == ["id", "two\nlines", "c"]
    assert pl.concat(found).rows() == [
        (f"r{n}", *(word or None for word in row[:2])) for n, row in enumerate(rows)
    ]


def test_columns_of_one_name_and_a_table_without_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,a\n1,2,3\n")
    (found,) = csv_pieces(path, "a table", lambda names: [pl.col(name) for name in names[:2]])
    assert found.rows() == [("1", "2")]
    path.write_text("a,b\n")
    assert list(csv_pieces(path, "a table", every)) == []


def test_a_row_with_too_many_fields_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(SchemaError, match="can't be read as a table of mine"):
        list(csv_pieces(path, "a table of mine", every))
