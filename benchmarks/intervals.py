"""Do intervals and rank sets hold what they should? Synthetic logs with known rates.

    python benchmarks/intervals.py logs --design pareto --logs 30 --out build/intervals
    python benchmarks/intervals.py widths --out build/intervals     # from 200 to 2,000 replicates
    python benchmarks/intervals.py large                    # time and memory for 300,000 people
    python benchmarks/intervals.py page --out build/intervals       # writes intervals.md and the docs' tables

Four designs of 400 people; in each, a source has a Poisson number of sessions with each of its favourites:

- pareto: activity of Pareto(1.1), sessions are bursts of 1 + a negative binomial number of reactions, and
  the popularity of targets (Pareto 1.2) makes hubs;
- one-edge: 80 % of the sources react to one person only;
- lucky: reactions go to items, and one item gets most of its author's: the rate of an item is Pareto(1.5);
- dense: 25 favourites a source, three times the activity.

The log has what it takes to know the episodes: a day for each session of a source, or items. Rates are drawn
again for every ten logs, since coverage depends on them. There are two truths: the score on the expected
graph, and the mean of the score over 100 other logs of the same rates. PageRank, spread and the number of
reactors are not linear in the edges, so these two differ.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import rankdata

from influence_graph import InfluenceGraph, build_graph, read_interactions, score
from influence_graph.bootstrap import reactors_of, replicated
from influence_graph.episodes import episodes_of
from influence_graph.methods import get_method
from influence_graph.scoring._score import raw_values
from influence_graph.scoring.intervals import interval_levels, natural_bounds, replicates_of
from influence_graph.scoring.rank_sets import rank_sets

HERE = Path(__file__).resolve().parent
PEOPLE, TOP, FRESH, SAME_RATES = 400, 10, 100, 10
DESIGNS = ("pareto", "one-edge", "lucky", "dense")
#: The one-edge design, in which those with one target react to it a Poisson number of times, not once.
POISSON = "one-edge-poisson"
METHODS = ("engagement", "reactors", "pagerank", "expected_spread", "multinetwork")
SETTINGS = {"expected_spread": {"samples": 20_000}}
#: Share of the sessions that are on the first of two networks.
FIRST_NETWORK = 0.6


@dataclass(frozen=True)
class Rates:
    """What is true: expected sessions by pair, shape (n, n), and who has one edge for certain."""

    design: str
    sessions: np.ndarray
    certain: np.ndarray


def known_rates(design: str, rng: np.random.Generator) -> Rates:
    """Return rates: heavy-tailed over sources and targets, each source having a few favourites."""
    n = PEOPLE
    single = np.zeros(n, dtype=bool)
    if design == "pareto":
        activity = np.minimum(2.0 * (rng.pareto(1.1, n) + 0.2), 200.0)
    elif design in ("one-edge", POISSON):
        single = rng.random(n) < 0.8
        activity = np.where(single, 1.0, 3.0 * rng.pareto(1.5, n) + 2.0)
    elif design == "dense":
        activity = 9.0 * (rng.pareto(1.5, n) + 1.0)
    else:
        activity = rng.pareto(1.5, n) + 0.5
    popularity = rng.pareto(1.2, n) + 0.05
    sessions = np.zeros((n, n))
    for source in range(n):
        favourites = 1 if single[source] else 25 if design == "dense" else 8
        target = rng.choice(n, size=favourites, p=popularity / popularity.sum(), replace=False)
        target = target[target != source]
        if len(target):
            sessions[source, target] = activity[source] * rng.dirichlet(np.ones(len(target)))
    return Rates(design, sessions, single & (design != POISSON))


def draw_graph(rates: Rates, rng: np.random.Generator) -> InfluenceGraph:
    """Return the graph of one log; everybody posts once, so that everybody is in it."""
    n = PEOPLE
    if rates.design == "lucky":
        columns = _reactions_to_items(rates, rng)
    else:
        count = rng.poisson(rates.sessions)
        count = np.where(rates.certain[:, None] & (rates.sessions > 0), 1, count)
        source, target = np.nonzero(count)
        times = count[source, target]
        source, target = np.repeat(source, times), np.repeat(target, times)
        more = (
            rng.negative_binomial(0.5, 0.2, len(source))
            if rates.design == "pareto"
            else rng.poisson(0.5, len(source))
        )
        # A day of its own for each session of a source.
        day = np.arange(len(source)) - np.searchsorted(source, source)
        columns = {
            "source": source,
            "target": target,
            "weight": 1.0 + more,
            "timestamp": 1.5e9 + 86_400.0 * day,
        }
    network = np.where(rng.random(len(columns["source"])) < FIRST_NETWORK, "x", "y")
    rows = pl.DataFrame(columns).with_columns(pl.Series("network", network), kind=pl.lit("reply"))
    posts = pl.DataFrame(
        {"source": np.arange(n), "network": ["x"] * n, "kind": ["post"] * n, "weight": [1.0] * n}
    )
    posts = pl.concat([posts, posts.with_columns(network=pl.lit("y"))])
    if "timestamp" in columns:
        posts = posts.with_columns(timestamp=pl.lit(1.5e9))
    return build_graph(read_interactions(pl.concat([rows, posts], how="diagonal")), kinds={"reply": 1})


def _reactions_to_items(rates: Rates, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return reactions to items: five a target on average, whose rates are Pareto(1.5) with mean 1/5."""
    source, target, item, weight = [], [], [], []
    for v in np.flatnonzero(rates.sessions.sum(axis=0) > 0):
        reach = (rng.pareto(1.5, 1 + rng.poisson(4)) + 0.1) / 2.1 / 5.0
        for number, times in enumerate(reach):
            count = rng.poisson(np.minimum(rates.sessions[:, v] * times, 50.0))
            u = np.flatnonzero(count)
            source.append(u)
            target.append(np.full(len(u), v))
            item.append(np.full(len(u), f"{v}/{number}"))
            weight.append(count[u].astype(float))
    found = {"source": source, "target": target, "parent": item, "weight": weight}
    return {name: np.concatenate(parts) for name, parts in found.items()}


