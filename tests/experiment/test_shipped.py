"""The configs that come with the project, and the one that experiments/README.md explains."""

import re
import tomllib
from pathlib import Path

import pytest

from influence_graph.experiment._template import get_template
from influence_graph.experiment.config import holds_methods_only, read_config
from influence_graph.experiment.plan import make_plan

HOME = Path(__file__).parents[2] / "experiments"
README = (HOME / "README.md").read_text("utf-8")


CONFIGS = [path for path in sorted(HOME.glob("*.toml")) if not holds_methods_only(path)]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_can_be_planned_and_is_in_the_table(path, monkeypatch):
    monkeypatch.delenv("INFLUENCE_GRAPH_DATA", raising=False)
    source = read_config(path)
    template = get_template(source.config.template)
    assert template.cells(make_plan(source), **template.resolve(source.config.options))
    assert f"`{path.name}`" in README
    assert source.config.claims


def test_the_config_in_the_readme_holds():
    given = tomllib.loads(re.search(r"```toml\n(.*?)```", README, re.S)[1])
    plan = make_plan(read_config(given))
    assert [one.label for one in plan.methods] == ["PageRank(damping=0.5)", "PageRank(damping=0.85)"]
    assert [one.parameters["half_life"] for one in plan.graphs["synthetic"]] == ["7d"]
    assert get_template(given["template"]).resolve(given["options"])["k"] == 100
