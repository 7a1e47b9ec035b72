"""The graph does not depend on how its rows come in: batches, parts, threads, files, text or integers."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influence_graph.graph import partition as parts
from influence_graph.graph.build import build_graph
from influence_graph.graph.decay import decay_as_of
from influence_graph.graph.layer_index import LayerIndex
from influence_graph.interactions import encoded_log as rows_module
from influence_graph.interactions.read import read_interactions

START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS = {"retweet": 1, "reply": 0.3, "like": 0.1, "follow": 0.7}


@pytest.fixture
def small_steps(monkeypatch):
    """Batches and parts of a few rows, several threads, a pair of words for the table of ids."""

    def make(batch, part, threads):
        monkeypatch.setattr(rows_module, "BATCH", batch)
        monkeypatch.setattr(parts, "BLOCK_ROWS", part)
        monkeypatch.setattr(parts, "GROUP_ROWS", 3 * part)
        monkeypatch.setattr(rows_module, "WORTH_THREADS", 0 if threads else 1 << 40)

    yield make
    monkeypatch.undo()


def some_log(m, people, seed=0, *, text=False, sorted_by_time=False):
    rng = np.random.default_rng(seed)
    kind = rng.choice(["retweet", "reply", "like", "post", "follow", "unfollow"], m)
    # Very skewed: half of the rows have one source.
    source = np.where(rng.random(m) < 0.5, 0, rng.integers(0, people, m))
    target = (source + rng.integers(1, people, m)) % people
    time = rng.integers(0, 10_000_000, m)
    frame = pl.DataFrame(
        {
            "source": source * 7 - 5,
            "target": target * 7 - 5,
            "kind": kind,
            "network": rng.choice(["x", "y", "a network with a name of many letters"], m),
            "weight": np.where(rng.random(m) < 0.5, 1.0, rng.lognormal(size=m)),
            "timestamp": START + pl.Series(np.sort(time) if sorted_by_time else time).cast(pl.Duration("ms")),
        }
    ).with_columns(target=pl.when(pl.col("kind") != "post").then("target"))
    if text:
        # Some ids are longer than a view of text holds in itself, and not ASCII.
        for end in ("source", "target"):
            column = pl.col(end)
            long = pl.when(column % 2 == 0).then(pl.lit("ë" * 9)).otherwise(pl.lit("u"))
            frame = frame.with_columns(pl.concat_str(long, column.cast(pl.String)).alias(end))
    return frame


def bits(graph):
    layers = {name: layer.data.tobytes() + layer.indices.tobytes() for name, layer in graph.layers.items()}
    return graph.fingerprint, layers, graph.report, graph.weighting


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("sorted_by_time", [False, True])
def test_batches_parts_and_threads_leave_the_bits(small_steps, text, sorted_by_time):
    rows = some_log(3_000, 40, text=text, sorted_by_time=sorted_by_time)
    options = {"kinds": KINDS, "half_life": "1h", "as_of": START + timedelta(hours=2)}
    small_steps(1 << 20, 1 << 17, False)
    whole = build_graph(read_interactions(rows), **options)
    assert whole.report["later than as_of"] > 0
    for batch, part, threads in ((7, 1, True), (1000, 50, True), (999, 10**6, False), (1 << 20, 3, True)):
        small_steps(batch, part, threads)
        assert bits(build_graph(read_interactions(rows), **options)) == bits(whole)
        bare = build_graph(read_interactions(rows), layers=False, **options)
        assert (bare.adjacency != whole.adjacency).nnz == 0
        assert bare.nodes.equals(whole.nodes)


@pytest.mark.parametrize("text", [False, True])
def test_from_files_of_several_row_groups(tmp_path, small_steps, text):
    frame = some_log(5_000, 60, seed=3, text=text)
    expected = build_graph(read_interactions(frame), kinds=KINDS, half_life="1h")
    for number, part in enumerate((frame[:1], frame[1:2_000], frame[2_000:])):
        part.write_parquet(tmp_path / f"{number}.parquet", row_group_size=333)
    small_steps(500, 100, True)
    log = read_interactions(tmp_path)
    assert bits(build_graph(log, kinds=KINDS, half_life="1h")) == bits(expected)
    scanned = pl.scan_parquet(tmp_path / "*.parquet").with_columns(
        pl.col("timestamp").cast(pl.Datetime("us", "UTC"))
    )
    assert bits(build_graph(type(log)(scanned, log.report, lambda: ""), kinds=KINDS, half_life="1h")) == bits(
        expected
    )


def test_text_and_integers_make_the_same_edges():
    frame = some_log(2_000, 50, seed=5)
    names = {end: pl.format("{}", pl.col(end) + 1_000_005) for end in ("source", "target")}
    one, other = (
        build_graph(part, kinds=KINDS, half_life="1h") for part in (frame, frame.with_columns(**names))
    )
    # Equal lengths, so that text sorts as numbers do.
    assert other.ids.cast(pl.Int64).to_list() == (one.ids + 1_000_005).to_list()
    assert (one.adjacency != other.adjacency).nnz == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    m=st.integers(1, 60),
    people=st.integers(2, 6),
    seed=st.integers(0, 99),
    batch=st.integers(1, 9),
    part=st.integers(1, 9),
)
def test_small_logs_in_small_steps(small_steps, m, people, seed, batch, part):
    rows = some_log(m, people, seed)
    edge = rows[:1].with_columns(source=pl.lit(-5), target=pl.lit(2), kind=pl.lit("like"))
    rows = pl.concat([rows, edge], how="vertical_relaxed")
    small_steps(1 << 20, 1 << 17, False)
    whole = build_graph(read_interactions(rows), kinds=KINDS, half_life="1h")
    small_steps(batch, part, True)
    assert bits(build_graph(read_interactions(rows), kinds=KINDS, half_life="1h")) == bits(whole)


def test_one_source_has_all_rows(small_steps):
    small_steps(64, 16, True)
    m = 1_000
    frame = pl.DataFrame({"source": [5] * m, "target": [i % 10 + 6 for i in range(m)]})
    graph = build_graph(frame)
    assert graph.adjacency.sum(axis=1).tolist() == [1000.0] + [0.0] * 10
    assert graph.in_strength.tolist() == [0.0] + [100.0] * 10


@pytest.mark.parametrize("half_life", [None, 3600.0])
@pytest.mark.parametrize("part", [1, 20, 10**6])
def test_blocks_hold_every_row_with_a_target_sorted_by_key_and_time(small_steps, part, half_life):
    small_steps(64, part, False)
    frame = some_log(400, 8, seed=2).with_columns(pl.col("timestamp").dt.cast_time_unit("us"))
    rows = read_interactions(frame).rows
    index = LayerIndex.of(rows.labels)
    whole = frame.filter(pl.col("target").is_not_null()).with_row_index("row")
    time = whole["timestamp"].to_physical()
    kind = pl.col("kind").replace("unfollow", "follow")
    columns = whole.with_columns(
        source=rows.people.search_sorted(whole["source"]).cast(pl.Int64),
        target=rows.people.search_sorted(whole["target"]).cast(pl.Int64),
        layer=pl.struct(kind, "network").map_elements(
            lambda label: index.names.index((label["kind"], label["network"])), return_dtype=pl.Int64
        ),
        left=pl.when(kind == "follow")
        .then("weight")
        .otherwise(
            pl.col("weight")
            * np.exp2((time - frame["timestamp"].to_physical().max()) / (1e6 * (half_life or np.inf)))
        ),
        ends=pl.col("kind") == "unfollow",
    ).sort("source", "target", "layer", "timestamp", "row")
    given_rows = np.bincount(columns["source"], minlength=len(rows.people))
    moment = frame["timestamp"].max()

    found, before, sizes = [], 0, []
    for group in parts.blocks_by_source(rows, index, given_rows, decay_as_of(moment, half_life), map):
        for block in group:
            assert block.before == before
            before += block.size
            ordered = block.sorted_rows(parts.Memory().of(block.size))
            layer = ordered.keys & np.uint64((1 << block.layout.layer_bits) - 1)
            pair = ordered.keys >> np.uint64(block.layout.layer_bits)
            target = pair & np.uint64((1 << block.layout.target_bits) - 1)
            source = (pair >> np.uint64(block.layout.target_bits)) + np.uint64(block.layout.first)
            sizes.append((block.size, len(np.unique(source))))
            values, ends = ordered.values[ordered.order], ordered.ends[ordered.order]
            found += zip(source, target, layer, values[:, 0], ends, values[:, -1], strict=True)
    assert [row[:-1] for row in found] == columns.select("source", "target", "layer", "weight", "ends").rows()
    np.testing.assert_allclose([row[-1] for row in found], columns["left"], rtol=1e-12)
    assert all(size <= part or people == 1 for size, people in sizes)
    if part != 20:
        assert len(sizes) == (columns["source"].n_unique() if part == 1 else 1)
