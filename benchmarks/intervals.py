"""Do intervals hold what they should? Synthetic logs with known rates, and random halves of a real log.

    python benchmarks/intervals.py --logs 1000 --people 2000
    python benchmarks/intervals.py --halves 20          # needs the Higgs log

Model of a log: an actor has one session and a Poisson number more, each with one of a few favourites by
known chances; a session is a burst of acts, 1 + a heavy-tailed number. Rates of actors and popularity of
people are Pareto; a fifth never act. Two estimands: the score on the expected graph, and the expected score
(mean over the logs), which leaves out the bias that a nonlinear score has in a log of finite length.
"""

from __future__ import annotations

import argparse
import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import csr_array, diags_array

from influence_graph import InfluenceGraph, build_graph, load_dataset, read_interactions, score
from influence_graph.interactions.log import Interactions

METHODS = ("engagement", "reactors", "pagerank", "multinetwork")
FAVOURITES = 6


@dataclasses.dataclass(frozen=True)
class Rates:
    """What is true: sessions of each actor, and the chance of each pair within a session."""

    sessions: np.ndarray
    chance: csr_array

    @property
    def expected(self) -> csr_array:
        """Expected sessions by pair."""
        return csr_array(diags_array(self.sessions) @ self.chance)


def known_rates(people: int, rng: np.random.Generator, per_actor: float) -> Rates:
    """Return rates: heavy-tailed over actors, a fifth of whom never act; each goes to a few favourites."""
    popularity = rng.pareto(1.5, people) + 0.05
    more = per_actor * (rng.pareto(2.2, people) + 0.1)
    acting = rng.random(people) > 0.2
    source = np.repeat(np.flatnonzero(acting), FAVOURITES)
    target = rng.choice(people, size=source.size, p=popularity / popularity.sum())
    share = rng.dirichlet(np.ones(FAVOURITES), size=int(acting.sum())).ravel()
    kept = source != target
    chance = csr_array((share[kept], (source[kept], target[kept])), shape=(people, people))
    total = np.maximum(np.asarray(chance.sum(axis=1)).ravel(), 1e-12)
    return Rates(np.where(acting, 1.0 + more, 0.0), csr_array(diags_array(1.0 / total) @ chance))


