"""The commands score and compare: tables for people, files, and JSON."""

import json

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, compare, read_interactions, score


def test_score_prints_the_top_and_says_what_was_left_out(cli, log):
    code, out, err = cli("score", log, "--method", "engagement", "--kinds", "retweet=1,reply=0.5", "--top", 2)
    assert code == 0
    assert "ann" in out
    assert "cat" not in out
    assert "3 of 4 rows kept" in err
    assert "1 left out: self-interaction" in err


@pytest.mark.parametrize(
    ("suffix", "read"),
    [("parquet", pl.read_parquet), ("csv", pl.read_csv), ("json", pl.read_json), ("ndjson", pl.read_ndjson)],
)
def test_score_writes_every_format(cli, log, tmp_path, suffix, read):
    out = tmp_path / f"scores.{suffix}"
    assert cli("score", log, "--param", "damping=0.5", "--half-life", "1d", "--out", out)[:2] == (0, "")
    graph = build_graph(read_interactions(log), half_life="1d")
    assert read(out)["raw"].to_list() == pytest.approx(score(graph, damping=0.5).raw.tolist(), rel=1e-15)


def test_score_for_machines(cli, log):
    code, out, _ = cli("score", log, "--json", "--top", 1, "--as-of", "2024-01-02")
    told = json.loads(out)
    assert code == 0
    assert (told["people"], told["top"][0]["id"]) == (3, "ann")
    assert told["parameters"]["damping"] == 0.85
    assert told["left_out"] == {"later than as_of": 1, "self-interaction": 1}


def test_score_with_intervals(cli, log, tmp_path):
    out = tmp_path / "scores.csv"
    options = ("--method", "reactors", "--uncertainty", "bootstrap", "--replicates", 30, "--confidence", 0.9)
    code, told, _ = cli("score", log, *options, "--seed", 4, "--out", out, "--json")
    assert code == 0
    told = json.loads(told)
    assert (told["replicates"], told["confidence"]) == (30, 0.9)
    graph = build_graph(read_interactions(log))
    wanted = score(graph, "reactors", uncertainty="bootstrap", replicates=30, confidence=0.9, rng=4).frame
    found = pl.read_csv(out)
    names = ["raw_low", "raw_high", "low", "high", "rank_low", "rank_high"]
    assert found.columns == wanted.columns == ["id", "raw", "score", "percentile", "rank", *names]
    np.testing.assert_allclose(found.select(names).to_numpy(), wanted.select(names).to_numpy(), rtol=1e-12)
    assert told["top"][0]["raw_low"] < told["top"][0]["raw"] < told["top"][0]["raw_high"]
    printed = cli("score", log, *options)[1]
    assert "rank_high" in printed
    helped = cli("score", "--help")[1]
    assert "--uncertainty" in helped
    assert "--replicates" in helped


def test_score_has_sets_of_the_ranks_of_the_people_named(cli, log, tmp_path):
    out, options = (
        tmp_path / "scores.csv",
        ("--method", "reactors", "--uncertainty", "bootstrap", "--seed", 4),
    )
    assert cli("score", log, *options, "--people", "ben,ann", "--ranks", "simultaneous", "--out", out)[0] == 0
    graph = build_graph(read_interactions(log))
    how = {"uncertainty": "bootstrap", "people": ["ben", "ann"], "rng": 4}
    wanted = score(graph, "reactors", ranks="simultaneous", **how).frame
    found = pl.read_csv(out)
    assert found["rank_low"].is_not_null().sum() == 2
    assert found["rank_high"].to_list() == wanted["rank_high"].to_list()
    code, _, err = cli("score", log, *options, "--people", "zoe")
    assert (code, "zoe" in err) == (1, True)
    code, _, err = cli("score", "nowhere.csv", *options, "--ranks", "marginl")
    assert (code, "Did you mean 'marginal'" in err) == (1, True)
    code, _, err = cli("score", "nowhere.csv", "--people", "ann")
    assert (code, "--uncertainty bootstrap" in err) == (2, True)


def test_score_takes_ids_that_are_numbers(cli, tmp_path):
    path, out = tmp_path / "log.csv", tmp_path / "scores.csv"
    path.write_text("source,target\n7,12\n8,12\n8,7\n")
    options = ("--method", "reactors", "--uncertainty", "bootstrap", "--people", "12")
    assert cli("score", path, *options, "--out", out)[0] == 0
    assert pl.read_csv(out).filter(pl.col("rank_low").is_not_null())["id"].to_list() == [12]


