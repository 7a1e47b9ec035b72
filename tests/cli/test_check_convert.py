"""``check`` and ``convert``: what a log is, and a log that needs no options any more."""

import json

import polars as pl

from influence_graph import read_interactions

MESSY = """\
From,To,what,when
ben,Ann,RT,25.12.2023 08:00
cat,Ann,RT,26.12.2023 09:30
,Ann,RT,26.12.2023 09:31
ben,ann,like,27.12.2023 10:00
"""
OPTIONS = (
    *("--columns", "source=From,target=To,kind=what,timestamp=when"),
    *("--read", "time_format=%d.%m.%Y %H:%M"),
)


def test_check_says_what_a_log_is(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(MESSY)
    code, out, err = cli("check", path, *OPTIONS, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert (found["rows_read"], found["rows_kept"]) == (4, 3)
    assert found["left_out"] == {"the source is empty": 1}
    assert (found["people"], found["sources"], found["targets"]) == (4, 2, 2)
    assert found["kinds"] == {"RT": 2, "like": 1}
    assert (found["first"][:16], found["last"][:16]) == ("2023-12-25 08:00", "2023-12-27 10:00")
    code, out, _ = cli("check", path, *OPTIONS)
    assert code == 0
    assert "2023-12-25 08:00:00 to 2023-12-27 10:00:00 UTC" in out
    assert "'Ann' and 'ann'; --read fold=case makes them one" in out
    assert len(out.splitlines()) < 24


def test_check_of_a_log_that_is_none_names_the_way(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(MESSY)
    code, _, err = cli("check", path)
    assert (code, "--columns source=From,target=To" in err) == (1, True)


def test_convert_writes_what_needs_no_options(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(MESSY)
    read = read_interactions(
        path,
        columns={"source": "From", "target": "To", "kind": "what", "timestamp": "when"},
        time_format="%d.%m.%Y %H:%M",
        on_error="skip",
    ).frame.collect()
    for name in ("out.parquet", "out.csv", "out.ndjson"):
        code, _, err = cli("convert", path, tmp_path / name, *OPTIONS, "--on-error", "skip")
        assert code == 0, err
        again = read_interactions(tmp_path / name)
        assert again.frame.collect().equals(read), name
        assert not again.report.left_out.height
    assert pl.read_parquet(tmp_path / "out.parquet").schema["timestamp"] == pl.Datetime("us", "UTC")


def test_convert_never_overwrites_what_it_reads(cli, log):
    before = log.read_bytes()
    code, _, err = cli("convert", log, log)
    assert (code, "is read by this command and would be overwritten" in err) == (1, True)
    assert log.read_bytes() == before
