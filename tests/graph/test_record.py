"""Graphs can't be changed, however they were made, and no kernel is compiled twice for them."""

import copy
import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from scipy.sparse import csr_array

from influence_graph.errors import DataError
from influence_graph.graph import InfluenceGraph, Weighting
from influence_graph.graph.build import build_graph
from influence_graph.history.timeline import Timeline
from influence_graph.interactions.read import read_interactions
from influence_graph.methods.edges_only import EdgesOnly

KINDS = {"retweet": 1, "reply": 0.5, "follow": 1}


def some_log(m=400, people=30):
    rng = np.random.default_rng(0)
    source = rng.integers(0, people, m)
    return read_interactions(
        pl.DataFrame(
            {
                "source": source,
                "target": (source + rng.integers(1, people, m)) % people,
                "kind": rng.choice([*KINDS, "post"], m),
                "timestamp": pl.Series(1_700_000_000 + np.arange(m) * 600),
                "item": [f"i{row}" for row in range(m)],
                "topic": rng.choice(["x", "y"], m),
            }
        ).with_columns(target=pl.when(pl.col("kind") != "post").then("target"))
    )


def graphs(folder):
    log = some_log()
    built = build_graph(log, half_life="1d", kinds=KINDS)
    built.save(folder / "graph")
    timeline = Timeline(log, kinds=KINDS, other=None, half_life="1d", saturation=None)
    later = pl.DataFrame({"source": [99], "target": [3], "kind": ["reply"], "timestamp": [1_700_900_000]})
    wide = csr_array((built.adjacency.data, built.adjacency.indices, built.adjacency.indptr.astype(np.int64)))
    return {
        "built": built,
        "loaded": InfluenceGraph.load(folder / "graph"),
        "converted": InfluenceGraph.from_scipy(built.to_scipy(), built.ids),
        "partial": timeline.graph(next(timeline.walk([timeline.last])), "any"),
        "reweighted": built.reweight(kinds={"retweet": 2}, other=1, saturation="log"),
        "updated": built.update(later),
        "merged": build_graph(log, kinds=KINDS, layers=False),
        "constructed": InfluenceGraph(
            ids=built.ids, layers={}, adjacency=wide, nodes=built.nodes, weighting=Weighting(KINDS)
        ),
        "replaced": dataclasses.replace(built, adjacency=built.to_scipy()),
        "pickled": pickle.loads(pickle.dumps(dataclasses.replace(built, log=None))),
        "copied": copy.deepcopy(dataclasses.replace(built, log=None)),
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return graphs(tmp_path_factory.mktemp("graphs"))


def layers_of(graph):
    return {} if isinstance(graph, EdgesOnly) else graph.layers


def arrays_of(graph):
    matrices = {"adjacency": graph.adjacency, "in_edges": graph.in_edges}
    matrices |= {str(name): layer for name, layer in layers_of(graph).items()}
    for name, matrix in matrices.items():
        yield from ((f"{name}.{part}", getattr(matrix, part)) for part in ("data", "indices", "indptr"))
    order = graph.traversal
    yield from ((name, getattr(graph, name)) for name in ("in_strength", "out_strength"))
    yield from ((name, getattr(order, name)) for name in ("order", "ranks", "strength", "active_share"))
    for name, edges in (("incoming", order.incoming), ("outgoing", order.outgoing)):
        yield from (
            (f"{name}.{part}", getattr(edges, part)) for part in ("pointers", "columns", "shares", "cuts")
        )


MADE = [
    "built",
    "loaded",
    "converted",
    "partial",
    "reweighted",
    "updated",
    "merged",
    "constructed",
    "replaced",
    "pickled",
    "copied",
]


@pytest.mark.parametrize("name", MADE)
def test_no_array_can_be_written_to(made, name):
    graph = made[name]
    assert isinstance(graph, InfluenceGraph)
    for which, array in arrays_of(graph):
        assert not array.flags.writeable, which
        assert array.flags.c_contiguous, which
        assert array.flags.aligned, which
        assert array.dtype.isnative, which
    for matrix in (graph.adjacency, graph.in_edges, *layers_of(graph).values()):
        assert (matrix.data.dtype, matrix.indices.dtype, matrix.indptr.dtype) == (float, np.int32, np.int32)
        assert type(matrix.data) is type(matrix.indices) is np.ndarray
    with pytest.raises(ValueError, match="read-only"):
        graph.adjacency.data[:] = 7


def test_copies_are_the_same_graph(made):
    assert made["pickled"].fingerprint == made["copied"].fingerprint == made["built"].fingerprint
    assert made["replaced"].fingerprint == made["built"].fingerprint
    assert (made["constructed"].adjacency != made["built"].adjacency).nnz == 0


def test_a_copy_of_the_matrix_may_be_changed(made):
    matrix = made["built"].to_scipy()
    matrix.data[:] = 7
    assert made["built"].adjacency.data.max() != 7 or made["built"].adjacency.data.min() != 7


RUNS_EVERYTHING = """
import pathlib, sys
from numba.core.dispatcher import Dispatcher
from influence_graph.errors import DataError
from influence_graph.methods import get_method, method_names
sys.path.insert(0, sys.argv[1])
from test_record import graphs
GIVEN = {"katz": {"alpha": 0.01}, "trustrank": {"seeds": (0,)}, "truetop": {"seeds": (0,)}}
ran = 0
made = graphs(pathlib.Path(sys.argv[2]))
for name in method_names():
    for kind in ("built", "loaded", "converted", "partial"):
        # The graph of a moment of a timeline is for methods that read edges only.
        if kind == "partial" and get_method(name).needs:
            continue
        try:
            get_method(name).function(made[kind], **GIVEN.get(name, {}))
            ran += 1
        except DataError as error:
            assert " needs " in str(error), error
def dispatcher_of(value):
    # A kernel with a stated signature is compiled behind a function, when that is first called.
    return value if isinstance(value, Dispatcher) else getattr(value, "compiled", None)
kernels = {
    (module, name): len(dispatcher_of(value).signatures)
    for module, part in list(sys.modules.items()) if module.startswith("influence_graph")
    for name, value in vars(part).items()
    if isinstance(dispatcher_of(value), Dispatcher) and dispatcher_of(value).py_func.__module__ == module
}
# A kernel within another is compiled for the arrays that the other has made, too.
inner = {
    (value.py_func.__module__, name)
    for module, _ in kernels
    for value in vars(sys.modules[module]).values() if isinstance(value, Dispatcher)
    for name in value.py_func.__code__.co_names
}
print(ran, sum(count > 0 for count in kernels.values()))
print([kernel for kernel, count in kernels.items() if count > 1 and kernel not in inner])
"""


def test_all_methods_on_all_graphs_compile_each_kernel_once(tmp_path):
    # In a process of its own: other tests give kernels what they like.
    command = [sys.executable, "-c", RUNS_EVERYTHING, __file__.rsplit("/", 1)[0], str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    counts, twice = done.stdout.splitlines()[-2:]
    ran, compiled = map(int, counts.split())
    assert ran > 100
    assert compiled > 30
    assert twice == "[]"


@pytest.mark.parametrize("ids", [[3, 5, 9], ["ann", "bea", "cem"]])
def test_a_column_of_ids_has_the_positions_of_its_list_and_a_stranger_is_named(ids):
    graph = InfluenceGraph.from_edges({"source": ids[:2], "target": ids[1:]})
    column = pl.Series("who", [ids[2], ids[0], ids[2]])
    assert graph.positions(column).tolist() == graph.positions(column.to_list()).tolist() == [2, 0, 2]
    assert graph.positions(column.clear()).tolist() == []
    stranger = pl.Series([ids[0], 77 if ids[0] == 3 else "dan"])
    with pytest.raises(DataError, match=r"77|'dan'"):
        graph.positions(stranger)
    with pytest.raises(DataError, match="None is not among"):
        graph.positions(pl.Series([ids[0], None]))
