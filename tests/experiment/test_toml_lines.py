"""Where a key stands in a TOML text."""

import tomllib

import pytest

from influence_graph.experiment.toml_lines import line_of

TEXT = '''\
name = "a"
title = """
seed = 3
"""
options = { k = 5 }

[[data]]
dataset = "synthetic"
graph = { kinds = { like = 1 } }

[[data]]
log = "b.csv"
[data.graph]
half_life = "30d"

[graph]
kinds.retweet = 2
"other one" = 3

[[methods]]
name = "pagerank"
[[methods]]
name = "hits"
damping = 1.2
'''


@pytest.mark.parametrize(
    ("location", "line"),
    [
        (["name"], 1),
        (["seed"], None),  # what looks like a key is within a text of several lines
        (["options", "k"], 5),
        (["data", 0, "dataset"], 8),
        (["data", 0, "graph", "kinds", "like"], 9),
        (["data", 1], 11),
        (["data", 1, "log"], 12),
        (["data", 1, "graph", "half_life"], 14),
        (["data", 1, "graph", "missing"], 13),
        (["graph", "kinds", "retweet"], 17),
        (["graph", "other one"], 18),
        (["methods", 0, "name"], 21),
        (["methods", 1, "damping"], 24),
    ],
)
def test_every_way_of_writing_a_key(location, line):
    tomllib.loads(TEXT)
    assert line_of(TEXT, location) == line


def test_a_single_table_where_a_list_of_tables_may_stand():
    assert line_of('[data]\nlog = "a"\n', ["data", 0, "log"]) == 2
