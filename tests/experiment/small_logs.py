"""Logs that lack something, each a run of a template must get through."""

from datetime import UTC, datetime, timedelta

import polars as pl

START = datetime(2024, 1, 1, tzinfo=UTC)


def pairs():
    """Two people, no time, no kinds."""
    return pl.DataFrame({"source": ["b", "c", "a"], "target": ["a", "a", "b"]})


def one_network():
    """Fifty people on one network, one kind, no posts."""
    rows = [(f"p{i % 50}", f"p{(i * i + 1) % 50}", i) for i in range(300) if i % 50 != (i * i + 1) % 50]
    return pl.DataFrame(
        {
            "source": [row[0] for row in rows],
            "target": [row[1] for row in rows],
            "kind": ["reply"] * len(rows),
            "timestamp": [START + timedelta(hours=row[2]) for row in rows],
        }
    )


LOGS = {"pairs": pairs, "one network": one_network}


def write(folder):
    """Write the logs to a folder; return their tables [[data]]."""
    tables = []
    for name, make in LOGS.items():
        path = folder / f"{name.replace(' ', '-')}.parquet"
        make().write_parquet(path)
        tables.append({"log": str(path), "label": name})
    return tables


SYNTHETIC = {"dataset": "synthetic", "people": 80, "days": 10, "mean_degree": 5, "rng": 1}
METHODS = [{"name": "engagement"}, {"name": "pagerank"}, {"name": "random"}]


def check(tables):
    """No number of a result is NaN; every effect has its log."""
    for table in tables.values():
        for column in table.iter_columns():
            if column.dtype.is_float():
                assert not column.is_nan().any(), column.name
    assert (tables["effects"]["data"] != "").all()
