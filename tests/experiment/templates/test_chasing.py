"""The template chasing: the split is exact, rivals are chosen in other worlds, answers are measured."""

import numpy as np
import polars as pl
import pytest
from experiment.small_logs import SYNTHETIC, check, write

from influence_graph.errors import ConfigError
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.templates._chasing import RIVALS, against_best_rival, differences

OPTIONS = {
    "population": {"people": 40, "mean_degree": 4},
    "model": {"reaction_chance": 0.15, "retweets": 0.1, "replies": 0.3},
    "chase": {"steps": 10, "period": 5, "window": 5, "share": 0.2},
    "effort": [0.5],
    "strengths": [0.5],
    "shares": [0.2],
    "draws": 1,
    "rule_changes": ["2019-11-13"],
}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chasing")
    config = {
        "name": "c",
        "template": "chasing",
        "methods": [{"name": "reactors"}],
        "data": [SYNTHETIC, *write(folder)],
        "options": OPTIONS,
    }
    with pytest.MonkeyPatch.context() as patch:
        # A search of two positions: it is tested where it is made.
        patch.setattr("influence_graph.interventions.score_chasing._GRID", {0: (0.5,)})
        return run_experiment(config, results=folder)


def test_the_split_is_exact_and_effort_is_equal(done):
    check(done.tables)
    arms = done.tables["arms"]
    assert arms["effort"].to_list() == pytest.approx([1.0] * arms.height)
    score = done.tables["effects"].filter(pl.col("measure") == "score")
    for (_, _), part in score.filter(pl.col("contrast").str.contains(" - ")).group_by("graph", "among"):
        value = dict(part.select("contrast", "value").rows())
        assert value["chaser - steady"] == pytest.approx(value["chaser - yoked"] + value["yoked - steady"])
    # Three effects of being answered, two starts; one table of shares.
    assert score.filter(pl.col("contrast") == "chaser - steady").height == 6
    assert score["graph"].str.starts_with("base").sum() == 20
    share = dict(score.filter(pl.col("graph") == "share 0.2").select("contrast", "value").rows())
    assert share["chasing, total"] == pytest.approx(share["chasing, direct"] + share["chasing, spillover"])
    assert done.figures.keys() == {"chasing", "map", "shares"}
    assert done.summary.height > 5


def test_without_a_log_that_says_the_effect_of_answers_is_assumed_and_noted(done):
    notes = done.tables["notes"]
    assert set(notes["data"]) == {"synthetic", "pairs", "one network", "model"}
    model = notes.filter(notes["data"] == "model")["note"].unique().to_list()
    assert model == ["no log shows the response to being answered; it is assumed to be 0.13"]
    assert done.tables["answers"].height == 0
    assert done.tables["rule_changes"].height == 0
    assert any("before and after 2019-11-13" in note for note in notes["note"])


def test_the_best_rival_is_chosen_in_the_other_half():
    rng = np.random.default_rng(0)
    rows = [
        {"arm": arm, "world": world, "score": float(rng.normal())}
        for arm in ("steady", *RIVALS)
        for world in range(400)
    ]
    arms = pl.DataFrame(rows)
    gaps = against_best_rival(arms, "steady")
    assert abs(gaps.mean()) < 0.3  # equal arms: chosen in the same worlds, the best would look better
    best = max(RIVALS, key=lambda arm: -differences(arms, "steady", arm, "score").mean())
    assert differences(arms, "steady", best, "score").mean() <= gaps.mean() + 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chase": {"strength": -1}}, "strength is -1"),
        ({"chase": {"sahre": 0.1}}, "Did you mean 'share'"),
        ({"shares": [0.0]}, "shares"),
        ({"model": {"follow": 2}}, "follow is 2"),
    ],
)
def test_options_outside_their_domain_are_errors(tmp_path, change, message):
    config = {
        "name": "c",
        "template": "chasing",
        "methods": [{"name": "reactors"}],
        "options": {**OPTIONS, **change},
    }
    with pytest.raises(ConfigError, match=message):
        run_experiment(config, results=tmp_path)


def test_without_methods_it_says_what_to_add(tmp_path):
    with pytest.raises(ConfigError, match="needs methods"):
        run_experiment({"name": "c", "template": "chasing", "options": OPTIONS}, results=tmp_path)
