"""A run: the same bytes every time, whatever the number of processes, and after a kill."""

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from influence_graph import build_graph, compare, load_dataset, score
from influence_graph.errors import ConfigError, ConvergenceError, DataError
from influence_graph.experiment import run, store
from influence_graph.experiment._template import Cell, template, template_names
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment

CONFIG = """\
name = "small"
template = "agreement"
seed = 3
[[data]]
dataset = "synthetic"
people = 120
mean_degree = 5
days = 10
[[methods]]
name = "engagement"
[[methods]]
name = "random"
[[methods]]
name = "pagerank"
damping = [0.5, 0.85]
[options]
k = 10
resamples = 5
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "small.toml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="module")
def unbroken(config, tmp_path_factory):
    return run_experiment(config, results=tmp_path_factory.mktemp("unbroken"))


@pytest.fixture(autouse=True)
def undrawn(unbroken, monkeypatch):
    """Only the unbroken run draws: it takes as long as all the rest. See tests/report."""
    monkeypatch.setattr(run, "_draw", lambda *arguments: None)


def tables(results: Results) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in results.folder.glob("*.parquet")}


def test_the_tables_are_those_of_the_functions(unbroken):
    graph = build_graph(load_dataset("synthetic", people=120, days=10, mean_degree=5))
    scores = {"engagement": score(graph, "engagement"), "pagerank(damping=0.5)": score(graph, damping=0.5)}
    expected = compare(scores, k=10, resamples=0).table["value"]
    table = unbroken.tables["agreement"]
    found = table.filter(a="engagement", b="pagerank(damping=0.5)")
    assert found["value"].to_list() == expected.to_list()
    assert found["people"].unique().to_list() == [120]
    assert ((found["low"] <= found["high"]) & found["low"].is_finite()).all()
    people = unbroken.tables["scores"].filter(method="pagerank(damping=0.5)")
    assert people["raw"].to_list() == scores["pagerank(damping=0.5)"].raw.tolist()
    assert table.height == 6 * 4
    assert unbroken.tables["methods"]["name"].to_list() == ["engagement", "random", "pagerank", "pagerank"]


def test_the_manifest_says_what_ran(unbroken):
    manifest = unbroken.manifest
    assert manifest["config"]["methods"][2]["damping"] == [0.5, 0.85]
    assert manifest["methods"][2]["parameters"]["tol"] == 1e-10
    assert (
        manifest["data"][0]["fingerprint"]
        == load_dataset("synthetic", people=120, days=10, mean_degree=5).fingerprint
    )
    assert (manifest["seed"], manifest["versions"]["polars"]) == (3, pl.__version__)
    assert all(cell["computed"] for cell in manifest["cells"])
    assert (unbroken.folder.parent / "latest").resolve() == unbroken.folder.resolve()


def test_results_show_themselves(unbroken):
    assert "engagement" in str(unbroken)
    assert "agreement.pdf" in str(unbroken)
    shown = unbroken._repr_html_()
    assert "<svg" in shown
    assert "<table" in shown
    assert Results.load(unbroken.folder).summary.equals(unbroken.summary)
    with pytest.raises(DataError, match=r"no manifest\.json"):
        Results.load(unbroken.folder.parent)


def test_two_jobs_give_the_same_bytes(config, unbroken, tmp_path):
    # Two processes have half the threads each: this holds threads and jobs at once.
    assert tables(run_experiment(config, jobs=2, results=tmp_path)) == tables(unbroken)


def test_a_second_run_computes_nothing_and_changes_nothing(config, unbroken):
    before = tables(unbroken)
    again = run_experiment(config, results=unbroken.folder.parent.parent)
    assert again.folder == unbroken.folder
    assert not any(cell["computed"] for cell in again.manifest["cells"])
    assert tables(again) == before


def test_only_what_changed_is_computed(config, unbroken, tmp_path):
    home = unbroken.folder.parent.parent
    changed = tmp_path / "small.toml"
    changed.write_text(CONFIG.replace("[0.5, 0.85]", "[0.5, 0.9]"))
    again = run_experiment(changed, results=home)
    computed = [cell["label"] for cell in again.manifest["cells"] if cell["computed"]]
    assert computed == ["synthetic · pagerank(damping=0.9)", "synthetic · comparison"]
    assert again.folder != unbroken.folder
    changed.write_text(CONFIG.replace("seed = 3", "seed = 4"))
    other = run_experiment(changed, results=home)
    assert not other.tables["scores"].equals(unbroken.tables["scores"])  # `random` draws anew


def test_randomness_does_not_depend_on_the_order(config, unbroken, tmp_path):
    reordered = tmp_path / "small.toml"
    first, second = '[[methods]]\nname = "engagement"\n', '[[methods]]\nname = "random"\n'
    reordered.write_text(CONFIG.replace(first + second, second + first))
    again = run_experiment(reordered, results=tmp_path / "results")
    for results in (again, unbroken):
        assert results.tables["scores"].filter(method="random").height == 120
    drawn = [one.tables["scores"].filter(method="random") for one in (again, unbroken)]
    assert drawn[0].equals(drawn[1])


# The comparison is the last cell. This run stops where its tables are half-written, and waits there.
HALF_WRITTEN = """
import sys, time
from influence_graph.experiment import run, store
write = store.write_tables
def slow(tables, folder):
    if "movers" in tables:
        (folder / "movers.parquet").write_bytes(b"half")
        print("half-written", flush=True)
        time.sleep(60)
    write(tables, folder)
