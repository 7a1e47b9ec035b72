"""The template judgement: each question is asked of data that can answer it, and notes say of which not."""

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.evaluation.effects import EFFECTS
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Source
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.templates._judgement import judge_items
from influence_graph.report.judgement_figures import judgement as figure

METHODS = [{"name": name} for name in ("engagement", "pagerank", "last_reaction")]


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    monkeypatch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with a log in which views follow reactions, a group, items, and judged pairs."""
    rng = np.random.default_rng(1)
    home = tmp_path_factory.mktemp("log")
    people, posts = 90, 1500
    appeal = rng.lognormal(0.0, 1.0, people)
    author = rng.integers(people, size=posts)
    time = np.sort(1.5e9 + 86_400.0 * 100 * rng.random(posts))
    written = {"source": author, "target": None, "kind": "post", "timestamp": time}
    items = [f"i{n}" for n in range(posts)]
    rows = [pl.DataFrame(written | {"item": items}, schema_overrides={"target": pl.Int64})]
    p = appeal / appeal.sum()
    rows.append(pl.DataFrame({
        "source": rng.integers(people, size=3000), "target": rng.choice(people, 3000, p=p), "kind": "reply",
        "timestamp": 1.5e9 + 86_400.0 * 100 * rng.random(3000),
    }))  # fmt: skip
    frame = pl.concat(rows, how="diagonal").with_columns(
        source=pl.format("p{}", "source"), target=pl.format("p{}", "target")
    )
    frame.filter(pl.col("source") != pl.col("target").fill_null("")).write_parquet(
        home / "interactions.parquet"
    )
    followers = rng.integers(1, 1000, people)
    views = followers[author] * appeal[author] ** 2 * rng.lognormal(0, 0.3, posts)
    pl.DataFrame({
        "item": [f"i{n}" for n in range(posts)], "author": [f"p{n}" for n in author],
        "views": views.astype(int) + 1, "followers": followers[author],
    }).write_parquet(home / "items.parquet")  # fmt: skip
    member = appeal >= np.sort(appeal)[-12]
    pl.DataFrame({"person": [f"p{n}" for n in range(people)], "elder": member, "age": 3}).write_csv(
        home / "people.csv"
    )
    a, b = rng.integers(45, size=300), rng.integers(45, 90, size=300)
    judged = {"choice": (appeal[a] > appeal[b]).astype(int), "a_appeal": appeal[a], "b_appeal": appeal[b]}
    other = {"a_other": rng.random(300), "b_other": rng.random(300)}
    pl.DataFrame(judged | other).write_csv(home / "pairs.csv")
    return home


def config(folder, **more):
    data = {
        "log": str(folder / "interactions.parquet"),
        "people": str(folder / "people.csv"),
        "label": "made",
    }
    options = {"pairs": str(folder / "pairs.csv"), "draws": 10}
    return {"name": "j", "template": "judgement", "data": data, "methods": METHODS, "options": options} | more


@pytest.fixture(scope="module")
def found(folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)
        return run_experiment(config(folder), results=tmp_path_factory.mktemp("results")).tables


def test_all_three_questions_are_answered(found):
    assert dict(found["effects"].schema) == {name: kind() for name, kind in EFFECTS.items()}
    asked = found["judgement"].select("data", "asked").unique().sort("asked").rows()
    assert asked == [("made", "elder"), ("pairs", "judged pairs"), ("made", "views")]


def test_planted_answers_are_found(found):
    by = {
        (row["contrast"], row["measure"], row["among"]): row for row in found["effects"].iter_rows(named=True)
    }
    assert by["appeal", "accuracy", ""]["value"] == 1.0
    assert by["learned weights - the best single feature", "accuracy", ""]["value"] <= 0.0
    assert by["engagement", "C of members", "everybody"]["low"] > 0.9
    assert by["engagement", "C of members", "active"]["low"] > 0.9
    assert by["engagement", "C within strata of members", "everybody"]["value"] > 0.8
    assert by["followers + pagerank - followers", "R2", ""]["low"] > 0.1
    total = by["followers + pagerank", "R2", ""]["value"]
    assert total == pytest.approx(
        by["followers", "R2", ""]["value"] + by["followers + pagerank - followers", "R2", ""]["value"]
    )


def test_what_is_drawn_is_what_is_in_the_table(found):
    drawn = figure(found["judgement"])
    titles = [panel.get_title(loc="left") for panel in drawn.axes]
    assert titles[0].startswith("pairs: which of two")
    assert any("elder, 12 of 90 people" in title for title in titles)
    members = drawn.axes[next(n for n, title in enumerate(titles) if "elder" in title)]
    points = [line.get_xdata()[0] for line in members.lines if line.get_marker() == "o"]
    expected = found["judgement"].filter(asked="elder", among="everybody", measure="C")["value"].to_list()
    assert points == expected


def test_rows_after_the_middle_item_change_no_prediction(folder, tmp_path):
    rows = pl.read_parquet(folder / "interactions.parquet")
    late = (pl.col("timestamp") > rows.filter(kind="post")["timestamp"].median()) & (
        pl.col("kind") == "reply"
    )
    turned = rows.filter(late).with_columns(source=pl.col("target"), target=pl.col("source"))
    pl.concat([rows.filter(~late), turned]).write_parquet(tmp_path / "interactions.parquet")
    (tmp_path / "items.parquet").write_bytes((folder / "items.parquet").read_bytes())
    methods = [
        {"label": name, "name": name, "scale": "log", "parameters": {}} for name in ("engagement", "pagerank")
    ]
    options = {"outcome": "views", "controls": ["followers"], "draws": 10, "confidence": 0.95}
    found = []
    for home in (folder, tmp_path):
        source = Source("?", "made", log=str(home / "interactions.parquet")).read()
        found.append(judge_items(
            rng=np.random.default_rng(3), needs=(), logs=LogCache(), source=source, graph="", parameters={},
            items="items.parquet", digest="", methods=methods, options=options,
        )["judgement"])  # fmt: skip
    assert found[0].height == 3
    assert found[0].equals(found[1])


@pytest.mark.parametrize("lacking", ["timestamps", "people", "items"])
def test_a_log_that_lacks_something_says_so(folder, tmp_path, lacking):
    rows = pl.read_parquet(folder / "interactions.parquet")
    rows = rows.drop("timestamp") if lacking == "timestamps" else rows
    rows.write_parquet(tmp_path / "interactions.parquet")
    (tmp_path / "people.csv").write_bytes((folder / "people.csv").read_bytes())
    given = config(tmp_path, options={"pairs": "none", "draws": 4})
    if lacking == "people":
        del given["data"]["people"]
    tables = run_experiment(given, results=tmp_path / "results").tables
    notes = " ".join(tables["notes"]["note"])
    assert "no labelled pairs were asked for" in notes
    assert "outcomes of items were not asked about" in notes
    if lacking == "people":
        assert "the log has no file of people" in notes
        assert tables["judgement"].height == 0
    if lacking == "timestamps":
        assert "equal activity only" in notes
        assert "last_reaction was left out" in notes
        assert set(tables["judgement"]["what"]) == {"engagement", "pagerank"}


def test_pairs_that_are_not_there_are_an_error(folder, tmp_path):
    with pytest.raises(ConfigError, match=r"'pairs' is 'nowhere\.csv'"):
        run_experiment(config(folder, options={"pairs": "nowhere.csv"}), results=tmp_path)
