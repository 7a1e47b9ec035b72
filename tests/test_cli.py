"""The command line as a user meets it: what is printed where, exit codes, one line a failure."""

import errno
import json
import os
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest

from influence_graph import build_graph, read_interactions, score
from influence_graph.cli import main

LOG = """\
source,target,kind,timestamp
ben,ann,retweet,2024-01-01
cat,ann,reply,2024-01-02
cat,ben,retweet,2024-01-03
ann,ann,reply,2024-01-03
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


@pytest.fixture
def cli(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["influence-graph", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call


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


def test_score_says_before_reading_that_a_method_has_no_interval(cli):
    code, _, err = cli("score", "nowhere.csv", "--method", "reciprocity", "--uncertainty", "bootstrap")
    assert (code, "has no valid interval" in err) == (1, True)
    code, _, err = cli("score", "nowhere.csv", "--uncertainty", "bootstarp")
    assert (code, "'bootstrap' or 'own'" in err) == (1, True)


def test_renamed_columns(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("who,whom\nb,a\n")
    code, out, _ = cli("score", path, "--columns", "source=who,target=whom", "--kind", "like")
    assert code == 0
    assert "100" in out


def test_the_name_of_a_data_set_is_a_log(cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, out, _ = cli("score", "synthetic", "--json")
    assert (code, json.loads(out)["people"]) == (0, 2000)


def test_compare(cli, log, tmp_path):
    code, out, _ = cli(
        "compare", log, "--methods", "engagement,pagerank", "--resamples", 3, "--out", tmp_path / "t.csv"
    )
    assert code == 0
    assert "kendall_tau_b" in out
    assert pl.read_csv(tmp_path / "t.csv")["measure"].len() == 4
    told = json.loads(cli("compare", log, "--top-k", 1, "--resamples", 0, "--json")[1])
    assert {row["measure"] for row in told["agreement"]} >= {"spearman", "top_k_overlap"}
    assert told["settings"]["k"] == 1


def test_run_and_run_again(cli, log, tmp_path):
    (tmp_path / "a.toml").write_text(
        'name = "a"\ntemplate = "agreement"\n[data]\nlog = "log.csv"\n'
        '[[methods]]\nname = "engagement"\n[[methods]]\nname = "pagerank"\n[options]\nresamples = 2\n'
    )
    run = ("run", tmp_path / "a.toml", "--jobs", 1, "--results", tmp_path / "results")
    code, out, err = cli(*run)
    assert (code, "3 of 3 cells computed" in err) == (0, True)
    assert "agreement.pdf" in out
    told = json.loads(cli(*run, "--json")[1])["experiments"][0]
    assert (told["cells"], told["computed"]) == (3, 0)
    assert all(os.path.isfile(path) for path in [*told["tables"].values(), *told["figures"].values()])


def test_datasets(cli, tmp_path):
    listed = json.loads(cli("datasets", "list", "--json")[1])["datasets"]
    assert {"synthetic", "higgs"} <= {row["name"] for row in listed}
    assert cli("datasets", "list")[0] == 0
    out = tmp_path / "log.parquet"
    made = ("datasets", "make", out, "--people", 60, "--days", 3, "--param", "mean_degree=2")
    told = json.loads(cli(*made, "--seed", 2, "--json")[1])
    assert pl.read_parquet(out).height == told["rows"] > 0
    first = out.read_bytes()
    cli(*made, "--seed", 2)
    assert out.read_bytes() == first
    cli(*made, "--seed", 3)
    assert out.read_bytes() != first


def test_fetch_takes_the_local_folder(cli, data_folder):
    code, out, _ = cli("datasets", "fetch", "collegemsg")
    assert (code, str(data_folder) in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "{log}", "--param", "damping=1.2"], "'damping' is 1.2, but it should be less than 1"),
        (["score", "{log}", "--method", "pagerang"], "Did you mean 'pagerank'?"),
        (["score", "{log}", "--scale", "lgo"], "Did you mean 'log'?"),
        (["score", "{log}", "--out", "scores.xlsx"], "it should end in one of .parquet"),
        (
            ["score", "{log}", "--out", "missing/scores.csv"],
            "The folder 'missing' of scores.csv does not exist",
        ),
        (["score", "{log}", "--kinds", "retweet=1"], "reply"),
        (["score", "{log}", "--kinds", "retweet=-1,reply=1"], "-1"),
        (["score", "{log}", "--half-life", "30 parsecs"], "30 parsecs"),
        (["score", "{log}", "--columns", "source=who"], "who"),
        (["score", "sinthetic"], "Did you mean 'synthetic'?"),
        (["compare", "{log}", "--methods", "engagement,pagerang"], "Did you mean 'pagerank'?"),
        (["run", "missing.toml"], "There is no config 'missing.toml'"),
        (["datasets", "fetch", "higs"], "Did you mean 'higgs'?"),
        (["datasets", "make", "log.parquet", "--param", "pepole=3"], "Did you mean 'people'?"),
    ],
)
def test_a_failure_is_one_line_and_exit_1(cli, log, monkeypatch, tmp_path, arguments, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = cli(*(argument.format(log=log) for argument in arguments))
    failed = [line for line in err.splitlines() if line.startswith("influence-graph: ")]
    assert (code, out, len(failed)) == (1, "", 1)
    assert said in failed[0]
    assert "Traceback" not in err
    assert sorted(os.listdir(tmp_path)) == ["log.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["scor"],
        ["score"],
        ["score", "{log}", "--metod", "pagerank"],
        ["score", "{log}", "--param", "damping"],
        ["score", "{log}", "--kinds", "retweet"],
        ["score", "{log}", "--kinds", "retweet=much"],
        ["score", "{log}", "--kinds", "retweet=1,reply=1,retweet=2"],
        ["score", "{log}", "--read", "header"],
        ["score", "synthetic", "--kind", "like"],
        ["score", "{log}", "--saturation", "much"],
        ["compare", "{log}", "--methods", "engagement"],
        ["run", "a.toml", "--jobs", "0"],
    ],
)
def test_wrong_usage_is_exit_2(cli, log, arguments):
    code, out, err = cli(*(argument.format(log=log) for argument in arguments))
    assert (code, out) == (2, "")
    assert "Error" in err


def test_a_messy_file_is_read_as_its_message_says(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("from;to\nben;ann\ncat;ann\n")
    code, _, err = cli("score", path)
    assert (code, "Say separator=';'" in err) == (1, True)
    code, out, err = cli(
        "score", path, "--read", "separator=;", "--columns", "source=from,target=to", "--json"
    )
    assert code == 0
    assert json.loads(out)["top"][0]["id"] == "ann"
    path.write_text("ben,x,ann,5\ncat,y,ann,6\n")
    code, out, _ = cli(
        "score", path, "--columns", "source,,target,weight", "--method", "engagement", "--json"
    )
    assert json.loads(out)["top"][0]["raw"] == 11
    code, _, err = cli("score", path, "--read", "seperator=;")
    assert (code, "Did you mean 'separator'?" in err) == (1, True)


def test_json_has_null_where_a_correlation_has_no_value(cli, tmp_path):
    (tmp_path / "ring.csv").write_text("source,target\nann,ben\nben,ann\n")
    code, out, _ = cli("compare", tmp_path / "ring.csv", "--json")
    assert code == 0
    assert "NaN" not in out
    assert json.loads(out)["agreement"][0]["value"] is None


def test_a_full_disk_leaves_the_old_file(cli, log, tmp_path, monkeypatch):
    out = tmp_path / "scores.csv"
    out.write_text("old")

    def full(path, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    code, _, err = cli("score", log, "--out", out)
    assert code == 1
    assert "No space left on device. Nothing is half-written" in err
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["log.csv", "scores.csv"]


def test_results_that_can_t_be_written(cli, log, tmp_path):
    (tmp_path / "a.toml").write_text('name = "a"\ntemplate = "agreement"\n')
    code, _, err = cli("run", tmp_path / "a.toml", "--results", log)
    assert code == 1
    assert f"{log}" in err
    assert "Choose a folder that can be written" in err


def test_version_and_help(cli):
    assert cli("--version")[:2] == (0, f"influence-graph {__import__('influence_graph').__version__}\n")
    for command in (
        ["score"],
        ["compare"],
        ["run"],
        ["datasets", "list"],
        ["datasets", "fetch"],
        ["datasets", "make"],
    ):
        code, out, _ = cli(*command, "--help")
        assert (code, "Example:" in out) == (0, True)


def test_help_imports_nothing_heavy():
    heavy = "{'numpy', 'polars', 'scipy', 'numba', 'matplotlib', 'pydantic', 'igraph'}"
    program = (
        "import sys; sys.argv = ['influence-graph', '--help']\n"
        "from influence_graph.cli import main\n"
        "try: main()\n"
        f"except SystemExit: print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert time.perf_counter() - start < 10  # a hang, not a benchmark: those are in benchmarks/
    assert done.stderr == "[]\n"


def test_a_reader_that_leaves_early_is_no_failure(log):
    program = "from influence_graph.cli import main; main()"
    command = [sys.executable, "-c", program, "score", str(log), "--top", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        err = running.stderr.read().decode()
    assert running.returncode == 1
    assert "Broken" not in err
    assert "Traceback" not in err


def test_explain_prints_parts_that_add_up(cli, log):
    code, out, err = cli("explain", log, "ann", "--method", "engagement", "--kinds", "retweet=1,reply=0.5")
    assert code == 0
    assert "ann has 100.0 of 100 points by engagement: rank 1 of 3" in out
    assert "Raw value 1.5, by kind, network:" in out
    assert "without retweet: " in out
    assert "3 of 4 rows kept" in err


def test_explain_for_machines_and_as_a_figure(cli, log, tmp_path):
    figure = tmp_path / "why.svg"
    code, out, _ = cli(
        "explain", log, "ann", "--by", "reactor,period", "--without", "cat", "--json", "--figure", figure
    )
    told = json.loads(out)
    assert code == 0
    assert sum(part["value"] for part in told["decomposition"]) == pytest.approx(told["raw"], rel=1e-9)
    assert sum(part["points"] for part in told["attribution"]) == pytest.approx(told["score"], rel=1e-9)
    assert told["counterfactuals"][-1]["part"] == "cat"
    assert figure.read_text().startswith("<?xml")


def test_explain_names_those_alike_and_checks_before_it_works(cli, log, tmp_path):
    code, _, err = cli("explain", log, "anne")
    assert (code, "Did you mean 'ann'?" in err) == (1, True)
    code, _, err = cli("explain", log, "ann", "--figure", tmp_path / "why.doc")
    assert (code, ".pdf, .svg or .png" in err) == (1, True)
    code, _, err = cli("explain", log, "ann", "--figure", tmp_path / "why.svg", "--attribute-to", "none")
    assert (code, "--attribute-to" in err) == (1, True)
    code, _, err = cli("explain", log, "ann", "--method", "activity")
    assert (code, "has no decomposition" in err) == (1, True)


def test_explain_takes_numbers_for_ids_that_are_numbers(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("source,target\n12,7\n13,7\n")
    code, out, _ = cli("explain", path, "7", "--method", "reactors", "--by", "none")
    assert (code, "7 has 100.0 of 100 points" in out) == (0, True)
    code, _, err = cli("explain", path, "seven")
    assert (code, "whose ids are integers" in err) == (1, True)


def test_report_of_a_log(cli, log, tmp_path):
    out = tmp_path / "report.html"
    code, printed, err = cli("report", log, "--out", out, "--person", "ben", "--title", "Mine", "--json")
    assert code == 0
    assert json.loads(printed) == {"out": str(out), "bytes": out.stat().st_size}
    page = out.read_text("utf-8")
    assert "<title>Mine</title>" in page
    assert "<bdi>ben</bdi>" in page
    code, _, err = cli("report", log, "--out", tmp_path / "report.txt")
    assert (code, "should end in .html" in err) == (1, True)
    code, _, err = cli("report", log, "--out", tmp_path / "none" / "report.html")
    assert (code, "does not exist" in err) == (1, True)


def test_report_of_results(cli, tmp_path):
    config = tmp_path / "small.toml"
    config.write_text(
        'name = "small"\ntemplate = "agreement"\n[[data]]\ndataset = "synthetic"\npeople = 60\ndays = 5\n'
        '[[methods]]\nname = "engagement"\n[[methods]]\nname = "reactors"\n[options]\nresamples = 5\n'
    )
    assert cli("run", config, "--results", tmp_path / "results", "--jobs", 1)[0] == 0
    out = tmp_path / "report.html"
    assert cli("report", tmp_path / "results" / "small", "--out", out)[0] == 0
    page = out.read_text("utf-8")
    assert "Results of the experiment small." in page
    assert "kendall_tau_b" in page
    assert "data:image/svg+xml;base64," in page
