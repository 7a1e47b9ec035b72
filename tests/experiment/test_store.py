"""The store of cells: complete or absent, read back as written, the same bytes for the same values."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from influence_graph.errors import DataError
from influence_graph.experiment import store
from influence_graph.experiment._template import Cell
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.store import Store


def task(*, rng, needs, logs, fail=False):
    if fail:
        raise DataError("no")
    return {"t": pl.DataFrame({"drawn": [rng.random()], "needs": [len(needs)]})}


def test_a_cell_is_there_once_it_was_computed(tmp_path):
    cells = Store.open(tmp_path)
    first = Cell(task, 1, {}, "first")
    second = Cell(task, 1, {}, "second", [first], seed=1)
    assert cells.missing([first, second]) == ([first, second], [])
    for cell in (first, second):
        cells.compute(cell, LogCache())
    assert cells.missing([first, second]) == ([], [])
    assert cells.read(second)["t"]["needs"].to_list() == [1]


def test_random_numbers_depend_on_the_cell_alone(tmp_path):
    drawn = []
    for folder, seed, version in (("a", 0, 1), ("b", 0, 1), ("c", 1, 1), ("d", 0, 2)):
        cells, cell = Store.open(tmp_path / folder), Cell(task, version, {}, "x", seed=seed)
        cells.compute(cell, LogCache())
        drawn.append(cells.read(cell)["t"]["drawn"][0])
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_a_failed_cell_leaves_nothing(tmp_path):
    cells, cell = Store.open(tmp_path), Cell(task, 1, {"fail": True}, "x")
    with pytest.raises(DataError, match="no"):
        cells.compute(cell, LogCache())
    assert list(cells.folder.iterdir()) == []


def flip(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 16
    file.write_bytes(content)


def cut(file):
    file.write_bytes(file.read_bytes()[:-3])


@pytest.mark.parametrize("name", ["t.parquet", "manifest.json"])
@pytest.mark.parametrize("damage", [flip, cut, lambda file: file.write_bytes(b""), Path.unlink])
def test_a_damaged_cell_is_computed_again(tmp_path, name, damage):
    cells, cell = Store.open(tmp_path), Cell(task, 1, {}, "first")
    cells.compute(cell, LogCache())
    assert cells.missing([cell]) == ([], [])
    before = {file.name: file.read_bytes() for file in (cells.folder / cell.fingerprint).iterdir()}
    damage(cells.folder / cell.fingerprint / name)
    absent, damaged = cells.missing([cell])
    assert absent == [cell]
    assert len(damaged) == 1
    assert damaged[0].startswith("first: ")
    assert name in damaged[0]
    with pytest.raises(DataError, match="Run the experiment again"):
        cells.read(cell)
    cells.compute(cell, LogCache())
    assert cells.missing([cell]) == ([], [])
    assert {file.name: file.read_bytes() for file in (cells.folder / cell.fingerprint).iterdir()} == before


def test_the_cell_of_another_is_computed_again(tmp_path):
    cells = Store.open(tmp_path)
    one, other = Cell(task, 1, {}, "one"), Cell(task, 2, {}, "other")
    for cell in (one, other):
        cells.compute(cell, LogCache())
    drawn = cells.read(one)["t"]
    shutil.rmtree(cells.folder / one.fingerprint)
    shutil.copytree(cells.folder / other.fingerprint, cells.folder / one.fingerprint)
    assert cells.missing([one, other])[0] == [one]
    assert f"holds another cell, {other.fingerprint}" in cells.missing([one])[1][0]
    cells.compute(one, LogCache())
    assert cells.read(one)["t"].equals(drawn)


def test_a_run_says_what_was_damaged(config, tmp_path, monkeypatch):
    monkeypatch.setattr("influence_graph.experiment.run._draw", lambda *arguments: None)
    done = run_experiment(config, results=tmp_path)
    before = (done.folder / "scores.parquet").read_bytes()
    cell = tmp_path / ".cells" / done.manifest["cells"][0]["fingerprint"]
    (cell / "scores.parquet").write_bytes(b"PAR1")
    again = run_experiment(config, results=tmp_path)
    assert [one["computed"] for one in again.manifest["cells"]] == [True] + [False] * 4
    assert "1 stored cell was damaged, so computed again: synthetic · engagement: " in str(again)
    assert (again.folder / "scores.parquet").read_bytes() == before
    assert "damaged" not in str(run_experiment(config, results=tmp_path))


def test_tables_are_the_same_bytes_for_the_same_values(tmp_path):
    frame = pl.concat([pl.DataFrame({"a": [1, 2], "b": ["x", None]})] * 3, rechunk=False)
    for name, table in (("one", frame), ("two", frame.rechunk())):
        (tmp_path / name).mkdir()
        store.write_tables({"t": table}, tmp_path / name)
    assert (tmp_path / "one" / "t.parquet").read_bytes() == (tmp_path / "two" / "t.parquet").read_bytes()
