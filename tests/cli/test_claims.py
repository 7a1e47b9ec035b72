"""The command claims prints the table, as text and as JSON, and writes it."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from influence_graph.cli import app
from influence_graph.cli.claims import _screen
from influence_graph.experiment import claims
from influence_graph.experiment.claims import CLAIMS, FAILED


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


def test_a_screen_has_the_first_question_of_each_experiment_and_counts_the_rest(one_config):
    row = {"claim": 2, "experiment": "tiny", "data": "a", "verdict": "yes", "value": 0.5, "low": 0.25,
           "high": 0.75, "question": "First?", "among": "", "graph": "", "reason": "", "seen": True,
           "figure": "f.pdf"}  # fmt: skip
    rows = [
        row,
        {
            **row,
            "data": "b",
            "verdict": "these data can't tell",
            "value": None,
            "low": None,
            "high": None,
            "reason": "It has no items.",
        },
        *(
            {**row, "data": "model", "graph": f"g{i}", "seen": False, "verdict": "yes" if i else "no"}
            for i in range(9)
        ),
        {**row, "question": "Second?", "verdict": "no"},
        {**row, "claim": 3, "question": CLAIMS[3], "verdict": FAILED, "reason": "It is empty.", "data": "c"},
    ]
    lines = list(_screen(pl.DataFrame(rows), width=140))
    assert [line.strip() for line in lines] == [
        f"2  {CLAIMS[2]}",
        "tiny: First?",
        "yes: a * 0.500 [0.250, 0.750]; these data can't tell on b *: It has no items.; "
        "yes in 8, no in 1 of 9 settings (model)",
        "1 more: no in 1",
        "f.pdf",
        f"3  {CLAIMS[3]}",
        "failed on c: It is empty.",
    ]


def test_all_prints_a_row_a_verdict(one_config):
    given = ["claims", "--results", str(one_config / "results"), "--jobs", "1"]
    done = CliRunner().invoke(app, [*given, "--all"])
    assert done.exit_code == 0, done.output
    assert "│ 2 " in done.stdout
    assert "claim 1: no experiment yet" in done.stderr