def test_score_says_before_reading_that_a_method_has_no_interval(cli):
    code, _, err = cli("score", "nowhere.csv", "--method", "activity", "--uncertainty", "bootstrap")
    assert (code, "has no interval by bootstrap" in err) == (1, True)
    code, _, err = cli("score", "nowhere.csv", "--uncertainty", "bootstarp")
    assert (code, "'bootstrap' or 'own'" in err) == (1, True)


def test_compare(cli, log, tmp_path):
    code, out, _ = cli(
        "compare", log, "--methods", "engagement,pagerank", "--resamples", 3, "--out", tmp_path / "t.csv"
    )
    assert code == 0
    assert "kendall_tau_b" in out
    assert pl.read_csv(tmp_path / "t.csv")["measure"].len() == 4
    figure = tmp_path / "agreement.svg"
    assert f"figure → {figure}" in cli("compare", log, "--resamples", 0, "--figure", figure)[2]
    assert figure.read_text().startswith("<?xml")
    assert cli("compare", log, "--figure", tmp_path / "agreement.txt")[0] == 1
    told = json.loads(cli("compare", log, "--top-k", 1, "--resamples", 0, "--json")[1])
    assert {row["measure"] for row in told["agreement"]} >= {"spearman", "top_k_overlap"}
    assert told["settings"]["k"] == 1


def test_compare_across_halves_is_that_of_python(cli, tmp_path):
    path = tmp_path / "log.csv"
    rng = np.random.default_rng(1)
    pl.DataFrame({"source": rng.integers(0, 30, 200), "target": rng.integers(0, 30, 200)}).write_csv(path)
    options = ("compare", path, "--halves", "--deals", 3, "--resamples", 4, "--seed", 2)
    told = json.loads(cli(*options, "--json")[1])
    graph = build_graph(read_interactions(path))
    scores = {name: score(graph, name) for name in ("engagement", "pagerank")}
    wanted = compare(scores, graph=graph, deals=3, resamples=4, rng=2)
    found = pl.DataFrame(told["agreement"], schema=wanted.table.schema)
    assert set(found["log"]) == {"this log", "independent halves", "corrected"}
    assert found.equals(wanted.table.with_columns(pl.col("value", "low", "high").fill_nan(None)))
    assert told["settings"]["deals"] == 3
    assert told["groups"] == wanted.groups.to_dicts()
    code, printed, _ = cli(*options)
    assert code == 0
    assert "Across independent halves, mean over 3 deals" in printed
    assert "Corrected: correlation" in printed
    plain = json.loads(cli("compare", path, "--resamples", 4, "--json")[1])
    assert {row["log"] for row in plain["agreement"]} == {"this log"}


def test_json_has_null_where_a_correlation_has_no_value(cli, tmp_path):
    (tmp_path / "ring.csv").write_text("source,target\nann,ben\nben,ann\n")
    code, out, _ = cli("compare", tmp_path / "ring.csv", "--json")
    assert code == 0
    assert "NaN" not in out
    assert json.loads(out)["agreement"][0]["value"] is None


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_compare_has_intervals_of_the_level_asked_for(cli, tmp_path, confidence):
    path = tmp_path / "log.csv"
    rng = np.random.default_rng(1)
    pl.DataFrame({"source": rng.integers(0, 30, 200), "target": rng.integers(0, 30, 200)}).write_csv(path)
    told = json.loads(cli("compare", path, "--confidence", confidence, "--resamples", 50, "--json")[1])
    graph = build_graph(read_interactions(path))
    scores = {name: score(graph, name) for name in ("engagement", "pagerank")}
    expected = compare(scores, confidence=confidence, resamples=50, rng=0).table
    assert told["settings"]["confidence"] == confidence
    assert [row["low"] for row in told["agreement"]] == expected["low"].to_list()
    other = compare(scores, confidence=1.75 - confidence, resamples=50, rng=0).table
    assert [row["low"] for row in told["agreement"]] != other["low"].to_list()


@pytest.mark.parametrize("command", ["score", "compare"])
def test_a_confidence_level_out_of_range_is_a_failure(cli, log, command):
    code, _, err = cli(
        command,
        log,
        "--confidence",
        1.5,
        *(["--uncertainty", "own", "--method", "expected_spread"] if command == "score" else []),
    )
    assert (code, "confidence" in err) == (1, True)
