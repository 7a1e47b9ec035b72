"""Jobs of a new user, typed in a terminal: each is a transcript of commands and of what they leave behind."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import jupytext
import matplotlib
import numpy as np
import polars as pl
import pytest
import snowballstemmer

import influence_graph as ig
from influence_graph.cli import main

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SITE = Path(__file__).parents[1] / "site"


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


@pytest.mark.skipif(not os.environ.get("INFLUENCE_GRAPH_DATA"), reason="INFLUENCE_GRAPH_DATA names no folder")
def test_a_real_log_compared_with_a_figure_and_a_latex_table(typed, tmp_path):
    line = "influence-graph compare higgs --methods engagement,pagerank --resamples 10 --movers 3"
    printed = typed(f"{line} --figure agreement.svg --out agreement.tex")
    table = (tmp_path / "agreement.tex").read_text("utf-8")
    assert table.startswith(r"\begin{tabular}")
    value = re.search(r"kendall\\_tau\\_b & [^&]*?(\d\.\d{3})", table)
    assert value, table
    assert value[1].lstrip("0") in printed
    assert "<svg" in (tmp_path / "agreement.svg").read_text("utf-8")


SWEEP = """
name = "study"
template = "agreement"
title = "My study"
seed = 3

[[data]]
dataset = "synthetic"
people = 60
days = 20
mean_degree = 5

[graph]
half_life = ["2d", "7d", "none"]

[[methods]]
name = "engagement"

[[methods]]
name = "pagerank"

[options]
k = 5
resamples = 5
draws = 0
"""


def test_a_config_with_a_sweep_killed_resumed_and_changed(typed, tmp_path):
    (tmp_path / "study.toml").write_text(SWEEP)
    command = [sys.executable, "-m", "influence_graph", "run", "study.toml", "--jobs", "1"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as running:
        stored = tmp_path / "results" / ".cells"
        ends = time.monotonic() + 60
        while time.monotonic() < ends and not (stored.is_dir() and [*stored.glob("[!.]*")]):
            time.sleep(0.01)
        running.kill()
    kept = len([*stored.glob("[!.]*")])
    assert kept >= 1
    typed("influence-graph run study.toml --jobs 1")
    first = json.loads((tmp_path / "results" / "study" / "latest" / "manifest.json").read_text())
    assert sum(not cell["computed"] for cell in first["cells"]) == kept
    assert (tmp_path / "results" / "study" / "latest" / "sweep.pdf").read_bytes().startswith(b"%PDF")
    (tmp_path / "study.toml").write_text(SWEEP.replace('"none"]', '"none", "30d"]'))
    typed("influence-graph run study.toml --jobs 1")
    second = json.loads((tmp_path / "results" / "study" / "latest" / "manifest.json").read_text())
    new = [cell for cell in second["cells"] if cell["computed"]]
    assert len(second["cells"]) - len(first["cells"]) == len(new) > 0


def test_the_documentation_searched():
    index = SITE / "searchindex.js"
    if not index.exists():
        pytest.skip("the documentation is not built: make docs")
    found = json.loads(re.search(r"\{.*\}", index.read_text("utf-8"), re.DOTALL)[0])
    stem = snowballstemmer.stemmer("english").stemWord

    def pages(word):
        places = [found[terms].get(stem(word), []) for terms in ("terms", "titleterms")]
        numbers = {one for place in places for one in (place if isinstance(place, list) else [place])}
        return {found["docnames"][number] for number in numbers}

    for word, page in (
        ("formula", "methods"),
        ("export", "how-to/graphs-for-your-own-study"),
        ("gephi", "how-to/graphs-for-your-own-study"),
        ("twitter", "how-to/read-your-own-log"),
        ("cite", "how-to/cite"),
    ):
        assert page in pages(word), word


def test_the_graph_in_a_study_with_communities_and_an_own_centrality(typed, tmp_path):
    typed(f"influence-graph convert mine.csv {READ} mine.parquet")
    log = ig.read_interactions(tmp_path / "mine.parquet")
    graph = ig.build_graph(log, kinds={"like": 1, "reply": 2, "retweet": 3})
    found = graph.to_igraph().as_undirected(combine_edges="sum").community_leiden(
        objective_function="modularity", weights="weight"
    )  # fmt: skip
    communities = pl.DataFrame({"id": graph.ids, "community": found.membership})
    graph = graph.with_nodes(communities)
    # An own centrality: reactions from other communities.
    edges = graph.to_edges().join(communities, left_on="source", right_on="id")
    edges = edges.join(communities, left_on="target", right_on="id", suffix="_target")
    across = edges.filter(pl.col("community") != pl.col("community_target"))
    values = dict(across.group_by("target").agg(pl.col("weight").sum()).iter_rows())
    own = ig.Scores.from_values(
        graph, {person: values.get(person, 0.0) for person in graph.ids}, name="across"
    )
    assert own["user3"]["raw"] == values["user3"]
    comparison = ig.compare({"across": own, "pagerank": ig.score(graph, "pagerank")}, k=5, resamples=10)
    assert -1 <= comparison.figure("across", "pagerank", "kendall_tau_b")["value"] <= 1
    by = own.join(communities).group_by("community").agg(pl.col("raw").sum()).sort("community")
    assert by["raw"].sum() == pytest.approx(across["weight"].sum())


OWN = """
from typing import Annotated

from annotated_types import Ge

import influence_graph as ig


@ig.method("listener", version=1)
def listener(graph: ig.InfluenceGraph, *, patience: Annotated[float, Ge(0)] = 1.0) -> ig.Raw:
    \"\"\"Reactions received for each reaction given.\"\"\"
    return ig.Raw(graph.in_strength / (patience + graph.out_strength))


if __name__ == "__main__":
    log = ig.read_interactions("mine.csv", columns=%s)
    graph = ig.build_graph(log)
    scores = {name: ig.score(graph, name) for name in ("listener", "reactors", "pagerank")}
    print(ig.compare(scores, k=5, resamples=10).table.filter(measure="kendall_tau_b").height)
    print(ig.run_experiment("study.toml", results="results").manifest["methods"][-1]["name"])
"""


def test_an_own_method_added(typed, tmp_path):
    columns = {"source": "who", "target": "whom", "kind": "what", "timestamp": "day"}
    (tmp_path / "own.py").write_text(OWN % columns)
    (tmp_path / "study.toml").write_text(
        SWEEP.replace("[options]", '[[methods]]\nname = "listener"\npatience = 2.0\n\n[options]')
    )
    done = subprocess.run(
        [sys.executable, "own.py"], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["3", "listener"]


def test_a_notebook_of_a_claim_changed_for_other_data(typed, tmp_path, monkeypatch):
    typed(f"influence-graph convert mine.csv {READ} mine.parquet")
    (path,) = NOTEBOOKS.glob("*_claim_2_*")
    cells = [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    changed = [
        cell.replace('"agreement")', '"agreement", log="mine.parquet", label="mine")') for cell in cells
    ]
    assert changed != cells
    monkeypatch.syspath_prepend(NOTEBOOKS)
    shown = []
    names = {"display": shown.append}
    # A notebook sets how frames are printed, which here would outlast it.
    with pl.Config(), matplotlib.rc_context():
        for cell in changed:
            exec("\n".join(line for line in cell.splitlines() if not line.startswith("%")), names)
    (result,) = names["results"]
    assert [data["label"] for data in result.manifest["data"]] == ["mine"]
    assert result.tables["methods"]["people"].unique().to_list() == [30]
    assert set(result.verdicts["data"]) <= {"mine"}
    assert shown == list(result.figures.values())
