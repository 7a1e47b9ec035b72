"""From an interaction log in a file to a weighted directed graph."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from race import Race
from scipy.sparse import coo_array, csr_array

KINDS = {"retweet": 1.0, "reply": 0.5, "mention": 0.25, "like": 0.1}
HALF_LIFE_DAYS = 30
WARM_ROWS = 1_000


def summary(matrix: csr_array) -> list[float]:
    """Return n, pairs, the sum of weights, and a sum that an exchange of people would change."""
    strength = np.asarray(matrix.sum(axis=0)).ravel()
    place = np.linspace(1.0, 2.0, len(strength))
    return [matrix.shape[0], matrix.nnz, matrix.sum(), float(strength @ place)]


def built(log: pathlib.Path) -> Any:
    """Return the graph of a log: all arguments that are no part of the question have their defaults."""
    from influence_graph import build_graph, read_interactions

    return build_graph(read_interactions(log), kinds=KINDS, half_life=f"{HALF_LIFE_DAYS}d")


def warmed(log: pathlib.Path) -> Any:
    """Build a graph of a small file of this form: what is timed is loaded before the clock starts."""
    with tempfile.TemporaryDirectory() as folder:
        small = pathlib.Path(folder) / log.name
        if log.suffix == ".csv":
            pl.read_csv(log, n_rows=WARM_ROWS).write_csv(small)
        else:
            pl.read_parquet(log, n_rows=WARM_ROWS).write_parquet(small)
        return built(small)


def ours(folder: pathlib.Path) -> Iterator[Any]:
    warmed(folder / "log.parquet")
    yield None
    yield summary(built(folder / "log.parquet").adjacency)


def polars_way(folder: pathlib.Path) -> Iterator[Any]:
    yield None
    yield summary(polars_matrix(folder))


def polars_matrix(folder: pathlib.Path) -> csr_array:
    """Return the graph as polars and scipy make it."""
    log = pl.scan_parquet(folder / "log.parquet")
    as_of = log.select(pl.col("timestamp").max()).collect(engine="streaming").item()
    age = (pl.lit(as_of) - pl.col("timestamp")).dt.total_microseconds() / (86400e6 * HALF_LIFE_DAYS)
    weight = pl.col("kind").replace_strict(KINDS, return_dtype=pl.Float64) * pl.col("weight") * (2.0**-age)
    pairs = (
        log.select("source", "target", w=weight).group_by("source", "target").agg(pl.col("w").sum())
    ).collect(engine="streaming")
    ids = pl.concat([pairs["source"], pairs["target"].alias("source")]).unique().sort()
    u, v = ids.search_sorted(pairs["source"]), ids.search_sorted(pairs["target"])
    matrix = coo_array((pairs["w"].to_numpy(), (u.to_numpy(), v.to_numpy())), shape=(len(ids),) * 2).tocsr()
    matrix.sort_indices()
    return csr_array(matrix)


def duckdb_way(folder: pathlib.Path) -> Iterator[Any]:
    import duckdb

    yield None
    kinds = " ".join(f"WHEN '{kind}' THEN {weight}" for kind, weight in KINDS.items())
    base = duckdb.connect()
    base.execute(
        f"""CREATE TABLE pairs AS
        WITH latest AS (SELECT max(timestamp) AS t FROM '{folder}/log.parquet')
        SELECT source, target, sum(CASE kind {kinds} END * weight *
            pow(2, -(epoch_us(latest.t) - epoch_us(timestamp)) / (86400e6 * {HALF_LIFE_DAYS}))) AS w
        FROM '{folder}/log.parquet', latest GROUP BY ALL"""
    )
    base.execute(
        """CREATE TABLE ids AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM
        (SELECT source AS id FROM pairs UNION SELECT target FROM pairs)"""
    )
    found = base.execute(
        """SELECT a.i AS u, b.i AS v, w FROM pairs JOIN ids a ON source = a.id JOIN ids b ON target = b.id
        ORDER BY u, v"""
    ).fetchnumpy()
    n = base.execute("SELECT count(*) FROM ids").fetchone()[0]  # type: ignore[index]
    indptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(found["u"], minlength=n), out=indptr[1:])
    yield summary(csr_array((found["w"], found["v"], indptr), shape=(n, n)))


def ours_from_text(folder: pathlib.Path) -> Iterator[Any]:
    warmed(folder / "log.csv")
    yield None
    yield summary(built(folder / "log.csv").adjacency)


def polars_from_text(folder: pathlib.Path) -> Iterator[Any]:
    """Read the same file with polars, types found out, and write what the next race reads."""
    yield None
    log = pl.scan_csv(folder / "log.csv", try_parse_dates=True)
    log.with_columns(pl.col("timestamp").cast(pl.Datetime("us", "UTC"))).sink_parquet(folder / "log.parquet")
    yield next(rest for rest in polars_way(folder) if rest is not None)


def _halves(folder: pathlib.Path) -> tuple[Any, Any, Any]:
    """Return a log, the first nine tenths of it by time, and the rest."""
    from influence_graph import read_interactions

    log = read_interactions(folder / "log.parquet")
    start, end = log.span or (None, None)
    cut = start + (end - start) * 0.9
    return log, log.between(end=cut), log.between(start=cut)


def updated(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph import build_graph

    warm = warmed(folder / "log.parquet")
    warm.update(warm.log)
    _, before, after = _halves(folder)
    graph = build_graph(before, kinds=KINDS, half_life=f"{HALF_LIFE_DAYS}d")
    yield None
    yield summary(graph.update(after).adjacency)


def rebuilt(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph import build_graph

    log, before, _ = _halves(folder)
    build_graph(before, kinds=KINDS, half_life=f"{HALF_LIFE_DAYS}d")
    yield None
    yield summary(build_graph(log, kinds=KINDS, half_life=f"{HALF_LIFE_DAYS}d").adjacency)


def loaded(folder: pathlib.Path) -> Iterator[Any]:
    """Open a saved graph: what is timed touches its structure, not its weights."""
    from influence_graph import InfluenceGraph

    built(folder / "log.parquet").save(folder / "graph")
    yield None
    opened = InfluenceGraph.load(folder / "graph")
    yield [opened.n, opened.adjacency.nnz]


def alike(mine: np.ndarray, theirs: np.ndarray) -> None:
    np.testing.assert_allclose(mine, theirs, rtol=1e-9)


SIZES = {"small": (100_000, 1_000_000), "full": (100_000, 1_000_000, 10_000_000, 20_000_000, 50_000_000)}
ONE = {"small": (1_000_000,), "full": (500_000, 5_000_000, 50_000_000)}

RACES = [
    Race(
        "build_integers",
        "From a Parquet file with integer ids to a graph, rows",
        "log_of_integers",
        SIZES,
        {"influence_graph": ours, "polars": polars_way, "duckdb": duckdb_way},
        alike,
        {"polars": 6},
        packages=("polars", "duckdb", "scipy"),
        note="A large part of the processor time goes to memory touched for the first time: buffers of the "
        "decoder of Parquet, and 12 bytes an edge. Of the kernels the largest look up ids, put rows into "
        "blocks, and record when people were seen. Asking for an id's place some values ahead halved the "
        "time that a look-up takes. Smaller batches touch less memory and cost as much in more of them.",
    ),
    Race(
        "build_large",
        "A log of 100M rows in under 4 GB, rows",
        "log_of_integers",
        {"small": (), "full": (100_000_000,)},
        {"influence_graph": ours},
        alike,
        packages=("polars",),
    ),
    Race(
        "build_csv",
        "From a CSV file with integer ids to a graph, rows",
        "log_in_csv",
        {"small": (100_000, 1_000_000), "full": (100_000, 1_000_000, 10_000_000)},
        {"influence_graph": ours_from_text, "polars": polars_from_text},
        alike,
        {"polars": 1},
        packages=("polars", "scipy"),
    ),
    Race(
        "update",
        "The last tenth of a log added to a graph, against a build from all of it, rows",
        "log_of_integers",
        {"small": (1_000_000,), "full": (500_000, 5_000_000)},
        {"influence_graph": updated, "rebuild": rebuilt},
        alike,
        {"rebuild": 3},
        packages=("polars",),
        note="The time goes to picking the new rows from the log and adding them up, as a build of so many "
        "does, and to what grows with the graph: moving and merging its edges into new memory, "
        "and the table of people. Edges and reactors are merged by all threads.",
    ),
    Race(
        "load",
        "Opening a saved graph by memory map, rows of its log",
        "log_of_integers",
        ONE,
        {"influence_graph": loaded},
        alike,
    ),
    Race(
        "build_text",
        "From a Parquet file with text ids to a graph, rows",
        "log_of_text",
        ONE,
        {"influence_graph": ours, "polars": polars_way, "duckdb": duckdb_way},
        alike,
        {"duckdb": 3},
        packages=("polars", "duckdb", "scipy"),
    ),
]
