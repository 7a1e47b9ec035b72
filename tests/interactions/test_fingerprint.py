"""Equal data has one fingerprint, other data another."""

import polars as pl
import pytest

from influence_graph.interactions.fingerprint import frame_digest
from influence_graph.interactions.read import read_interactions

FRAME = pl.DataFrame({"source": ["a", "bc"], "target": ["d", "e"], "weight": [1.0, 2.0]})


def test_chunks_do_not_matter():
    assert frame_digest(FRAME) == frame_digest(pl.concat([FRAME[:1], FRAME[1:]], rechunk=False))


@pytest.mark.parametrize(
    "other",
    [
        FRAME[:1],
        FRAME[::-1],
        FRAME.rename({"weight": "w"}),
        FRAME.with_columns(pl.col("weight").cast(pl.Float32)),
        FRAME.with_columns(source=pl.Series(["ab", "c"])),  # the same letters, split elsewhere
        FRAME.with_columns(source=pl.Series(["a", None])),
        FRAME.with_columns(source=pl.Series(["a", ""])),
        FRAME.with_columns(weight=pl.Series([1.0, 3.0])),
    ],
)
def test_other_data_differs(other):
    assert frame_digest(other) != frame_digest(FRAME)


def test_null_is_not_an_empty_text():
    one, other = (FRAME.with_columns(source=pl.Series(["a", value])) for value in (None, ""))
    assert frame_digest(one) != frame_digest(other)


def test_how_a_log_is_read_is_part_of_it():
    plain = read_interactions(FRAME).fingerprint
    assert plain == read_interactions(FRAME.clone()).fingerprint
    others = [
        read_interactions(FRAME, kind="like").fingerprint,
        read_interactions(FRAME, network="x").fingerprint,
        read_interactions(FRAME, orientation="influence").fingerprint,
        read_interactions(FRAME[::-1]).fingerprint,
    ]
    assert len({plain, *others}) == 5
