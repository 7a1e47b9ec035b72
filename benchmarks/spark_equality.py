"""What the engine on Spark and this process return for the same log, method by method.

    python benchmarks/spark_equality.py

The log is drawn by ``make_log``: follows, posts, items, parents, three networks. Counts have to be equal,
sums within 1e-12 of themselves, PageRank within 2·tol/(1 − damping) in L1; and at a tolerance of 1e-10/n each
person within 1e-9. The results go to build/bench/spark_equality.json; `make bench-spark` puts them on its
page.
"""

from __future__ import annotations

import json
import pathlib
import tempfile
from typing import Any

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE.parent / "build" / "bench" / "spark_equality.json"
PEOPLE, DAYS, DAMPING, TOLERANCE = 2_000, 30, 0.3, 1e-6
MASTER = "local-cluster[2,1,1024]"


def cases(people: list[Any]) -> list[tuple[str, dict[str, Any], str]]:
    """Return the methods, their parameters, and what has to hold."""
    walk = {"damping": DAMPING, "tol": TOLERANCE}
    few = {person: float(place + 1) for place, person in enumerate(people[:3])}
    return [
        ("followers", {}, "equal"),
        ("last_reaction", {}, "equal"),
        ("posts", {}, "equal"),
        ("reactors", {}, "equal"),
        ("activity", {}, "sums"),
        ("engagement", {}, "sums"),
        ("received", {"kind": "reply"}, "sums"),
        ("multinetwork", {"weights": {"*": {"engagement": 2.0, "reactors": 1.0}}}, "sums"),
        ("pagerank", walk, "L1"),
        ("pagerank", {**walk, "personalization": few, "dangling": "personalization"}, "L1"),
        ("pagerank", {**walk, "dangling": "self"}, "L1"),
        ("trustrank", {**walk, "seeds": tuple(people[:3])}, "L1"),
        ("pagerank", {"damping": DAMPING, "tol": 1e-10 / len(people)}, "each"),
    ]


def compared(here: Any, there: Any, asked: str) -> dict[str, Any]:
    """Return how far two vectors are apart, by the measure that is asked, and what it may be."""
    apart = np.abs(there.raw - here.raw)
    relative = float(np.max(apart / np.where(here.raw > 0, here.raw, 1.0)))
    found, bound = {
        "equal": (float(apart.max()), 0.0),
        "sums": (relative, 1e-12),
        "L1": (float(apart.sum()), 2 * TOLERANCE / (1 - DAMPING)),
        "each": (relative, 1e-9),
    }[asked]
    measure = {
        "equal": "largest difference",
        "sums": "largest relative difference",
        "L1": "L1 difference",
        "each": "largest relative difference",
    }[asked]
    return {"people": len(here), "measure": measure, "found": found, "bound": bound, "holds": found <= bound}


def measure() -> dict[str, Any]:
    """Score one log here and on Spark by every method that has a form there."""
    from influence_graph import build_graph, read_interactions, score
    from influence_graph.datasets.synthetic import make_log
    from influence_graph.engines.spark_methods import METHODS
    from influence_graph.engines.spark_session import own_session

    log = make_log(people=PEOPLE, days=DAYS, rng=17).interactions
    rows = []
    with (
        tempfile.TemporaryDirectory(prefix="spark-equality-") as folder,
        own_session(MASTER, spark_sql_shuffle_partitions=4),
    ):
        path = pathlib.Path(folder, "log.parquet")
        log.frame.collect().write_parquet(path)
        how: dict[str, Any] = {"half_life": "10d", "saturation": "log"}
        read = {"here": read_interactions(path), "there": read_interactions(path, engine="spark")}
        graphs = [build_graph(one, **how) for one in read.values()]
        edges = graphs[0].n_edges
        if (graphs[1].n, graphs[1].n_edges) != (graphs[0].n, edges):
            raise ValueError(f"{graphs[1]} is not {graphs[0]}.")
        chosen = cases(graphs[0].ids.to_list())
        if set(METHODS) != {name for name, _, _ in chosen}:
            raise ValueError("A method with a form on Spark is not compared.")
        for name, parameters, asked in chosen:
            here, there = (score(graph, name, **parameters) for graph in graphs)
            told = {
                key: value for key, value in parameters.items() if key not in ("personalization", "seeds")
            }
            rows.append({"method": name, "parameters": told, **compared(here, there, asked)})
            print(rows[-1], flush=True)
    return {"rows": read["here"].report.kept, "edges": edges, "methods": rows}


def table(record: dict[str, Any]) -> str:
    """Return the comparison as Markdown."""
    lines = [
        f"A log of {record['rows']:,} rows and {record['edges']:,} edges that `make_log` draws, on "
        f"`{MASTER}`, with decay and saturation.",
        "",
        "| method | parameters | measure | found | at most | holds |",
        "|---|---|---|---:|---:|---|",
    ]
    for row in record["methods"]:
        told = ", ".join(f"{name} {value}" for name, value in row["parameters"].items())
        lines.append(
            f"| {row['method']} | {told} | {row['measure']} | {row['found']:.1e} | {row['bound']:.1e} "
            f"| {'yes' if row['holds'] else 'no'} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(measure(), indent=1) + "\n")
    print(table(json.loads(RESULTS.read_text())))
