"""What is read in one pass, as it stands, is what the slower way makes of it, row by row."""

import importlib
from datetime import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from influence_graph import build_graph, read_interactions
from influence_graph.errors import SchemaError

plain_module = importlib.import_module("influence_graph.interactions.fast_path")
log_module = importlib.import_module("influence_graph.interactions.log")

IDS = st.sampled_from(
    ["1", "22", "-3", "0", "007", "+7", "-0", " 4", "4 ", "", "ann", "ben", "9223372036854775808"]
)
KINDS = st.sampled_from(["like", "reply", "post", "follow", "unfollow", "", " ", '"like"', "01"])
TIMES = st.sampled_from(
    [
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:06Z",
        "2024-01-02",
        "2024-1-02T03:04:005Z",
        " 2024-1-02T03:04:05Z",
        "1704164645",
        "",
    ]
)
WEIGHTS = st.sampled_from(["1", "0.1", "1e-3", " 2", "0", "-1", "inf", "nan", "1_000", "", "00.5"])
ROWS = st.lists(st.tuples(IDS, IDS, KINDS, TIMES, WEIGHTS), min_size=1, max_size=6)
GOOD = ("1", "22", "like", "2024-01-02T03:04:05Z", "0.1")


def outcome(path, **options):
    """Everything that a reader of a log can see, or what the error says."""
    try:
        log = read_interactions(path, **options)
    except SchemaError as error:
        return str(error)
    frame = log.frame.collect()
    counts = log.report.files.rows(), log.report.left_out.rows(), log.report.notes
    return frame.schema, frame.rows(), counts, log.fingerprint


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(rows=ROWS, good=st.integers(0, 3), skip=st.booleans())
@example(rows=[GOOD], good=3, skip=False)
@example(rows=[("1", "1", "like", "2024-01-02T03:04:05Z", "2")], good=2, skip=False)
@example(rows=[("ann", "ben ", "like", "2024-01-02T03:04:05Z", "2")], good=0, skip=False)
def test_typed_text_reads_as_text_does(tmp_path, monkeypatch, rows, good, skip):
    path = tmp_path / "log.csv"
    header = "source,target,kind,timestamp,weight"
    path.write_text("\n".join([header, *(",".join(row) for row in [GOOD] * good + rows)]) + "\n")
    options = {"on_error": "skip" if skip else "raise"}
    found = outcome(path, **options)
    with monkeypatch.context() as patch:
        patch.setattr(plain_module, "encode_valid", lambda *_, **__: None)
        assert outcome(path, **options) == found


def a_frame(rows=2_000, seed=0, *, text=False):
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 60, (2, rows))
    names = pl.Series([f"person number {i}" if i % 2 else f"p{i}" for i in range(60)])
    ends = [names.gather(some) if text else pl.Series(some) for some in ids]
    start = pl.datetime(2024, 1, 1, time_zone="UTC")
    return pl.DataFrame(
        {
            "source": ends[0],
            "target": ends[1],
            "kind": rng.choice(["like", "reply", "follow"], rows),
            "weight": rng.choice([1.0, 2.0, 0.1], rows),
            "after": rng.integers(0, 10**6, rows),
        }
    ).select(pl.exclude("after"), timestamp=start + pl.duration(seconds="after"))


@pytest.mark.parametrize("text", [False, True])
def test_parquet_reads_as_the_slower_way_does(tmp_path, monkeypatch, text):
    path = tmp_path / "log.parquet"
    a_frame(text=text).write_parquet(path, row_group_size=300)
    found = outcome(path)
    assert found[2][1][0][1] == "self-interaction"
    with monkeypatch.context() as patch:
        patch.setattr(plain_module, "encode_valid", lambda *_, **__: None)
        assert outcome(path) == found


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": None},
        {"kind": " "},
        {"source": None},
        {"target": None},
        {"weight": 0.0},
        {"weight": float("nan")},
        {"weight": float("inf")},
        {"weight": None},
        {"timestamp": None},
    ],
)
def test_one_bad_value_is_not_taken_as_it_stands(tmp_path, bad):
    (name, value), frame = *bad.items(), a_frame(300)
    for column, there in {"kind": "like", name: value}.items():
        values = frame[column].to_list()
        values[200] = there
        frame = frame.with_columns(pl.Series(column, values, dtype=frame[column].dtype))
    path = tmp_path / "log.parquet"
    frame.write_parquet(path)
    with pytest.raises(SchemaError, match=f"row 201: column '{name}'"):
        read_interactions(path)


