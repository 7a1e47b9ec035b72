"""Templates and cells: what they are found by, and what changes their fingerprint."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment._template import Cell, digest, get_template, plain, template, template_names
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import Source
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.store import Store


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


def test_two_templates_of_one_name_are_an_error():
    @template("twice", version=1)
    def first(plan):
        """One."""

    with pytest.raises(ConfigError, match="Two templates are called 'twice'"):

        @template("twice", version=1)
        def second(plan):
            """Two."""


def test_an_unknown_template_names_the_nearest_and_options_are_validated():
    with pytest.raises(ConfigError, match="Did you mean 'agreement'"):
        get_template("agrement")
    assert get_template("agreement").resolve({"k": 5})["confidence"] == 0.95
    with pytest.raises(ConfigError, match=r"'confidence' is 1\.5"):
        get_template("agreement").resolve({"confidence": 1.5})


def test_a_new_version_may_keep_the_random_numbers_of_an_earlier_one(tmp_path):
    def drawn(**change):
        below = Cell(_count, change.pop("below", 1), {"start": 1}, "below", seed=3, drawn=1)
        cell = Cell(**{"task": _count, "version": 1, "parameters": {"start": 2}, "label": "x", "seed": 3,
                       "needs": [below]} | change)  # fmt: skip
        store, logs = Store.open(tmp_path), LogCache()
        for one in (below, cell):
            store.compute(one, logs)
        return cell.fingerprint, store.read(cell)["numbers"]["drawn"].item()

    first, second, third, other = drawn(), drawn(version=2, drawn=1), drawn(below=2), drawn(version=2)
    assert len({first[0], second[0], third[0], other[0]}) == 4
    assert first[1] == second[1] == third[1] != other[1]


@pytest.mark.parametrize(
    "change",
    [
        {"task": plain},
        {"version": 2},
        {"parameters": {"a": 2}},
        {"seed": 1},
        {"needs": [Cell(digest, 1, {}, "n")]},
    ],
)
def test_everything_that_determines_a_result_changes_the_fingerprint(change):
    given = {"task": digest, "version": 1, "parameters": {"a": 1}, "label": "x"}
    assert Cell(**{**given, **change}).fingerprint != Cell(**given).fingerprint
    assert Cell(**{**given, "label": "y"}).fingerprint == Cell(**given).fingerprint


def test_plain_values():
    assert plain(datetime(2024, 1, 1, tzinfo=UTC)) == "2024-01-01T00:00:00+00:00"
    assert plain(timedelta(hours=1)) == 3600
    assert plain({"b", "a"}) == ["a", "b"]
    assert plain(np.arange(2)) == [0, 1]
    assert plain(Source("abc", "mine")) == {"label": "mine", "fingerprint": "abc"}
    with pytest.raises(TypeError, match="expected plain values"):
        plain(object())
