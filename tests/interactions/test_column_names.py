"""Which column probably is which, by its name."""

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.column_names import ALIASES, is_client_app, plain_name, proposed
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.read import read_interactions


def test_aliases_are_plain_and_of_columns_that_a_log_has():
    assert set(ALIASES) == set(COLUMNS)
    assert all(plain_name(alias) == alias for aliases in ALIASES.values() for alias in aliases)


@pytest.mark.parametrize(
    ("names", "mapping"),
    [
        (["Source", "Target", "Weight"], {"source": "Source", "target": "Target", "weight": "Weight"}),
        (["author_id", "in_reply_to_user_id", "created_at"],
         {"source": "author_id", "target": "in_reply_to_user_id", "timestamp": "created_at"}),
        (["From", "To", "lang"], {"source": "From", "target": "To"}),
        (["text"], {}),
    ],
)  # fmt: skip
def test_the_whole_mapping_is_proposed_at_once(names, mapping):
    assert proposed(names) == mapping
    if {"source", "target"} <= set(mapping):
        frame = pl.DataFrame({name: ["1"] for name in names})
        with pytest.raises(SchemaError) as error:
            read_interactions(frame)
        assert f"columns={mapping!r}" in str(error.value)


def test_the_program_that_a_tweet_was_written_with_is_nobody():
    tweets = pl.DataFrame({"source": ["Web App"], "user_id": [7], "to": [8]})
    with pytest.raises(SchemaError, match="the program that a tweet was written with") as error:
        read_interactions(tweets, columns={"target": "to"})
    assert "columns={'source': 'user_id', 'target': 'to'}" in str(error.value)
    said = read_interactions(tweets, columns={"source": "source", "target": "to"}, ids="text")
    assert said.frame.collect()["source"].item() == "Web App"
    assert not is_client_app(["source", "target", "user_id"], [])
