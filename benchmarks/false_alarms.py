"""How often do the intervals of `prediction` exclude a difference that is not there, and one that is?

    python benchmarks/false_alarms.py logs --first 0 --logs 1000 --out build/null.parquet
    python benchmarks/false_alarms.py logs --first 0 --logs 300 --noise 0.3 --out build/planted.parquet
    python benchmarks/false_alarms.py page build/null.parquet build/planted.parquet

Each log: 120 people with constant appeal and activity (lognormal), 6,000 reactions on two networks, x and y.
Each person's rate on a network is the appeal times a factor of its own; two methods count the distinct people
who reacted on x, and on y. Person by person they differ, but on average neither says more
than the other; the same people are there at all origins. In planted logs a share of the reactions on y
(`--noise`) goes to people drawn at random until the last origin; what follows is as before. A false alarm is
an interval of the difference of C, a mean over two origins, that leaves out 0.

What happens between any two people is independent of the others. With `--limited` a network has a fixed
number of rows, so what one person gets another does not; no jackknife over people sees that.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.stats import binomtest

from influence_graph.arrays import BoolArray, IntArray
from influence_graph.evaluation import concordance, jackknife
from influence_graph.evaluation._jackknife import folds_of

PEOPLE, ROWS, FOLDS, LEVEL = 120, 6000, 40, 0.95
#: Of the logarithm of each person's rates on the two networks.
SPREAD = 1.0
#: Shares of the log that are before each origin, and that a horizon takes.
ORIGINS, HORIZON = (0.625, 0.75), 0.125


class Rows(NamedTuple):
    """The rows of a log: when, as a share of it; on x (0) or y (1); who reacts to whom."""

    time: np.ndarray
    network: IntArray
    source: IntArray
    target: IntArray


def draw_log(seed: int, noise: float, spread: float = SPREAD, limited: bool = False) -> Rows:
    """Return a log; a share of its reactions on y goes to anybody, until the last origin."""
    rng = np.random.default_rng([seed, round(1000 * noise)])
    appeal, activity = rng.lognormal(0.0, 0.7, PEOPLE), rng.lognormal(0.0, 0.5, PEOPLE)
    rates = appeal * np.exp(spread * rng.standard_normal((2, PEOPLE)))
    usual = np.exp(0.5 * (0.7**2 + spread**2)), np.exp(0.5 * 0.5**2)
    shares = rates / usual[0] / PEOPLE, activity / usual[1] / PEOPLE
    if limited:
        shares = rates / rates.sum(axis=1, keepdims=True), activity / activity.sum()
    expected = 0.5 * ROWS * shares[0][:, None, :] * shares[1][:, None]
    pairs = np.repeat(np.arange(expected.size), rng.poisson(expected).ravel())
    network, source, target = np.unravel_index(pairs, expected.shape)
    time = rng.random(len(pairs))
    lost = (network == 1) & (rng.random(len(pairs)) < noise) & (time <= ORIGINS[-1])
    target[lost] = rng.integers(0, PEOPLE, int(lost.sum()))
    kept = source != target
    return Rows(time[kept], network[kept], source[kept], target[kept])


class Origin(NamedTuple):
    """Distinct pairs at one origin, as source·n + target: before it by network, shortly before, and after."""

    past: tuple[IntArray, IntArray]
    recent: IntArray
    future: IntArray

    @classmethod
    def of(cls, rows: Rows, moment: float) -> Origin:
        """Return those of a log."""
        pairs = rows.source * PEOPLE + rows.target
        before = rows.time <= moment
        recent = before & (rows.time > moment - HORIZON)
        after = (rows.time > moment) & (rows.time <= moment + HORIZON)
        past = [np.unique(pairs[before & (rows.network == number)]) for number in (0, 1)]
        return cls((past[0], past[1]), np.unique(pairs[recent]), np.unique(pairs[after]))

    def difference(self, kept: BoolArray) -> float:
        """Return C by y minus C by x among those active, of the pairs that are kept (n × n)."""

        def counts(pairs: IntArray, by: IntArray) -> IntArray:
            return np.bincount(by[kept.ravel()[pairs]], minlength=PEOPLE)

        active = counts(self.recent, self.recent // PEOPLE) > 0
        truth = counts(self.future, self.future % PEOPLE)[active]
        x, y = (concordance(counts(pairs, pairs % PEOPLE)[active], truth) for pairs in self.past)
        return y - x


def difference(
    seed: int, noise: float, spread: float = SPREAD, limited: bool = False
) -> dict[str, float | bool]:
    """Return the difference of C between the two methods on one log, with its interval."""
    rows = draw_log(seed, noise, spread, limited)
    origins = [Origin.of(rows, moment) for moment in ORIGINS]
    rng = np.random.default_rng([seed, FOLDS])
    fold, pair = folds_of(PEOPLE, FOLDS, rng), np.full((PEOPLE, PEOPLE), -1)
    upper = np.triu_indices(PEOPLE, 1)
    pair[upper] = pair.T[upper] = rng.permutation(len(upper[0])) % (FOLDS // 2)
    without = [(fold[:, None] != one) & (fold != one) for one in range(FOLDS)]
    without += [pair != one for one in range(FOLDS // 2)]
    values = [
        np.mean([origin.difference(kept) for origin in origins])
        for kept in (np.ones((PEOPLE, PEOPLE), dtype=bool), *without)
    ]
    people, pairs = values[1 : 1 + FOLDS], values[1 + FOLDS :]
    found = jackknife(values[0], people, pairs_left_out=pairs, confidence=LEVEL)
    alone = jackknife(values[0], people, confidence=LEVEL)
    return {
        "seed": seed, "noise": noise, "spread": spread, "limited": limited, "value": float(values[0]),
        "low": float(found.low), "high": float(found.high), "error": float(found.error),
        "twice_low": float(alone.low), "twice_high": float(alone.high), "twice_error": float(alone.error),
    }  # fmt: skip


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Return, by design: logs, mean difference, its deviation over logs, stated errors, and alarms.

    ``twice_…`` is a jackknife over people alone, in which what happens between two people counts twice.
    """
    alarms = {
        name: ((pl.col(f"{part}low") > 0) | (pl.col(f"{part}high") < 0)).mean()
        for name, part in (("alarms", ""), ("twice_alarms", "twice_"))
    }
    errors = {name: (pl.col(name) ** 2).mean().sqrt() for name in ("error", "twice_error")}
    return found.group_by("noise", "spread", "limited").agg(
        logs=pl.len(), mean=pl.col("value").mean(), deviation=pl.col("value").std(), **errors, **alarms
    ).sort("limited", "noise", "spread")  # fmt: skip


