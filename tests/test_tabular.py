"""Results with a table, as Arrow, pandas, CSV, Excel and LaTeX."""

import networkx as nx
import polars as pl
import pyarrow
import pytest

from influence_graph import ConfigError, InfluenceGraph, compare, score


@pytest.fixture
def scores():
    graph = InfluenceGraph.from_networkx(nx.DiGraph([("b_1", "=a&b"), ("c", "=a&b"), ("c", "b_1")]))
    return score(graph, "engagement")


def test_arrow(scores):
    assert pl.DataFrame(scores).equals(scores.top(3))
    assert pyarrow.table(scores).num_rows == 3
    assert scores.to_arrow().column("id").to_pylist() == ["=a&b", "b_1", "c"]
    compared = compare({"one": scores, "other": scores})
    assert pl.DataFrame(compared).equals(compared.table)


def test_pandas(scores):
    pandas = pytest.importorskip("pandas")
    frame = scores.to_pandas()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["id"].to_list() == scores.top(3)["id"].to_list()
    assert frame["raw"].dtype == float


def test_csv(scores, tmp_path):
    assert scores.to_csv(tmp_path / "scores.csv") is None
    assert pl.read_csv(tmp_path / "scores.csv").equals(scores.top(3))
    assert scores.to_csv() == (tmp_path / "scores.csv").read_text()


def test_excel_keeps_text_that_looks_like_a_formula(scores, tmp_path):
    pytest.importorskip("xlsxwriter")
    import zipfile

    scores.to_excel(tmp_path / "scores.xlsx")
    with zipfile.ZipFile(tmp_path / "scores.xlsx") as book:
        sheet, strings = book.read("xl/worksheets/sheet1.xml"), book.read("xl/sharedStrings.xml")
    assert b"<f>" not in sheet
    assert b"=a&amp;b" in strings


def test_latex(scores):
    lines = scores.to_latex(["id", "raw", "rank"], rows=2, digits=1).splitlines()
    assert lines == [
        r"\begin{tabular}{lrr}",
        r"\toprule",
        r"id & raw & rank \\",
        r"\midrule",
        r"=a\&b & 2.0 & 1.0 \\",
        r"b\_1 & 1.0 & 2.0 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ]
    with pytest.raises(ConfigError, match="Did you mean 'rank'"):
        scores.to_latex(["rang"])
