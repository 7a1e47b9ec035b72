"""The template sensitivity: every parameter is screened, the four that matter most decomposed."""

import polars as pl
import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.templates._sensitivity import OUTCOMES, _outcome
from influence_graph.interventions.sensitivity_indices import morris_screening, sobol_indices

OPTIONS = {
    "population": {"people": 40, "mean_degree": 4},
    "model": {"reaction_chance": 0.2},
    "chase": {"steps": 10, "period": 5, "window": 5, "share": 0.3},
    "ranges": {"effort": [0.0, 2.0], "strength": [0.0, 1.0]},
    "worlds": 1,
    "draws": 4,
    "sobol": 2,
}


def run(folder, **change):
    config = {"name": "s", "template": "sensitivity", "methods": [{"name": "engagement"}]}
    return run_experiment({**config, "options": {**OPTIONS, **change}}, results=folder)


def test_screening_then_indices(tmp_path):
    done = run(tmp_path)
    morris = done.tables["morris"]
    assert morris.height == 4
    first = morris.filter(morris["outcome"] == "elasticity of the score to the posting rate")
    # The strength of chasing has nothing to do with the elasticity.
    assert dict(first.select("parameter", "mu_star").rows())["strength"] == 0
    assert first["parameter"][0] == "effort"
    assert done.tables["sobol"].height == 4
    assert done.figures.keys() == {"sensitivity"}


def test_cells_that_share_the_work_find_what_one_pass_finds(tmp_path):
    done = run(tmp_path)
    fields = (OPTIONS["population"], OPTIONS["model"], OPTIONS["chase"])
    outcome = _outcome(*fields, {"name": "engagement", "parameters": {}}, 15.0, 1, 0)
    ranges = {name: tuple(bounds) for name, bounds in OPTIONS["ranges"].items()}
    whole = morris_screening(outcome, ranges, OUTCOMES, trajectories=4)
    assert done.tables["morris"].equals(whole.with_columns(pl.col(pl.Float64).fill_nan(None)))
    few = {name: ranges[name] for name in done.tables["sobol"]["parameter"].unique(maintain_order=True)}
    indices = sobol_indices(outcome, few, OUTCOMES, samples=2)
    assert done.tables["sobol"].equals(indices.with_columns(pl.col(pl.Float64).fill_nan(None)))


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"effort": [1.0, 0.0]}, "low < high"),
        ({"efort": [0.0, 1.0]}, "Did you mean 'effort'"),
        ({"follow": [0.0, 2.0]}, "follow is 2"),
    ],
)
def test_ranges_are_checked(tmp_path, ranges, message):
    with pytest.raises(ConfigError, match=message):
        run(tmp_path, ranges=ranges)
