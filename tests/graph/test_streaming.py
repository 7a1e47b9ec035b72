"""The graph does not depend on how its rows come in: batches, parts, threads, files, text or integers."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influence_graph.errors import DataError
from influence_graph.graph import partition as parts
from influence_graph.graph.build import build_graph
from influence_graph.interactions import encoded_log as rows_module
from influence_graph.interactions.dictionary import ABSENT, Numbering
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
    return graph.fingerprint, graph.report, graph.weighting


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


def test_one_row():
    graph = build_graph(pl.DataFrame({"source": ["b"], "target": ["a"]}), layers=False)
    assert graph.to_edges().rows() == [("b", "a", 1.0)]
    with pytest.raises(DataError, match="nobody in it acts on anybody else"):
        build_graph(
            pl.DataFrame(
                {"source": ["b"], "target": [None], "kind": ["post"]}, schema_overrides={"target": pl.String}
            )
        )


def test_times_of_every_size_are_kept():
    # Offsets from the first in 32 bits of microseconds, in 32 bits of seconds, and in 64 bits.
    for moments in (
        [0, 4_000_000_000],
        [0, 86_400_000_000_000],
        [0, 86_400_000_000_001],
        [-(10**15), 10**15 + 1],
    ):
        frame = pl.DataFrame(
            {
                "source": [2, 3],
                "target": [1, 1],
                "timestamp": pl.Series(moments).cast(pl.Datetime("us", "UTC")),
            }
        )
        graph = build_graph(frame, half_life="365d")
        assert graph.nodes["first_seen"].to_physical().to_list() == [moments[0], *moments]
        assert graph.adjacency.toarray()[1, 0] == np.exp2((moments[0] - moments[1]) / (365 * 86_400e6))


def test_weights_that_32_bits_do_not_hold():
    weights = [0.1, 1e300, 2**24 + 1.0, 5e-324]
    frame = pl.DataFrame({"source": [2, 3, 4, 5], "target": [1] * 4, "weight": weights})
    assert build_graph(frame).adjacency.data.tolist() == weights


@given(values=st.lists(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=30), max_size=4))
def test_integers_are_numbered_by_first_appearance(values):
    check_numbering(pl.Int64(), values)


texts = (
    st.none()
    | st.text("aé☃", max_size=5)
    | st.sampled_from(["x" * 12, "x" * 13, "x" * 13 + "y", "x" * 12 + "z"])
)


@given(values=st.lists(st.lists(texts, max_size=30), max_size=4))
def test_texts_are_numbered_by_first_appearance(values):
    check_numbering(pl.String(), values)


def check_numbering(dtype, batches):
    numbering, known = Numbering(dtype), {}
    for batch in batches:
        for value in batch:
            if value is not None:
                known.setdefault(value, len(known))
        expected = [ABSENT if value is None else known[value] for value in batch]
        assert numbering.codes(pl.Series(batch, dtype=dtype)).tolist() == expected
    assert numbering.values().to_list() == list(known)


def test_many_values_and_slices_of_text():
    texts = pl.Series(
        [f"person number {i * 7919 % 100_003}" if i % 3 else f"p{i % 1000}" for i in range(200_000)]
    )
    numbering = Numbering(pl.String())
    codes = np.concatenate([numbering.codes(texts[:70_001]), numbering.codes(texts[70_001:])])
    assert numbering.values().n_unique() == len(numbering) == texts.n_unique()
    assert numbering.values().gather(codes).equals(texts)