def natural_values(graph: InfluenceGraph, method: str, seed: int = 1) -> np.ndarray:
    """Return natural values."""
    entry = get_method(method)
    settings = entry.resolve(SETTINGS.get(method, {}))
    return raw_values(graph, entry, settings, np.random.default_rng(seed)).natural


def truths(
    rates: Rates, rng: np.random.Generator, methods: tuple[str, ...]
) -> dict[tuple[str, str], np.ndarray]:
    """Return both truths of each method: on the expected graph, and the mean over fresh logs."""
    mean = {method: np.zeros(PEOPLE) for method in methods}
    edges = []
    for stream in rng.spawn(FRESH):
        graph = draw_graph(rates, stream)
        for method in methods:
            mean[method] += natural_values(graph, method) / FRESH
        for (_, network), layer in graph.layers.items():
            u, v = layer.nonzero()
            edges.append(
                pl.DataFrame({"source": u, "target": v, "network": network, "weight": layer.data / FRESH})
            )
    total = pl.concat(edges).group_by("source", "target", "network").agg(pl.col("weight").sum())
    people = pl.DataFrame({"source": np.arange(PEOPLE), "kind": "post", "weight": 1.0})
    rows = [total.with_columns(kind=pl.lit("reply")), *(people.with_columns(network=pl.lit(x)) for x in "xy")]
    expected = build_graph(read_interactions(pl.concat(rows, how="diagonal_relaxed")), kinds={"reply": 1})
    found = {(method, "mean over logs"): value for method, value in mean.items()}
    return found | {(method, "expected graph"): natural_values(expected, method) for method in methods}