def page_of(found: pl.DataFrame) -> str:
    """Return the page with what was found, one row a design."""
    lines = ["# Intervals of predictions\n", (__doc__ or "").split("\n\n", 2)[2].strip() + "\n"]
    lines.append(
        "Errors are standard errors of the difference of C: their deviation over logs, and what intervals "
        f"state. Alarms are intervals at {LEVEL:.0%} that leave out 0, with the exact interval of their "
        "share. Beside them, a jackknife over people alone, where what happens between two people counts "
        "twice.\n"
    )
    lines.append(
        "| lost on y | spread of a person's rates | rows of a network | logs | difference | deviation "
        "| stated | alarms | stated by people alone | alarms |"
    )
    lines.append("|---|---|---|---:|---:|---:|---:|---:|---:|---:|")
    for row in summary(found).iter_rows(named=True):
        shares = [
            "{:.1%} [{:.1%}, {:.1%}]".format(
                row[name], *binomtest(round(row[name] * row["logs"]), row["logs"]).proportion_ci(0.95)
            )
            for name in ("alarms", "twice_alarms")
        ]
        lines.append(
            f"| {row['noise']:.0%} | {row['spread']:g} | {'fixed' if row['limited'] else 'any'} "
            f"| {row['logs']:,} | {row['mean']:+.4f} | {row['deviation']:.4f} | {row['error']:.4f} "
            f"| {shares[0]} | {row['twice_error']:.4f} | {shares[1]} |"
        )
    return "\n".join(lines) + "\n"


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
    logs.add_argument("--limited", action="store_true", help="a fixed number of rows on each network")
    logs.add_argument("--out", type=Path, required=True)
    page = commands.add_parser("page")
    page.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    if given.command == "logs":
        seeds = range(given.first, given.first + given.logs)
        found = [difference(seed, given.noise, given.spread, given.limited) for seed in seeds]
        given.out.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(found).write_parquet(given.out)
        return
    text = page_of(pl.concat([pl.read_parquet(path) for path in given.files]))
    (Path(__file__).parent / "false_alarms.md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    main()
