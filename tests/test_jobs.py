"""Jobs of a new user, typed in a terminal: each is a transcript of commands and of what they leave behind."""

import json
import sys

import numpy as np
import polars as pl
import pytest

from influence_graph.cli import main


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """Run a line as typed in a folder with the log of one's own, ``mine.csv``; return what it prints."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(4)
    source, target = rng.integers(0, 30, (2, 400))
    names = np.array([f"user{number}" for number in range(30)])
    days = [f"2024-03-{1 + row * 28 // 400:02d}" for row in range(400)]
    kinds = rng.choice(["like", "reply", "retweet"], 400)
    pl.DataFrame({"who": names[source], "whom": names[target], "what": kinds, "day": days}).write_csv(
        "mine.csv"
    )

    def call(line):
        monkeypatch.setattr(sys, "argv", line.split())
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert ended.value.code in (0, None), printed.err
        return printed.out

    return call


READ = "--columns source=who,target=whom,kind=what,timestamp=day"


def test_an_own_csv_scored_and_taken_to_a_spreadsheet(typed, tmp_path):
    told = json.loads(typed(f"influence-graph score mine.csv {READ} --json"))
    typed(f"influence-graph score mine.csv {READ} --out scores.csv --spreadsheet")
    table = pl.read_csv(tmp_path / "scores.csv")
    assert table["id"][0] == told["top"][0]["id"]
    assert table.height == told["people"] == 30
    typed(f"influence-graph score mine.csv {READ} --out scores.xlsx")
    assert (tmp_path / "scores.xlsx").read_bytes().startswith(b"PK")


def test_methods_compared_with_a_figure(typed, tmp_path):
    printed = typed(
        f"influence-graph compare mine.csv {READ} --top-k 5 --resamples 20 --figure agreement.pdf"
    )
    assert "kendall_tau_b" in printed
    assert (tmp_path / "agreement.pdf").read_bytes().startswith(b"%PDF")


def test_one_person_explained_followed_and_reported(typed, tmp_path):
    assert "user3 has" in typed(
        f"influence-graph explain mine.csv user3 {READ} --method engagement --figure why.svg"
    )
    printed = typed(f"influence-graph history mine.csv user3 {READ} --method engagement --every 7d --json")
    history = json.loads(printed)["history"]
    assert len(history) >= 4
    typed(f"influence-graph report mine.csv {READ} --person user3 --out report.html")
    assert "user3" in (tmp_path / "report.html").read_text("utf-8")
    assert (tmp_path / "why.svg").exists()


def test_a_method_looked_up(typed):
    assert "x = d Pᵀ x" in typed("influence-graph methods pagerank")
    assert any(row["formula"] for row in json.loads(typed("influence-graph methods --json"))["methods"])
