"""The commands history and methods."""

import json

import polars as pl
import pytest

from influence_graph import method_names, score_history


def test_history_is_that_of_the_library(cli, log, tmp_path):
    out, figure = tmp_path / "history.parquet", tmp_path / "history.svg"
    options = ("--method", "engagement", "--every", "12h", "--half-life", "7d")
    code, printed, err = cli("history", log, "ann", *options, "--out", out, "--figure", figure)
    assert (code, printed) == (0, "")
    assert str(figure) in err
    wanted = score_history(log, "engagement", every="12h", half_life="7d", people=["ann"]).frame
    assert pl.read_parquet(out).equals(wanted)
    assert figure.read_text().startswith("<?xml")
    told = json.loads(cli("history", log, "ann", *options, "--json")[1])
    assert [row["score"] for row in told["history"]] == pytest.approx(wanted["score"].to_list())
    assert "ann" in cli("history", log, *options)[1]


def test_history_errors(cli, log, tmp_path):
    assert cli("history", log, "--as-of", "2024-01-01")[0] == 2
    code, _, err = cli("history", log, "nobody")
    assert code == 1
    assert "nobody" in err
    code, _, err = cli("history", log, "--figure", tmp_path / "history.txt")
    assert code == 1
    assert ".pdf, .svg or .png" in err


def test_methods_lists_all_and_describes_one(cli):
    printed = cli("methods")[1]
    assert all(name in printed for name in method_names())
    told = json.loads(cli("methods", "--json")[1])["methods"]
    by_name = {row["name"]: row for row in told}
    assert by_name["pagerank"]["cost"] == "O(m) a sweep"
    assert by_name["followers"]["needs"] == ["follows"]
    assert by_name["engagement"]["formula"] == "e_v = Σ_u w_uv"
    assert by_name["engagement"]["unit"] == "one reaction"
    assert "e_v = Σ_u w_uv" in cli("methods")[1]
    printed = cli("methods", "katz")[1]
    assert "x = 1 + αAᵀx" in printed
    assert "Katz 1953" in printed
    assert "x = 1 + α Aᵀ x" in printed
    assert "math::" not in printed
    assert json.loads(cli("methods", "katz", "--json")[1])["parameters"]["alpha"] is None
    code, _, err = cli("methods", "pagerang")
    assert code == 1
    assert "Did you mean 'pagerank'" in err
