"""The template prediction: it runs whole, finds a planted difference, and says what a log lacks."""

import numpy as np
import polars as pl
import pytest

from influence_graph.errors import ConfigError, InfluenceGraphError
from influence_graph.experiment.run import run_experiment

METHODS = [{"name": name} for name in ("reactors", "activity", "random")]
OPTIONS = {"folds": 6, "origins": 3, "half_lives": [0, 1], "intervals": [0], "networks": 0}


def planted(seed=1, people=120, rows=6000):
    """Return a log in which each person has a constant chance of being reacted to."""
    rng = np.random.default_rng(seed)
    liked = rng.pareto(1.5, people) + 0.1
    source = rng.integers(0, people, rows)
    target = rng.choice(people, rows, p=liked / liked.sum())
    other = np.where(source == target, (target + 1) % people, source)
    return pl.DataFrame({"source": other, "target": target, "timestamp": np.arange(rows) * 3600})


def config(tmp_path, rows, **options):
    path = tmp_path / "log.csv"
    rows.write_csv(path)
    data = {"log": str(path), "time_unit": "s"} if "timestamp" in rows.columns else {"log": str(path)}
    return {"name": "p", "template": "prediction", "data": data, "methods": METHODS,
            "options": {**OPTIONS, **options}}  # fmt: skip


def test_a_planted_difference_is_found(tmp_path):
    done = run_experiment(config(tmp_path, planted()), results=tmp_path / "results")
    effects = done.tables["effects"].filter(among="active", measure="C", graph="no decay")
    worse = effects.filter(contrast="random - reactors").row(0, named=True)
    assert worse["high"] < -0.1
    known = effects.filter(contrast="reactors").row(0, named=True)
    assert known["low"] > 0.6
    # Intervals were asked for without decay only.
    without = done.tables["effects"].filter(graph="half-life 1 horizon", contrast="reactors")
    assert without["value"].null_count() < without["low"].null_count() == without.height
    assert set(done.figures) == {"contrasts", "half_life"}
    assert "no descendants" in " ".join(done.tables["notes"]["note"])
    assert done.tables["origins"]["origin"].n_unique() == 3
    assert "reactors" in str(done)


def test_fans_who_get_nothing_leave_no_empty_figure(tmp_path):
    # Nobody who acts is ever reacted to: there is no C among those active, at any half-life.
    rows = planted().with_columns(source=pl.format("fan {}", "source"), target=pl.format("star {}", "target"))
    done = run_experiment(config(tmp_path, rows), results=tmp_path / "results")
    assert set(done.figures) == {"contrasts"}
    said = done.tables["notes"]["note"].to_list()
    assert said[0] == "too few who are active have as many reactors as the narrower group (option least)"
    assert said[1] == "of those who are active, no two can be told apart by what follows"


def test_what_cannot_be_predicted_is_one_clear_error(tmp_path):
    rows = planted(rows=300)
    with pytest.raises(InfluenceGraphError, match="need timestamps"):
        run_experiment(config(tmp_path, rows.drop("timestamp")), results=tmp_path / "results")
    with pytest.raises(InfluenceGraphError, match="Shorten the horizon"):
        run_experiment(config(tmp_path, rows, horizon="900d"), results=tmp_path / "results")
    with pytest.raises(ConfigError, match="no method is called so"):
        run_experiment(config(tmp_path, rows, baseline="pagerank"), results=tmp_path / "results")
    late = {**config(tmp_path, rows), "graph": {"half_life": "1d"}}
    with pytest.raises(ConfigError, match="sets 'half_life' itself"):
        run_experiment(late, results=tmp_path / "results")
