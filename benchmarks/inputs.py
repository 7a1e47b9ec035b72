"""Inputs of the races, made from fixed seeds: R-MAT graphs and interaction logs."""

from __future__ import annotations

import pathlib

import numpy as np
import polars as pl
from scipy.sparse import csr_array, load_npz, save_npz

#: Graph500's quadrant probabilities (Chakrabarti, Zhan & Faloutsos 2004).
QUADRANTS = (0.57, 0.19, 0.19, 0.05)
DRAWS_A_NODE = 16.15


def rmat_edges(scale: int, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw edges among 2^scale nodes; repeats and loops are left in."""
    a, b, c, _ = QUADRANTS
    rows = np.zeros(draws, np.int64)
    columns = np.zeros(draws, np.int64)
    for _ in range(scale):
        low = rng.random(draws) >= a + b
        right = rng.random(draws) >= np.where(low, c / (1 - a - b), a / (a + b))
        rows = 2 * rows + low
        columns = 2 * columns + right
    relabel = rng.permutation(1 << scale)
    return relabel[rows], relabel[columns]


def rmat(folder: pathlib.Path, scale: int) -> None:
    """A weighted R-MAT graph of 2^scale nodes with about 15.4 edges a node: ``matrix.npz``."""
    rng = np.random.default_rng(scale)
    n = 1 << scale
    rows, columns = rmat_edges(scale, int(DRAWS_A_NODE * n * 1.35), rng)
    pairs = np.unique((rows * n + columns)[rows != columns])
    pairs = np.sort(rng.permutation(pairs)[: int(15.36 * n)])
    weights = rng.integers(1, 10, len(pairs)).astype(np.float64)
    matrix = csr_array((weights, (pairs // n, pairs % n)), shape=(n, n))
    save_npz(folder / "matrix.npz", matrix, compressed=False)


def load_rmat(folder: pathlib.Path) -> csr_array:
    """Return the graph of :func:`rmat` or :func:`nethept`."""
    return csr_array(load_npz(folder / "matrix.npz"))


def nethept(folder: pathlib.Path, people: int) -> None:
    """NetHEPT, de-duplicated, from the folder INFLUENCE_GRAPH_DATA, which must have it: ``matrix.npz``."""
    from influence_graph import build_graph, load_dataset

    graph = build_graph(load_dataset("nethept"))
    if graph.n != people:
        raise ValueError(f"NetHEPT has {graph.n:,} people here, and {people:,} were expected.")
    save_npz(folder / "matrix.npz", graph.adjacency, compressed=False)


def higgs(folder: pathlib.Path, people: int) -> None:
    """The graph of the Higgs log, from the folder INFLUENCE_GRAPH_DATA, which must have it: ``graph``."""
    from influence_graph import build_graph, load_dataset

    graph = build_graph(load_dataset("higgs"))
    if graph.n != people:
        raise ValueError(f"Higgs has {graph.n:,} people here, and {people:,} were expected.")
    graph.save(folder / "graph")


def log_of_integers(folder: pathlib.Path, rows: int) -> None:
    """An interaction log with integer ids that are not dense: ``log.parquet``."""
    _log(folder, rows, text=False)


def log_of_text(folder: pathlib.Path, rows: int) -> None:
    """The same log with names of people: ``log.parquet``."""
    _log(folder, rows, text=True)


def three_rows(folder: pathlib.Path, rows: int) -> None:
    """A log that is read at a glance: ``log.csv``."""
    lines = ["source,target,kind,timestamp", "bea,ann,retweet,2024-01-01", "cem,ann,reply,2024-01-02"]
    lines += ["dan,bea,retweet,2024-01-03"]
    (folder / "log.csv").write_text("\n".join(lines[: rows + 1]) + "\n")


def log_in_csv(folder: pathlib.Path, rows: int) -> None:
    """The log with integer ids as text: ``log.csv``."""
    _log(folder, rows, text=False)
    log = pl.scan_parquet(folder / "log.parquet")
    stamp = pl.col("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    log.with_columns(stamp).sink_csv(folder / "log.csv")
    (folder / "log.parquet").unlink()


def _log(folder: pathlib.Path, rows: int, *, text: bool) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(rows)
    scale = max(10, round(np.log2(rows / 24)))
    names = np.random.default_rng(scale).permutation(1 << scale).astype(np.int64) * 7919 + 10_000_000
    kinds = np.array(["retweet", "reply", "mention", "like"])
    start = 1_700_000_000_000_000
    writer = None
    for first in range(0, rows, 5_000_000):
        m = min(5_000_000, rows - first)
        source, target = rmat_edges_of(scale, m, rng)
        target = np.where(source == target, (target + 1) % (1 << scale), target)
        ids = {"source": names[source], "target": names[target]}
        if text:
            ids = {
                column: pl.Series(values).cast(pl.String).str.pad_start(12, "u")
                for column, values in ids.items()
            }
        frame = pl.DataFrame(
            {
                **ids,
                "kind": pl.Series(kinds[rng.choice(4, m, p=[0.4, 0.2, 0.15, 0.25])]),
                "timestamp": pl.Series(
                    start + (first + np.sort(rng.random(m)) * m).astype(np.int64) * 1_000_000
                ).cast(pl.Datetime("us", "UTC")),
                "weight": rng.integers(1, 4, m).astype(np.float64),
            }
        )
        table = frame.to_arrow().cast(
            pa.schema(
                [
                    ("source", pa.string() if text else pa.int64()),
                    ("target", pa.string() if text else pa.int64()),
                    ("kind", pa.string()),
                    ("timestamp", pa.timestamp("us", "UTC")),
                    ("weight", pa.float64()),
                ]
            )
        )
        writer = writer or pq.ParquetWriter(folder / "log.parquet", table.schema, compression="zstd")
        writer.write_table(table, row_group_size=1_000_000)
    if writer:
        writer.close()


def rmat_edges_of(scale: int, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw edges with one fixed labelling for all the parts of a log."""
    a, b, c, _ = QUADRANTS
    rows = np.zeros(draws, np.int64)
    columns = np.zeros(draws, np.int64)
    for _ in range(scale):
        low = rng.random(draws) >= a + b
        right = rng.random(draws) >= np.where(low, c / (1 - a - b), a / (a + b))
        rows = 2 * rows + low
        columns = 2 * columns + right
    return rows, columns
