"""Graphs in folders: what is written is read, and what is damaged is said to be."""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
import xxhash
from scipy.sparse import csr_array

from influence_graph.atomic import _machine
from influence_graph.errors import DataError
from influence_graph.graph import storage
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph


@pytest.fixture(scope="module")
def graph(log_of):
    rows = [
        {
            "source": u,
            "target": v,
            "kind": kind,
            "network": net,
            "timestamp": datetime(2024, 1, day, tzinfo=UTC),
        }
        for u, v, kind, net, day in [
            ("b", "a", "like", "x", 1),
            ("c", "a", "reply", "y", 2),
            ("é", "b", "like", "x", 3),
            ("a", "b", "follow", "x", 3),
            ("a", "c", "like", "x", 9),
        ]
    ]
    return build_graph(log_of(*rows), half_life="1d", as_of="2024-01-04", other=2, saturation="log")


@pytest.fixture
def saved(graph, tmp_path):
    graph.save(tmp_path / "graph")
    return tmp_path / "graph"


def test_what_is_saved_is_loaded(graph, saved):
    loaded = InfluenceGraph.load(saved)
    assert loaded.fingerprint == graph.fingerprint
    assert loaded.weighting == graph.weighting
    assert loaded.report == graph.report == {"later than as_of": 1}
    assert loaded.notes == graph.notes
    assert loaded.nodes.equals(graph.nodes)
    assert list(loaded.layers) == list(graph.layers)
    assert loaded.reweight(kinds={"follow": 1}, other=0).fingerprint == (
        graph.reweight(kinds={"follow": 1}, other=0).fingerprint
    )
    assert loaded.log is None
    assert repr(loaded) == repr(graph)


@pytest.mark.parametrize(
    "made",
    [
        InfluenceGraph.from_scipy(np.array([[0, 2.0], [0, 0]]), [7, -7]),
        InfluenceGraph.from_scipy(csr_array((3, 3))),
        InfluenceGraph.from_scipy(csr_array((0, 0))),
    ],
    ids=["integers", "no edges", "nobody"],
)
def test_other_graphs(made, tmp_path):
    made.save(tmp_path / "deep" / "graph")
    loaded = InfluenceGraph.load(tmp_path / "deep" / "graph")
    assert loaded.fingerprint == made.fingerprint
    # The layer is the adjacency: written once, opened once.
    assert loaded.layers["edge", "default"] is loaded.adjacency


def test_a_loaded_graph_can_not_be_changed(graph, saved):
    loaded = InfluenceGraph.load(saved)
    with pytest.raises(ValueError, match="read-only"):
        loaded.adjacency.data[:] = 99.0
    assert InfluenceGraph.load(saved).fingerprint == graph.fingerprint


def test_it_can_be_read_without_this_package(graph, saved):
    manifest = json.loads((saved / "manifest.json").read_text("utf-8"))
    parts = {}
    for part in ("indptr", "indices", "data"):
        parts[part] = np.load(saved / f"{manifest['matrices'][0]['name']}.{part}.npy")
    for name, file in manifest["files"].items():
        content = (saved / name).read_bytes()
        assert (len(content), xxhash.xxh3_128_hexdigest(content)) == (file["bytes"], file["xxh3_128"])
    checksum = manifest.pop("checksum")
    assert checksum == _checksum(manifest)
    n = manifest["people"]
    matrix = csr_array((parts["data"], parts["indices"], parts["indptr"]), shape=(n, n))
    assert (matrix != graph.adjacency).nnz == 0
    assert pl.read_ipc(saved / "nodes.arrow")["id"].to_list() == graph.ids.to_list()


def test_a_graph_saved_before_is_replaced(graph, saved):
    loaded = InfluenceGraph.load(saved)
    loaded.reweight(kinds={"like": 1}, other=0).save(saved)
    assert InfluenceGraph.load(saved).adjacency.nnz == 2
    # What was opened before still reads its own files.
    assert loaded.fingerprint == graph.fingerprint
    assert [path.name for path in saved.parent.iterdir()] == ["graph"]


