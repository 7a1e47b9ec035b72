"""Gephi's tables of edges become rows of a log."""

from __future__ import annotations

import pytest

from influence_graph import read_interactions
from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.table import recognise

COLUMNS = "source target kind weight"


def test_types_kinds_and_weights(files):
    content = (
        "Source,Target,Type,Id,Label,timeset,Weight,kind\n"
        'ann,bea,Directed,0,"a, b",,2.0,retweet\nbea,cem,Undirected,1,,,0.5,\ncem,ann,,2,,,,\n'
    )
    rows = files.rows({"edges.csv": content}, COLUMNS, format="gephi")
    assert sorted(rows) == [
        ("ann", "bea", "retweet", 2.0),
        ("bea", "cem", "interaction", 0.5),
        ("cem", "ann", "interaction", 1.0),
        ("cem", "bea", "interaction", 0.5),
    ]


def test_decimal_commas(files):
    content = "Source;Target;Type;Id;Weight\n1;2;Undirected;0;3,5\n"
    assert files.rows({"e.csv": content}, "source target weight", format="gephi") == [
        (1, 2, 3.5),
        (2, 1, 3.5),
    ]


def test_a_log_with_a_column_type_is_no_table_of_gephi(files):
    path = files.write("log.csv", "source,target,type,weight\nann,bea,retweet,1\n")
    assert recognise(path) is None


def test_nodes_beside_the_edges_are_left_out(tmp_path):
    (tmp_path / "edges.csv").write_text("Source,Target,Type,Id\n1,2,Directed,0\n")
    (tmp_path / "nodes.csv").write_text("Id,Label\n1,ann\n2,bea\n")
    report = read_interactions(tmp_path).report
    assert report.kept == 1
    assert any("nodes.csv: these are the nodes, which are left out" in note for note in report.notes)


@pytest.mark.parametrize("row", ["ann,bea,Directed,,2.0", "ann,bea,Directed,5,x,,1.0", "annDirected,2,,1"])
def test_a_row_of_other_fields_than_the_header_is_refused(files, row):
    content = f"Source,Target,Type,Id,Label,Weight\ncem,bea,Directed,0,,1\n{row}\n"
    with pytest.raises(SchemaError, match=r"a row has . fields, and the header 6"):
        files.read({"edges.csv": content}, format="gephi")


def test_commas_and_line_ends_in_quotes_are_no_fields(files):
    content = 'Source,Target,Type,Id,Label,Weight\ncem,bea,Directed,0,"a,\n,b",1\n\nbea,cem,Directed,1,,2\n'
    rows = files.rows({"edges.csv": content}, "source target weight", format="gephi")
    assert rows == [("cem", "bea", 1.0), ("bea", "cem", 2.0)]
