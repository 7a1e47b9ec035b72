"""A history as numbers, JSON and text."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from influence_graph import score_history
from influence_graph.history._history import History

ROWS = pl.DataFrame(
    {
        "source": ["b", "c", "d"],
        "target": ["a<b>", "a<b>", "b"],
        "timestamp": ["2024-01-01", "2024-01-02", "2024-01-03"],
    }
)


@pytest.fixture(scope="module")
def history():
    return score_history(ROWS, "engagement", people=["a<b>", "b"], reference="last")


def test_numbers_and_words_are_those_of_the_frames(history):
    told = history.to_dict()
    assert told["history"] == [
        dict(zip(history.frame.columns, row, strict=True)) for row in history.frame.rows()
    ]
    assert [row["top"] for row in told["drift"]] == [1.0, 2.0, 2.0]
    assert [row["people"] for row in told["drift"]] == [2, 3, 4]
    assert {key: told[key] for key in ("method", "parameters", "scale", "every", "reference")} == {
        "method": "engagement",
        "parameters": {},
        "scale": "log",
        "every": "1d",
        "reference": "last",
    }


def test_json_is_one_line_and_says_the_same(history):
    text = history.to_json()
    assert "\n" not in text
    told = json.loads(text)
    expected = history.to_dict()
    assert told["drift"][2]["time"] == str(datetime(2024, 1, 3, tzinfo=UTC))
    for name in ("history", "drift"):
        assert [row | {"time": str(row["time"])} for row in expected[name]] == told[name]


def test_text_shows_the_last_time_in_the_order_of_ranks(history):
    text = str(history)
    first, *table = text.splitlines()
    assert first.startswith(
        "Scores by engagement every 1d, 2024-01-01 00:00 to 2024-01-03 00:00 UTC, scale frozen: last."
    )
    # One reaction of two on the logarithmic scale: 1 + 99·ln 2/ln 3.
    assert "100 at the start is 63.5 on it, at the end 100.0." in first
    people = [line for line in table if "2024-01-" in line]
    assert [line.split("┆")[1].strip() for line in people] == ["a<b>", "b"]
    assert all("2024-01-03" in line for line in people)
    assert repr(history) == text


def test_a_page_shows_the_text_with_ids_escaped(history):
    page = history._repr_html_()
    assert page.startswith("<pre>Scores by engagement")
    assert "a&lt;b&gt;" in page
    assert "a<b>" not in page


def test_text_does_not_depend_on_the_order_of_the_rows(history):
    backwards = History(
        frame=history.frame.reverse(),
        drift=history.drift,
        method=history.method,
        parameters=history.parameters,
        scaled=history.scaled,
        every=history.every,
        frozen=history.frozen,
        reference=history.reference,
    )
    assert str(backwards) == str(history)


def test_a_printed_history_shows_hidden_characters_of_ids():
    rows = ROWS.with_columns(pl.lit("a\x1b[31m").alias("target"))
    assert "\x1b" not in str(score_history(rows, "engagement"))
    assert "a\\x1b[31m" in str(score_history(rows, "engagement"))
