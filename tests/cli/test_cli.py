"""The command line as a whole: exit codes, one line a failure, help."""

import os
import subprocess
import sys
import time

import pytest


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


def test_a_score_imports_only_what_it_needs(log):
    needless = ["scipy.stats", "scipy.optimize", "sklearn", "matplotlib", "igraph", "pooch", "pyarrow"]
    program = (
        f"import sys; sys.argv = ['influence-graph', 'score', {str(log)!r}]\n"
        "from influence_graph.cli import main\n"
        "try: main()\n"
        f"except SystemExit as done: print(done.code, sorted({set(needless)} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def test_a_reader_that_leaves_early_is_no_failure(log):
    program = "from influence_graph.cli import main; main()"
    command = [sys.executable, "-c", program, "score", str(log), "--top", "1000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        running.stdout.close()
        err = running.stderr.read().decode()
    assert running.returncode == 1
    assert "Broken" not in err
    assert "Traceback" not in err
