"""The command claims prints the table, as text and as JSON, and writes it."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from influence_graph.cli import app
from influence_graph.experiment import claims


@pytest.fixture
def one_config(tmp_path, monkeypatch):
    path = tmp_path / "tiny.toml"
    path.write_text(
        'name = "tiny"\ntemplate = "agreement"\nclaims = [2]\n'
        '[data]\ndataset = "synthetic"\npeople = 60\ndays = 5\nmean_degree = 5\n'
        '[[methods]]\nname = "engagement"\n[[methods]]\nname = "random"\n'
        "[options]\nresamples = 5\ndraws = 2\nk = 5\n"
        '[[criteria]]\nclaim = 2\nquestion = "Same?"\nmeasure = "spearman"\nyes = { above = 0.9 }\n'
    )
    monkeypatch.setattr(claims, "shipped_configs", lambda: [path])
    return tmp_path


def test_claims_prints_writes_and_says_what_is_missing(one_config):
    out = one_config / "claims.csv"
    given = ["claims", "--results", str(one_config / "results"), "--jobs", "1"]
    done = CliRunner().invoke(app, [*given, "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "Same?" in done.output
    assert "these data can't tell" in done.output
    assert pl.read_csv(out).height == 10
    done = CliRunner().invoke(app, [*given, "--no-run", "--json"])
    rows = json.loads(done.stdout)["claims"]
    assert [row["claim"] for row in rows] == list(range(1, 11))
    assert rows[1]["experiment"] == "tiny"
    assert rows[0]["verdict"] == "no result"
