"""The command line as a whole: exit codes, one line a failure, help."""

import io
import json
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
        (["score", "{log}", "--out", "scores.doc"], "it should end in one of .parquet"),
        (["score", "{log}", "--spreadsheet"], "Add --out scores.csv"),
        (["score", "{log}", "--spreadsheet", "--out", "a.json"], "should end in .csv or .xlsx"),
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


ODD = 'source,target,kind\nb\x1b[31mx,ann,like\n"c\nx",ann,re\u202eply\nc\x9bat,bén 日,like\n'


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd\x1b[2J.csv"
    path.write_text(ODD, "utf-8")
    return path


@pytest.mark.parametrize(
    "command",
    [
        ["score"],
        ["score", "--json"],
        ["check"],
        ["check", "--json"],
        ["compare", "--resamples", "0"],
        ["compare", "--resamples", "0", "--json"],
        ["explain", "ann", "--method", "engagement", "--by", "kind,reactor"],
        ["explain", "c\nx", "--method", "reactors", "--json"],
        ["explain", "nobody\x1b[31m"],
        ["score", "--method", "\x1b[31m"],
        ["score", "--no\x1b[31mpe"],
    ],
)
def test_control_characters_never_reach_a_terminal(cli, odd, command):
    code, out, err = cli(command[0], odd, *command[1:])
    assert code in (0, 1, 2)
    for printed in (out, err):
        assert [one for one in printed if not one.isprintable() and one not in "\n "] == []
    if code == 0 and "--json" in command and command[0] == "score":
        told = {one["id"] for one in json.loads(out)["top"]}
        assert told == {"b\x1b[31mx", "ann", "c\nx", "c\x9bat", "bén 日"}
    if command == ["score"]:
        assert "b\\x1b[31mx" in out
        assert "c\\nx" in out


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_terminals_without_unicode(cli, tmp_path, monkeypatch, encoding):
    (tmp_path / "log.csv").write_text(ODD, "utf-8")
    printed = []
    for options in ([], ["--json"]):
        terminal = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", terminal)
        assert cli("score", tmp_path / "log.csv", *options)[0] == 0
        printed.append(terminal.buffer.getvalue().decode(encoding))
    assert "+--" in printed[0]
    assert "\\u65e5 " in printed[0]
    assert ("é" in printed[0]) == (encoding == "cp1252")
    assert {one["id"] for one in json.loads(printed[1])["top"]} >= {"bén 日"}


def test_standard_output_that_was_closed(cli, log, monkeypatch):
    for options, code in (([], 1), (["--json"], 1), (["--out", log.with_suffix(".parquet")], 0)):
        monkeypatch.setattr(sys, "stdout", None)
        told, _, err = cli("score", log, *options)
        assert (told, "standard output: it is closed" in err) == (code, code == 1)
    assert log.with_suffix(".parquet").is_file()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("IG --version >&-", 1),
        ("IG --version >&- 2>&-", 1),
        ("IG --version > /dev/full", 1),
        ("IG --help 2>&1 | true", 1),
        ("IG score --nope 2>/dev/full", 2),
    ],
)
def test_streams_that_take_nothing(line, code):
    program = f"{sys.executable} -c 'from influence_graph.cli import main; main()'"
    command = ["bash", "-c", f"set -o pipefail; {line.replace('IG', program)}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("ending", "code", "told"),
    [
        ("os.abort()", 1, True),
        ("os.kill(os.getpid(), signal.SIGSEGV)", 1, True),
        ("os.kill(os.getpid(), signal.SIGTERM)", 128 + 15, False),
        ("sys.exit(3)", 3, False),
        ("print('done')", 0, False),
    ],
)
def test_a_process_that_the_memory_limit_ends_is_told_in_one_line(ending, code, told):
    limited = (
        "import os, resource, signal, sys\n"
        "hard = resource.getrlimit(resource.RLIMIT_AS)[1]\n"
        "resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000, hard))\n"
        "from influence_graph import cli\n"
        f"cli._watch_memory_limit()\n{ending}\n"
    )
    ran = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False)
    assert ran.returncode == code
    line = "the limit of 8.0 GB on the memory of a process (ulimit -v) was reached"
    assert ran.stderr.count("\n") == told
    assert (line in ran.stderr) == told
    assert ran.stdout == ("done\n" if "done" in ending else "")