def blocks(value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last rank of the tied block of each person."""
    rounded = np.round(value, 9)
    return rankdata(-rounded, method="min"), rankdata(-rounded, method="max")


def one_log(
    graph: InfluenceGraph, method: str, truth: dict[str, np.ndarray], replicates: int, seed: int
) -> Iterator[tuple[object, ...]]:
    """Yield (truth, group, rank held, width, plain held, plain width, Winkler, plain Winkler, value held)."""
    entry, episodes = get_method(method), episodes_of(graph)
    settings = entry.resolve(SETTINGS.get(method, {}))
    natural = natural_values(graph, method)
    prepared = replicates_of(entry, settings, episodes)
    everybody = np.arange(PEOPLE)
    logs, roots = replicated(
        prepared, episodes, natural, count=replicates, seed=np.random.SeedSequence(seed), ranked=everybody
    )
    low, high = natural_bounds(logs, natural, 0.95, prepared, episodes)
    best, worst = rank_sets(
        roots, everybody, natural, everybody, reactors=reactors_of(episodes), caused=natural, confidence=0.95
    )
    # Plain percentiles of the ranks in Poisson-resampled logs.
    plain_best, plain_worst = np.quantile(rankdata(-roots, axis=0), interval_levels(0.95), axis=1)
    estimated = np.argsort(-natural, kind="stable")[:TOP]
    for name, value in truth.items():
        first, last = blocks(value)
        held = (best <= first) & (last <= worst)
        plain = (plain_best <= first) & (last <= plain_worst)
        inside = (low * (1 - 1e-6) <= value) & (value <= high * (1 + 1e-6) + 1e-9)
        scores = [winkler(a, b, first, last) for a, b in ((best, worst), (plain_best, plain_worst))]
        order = rankdata(value, method="ordinal").astype(int) - 1
        groups = {"top ten": estimated} | {f"decile {k + 1}": order * 10 // PEOPLE == k for k in range(10)}
        for group, who in groups.items():
            yield (
                name, group, held[who].mean(), np.median((worst - best)[who]), plain[who].mean(),
                np.median((plain_worst - plain_best)[who]), scores[0][who].mean(), scores[1][who].mean(),
                inside[who].mean(), (value > high)[who].mean(),
            )  # fmt: skip


def winkler(low: np.ndarray, high: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the interval score of 95 % sets, whose target is the whole tied block (Winkler 1972)."""
    missed = np.maximum(low - first, 0.0) + np.maximum(last - high, 0.0)
    return high - low + 2.0 / 0.05 * missed


COLUMNS = (
    "truth", "group", "rank coverage", "rank width", "plain coverage", "plain width", "winkler",
    "plain winkler", "value coverage", "above",
)  # fmt: skip


def study(design: str, logs: int, replicates: int, seed: int, methods: tuple[str, ...]) -> pl.DataFrame:
    """Return what every log shows, one row a log, method, truth and group."""
    tables = []
    for number, stream in enumerate(np.random.default_rng(seed).spawn(-(-logs // SAME_RATES))):
        setup, fresh, *draws = stream.spawn(2 + min(SAME_RATES, logs - SAME_RATES * number))
        rates = known_rates(design, setup)
        true = truths(rates, fresh, methods)
        for index, draw in enumerate(draws):
            graph = draw_graph(rates, draw)
            for method in methods:
                own = {name: value for (of, name), value in true.items() if of == method}
                rows = list(one_log(graph, method, own, replicates, SAME_RATES * number + index))
                table = pl.DataFrame(rows, schema=list(COLUMNS), orient="row")
                tables.append(table.with_columns(design=pl.lit(design), method=pl.lit(method)))
    return pl.concat(tables)


def widths(designs: Sequence[str], methods: Sequence[str]) -> pl.DataFrame:
    """Return widths of rank sets of the top ten with 200 and 2,000 replicates, over five logs a design."""
    rows, everybody = [], np.arange(PEOPLE)
    for design, method in product(designs, methods):
        found = []
        for stream in np.random.default_rng(9).spawn(5):
            setup, draw = stream.spawn(2)
            graph = draw_graph(known_rates(design, setup), draw)
            entry, episodes = get_method(method), episodes_of(graph)
            natural = natural_values(graph, method)
            prepared = replicates_of(entry, entry.resolve(SETTINGS.get(method, {})), episodes)
            _, roots = replicated(
                prepared, episodes, natural, count=2_000, seed=np.random.SeedSequence(1), ranked=everybody
            )
            top = np.argsort(-natural, kind="stable")[:TOP]
            for part in (roots[:, :200], roots):
                low, high = rank_sets(
                    np.ascontiguousarray(part), everybody, natural, top,
                    reactors=reactors_of(episodes), caused=natural, confidence=0.95,
                )  # fmt: skip
                found.append(high - low)
        pair = np.reshape(found, (-1, 2, TOP))
        (mean, more), (median, wider) = np.mean(pair, (0, 2)), np.median(pair, (0, 2))
        rows.append((design, method, mean, more, more / mean - 1, median, wider, wider / median - 1))
    names = ["mean, 200", "mean, 2,000", "change of mean", "median, 200", "median, 2,000", "change of median"]
    return pl.DataFrame(rows, ["design", "method", *names], orient="row")


def large(methods: Sequence[str]) -> None:
    """Print processor time and peak memory of intervals for 300,000 people and a million edges."""
    rng, people, edges = np.random.default_rng(1), 300_000, 1_000_000
    popularity = rng.pareto(1.2, people) + 0.05
    target = rng.choice(people, edges, p=popularity / popularity.sum())
    frame = pl.DataFrame({"source": rng.integers(0, people, edges), "target": target})
    graph = InfluenceGraph.from_edges(frame.filter(pl.col("source") != pl.col("target")).unique())
    for method in methods:
        start = time.process_time()
        score(graph, method, uncertainty="bootstrap", rng=1)
        took, peak = time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{method}: {took:.0f} s of processor time, {peak:.2f} GB at most so far")


HEAD = """# Do intervals and rank sets hold what they should?

Written by `python benchmarks/intervals.py page`; nothing here is typed by hand. Simulated logs of 400 people
(`benchmarks/intervals.py` describes the designs), rates drawn again for every ten logs; 95 % intervals from
100 replicates. Truths: the mean of the score over 100 other logs of the same rates, and the score on the
expected graph.
"""
DOCS = HERE.parent / "docs" / "how-to" / "state-uncertainty.md"
KEYS = ["design", "method", "truth"]


def page(folder: Path) -> None:
    """Write intervals.md and the tables of the page about uncertainty from all logs in a folder."""
    table = pl.concat([pl.read_parquet(file) for file in sorted(folder.glob("logs-*.parquet"))])
    means = table.group_by(*KEYS, "group", maintain_order=True).agg(
        pl.col("rank width", "plain width").median(),
        pl.all().exclude("rank width", "plain width").mean(),
        logs=pl.len(),
    )
    lowest = means.filter(pl.col("group") != "top ten").group_by(KEYS).agg(
        pl.col("rank coverage").min().alias("lowest of a decile"),
        pl.col("plain coverage").min().alias("plain lowest"),
    )  # fmt: skip
    top = means.filter(group="top ten").with_columns(ratio=pl.col("rank width") / pl.col("plain width"))
    ranks = top.join(lowest, on=KEYS, maintain_order="left").select(
        *KEYS, "logs", coverage="rank coverage", width="rank width", plain_coverage="plain coverage",
        plain_width="plain width", ratio="ratio", winkler="winkler", plain_winkler="plain winkler",
        lowest_decile="lowest of a decile", plain_lowest_decile="plain lowest",
    )  # fmt: skip
    deciles = means.filter(pl.col("group") != "top ten").with_columns(
        pl.col("group").str.strip_prefix("decile ")
    )
    held = deciles.pivot("group", index=KEYS, values="value coverage", maintain_order=True)
    above = deciles.filter(group="10").select(*KEYS, above_in_10="above")
    values = held.join(above, on=KEYS, maintain_order="left")
    changes = pl.read_parquet(folder / "widths.parquet")
    parts = {
        "Ranks: the estimated top ten, and the lowest coverage of a decile": ranks,
        "Values: coverage by decile of the truth": values,
        "Width of the rank sets of the top ten, from 200 to 2,000 replicates, five logs a design": changes,
    }
    text = "\n".join(f"## {title}\n\n{markdown(part)}" for title, part in parts.items())
    (HERE / "intervals.md").write_text(f"{HEAD}\n{text}", encoding="utf-8")
    of_mean = [part.filter(truth="mean over logs").drop("truth") for part in (ranks, values)]
    for name, part in (("ranks", of_mean[0].drop("logs")), ("values", of_mean[1]), ("widths", changes)):
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, rest = DOCS.read_text(encoding="utf-8").split(begin)
        after = rest.split(end)[1]
        DOCS.write_text(f"{before}{begin}\n{markdown(part)}\n{end}{after}", encoding="utf-8")


def markdown(table: pl.DataFrame) -> str:
    """Return a table in Markdown: shares with two decimals, numbers from 10 without."""

    def shown(value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value > 1 else f"{value:.2f}"

    lines = [table.columns, ["---"] * table.width, *([shown(one) for one in row] for row in table.rows())]
    return "".join(f"| {' | '.join(line).replace('_', ' ')} |\n" for line in lines)


def main() -> None:
    """Run what the options ask for and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["logs", "widths", "large", "page"])
    parser.add_argument("--design", choices=DESIGNS, help="of logs: pareto; of widths: all")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--logs", type=int, default=30)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("build/intervals"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.what == "widths":
        designs = DESIGNS if options.design is None else [options.design]
        widths(designs, options.methods).write_parquet(options.out / "widths.parquet")
    elif options.what == "large":
        large(options.methods)
    elif options.what == "logs":
        design = options.design or DESIGNS[0]
        found = study(design, options.logs, options.replicates, options.seed, tuple(options.methods))
        name = f"logs-{design}-{options.seed}-{'-'.join(options.methods)}.parquet"
        found.write_parquet(options.out / name)
    else:
        page(options.out)


if __name__ == "__main__":
    main()
