"""Where a log lies: files, folders and frames, opened as tables of raw columns."""

import hashlib

import polars as pl
import pytest
from backports import zstd

from influence_graph.errors import ConfigError, SchemaError
from influence_graph.interactions import sources
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.sources import open_source

LAYOUT = TextLayout(wanted=frozenset({"source", "target"}))


def parts(source, format=None):
    return open_source(source, format=format, layout=LAYOUT)


def test_a_window_as_long_as_zstd_knows_is_read(tmp_path):
    options = zstd.CompressionParameter
    for log in (27, 28, 31):
        maker = zstd.ZstdCompressor(
            options={
                options.window_log: log,
                options.enable_long_distance_matching: 1,
                options.content_size_flag: 0,
            }
        )
        path = tmp_path / f"{log}.csv.zst"
        path.write_bytes(maker.compress(b"source,target\nb,a\n") + maker.flush())
        assert parts(path)[0].frame.collect().height == 1


def test_folders_give_columns_and_hidden_files_are_no_data(tmp_path):
    folder = tmp_path / "network=x%2Fy" / "kind=like"
    folder.mkdir(parents=True)
    (folder / "b.csv").write_text("source,target\nb,a\n")
    (folder / "_SUCCESS.csv").write_text("")
    (found,) = parts(tmp_path)
    assert found.constants == {"network": "x/y", "kind": "like"}
    assert found.digest() == hashlib.sha256(b"source,target\nb,a\n").digest()


def test_what_is_held_and_what_is_scanned(tmp_path, monkeypatch):
    pl.DataFrame({"source": [1], "target": [2]}).write_parquet(tmp_path / "a.parquet")
    assert parts(tmp_path / "a.parquet")[0].held
    monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 0)
    assert not parts(tmp_path / "a.parquet")[0].held


def test_frames_are_parts():
    frame = pl.DataFrame({"source": [1], "target": [2]})
    for source in (frame, frame.lazy(), frame.to_arrow()):
        (part,) = parts(source)
        assert (part.name, part.text, part.names, part.digest) == (
            "the frame",
            False,
            ["source", "target"],
            None,
        )


def test_what_can_not_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"format is 'cvs'\. Did you mean 'csv'"):
        parts(tmp_path, format="cvs")
    with pytest.raises(SchemaError, match="logs are read from files"):
        parts("https://example.org/a.csv")
    with pytest.raises(ConfigError, match="list of files is empty"):
        parts([])
