"""How often does the jackknife of `prediction` find a difference that is not there, and one that is?

    python benchmarks/false_alarms.py logs --first 0 --logs 1000 --out build/null.parquet
    python benchmarks/false_alarms.py logs --first 0 --logs 300 --noise 0.3 --out build/planted.parquet
    python benchmarks/false_alarms.py page build/null.parquet build/planted.parquet

Each log: 120 people with constant appeal and activity (lognormal), 6,000 reactions on two networks, x and y.
Each person's rate on a network is the appeal times a factor of its own; two methods count the distinct people
who reacted on x, and on y. Person by person they differ, but on average neither says more
than the other; the same people are there at all origins. In planted logs a share of the reactions on y
(`--noise`) goes to people drawn at random until the last origin; what follows is as before. A false alarm is
an interval of the difference of C, a mean over two origins, that leaves out 0.

Measured on 200 logs: deviation of the difference .028, stated error .043, alarms 1 % at 5 %. On 36 of them
the deviation is .035, and the error .034 where a fold leaves only those who are scored, .024 where it leaves
only those who react, .042 where it leaves both: the chance of single reactions, which have two ends, counts
twice. So intervals are wider than stated, never narrower.

With `--spread 0` people do not differ between the networks: what remains is the chance of single reactions,
each of which has two ends and so counts twice in a jackknife over people. Its error is then too large (Efron
& Stein 1981: never too small in expectation) and alarms are rarer than stated.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import binomtest

from influence_graph.evaluation import concordance
from influence_graph.evaluation._jackknife import folds_of
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.origins import rolling_origins
from influence_graph.evaluation.prediction import MEASURED
from influence_graph.evaluation.prediction_effects import prediction_effects
from influence_graph.evaluation.truths import future_truths, reactors_within
from influence_graph.interactions.read import read_interactions

PEOPLE, ROWS, FOLDS, ORIGINS, LEVEL = 120, 6000, 40, 2, 0.95
#: Of the logarithm of each person's rates on the two networks.
SPREAD = 1.0


def draw_log(seed: int, noise: float, spread: float = SPREAD, *, limited: bool = False) -> LogArrays:
    """Return a log; a share of its reactions on y goes to anybody, in the first three quarters.

    People are drawn independently, and so is what happens between any two, unless attention is ``limited``:
    a network then has a fixed number of rows, and what one person gets another does not.
    """
    rng = np.random.default_rng([seed, round(1000 * noise)])
    appeal, activity = rng.lognormal(0.0, 0.7, PEOPLE), rng.lognormal(0.0, 0.5, PEOPLE)
    rates = appeal * np.exp(spread * rng.standard_normal((2, PEOPLE)))
    expected = PEOPLE * np.exp(0.5 * (0.7**2 + spread**2))
    if limited:
        activity *= PEOPLE * np.exp(0.5 * 0.5**2) / activity.sum()
        rates *= expected / rates.sum(axis=1, keepdims=True)
    shares = rates[:, None, :] / expected * activity[:, None] / (PEOPLE * np.exp(0.5 * 0.5**2))
    pairs = np.repeat(np.arange(shares.size), rng.poisson(0.5 * ROWS * shares).ravel())
    pairs = rng.permutation(pairs)
    network, source, target = np.unravel_index(pairs, shares.shape)
    share = np.arange(len(pairs)) / len(pairs)
    lost = (network == 1) & (rng.random(len(pairs)) < noise) & (share < 0.75)
    target[lost] = rng.integers(0, PEOPLE, int(lost.sum()))
    kept = source != target
    columns = {"source": source, "target": target, "network": np.where(network == 0, "x", "y")}
    rows = pl.DataFrame({**columns, "timestamp": (3600 * ROWS * share).astype(np.int64)})
    return LogArrays.of(read_interactions(rows.filter(pl.Series(kept)), time_unit="s"))


def measured(arrays: LogArrays, origin: int, horizon: int) -> Iterator[dict[str, object]]:
    """Yield C of both methods at one origin, among those active."""
    before = np.iinfo(np.int64).min // 2
    active = np.bincount(arrays.source[arrays.within(origin - horizon, origin)], minlength=arrays.n) > 0
    truth = future_truths(arrays, origin, horizon)["reactors"][active]
    for name, other in (("x", "y"), ("y", "x")):
        score = reactors_within(arrays.without_network(other), before, origin)[active]
        yield {
            "origin": origin, "graph": "no decay", "network": "", "method": name,
            "truth": "reactors", "among": "active", "measure": "C", "value": concordance(score, truth),
            "people": int(active.sum()),
        }  # fmt: skip


def difference(seed: int, noise: float, spread: float = SPREAD) -> dict[str, float]:
    """Return the difference of C between the two methods on one log, with its interval."""
    arrays = draw_log(seed, noise, spread)
    origins = rolling_origins(arrays.time, horizon=0.25, origins=ORIGINS)
    rng = np.random.default_rng([seed, FOLDS])
    folds, pairs = folds_of(arrays.people, FOLDS, rng), arrays.pair_folds(FOLDS // 2, rng)
    parts = [({"fold": -1, "pairs": -1}, arrays)]
    parts += [({"fold": one, "pairs": -1}, arrays.without_people(folds == one)) for one in range(FOLDS)]
    parts += [({"fold": -1, "pairs": one}, arrays.without_rows(pairs == one)) for one in range(FOLDS // 2)]
    rows = [
        {**of, **row}
        for of, part in parts
        for origin in origins.moments
        for row in measured(part, origin, origins.horizon)
    ]
    frame = pl.DataFrame(rows, schema={"origin": pl.Int64, "graph": pl.String, **MEASURED})
    effects = prediction_effects(frame, data="", baseline="x", confidence=LEVEL)
    row = effects.filter(contrast="y - x").row(0, named=True)
    return {
        "seed": seed,
        "noise": noise,
        "spread": spread,
        **{name: row[name] for name in ("value", "low", "high", "error")},
    }


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Return, by noise: logs, mean difference, its spread over logs against the mean error, and alarms."""
    alarm = (pl.col("low") > 0) | (pl.col("high") < 0)
    return found.group_by("noise", "spread").agg(
        logs=pl.len(), mean=pl.col("value").mean(), deviation=pl.col("value").std(),
        error=(pl.col("error") ** 2).mean().sqrt(), alarms=alarm.mean(),
    ).sort("noise", "spread")  # fmt: skip


def main() -> None:
    """Run logs, or print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    logs = commands.add_parser("logs")
    logs.add_argument("--first", type=int, default=0, help="seed of the first log")
    logs.add_argument("--logs", type=int, default=1000)
    logs.add_argument("--noise", type=float, default=0.0)
    logs.add_argument("--spread", type=float, default=SPREAD)
    logs.add_argument("--out", type=Path, required=True)
    page = commands.add_parser("page")
    page.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    if given.command == "logs":
        seeds = range(given.first, given.first + given.logs)
        pl.DataFrame([difference(seed, given.noise, given.spread) for seed in seeds]).write_parquet(given.out)
        return
    found = pl.concat([pl.read_parquet(path) for path in given.files])
    for row in summary(found).iter_rows(named=True):
        low, high = binomtest(round(row["alarms"] * row["logs"]), row["logs"]).proportion_ci(0.95)
        print(
            f"noise {row['noise']:.2f}, spread {row['spread']:.1f}: {row['logs']:,} logs, difference "
            f"{row['mean']:+.4f}, deviation {row['deviation']:.4f}, stated error {row['error']:.4f}, alarms "
            f"{row['alarms']:.1%} [{low:.1%}, {high:.1%}]"
        )


if __name__ == "__main__":
    main()
