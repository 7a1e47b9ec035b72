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


def test_check_shows_where_the_first_row_of_each_reason_is(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "source,target,kind,timestamp\n"
        "ben,ann,RT,2023-12-25 08:00\n"
        "ben,ben,RT,2023-12-25 09:00\n"
        "ben,ann,RT,\n"
        "cem,cem,RT,2023-12-25 09:30\n"
        "cem,ann,RT,tomorrow\n"
        ",ann,RT,2023-12-25 09:40\n"
        "cem,ann,RT,yesterday\n"
    )
    code, out, _ = cli("check", path)
    assert code == 0
    assert [line for line in out.splitlines() if "left out" in line] == [
        "  1 left out: the source is empty; the first: row 6 (line 7): source None, target 'ann', kind 'RT', "
        "timestamp '2023-12-25 09:40'",
        "  1 left out: the timestamp is empty; the first: row 3 (line 4): source 'ben', target 'ann', "
        "kind 'RT', timestamp None",
        "  2 left out: the timestamp does not parse; the first: row 5 (line 6): source 'cem', target 'ann', "
        "kind 'RT', timestamp 'tomorrow'",
        "  2 left out: self-interaction; the first: row 2 (line 3): source 'ben', target 'ben', kind 'RT', "
        "timestamp '2023-12-25 09:00'",
    ]
    assert len(out.splitlines()) < 24
    code, out, _ = cli("check", path, "--read", "salt=secret")
    assert "  2 left out: self-interaction; the first: row 2 (line 3)" in out.splitlines()
    assert "'ben'" not in out


def test_check_shows_the_first_record_that_an_adapter_leaves_out(cli, tmp_path):
    edges = '*Vertices 2\n1 "ann"\n2 "bea"\n*Arcs\n1 2 1\n1 9 1\n2 1 0\n1 1 2\n'
    (tmp_path / "a.net").write_text(edges)
    code, out, _ = cli("check", tmp_path / "a.net")
    assert code == 0
    assert [line for line in out.splitlines() if "left out" in line] == [
        "  1 left out: an edge of a vertex that is not declared; the first: line 6",
        "  1 left out: an edge of weight 0; the first: the edge 'bea' → 'ann'",
        "  1 left out: self-interaction; the first: row 2: source 'ann', target 'ann', weight '2.0'",
    ]


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