store.write_tables = slow
from influence_graph.cli import main
main()
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_goes_on_where_it_was(config, unbroken, tmp_path, sent):
    command = [
        sys.executable,
        "-c",
        HALF_WRITTEN,
        "run",
        str(config),
        "--jobs",
        "1",
        "--results",
        str(tmp_path),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "half-written\n"
        running.send_signal(sent)
        out, err = running.communicate(timeout=30)
    left = list((tmp_path / ".cells").glob(".*"))
    if sent == signal.SIGINT:
        assert running.returncode == 130
        assert (out, err) == (
            "",
            "influence-graph: stopped by Ctrl-C. Finished work is kept, no file is incomplete\n",
        )
        assert left == []
    else:
        assert running.returncode == -signal.SIGKILL
        assert len(left) == 1  # hidden, and swept by the next run
    assert not (tmp_path / "small").exists()
    resumed = run_experiment(config, results=tmp_path)
    assert [cell["computed"] for cell in resumed.manifest["cells"]] == [False] * 4 + [True]
    assert tables(resumed) == tables(unbroken)
    assert list((tmp_path / ".cells").glob(".*")) == []


def test_a_full_disk_leaves_nothing_half_written(config, tmp_path, monkeypatch):
    write = Path.write_bytes

    def full(path, data):
        if path.name == "movers.parquet":
            write(path, bytes(data)[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        run_experiment(config, results=tmp_path)
    assert not (tmp_path / "small").exists()
    assert list((tmp_path / ".cells").glob(".*")) == []
    assert len(list((tmp_path / ".cells").iterdir())) == 4


def test_results_that_can_t_be_written_are_told_before_the_work(config, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        run_experiment(config, results=tmp_path / "file")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cell_that_fails_is_named_and_the_others_are_kept(config, tmp_path, jobs):
    failing = tmp_path / "small.toml"
    failing.write_text(CONFIG.replace("damping = [0.5, 0.85]", "max_iterations = 2"))
    with pytest.raises(ConvergenceError, match="synthetic · pagerank: pagerank reached"):
        run_experiment(failing, jobs=jobs, results=tmp_path)
    kept = [path for path in (tmp_path / ".cells").iterdir() if not path.name.startswith(".")]
    assert len(kept) == 2 if jobs == 1 else len(kept) <= 2
    assert not (tmp_path / "small").exists()


def test_a_damaged_cell_is_told(config, tmp_path):
    done = run_experiment(config, results=tmp_path)
    cell = tmp_path / ".cells" / done.manifest["cells"][0]["fingerprint"]
    (cell / "scores.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"scores\.parquet is damaged .* Remove its folder"):
        run_experiment(config, results=tmp_path)


def test_a_comparison_without_intervals_or_movers(config, tmp_path):
    options = tmp_path / "small.toml"
    options.write_text(CONFIG.replace("resamples = 5", "resamples = 0\nmovers = 0"))
    done = run_experiment(options, results=tmp_path / "results")
    assert done.tables["agreement"]["low"].null_count() == 24
    assert done.tables["movers"].height == 0
    assert "[" not in done.summary["spearman"][0]


def test_agreement_asks_for_data_and_methods(tmp_path):
    config = {"name": "a", "template": "agreement", "methods": [{"name": "engagement"}]}
    with pytest.raises(ConfigError, match="needs data"):
        run_experiment(config, results=tmp_path)
    with pytest.raises(ConfigError, match="at least two"):
        run_experiment(
            {**config, "data": {"dataset": "synthetic", "people": 80, "mean_degree": 5}}, results=tmp_path
        )


def _count(*, rng, needs, logs, start):
    number = start + sum(int(need["numbers"]["number"].sum()) for need in needs)
    return {"numbers": pl.DataFrame({"start": [start], "number": [number], "drawn": [rng.random()]})}


def test_a_template_of_a_third_party_is_found_by_its_name(tmp_path):
    @template("numbers", version=1)
    def numbers(plan, *, upto: int = 3) -> list[Cell]:
        """Count."""
        cells: list[Cell] = []
        for start in range(upto):
            cells.append(Cell(_count, 1, {"start": start}, f"from {start}", cells[-1:], plan.seed))
        return cells

    assert {"agreement", "numbers"} <= set(template_names())
    done = run_experiment({"name": "n", "template": "numbers", "options": {"upto": 4}}, results=tmp_path)
    assert done.summary["number"].to_list() == [0, 1, 3, 6]
    assert done.summary["drawn"].n_unique() == 4
    assert dict(done.figures) == {}


def test_tables_are_the_same_bytes_for_the_same_values(tmp_path):
    frame = pl.concat([pl.DataFrame({"a": [1, 2], "b": ["x", None]})] * 3, rechunk=False)
    for name, table in (("one", frame), ("two", frame.rechunk())):
        (tmp_path / name).mkdir()
        store.write_tables({"t": table}, tmp_path / name)
    assert (tmp_path / "one" / "t.parquet").read_bytes() == (tmp_path / "two" / "t.parquet").read_bytes()


def test_a_manifest_is_plain_json(unbroken):
    assert json.loads((unbroken.folder / "manifest.json").read_text())["template"] == "agreement"