def test_what_is_not_a_graph_is_never_replaced(graph, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="is not a saved graph: it stays"):
        graph.save(tmp_path)
    with pytest.raises(DataError, match="is not a saved graph: it stays"):
        graph.save(tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    graph.save(tmp_path / "empty")
    assert InfluenceGraph.load(tmp_path / "empty").fingerprint == graph.fingerprint


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_nothing_half_written(graph, saved, monkeypatch, failure):
    def fails(*_):
        raise failure

    before = graph.fingerprint
    monkeypatch.setattr(storage, "write_manifest", fails)
    for made, folder in (
        (graph.reweight(kinds={"like": 1}, other=0), saved),
        (graph, saved.parent / "another"),
    ):
        with pytest.raises((DataError, KeyboardInterrupt)) as raised:
            made.save(folder)
        if isinstance(failure, OSError):
            assert raised.match("could not be saved in .*: No space left on device. Nothing was left there")
        else:
            assert raised.value is failure
    monkeypatch.undo()
    assert [path.name for path in saved.parent.iterdir()] == ["graph"]
    assert InfluenceGraph.load(saved).fingerprint == before


FILLS_THE_DISK = """
import resource, signal, sys
import numpy as np
from influence_graph.errors import DataError
from influence_graph.graph.graph import InfluenceGraph
graph = InfluenceGraph.from_scipy(np.ones((200, 200)))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    graph.save(sys.argv[1])
except DataError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more(tmp_path):
    command = [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path / "graph")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "could not be saved" in done.stdout, done.stderr
    assert "Nothing was left there" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written(graph, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="could not be saved"):
        graph.save(tmp_path / "file" / "graph")


# -- folders that can't be read -----------------------------------------------------------------


def _checksum(manifest):
    return hashlib.sha256(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def rewrite(saved, **changes):
    manifest = json.loads((saved / "manifest.json").read_text("utf-8")) | changes
    del manifest["checksum"]
    text = json.dumps({**manifest, "checksum": _checksum(manifest)})
    (saved / "manifest.json").write_text(text, "utf-8")


def test_missing_and_foreign(tmp_path, saved):
    with pytest.raises(DataError, match="nowhere does not exist"):
        InfluenceGraph.load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="is a file"):
        InfluenceGraph.load(saved / "manifest.json")
    with pytest.raises(DataError, match=r"no manifest\.json"):
        InfluenceGraph.load(tmp_path)
    rewrite(saved, format="something else")
    with pytest.raises(DataError, match="belongs to something else"):
        InfluenceGraph.load(saved)


@pytest.mark.parametrize(
    ("version", "remedy"), [(2, "Build the graph again and save it"), (4, "Use the newer influence_graph")]
)
def test_another_version(saved, version, remedy):
    rewrite(saved, version=version)
    with pytest.raises(DataError, match=f"version {version}, .* reads version 3. {remedy}"):
        InfluenceGraph.load(saved)


def test_a_manifest_that_was_changed(saved):
    file = saved / "manifest.json"
    file.write_text(file.read_text("utf-8").replace('"half_life": 86400.0', '"half_life": 86401.0'), "utf-8")
    with pytest.raises(DataError, match=r"manifest\.json is damaged: it was changed after it was written"):
        InfluenceGraph.load(saved)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("half_life", -1, r"`float` > 0.0 - at `\$.weighting.half_life`"),
        ("as_of", "yesterday", r"RFC3339 .* at `\$.weighting.as_of`"),
        ("saturation", "much", "saturation"),
        ("kinds", {"like": -1}, "kinds"),
        ("other", "two", "other"),
    ],
)
def test_values_of_a_manifest_are_validated(saved, key, value, said):
    weighting = json.loads((saved / "manifest.json").read_text("utf-8"))["weighting"]
    rewrite(saved, weighting=weighting | {key: value})
    with pytest.raises(DataError, match=said):
        InfluenceGraph.load(saved)


def test_a_save_that_was_killed_is_swept_by_the_next(graph, saved, monkeypatch):
    monkeypatch.setattr("influence_graph.atomic._alive", lambda pid: False)
    left = [saved.parent / f".graph-{_machine()}-1-00000000{end}" for end in ("", ".old")]
    left[0].mkdir()
    saved.rename(left[1])  # killed between the two renames: the old one is put back
    assert InfluenceGraph.load(saved).fingerprint == graph.fingerprint
    left[0].mkdir()
    graph.save(saved)
    assert [path.name for path in saved.parent.iterdir()] == ["graph"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "influence_graph", "version": 3}', "\x00\xff"])
def test_a_damaged_manifest(saved, text):
    (saved / "manifest.json").write_text(text, "latin-1")
    with pytest.raises(DataError, match=r"damaged|something else"):
        InfluenceGraph.load(saved)


def test_a_missing_file(saved):
    (saved / "matrix-0.data.npy").unlink()
    with pytest.raises(DataError, match=r"matrix-0\.data\.npy is missing"):
        InfluenceGraph.load(saved)


def test_a_short_file(saved):
    file = saved / "matrix-0.indices.npy"
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(DataError, match=r"matrix-0\.indices\.npy is damaged: it has .* bytes, expected"):
        InfluenceGraph.load(saved, verify=False)


@pytest.mark.parametrize("name", ["nodes.arrow", "matrix-0.data.npy", "matrix-1.indptr.npy"])
def test_any_flipped_bit(saved, name):
    file = saved / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataError, match=f"{name} is damaged: its checksum differs"):
        InfluenceGraph.load(saved)


def test_impossible_matrices_are_found_without_checksums(saved):
    indices = np.load(saved / "matrix-0.indices.npy", mmap_mode="r+")
    indices[0] = 1_000
    indices.flush()
    with pytest.raises(DataError, match="not a matrix of 4 people"):
        InfluenceGraph.load(saved, verify=False)


def test_a_manifest_that_names_what_is_not_there(saved):
    matrices = json.loads((saved / "manifest.json").read_text("utf-8"))["matrices"]
    matrices[0]["name"] = "matrix-9"
    rewrite(saved, matrices=matrices)
    with pytest.raises(DataError, match="is damaged"):
        InfluenceGraph.load(saved)
