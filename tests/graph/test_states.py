"""The last follow or unfollow stands, in frames as in encoded rows."""

import numpy as np
import polars as pl

from influence_graph.graph.build import build_graph
from influence_graph.graph.states import last_states


def test_frames_and_encoded_rows_agree():
    rng = np.random.default_rng(1)
    m = 500
    source = rng.integers(0, 6, m)
    rows = pl.DataFrame(
        {
            "source": source,
            "target": (source + rng.integers(1, 6, m)) % 6,
            "kind": rng.choice(["follow", "unfollow", "like"], m),
            "weight": rng.random(m) + 0.5,
            # Many rows have the same time: then their order decides.
            "timestamp": pl.Series(rng.integers(0, 40, m) * 1_000_000).cast(pl.Datetime("us", "UTC")),
        }
    )
    expected: dict[tuple[int, int], tuple[str, float]] = {}
    for row in sorted(rows.iter_rows(named=True), key=lambda row: row["timestamp"]):
        if row["kind"] != "like":
            expected[row["source"], row["target"]] = row["kind"], row["weight"]
    found = last_states(rows, ["source", "target"])
    assert {
        (r["source"], r["target"]): (r["kind"], r["weight"]) for r in found.iter_rows(named=True)
    } == expected
    layer = build_graph(rows, kinds={"follow": 1, "like": 1}).layers["follow", "default"].toarray()
    held = np.zeros((6, 6))
    for (u, v), (kind, weight) in expected.items():
        held[u, v] = weight if kind == "follow" else 0
    assert layer.tolist() == held.tolist()


def test_rows_without_a_time_come_first():
    rows = pl.DataFrame(
        {"source": ["a", "a"], "kind": ["unfollow", "follow"]}
        | {"timestamp": pl.Series([0, None]).cast(pl.Datetime("us", "UTC"))}
    )
    assert last_states(rows, ["source"])["kind"].to_list() == ["unfollow"]