def test_a_log_too_long_to_keep_as_numbers_gives_the_same_graph(tmp_path, monkeypatch):
    path = tmp_path / "log.parquet"
    a_frame().write_parquet(path)
    kept = read_interactions(path)
    theirs = build_graph(kept, half_life="2d")
    build_module = importlib.import_module("influence_graph.graph.build")
    for module in (plain_module, log_module, build_module):
        monkeypatch.setattr(module, "HELD_ROWS", 0)
    log = read_interactions(path)
    assert kept._rows is not None
    assert log._rows is None
    mine = build_graph(log, half_life="2d")
    assert mine.fingerprint == theirs.fingerprint
    # Layers are made at once where rows are not kept, and are those that are made later where they are.
    assert (type(mine.layers), theirs.layers.made) == (dict, False)
    assert mine.layers.keys() == theirs.layers.keys()
    for name, layer in mine.layers.items():
        for part in ("indptr", "indices", "data"):
            assert np.array_equal(getattr(layer, part), getattr(theirs.layers[name], part))
    assert log._rows is None


def test_rows_stay_as_they_are_when_a_graph_takes_some(tmp_path):
    log = read_interactions(a_frame())
    before = build_graph(log).fingerprint
    early = build_graph(log, as_of="2024-01-03")
    assert early.report["later than as_of"] > 0
    assert early.n <= build_graph(log).n
    assert build_graph(log).fingerprint == before
    again = read_interactions(
        a_frame().filter(pl.col("timestamp") <= pl.datetime(2024, 1, 3, time_zone="UTC"))
    )
    assert build_graph(again, as_of="2024-01-03").adjacency.data.tolist() == early.adjacency.data.tolist()


def test_folders_give_columns_to_typed_files_too(tmp_path, monkeypatch):
    folder = tmp_path / "network=x" / "kind=reply" / "topic=t"
    folder.mkdir(parents=True)
    a_frame(50).drop("kind").write_parquet(folder / "1.parquet")
    frame = read_interactions(tmp_path).frame.collect()
    assert frame.select("network", "kind", "topic").unique().rows() == [("x", "reply", "t")]
    found = outcome(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(plain_module, "encode_valid", lambda *_, **__: None)
        assert outcome(tmp_path) == found


@pytest.mark.parametrize("orientation", ["attention", "influence"])
@pytest.mark.parametrize("value", [" ann", "ann ", "\u00e9mile", "\u00a0", " ", "", None])
@pytest.mark.parametrize("column", ["source", "target", "kind", "network", "item"])
def test_text_of_every_form_reads_as_row_by_row(tmp_path, monkeypatch, column, value, orientation):
    path = tmp_path / "log.parquet"
    frame = a_frame(40, text=True).with_columns(network=pl.lit("x"), item=pl.lit("i"))
    frame.with_columns(
        pl.when(pl.int_range(40) == 23).then(pl.lit(value, pl.String)).otherwise(column).alias(column)
    ).write_parquet(path)
    found = outcome(path, orientation=orientation)
    with monkeypatch.context() as patch:
        patch.setattr(plain_module, "encode_valid", lambda *_, **__: None)
        assert outcome(path, orientation=orientation) == found


@pytest.mark.parametrize("kind", ["post", "follow", "like"])
@pytest.mark.parametrize("without", ["target", "timestamp", "source"])
@pytest.mark.parametrize("place", [0, 39])
def test_what_a_kind_can_lack_is_as_row_by_row(tmp_path, monkeypatch, kind, without, place):
    path = tmp_path / "log.parquet"
    here = pl.int_range(40) == place
    frame = a_frame(40).with_columns(kind=pl.when(here).then(pl.lit(kind)).otherwise("kind"))
    frame.with_columns(pl.when(~here).then(without).alias(without)).write_parquet(path)
    found = outcome(path)
    with monkeypatch.context() as patch:
        patch.setattr(plain_module, "encode_valid", lambda *_, **__: None)
        assert outcome(path) == found


def test_the_rows_of_a_long_file_outlive_it(tmp_path, monkeypatch):
    fast_path = importlib.import_module("influence_graph.interactions.fast_path")
    monkeypatch.setattr(fast_path, "ROWS_COMPARED", 2)
    times = [datetime(2024, 1, day) for day in (1, 2, 3, 4)]
    rows = pl.DataFrame({"source": [1, 2, 3, 4], "target": [2, 2, 1, 1], "timestamp": times})
    rows.write_parquet(tmp_path / "log.parquet")
    log = read_interactions(tmp_path / "log.parquet")
    assert log.columns == {"source", "target", "kind", "network", "timestamp", "weight"}
    assert "frame" not in vars(log)
    (tmp_path / "log.parquet").unlink()
    # A self-interaction is left out of numbers and frame alike.
    assert log.frame.collect()["source"].to_list() == [1, 3, 4]
    assert len(log.rows) == log.report.kept == 3
    assert log.frame is log.frame
