"""What the score promises, measured on real data: one part a command, all of them without one.

    python benchmarks/evidence.py pairs         # PeerIndex: AUC, learned weights, calibration
    python benchmarks/evidence.py explain       # Higgs: do parts add up, for 1,000 people; three in full
    python benchmarks/evidence.py history       # Higgs, hourly: time, and a figure
    python benchmarks/evidence.py replicates    # Higgs: replicates of PageRank and of spread

Seconds are medians; what is compared runs in turn in one process, kernels compiled.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl

from influence_graph import (
    InfluenceGraph,
    build_graph,
    explain,
    learn_weights,
    load_dataset,
    read_interactions,
    read_pairs,
    score,
    score_history,
)
from influence_graph.datasets import load_pairs
from influence_graph.explaining._explain import explain_people
from influence_graph.report.score_figures import history_lines

METHODS = ("engagement", "reactors", "pagerank", "multinetwork")
RUNS = 3


def seconds(run: Callable[[], Any]) -> float:
    """Return how long it takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def in_turn(**runs: Callable[[], Any]) -> dict[str, float]:
    """Return median seconds of each, after one run of each that does not count."""
    for run in runs.values():
        run()
    took: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(RUNS):
        for name, run in runs.items():
            took[name].append(seconds(run))
    return {name: median(times) for name, times in took.items()}


def pairs(out: Path) -> None:
    """Print what is learned from PeerIndex' pairs, and how well it does on people not trained on."""
    learned = learn_weights(read_pairs(load_pairs("peerindex")), boosting=True, replicates=500)
    for frame in (learned.auc, learned.weights, learned.reliability):
        print(frame)
    print(f"Slope of calibration {learned.calibration:.3f}, log loss {learned.log_loss:.3f} (a coin: 0.693)")
    for name, value in learned.report.items():
        print(f"{name}: {value if not isinstance(value, float) else round(value, 3)}")


def explanations(out: Path) -> None:
    """Print how far parts are from adding up, at most, and three explanations."""
    graph = higgs()
    people = graph.ids.gather(np.random.default_rng(1).choice(graph.n, 1_000, replace=False)).to_list()
    rows = []
    for method in METHODS:
        found = explain_people(graph, people, method)
        apart = [abs(one.decomposition["value"].sum() - one.raw) / one.raw for one in found if one.raw > 0]
        points = [abs(one.attribution["points"].sum() - one.score) for one in found]
        rows.append((method, len(found), max(apart), max(points)))
    print(
        pl.DataFrame(rows, ["method", "people", "raw, relative", "points"], orient="row").with_columns(
            pl.col("raw, relative", "points").map_elements("{:.1e}".format, pl.String)
        )
    )
    best = score(graph, "pagerank").top(1)["id"][0]
    middle = score(graph, "engagement").top(1_000)["id"][-1]
    print(explain(graph, best, "pagerank", by="reactor"))
    print(explain(graph, middle, "engagement"))
    print(explain(graph, middle, "multinetwork"))


def history(out: Path) -> None:
    """Print how long the hourly history takes, and draw it with bands."""
    log = load_dataset("higgs")
    log = read_interactions(log.frame.collect())
    for method in ("pagerank", "engagement"):
        took = in_turn(
            once=lambda method=method: score(build_graph(log), method),
            history=lambda method=method: score_history(log, method, every="1h"),
        )
        steps = score_history(log, method, every="1h").drift.height
        print(
            f"{method}: {steps} steps {took['history']:.2f} s, building and scoring once "
            f"{took['once']:.2f} s: {took['history'] / took['once']:.1f}×"
        )
    top = score(build_graph(log), "pagerank").top(5)["id"].to_list()
    found = score_history(log, "pagerank", every="3h", people=top, uncertainty="bootstrap", replicates=40)
    file = out / "history.png"
    history_lines(found.frame, width=6.5).savefig(file, dpi=150)
    print(found.drift.gather_every(16))
    print(f"figure: {file}")


def replicates(out: Path) -> None:
    """Print how long 100 replicates of PageRank take on a built graph, against one PageRank."""

    def cold() -> InfluenceGraph:
        # The edges in the order of the sweeps are kept with a graph; a cold run makes them.
        return InfluenceGraph(graph.ids, graph.layers, graph.adjacency, graph.nodes, graph.weighting)

    graph = higgs()
    took = in_turn(
        cold=lambda: score(cold(), "pagerank"),
        warm=lambda: score(graph, "pagerank"),
        replicates=lambda: score(graph, "pagerank", uncertainty="bootstrap", replicates=100, rng=1),
    )
    print(
        f"100 replicates {took['replicates']:.2f} s; one cold PageRank {took['cold']:.3f} s "
        f"({took['replicates'] / took['cold']:.1f}×), with the order of sweeps at hand {took['warm']:.3f} s "
        f"({took['replicates'] / took['warm']:.1f}×)"
    )
    took = in_turn(
        once=lambda: score(graph, "expected_spread", rng=1),
        replicates=lambda: score(graph, "expected_spread", uncertainty="bootstrap", replicates=20, rng=1),
    )
    print(f"20 replicates of expected_spread {took['replicates']:.2f} s; one {took['once']:.2f} s")


def higgs() -> InfluenceGraph:
    """Return the graph of the Higgs log."""
    return build_graph(load_dataset("higgs"))


PARTS = {"pairs": pairs, "explain": explanations, "history": history, "replicates": replicates}


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="*", choices=list(PARTS), default=[])
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder for the figure")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with pl.Config(tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=60):
        for part in options.part or PARTS:
            PARTS[part](options.out)


if __name__ == "__main__":
    main()