def burst_sizes(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return acts per session: one, and more with a heavy tail, at most 50."""
    return np.minimum(1 + np.floor(rng.pareto(2.0, count)), 50).astype(np.int64)


def draw_log(rates: Rates, rng: np.random.Generator) -> Interactions:
    """Return one log; everybody posts once, so that everybody is in it."""
    people = np.arange(len(rates.sessions))
    acting = rates.sessions > 0
    count = np.where(acting, 1 + rng.poisson(np.maximum(rates.sessions - 1.0, 0.0)), 0)
    actor = np.repeat(people, count)
    # Position on the line of all chances, row after row, each row being one long.
    chance = rates.chance
    bounds = np.cumsum(chance.data)
    before = np.concatenate([[0.0], bounds])[chance.indptr[:-1]]
    at = np.searchsorted(bounds, before[actor] + rng.random(len(actor)), side="right")
    at = np.clip(at, chance.indptr[actor], chance.indptr[actor + 1] - 1)
    burst = burst_sizes(len(actor), rng)
    acts = pl.DataFrame({"source": np.repeat(actor, burst), "target": np.repeat(chance.indices[at], burst)})
    posts = pl.DataFrame({"source": people, "target": pl.Series([None] * len(people), dtype=pl.Int64)})
    cast = pl.col("source", "target").cast(pl.Int64)
    rows = [acts.with_columns(cast, kind=pl.lit("reply")), posts.with_columns(cast, kind=pl.lit("post"))]
    return read_interactions(pl.concat(rows))


def true_values(rates: Rates, mean_burst: float) -> dict[str, np.ndarray]:
    """Return the expected counts, PageRank of the expected graph, and multinetwork of these."""
    n = len(rates.sessions)
    expected = rates.expected
    seen = rates.chance.copy()
    more = np.repeat(np.maximum(rates.sessions - 1.0, 0.0), np.diff(seen.indptr))
    # One session for sure, then a Poisson number of them.
    seen.data = 1.0 - (1.0 - seen.data) * np.exp(-more * seen.data)
    truth = {
        "engagement": np.asarray(expected.sum(axis=0)).ravel() * mean_burst,
        "reactors": np.asarray(seen.sum(axis=0)).ravel(),
        "pagerank": score(InfluenceGraph.from_scipy(expected), "pagerank").raw,
    }
    logs = [np.log1p(truth["engagement"]), np.log1p(truth["reactors"]), np.log1p(n * truth["pagerank"])]
    truth["multinetwork"] = np.expm1(np.mean(logs, axis=0))
    return truth


def synthetic(logs: int, people: int, replicates: int, per_actor: float, seed: int) -> pl.DataFrame:
    """Return coverage by method, estimand and group of true value."""
    setup, *streams = np.random.default_rng(seed).spawn(1 + logs)
    rates = known_rates(people, setup, per_actor)
    truth = true_values(rates, float(burst_sizes(2_000_000, setup).mean()))
    found = {method: np.empty((3, logs, people)) for method in METHODS}
    ranks = {method: np.zeros((2, logs)) for method in METHODS}
    true_rank = {
        m: len(v) - np.argsort(np.argsort(v, kind="stable"), kind="stable") for m, v in truth.items()
    }
    for number, stream in enumerate(streams):
        graph = build_graph(draw_log(rates, stream))
        for method in METHODS:
            scores = score(graph, method, uncertainty="bootstrap", replicates=replicates, rng=number)
            got = scores.intervals
            found[method][:, number] = scores.raw, got.raw_low, got.raw_high
            top = np.isfinite(got.rank_low)
            inside = (got.rank_low <= true_rank[method]) & (true_rank[method] <= got.rank_high)
            ranks[method][:, number] = inside[top].all(), inside[top].mean()
    rows = []
    for method in METHODS:
        raw, low, high = found[method]
        for estimand, value in (("expected graph", truth[method]), ("expected score", raw.mean(axis=0))):
            # Rounding in 32 bits of the replicates is no failure to cover.
            inside = (low <= value * (1 + 1e-6)) & (value * (1 - 1e-6) <= high)
            order = np.argsort(np.argsort(truth[method], kind="stable"))
            for decile in range(10):
                group = order * 10 // people == decile
                rows.append((method, estimand, f"decile {decile + 1}", inside[:, group].mean()))
            rows.append((method, estimand, "top 100", inside[:, order >= people - 100].mean()))
            rows.append((method, estimand, "all", inside.mean()))
        rows.append(
            (method, "expected graph", "rank ranges, all of top 100 at once", ranks[method][0].mean())
        )
        rows.append((method, "expected graph", "rank ranges, each of top 100", ranks[method][1].mean()))
    return pl.DataFrame(rows, schema=["method", "estimand", "group", "coverage"], orient="row")


def half(graph: InfluenceGraph, actors: np.ndarray) -> InfluenceGraph:
    """Return the graph of what these actors did."""
    adjacency = csr_array(diags_array(actors.astype(float)) @ graph.adjacency)
    adjacency.eliminate_zeros()
    adjacency.sort_indices()
    there = graph.ids.filter(pl.Series(actors))
    log = graph.log
    assert log is not None
    part = Interactions(log.frame.filter(pl.col("source").is_in(there.implode())), log.report, lambda: "half")
    return dataclasses.replace(graph, adjacency=adjacency, layers={}, log=part)


def halves(count: int, replicates: int, seed: int) -> pl.DataFrame:
    """Return how often 0 lies in the interval of the difference of two random halves of Higgs' actors.

    The interval of the difference is made of those of the two values (Zou & Donner 2008).
    """
    graph = build_graph(load_dataset("higgs"))
    reactors = score(graph, "reactors").raw
    bounds = [1, 2, 4, 10, 100, np.inf]
    groups = {f"{a:g} to {b - 1:g} reactors": (reactors >= a) & (reactors < b) for a, b in pairwise(bounds)}
    groups["top 100"] = reactors >= np.sort(reactors)[-100]
    rows = []
    for number, stream in enumerate(np.random.default_rng(seed).spawn(count)):
        first = stream.random(graph.n) < 0.5
        for method in ("engagement", "reactors", "pagerank"):
            two = [
                score(
                    half(graph, actors),
                    method,
                    uncertainty="bootstrap",
                    replicates=replicates,
                    rng=2 * number + k,
                )
                for k, actors in enumerate((first, ~first))
            ]
            a, b = (scores.raw for scores in two)
            x, y = (scores.intervals for scores in two)
            below = np.sqrt((a - x.raw_low) ** 2 + (y.raw_high - b) ** 2)
            above = np.sqrt((x.raw_high - a) ** 2 + (b - y.raw_low) ** 2)
            inside = (a - b <= below * (1 + 1e-6)) & (a - b >= -above * (1 + 1e-6))
            rows += [(method, group, inside[who].mean()) for group, who in groups.items()]
    table = pl.DataFrame(rows, schema=["method", "group", "coverage"], orient="row")
    return table.group_by("method", "group", maintain_order=True).mean()


def main() -> None:
    """Run what the options ask for and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--logs", type=int, default=1_000, help="synthetic logs; 0: none")
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--sessions", type=float, default=2.0, help="scale of an actor's sessions in a log")
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--halves", type=int, default=0, help="random splits of Higgs' actors")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="folder for the tables as CSV")
    options = parser.parse_args()
    tables = {}
    if options.logs:
        tables["synthetic"] = synthetic(
            options.logs, options.people, options.replicates, options.sessions, options.seed
        )
    if options.halves:
        tables["halves"] = halves(options.halves, options.replicates, options.seed)
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=60):
        for name, table in tables.items():
            wide = table.with_columns(pl.col("coverage").round(3))
            print(wide.pivot("method", index=[c for c in wide.columns if c not in ("method", "coverage")]))
            if options.out:
                options.out.mkdir(parents=True, exist_ok=True)
                table.write_csv(options.out / f"intervals-{name}.csv")


if __name__ == "__main__":
    main()
