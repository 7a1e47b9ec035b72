"""What commands print and write."""

import errno
import io
import json
import math
import os
from pathlib import Path

import polars as pl
import pytest

from influence_graph.cli.output import check_folder, note, print_frame, print_json, write_frame, writer_for
from influence_graph.errors import ConfigError


def test_a_full_disk_leaves_the_old_file(cli, log, tmp_path, monkeypatch):
    out = tmp_path / "scores.csv"
    out.write_text("old")

    def full(path, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    code, _, err = cli("score", log, "--out", out)
    assert code == 1
    assert "No space left on device. No file is incomplete" in err
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["log.csv", "scores.csv"]


def test_a_file_that_can_t_be_written_is_found_out_before_the_work(tmp_path):
    assert writer_for(tmp_path / "a.parquet") == "write_parquet"
    with pytest.raises(ConfigError, match=r"ends in '\.doc'; it should end in one of \.parquet, \.csv"):
        writer_for(tmp_path / "a.doc")
    with pytest.raises(ConfigError, match="does not exist"):
        check_folder(tmp_path / "none" / "a.csv")


def test_a_frame_is_written_as_polars_writes_it(tmp_path):
    frame = pl.DataFrame({"id": ["a", "b"], "score": [1.0, 2.5]})
    for suffix, read in ((".csv", pl.read_csv), (".ndjson", pl.read_ndjson), (".parquet", pl.read_parquet)):
        write_frame(frame, tmp_path / f"a{suffix}")
        assert read(tmp_path / f"a{suffix}").equals(frame)


def test_all_rows_and_columns_are_printed(capsys):
    frame = pl.DataFrame(
        {f"column {number}": [f"x{number}.{row}" for row in range(150)] for number in range(9)}
    )
    print_frame(frame)
    printed = capsys.readouterr().out
    assert "x8.149" in printed
    assert "…" not in printed
    assert "shape" not in printed


def test_json_has_null_for_what_is_no_finite_number(capsys):
    print_json({"a": [math.nan, 1.5, (math.inf,)], "b": {"c": -math.inf}, "d": Path("x")})
    assert json.loads(capsys.readouterr().out) == {"a": [None, 1.5, [None]], "b": {"c": None}, "d": "x"}


def test_json_for_a_terminal_without_unicode(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    print_json({"id": "é\u202e😀"})
    out.flush()
    text = out.buffer.getvalue().decode("ascii")
    assert json.loads(text) == {"id": "é\u202e😀"}


def test_notes_go_to_standard_error(capsys):
    note("a note")
    assert capsys.readouterr() == ("", "a note\n")
