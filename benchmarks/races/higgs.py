"""Methods with default arguments on the Higgs log: who reacted to whom on Twitter within a week."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from race import Race
from races.centrality import toy


def graph_of(folder: pathlib.Path) -> Any:
    from influence_graph import InfluenceGraph

    return InfluenceGraph.load(folder / "graph")


def viral(folder: pathlib.Path) -> Iterator[Any]:
    from influence_graph.propagation import viral_centrality

    graph = graph_of(folder)
    viral_centrality(toy(), tol=0.5)
    yield None
    yield viral_centrality(graph).values


def compared(folder: pathlib.Path) -> Iterator[Any]:
    """Compare three methods on this log only: 200 draws, the default."""
    from influence_graph import compare, score

    methods = ("pagerank", "engagement", "h_index")
    graph, small = graph_of(folder), toy()
    compare({name: score(small, name) for name in methods}, resamples=2)
    scores = {name: score(graph, name) for name in methods}
    yield None
    yield compare(scores).table["value"].to_numpy()


def alike(mine: np.ndarray, theirs: np.ndarray) -> None:
    np.testing.assert_array_equal(mine, theirs)


#: People whom the log of Higgs names.
HIGGS = 304_198
ONLY_HIGGS = {"small": (), "full": (HIGGS,)}

RACES = [
    Race(
        "viral_higgs",
        "`viral_centrality` of everybody on Higgs, its default tolerance (goal: 15 s)",
        "higgs",
        ONLY_HIGGS,
        {"influence_graph": viral},
        alike,
        note="A tenth of the seeds takes 98 % of the time: those who reach a part of 67,174 nodes and "
        "212,000 edges into them, over 12 to 22 steps. Eight of these go over it at once, which takes "
        "less than half the processor time of one after the other; a run that enters or leaves costs "
        "half a step. Of a step a fifth goes over the nodes, two fifths wait for those who may turn them, "
        "and two fifths are short loops whose end the processor can't foresee. Without effect: 16 runs at "
        "once, prefetching, nodes in order of the length of their rows, and leaving out the edges from "
        "people not reached. To drop chances below 1e-9 would save 2 % of the edges, below 1e-6 half; it "
        "would change values.",
    ),
    Race(
        "compare_higgs",
        "`compare` of three methods on Higgs, on this log only, 200 draws (goal: 12 s of processor time)",
        "higgs",
        ONLY_HIGGS,
        {"influence_graph": compared},
        alike,
    ),
]

if not os.environ.get("INFLUENCE_GRAPH_DATA"):
    RACES = []
