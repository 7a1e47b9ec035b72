"""Bad input: one message that says what was found where, what was expected, what to do."""

import gzip
import json
from datetime import datetime

import polars as pl
import pytest
from backports import zstd

from influence_graph.errors import ConfigError, SchemaError
from influence_graph.interactions import sources, text
from influence_graph.interactions.read import read_interactions

CSV = "source,target,timestamp,weight\nann,bea,2012-07-01,1\nbea,cem,2012-07-02,2\n"


def told(source, error=SchemaError, **options):
    """Return the message that reading this raises."""
    with pytest.raises(error) as raised:
        read_interactions(source, **options)
    assert raised.value.__class__ is error
    return str(raised.value)


@pytest.fixture
def put(tmp_path):
    def put(content, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


def bad_row(row, column, value, expected, text):
    """Whether a message has all that a message about a row has."""
    parts = (f", row {row}", repr(column), value, expected, "on_error='skip'", "row")
    missing = [part for part in parts if part not in text]
    assert not missing, f"{missing} not in {text!r}"
    return True


class TestFiles:
    def test_missing(self, put, tmp_path):
        put(CSV)
        assert "there is no such file. Did you mean 'log.csv'?" in told(tmp_path / "lgo.csv")
        assert "nor a folder" in told(tmp_path / "nowhere" / "log.csv")

    def test_addresses(self):
        assert "logs are read from files" in told("https://example.org/log.csv")

    def test_empty(self, put):
        for name in ("log.csv", "log.parquet", "log.ndjson", "log.csv.gz"):
            assert f"{name}: the file is empty" in told(put("", name))

    @pytest.mark.parametrize("text", ["\n\n", "# only\n# comments\n"])
    def test_no_rows_at_all(self, put, text):
        assert "holds no rows" in told(put(text))
        assert "log.csv.gz: the file holds no rows" in told(put(gzip.compress(text.encode()), "log.csv.gz"))

    def test_only_an_archive_of_nothing(self, put):
        assert "holds no rows" in told(put(gzip.compress(b""), "log.csv.gz"))

    def test_header_only(self, put):
        assert "there are columns and no rows" in told(put("source,target\n"))
        assert "there are columns and no rows" in told(put("source,target"))
        assert "there are columns and no rows" in told(put("source,target\n\n"))
        assert "no rows are left" in told(put("source,target\n"), on_error="skip")

    def test_frame_without_rows(self):
        assert "the frame: there are columns and no rows" in told(pl.DataFrame({"source": [], "target": []}))

    def test_binary(self, put):
        for name in ("log.csv", "log.txt", "log.ndjson"):
            assert "binary" in told(put(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", name))

    def test_another_format_than_the_name_says(self, put, tmp_path):
        pl.DataFrame({"source": [1], "target": [2]}).write_parquet(tmp_path / "log.csv")
        assert "format='parquet'" in told(tmp_path / "log.csv")
        assert "not a whole Parquet file" in told(put(CSV, "log.parquet"))

    def test_truncated_parquet(self, put, tmp_path):
        pl.DataFrame({"source": range(1000), "target": range(1, 1001)}).write_parquet(tmp_path / "a.parquet")
        whole = (tmp_path / "a.parquet").read_bytes()
        assert "log.parquet: not a whole Parquet file" in told(put(whole[:-100], "log.parquet"))

    @pytest.mark.parametrize("limit", [0, sources.IN_MEMORY_BYTES])
    def test_parquet_damaged_in_the_middle(self, put, tmp_path, monkeypatch, limit):
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", limit)
        pl.DataFrame({"source": range(10_000), "target": range(1, 10_001)}).write_parquet(
            tmp_path / "a.parquet"
        )
        whole = bytearray((tmp_path / "a.parquet").read_bytes())
        whole[100:4000] = b"\xff" * 3900
        assert "log.parquet: " in told(put(bytes(whole), "log.parquet"))

    @pytest.mark.parametrize("cut", [1, 8, 30])
    def test_truncated_archives(self, put, cut):
        whole = gzip.compress(CSV.encode() * 20)
        assert "damaged or cut short" in told(put(whole[:-cut], "log.csv.gz"))
        whole = zstd.compress(CSV.encode() * 20)
        assert "damaged or cut short" in told(put(whole[:-cut], "log.csv.zst"))

    def test_not_an_archive(self, put):
        for name in ("log.csv.gz", "log.csv.zst", "log.csv.xz", "log.csv.bz2"):
            assert "damaged or cut short" in told(put(b"\x9a\xff" + CSV.encode(), name))

    def test_text_that_is_only_named_as_an_archive(self, put):
        log = read_interactions(put(CSV, "log.csv.gz"))
        assert log.report.kept == 2
        assert "the name says gzip, and the file is not compressed" in log.report.notes[0]

    def test_not_utf8(self, put):
        text = told(put(b"source,target\nann,bea\nann,caf\xe9\n"))
        assert "line 3: byte b'\\xe9' is not UTF-8" in text
        assert "iconv" in text
        assert "begins as UTF-16 and is not" in told(put(CSV.encode("utf-16") + b"\n"))
        assert "line 2" in told(put(b'{"source": 1, "target": 2}\n{"source": "\xe9"}\n', "log.ndjson"))

    def test_not_utf8_where_the_file_is_scanned(self, put, monkeypatch):
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 0)
        rows = b"ann,bea\n" * (1 << 18)
        assert "log.csv" in told(put(b"source,target\n" + rows + b"ann,caf\xe9\n"))

    def test_a_quote_that_is_not_closed(self, put):
        assert "line 3: a quote is opened and not closed" in told(put('source,target\na,b\n"c,d\ne,f\n'))

    def test_not_json(self, put):
        good = '{"source": 1, "target": 2}\n'
        assert "line 2: '{\"source\": 3,' is not a JSON object" in told(
            put(good + '{"source": 3,\n', "log.ndjson")
        )
        assert "is not a JSON object" in told(put("[1, 2]\n", "log.ndjson"))

    def test_unknown_format(self, put):
        text = told(put(CSV, "log.xlsx"), ConfigError)
        assert "the name does not say the format" in text
        assert "format=" in text

    def test_empty_folder_and_glob_without_match(self, tmp_path):
        assert "holds no file of a known format" in told(tmp_path)
        assert "no file matches this pattern" in told(tmp_path / "*.csv")
        assert "list of files is empty" in told([], ConfigError)

    @pytest.mark.parametrize("source", [42, None, {"source": [1]}, [{"source": 1}], b"log.csv", lambda: 1])
    def test_objects_that_are_no_table(self, source):
        assert "Arrow PyCapsule interface" in told(source, ConfigError)

    def test_arrow_streams_that_are_no_table(self):
        assert "there is no column 'source'" in told(pl.Series([1, 2]))

        class Broken:
            def __arrow_c_stream__(self, requested_schema=None):
                raise ValueError("stream is closed")

        assert "The Broken can't be read as an Arrow table: stream is closed" in told(Broken())

    def test_a_query_that_fails(self, tmp_path):
        assert "The LazyFrame can't be collected" in told(pl.scan_parquet(tmp_path / "none.parquet"))

    def test_a_file_that_may_not_be_read(self, put, monkeypatch):
        path = put(CSV)

        def refuse(self):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(type(path), "read_bytes", refuse)
        assert "log.csv: the file can't be read: Permission denied" in told(path)


class TestColumns:
    def test_missing(self, put):
        text = told(put("sorce,target\na,b\n"))
        assert "there is no column 'source'. Those it has: 'sorce', 'target'." in text
        assert "columns={'source': 'sorce'}" in text
        text = told(pl.DataFrame({"source": [1], "kind": ["like"]}))
        assert "there is no column 'target'. Those it has: 'source', 'kind'." in text
        assert "columns={'target': '…'}" in text

    def test_misnamed(self, put):
        text = told(put("userA,userB\na,b\n"), columns={"source": "usrA", "target": "userB"})
        assert (
            "there is no column 'usrA' (columns= says that it holds the source). Did you mean 'userA'?"
            in text
        )

    def test_another_separator(self, put):
        assert "has no comma, so the file has one column. Say separator=';'" in told(
            put("source;target\na;b\n")
        )
        # The words of a header have spaces between them, too.
        text = told(put("source;target;kind of act\na;b;like\n"))
        assert "has no comma, so the file has one column. Say separator=';'" in text
        assert "Say separator=' '" in told(put("source target\na b\n"))
        tabs = put("source\ttarget\na\tb\n")
        assert "Say format='tsv'." in told(tabs)
        assert read_interactions(tabs, format="tsv").report.kept == 1
        assert "A log needs source and target" in told(put("source\na\n"))

    def test_twice(self, put):
        assert "two columns are called 'target'" in told(put("source,target,target\na,b,c\n"))

    def test_no_header(self, put):
        text = told(put("1 2 1082040961\n", "log.txt"))
        assert "has no header and 3 columns" in text
        assert "columns=['source', 'target', 'timestamp']." in text
        assert "columns=['source', 'target', 'weight']." in told(put("1 2 0.5\n", "log.txt"))
        assert "columns=['source', 'target', 'timestamp', …]" in told(put("1 2 RT\n", "log.txt"))
        assert "has no header" in told(put("1,2,1082040961\n"))
        assert "no header, name the columns: columns=['source', 'target']." in told(put("ann,bea\ncem,dia\n"))

    def test_other_number_of_columns_than_named(self, put):
        path = put("1 2 1082040961 RT\n", "log.txt")
        assert "names 3 columns, and the first line has 4 fields" in told(
            path, columns=["source", "target", "kind"]
        )
        frame = pl.DataFrame({"a": [1], "b": [2], "c": [3]})
        assert "names 2 columns, and there are 3: a, b, c" in told(frame, columns=["source", "target"])

    @pytest.mark.parametrize(
        ("column", "values"),
        [
            ("source", [True]),
            ("target", [[1]]),
            ("kind", [1]),
            ("timestamp", [True]),
            ("weight", [datetime(2012, 7, 1)]),
            ("item", [b"x"]),
        ],
    )
    def test_types(self, column, values):
        frame = pl.DataFrame({"source": ["a"], "target": ["b"]}).with_columns(pl.Series(column, values))
        text = told(frame)
        assert f"column '{column}' is of type" in text
        assert "Expected" in text


class TestRows:
    @pytest.mark.parametrize(
        "value", ["yesterday", "2012-13-01", "04/07/2012", "2012-07-04T25:00:00Z", "12:00"]
    )
    def test_timestamps_that_do_not_parse(self, put, value):
        text = told(put(CSV.replace("2012-07-02", value)))
        assert bad_row(2, "timestamp", repr(value), "Expected ISO 8601", text)
        assert "(line 3)" in text

    @pytest.mark.parametrize("value", ["soon", "1341100972000", "nan", "inf", "1e400"])
    def test_timestamps_that_are_no_number_of_that_unit(self, put, value):
        path = put(f"source,target,timestamp\na,b,1341100972\na,b,1341100973\na,b,{value}\n")
        assert bad_row(3, "timestamp", repr(value), "Expected a number of seconds since 1970", told(path))

    def test_seconds_among_milliseconds(self):
        frame = pl.DataFrame(
            {"source": [1] * 3, "target": [2] * 3, "timestamp": [1341100972000, 1341100973000, 1341100974]}
        )
        assert bad_row(3, "timestamp", "1341100974", "Expected a number of milliseconds", told(frame))

    def test_years_beyond_the_calendar(self):
        frame = pl.DataFrame({"source": [1], "target": [2], "timestamp": [2**62]})
        assert bad_row(1, "timestamp", str(2**62), "Expected a number of seconds", told(frame, time_unit="s"))

    def test_no_timestamp_where_others_have_one(self, put):
        assert bad_row(2, "timestamp", "None", "Expected ISO 8601", told(put(CSV.replace("2012-07-02", ""))))

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ("0", "is zero"),
            ("-0.0", "is zero"),
            ("-2", "below zero"),
            ("nan", "not finite"),
            ("inf", "not finite"),
            ("1e999", "not finite"),
            ("many", "not a number"),
            ("1,500", "not a number"),
            ("1,5,0", "not a number"),
            ("", "is empty"),
        ],
    )
    def test_weights(self, put, value, reason):
        text = told(put(CSV.replace("02,2\n", f'02,"{value}"\n')))
        assert bad_row(2, "weight", reason, "Expected a finite number above 0", text)

    @pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf"), None])
    def test_weights_in_frames(self, value):
        frame = pl.DataFrame({"source": [1, 1], "target": [2, 3], "weight": [1.0, value]})
        assert bad_row(2, "weight", repr(value), "Expected a finite number above 0", told(frame))

    def test_a_negative_weight_points_to_signed(self):
        assert "signed=True" in told(pl.DataFrame({"source": [1], "target": [2], "weight": [-1]}))
        frame = pl.DataFrame({"source": [1], "target": [2], "weight": [0]})
        assert "the weight is zero" in told(frame, signed=True)

    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_ids_that_are_empty(self, value):
        frame = pl.DataFrame({"source": ["a", value], "target": ["b", "b"]})
        assert bad_row(2, "source", repr(value), "Expected an id", told(frame))
        frame = frame.rename({"source": "target", "target": "source"})
        assert bad_row(2, "target", repr(value), "or the kind 'post'", told(frame))

    def test_ids_that_are_no_whole_numbers(self):
        frame = pl.DataFrame({"source": [1.0, 1.5], "target": [2, 2]})
        assert bad_row(2, "source", "1.5", "Expected a whole number", told(frame))
        frame = pl.DataFrame({"source": [2**63], "target": [2]}, schema_overrides={"source": pl.UInt64})
        assert bad_row(1, "source", str(2**63), "Expected a whole number", told(frame))

    def test_a_kind_that_is_empty(self):
        frame = pl.DataFrame({"source": [1], "target": [2], "kind": [""]})
        assert bad_row(1, "kind", "''", "a word such as 'retweet'", told(frame))

    def test_a_post_with_a_target(self):
        frame = pl.DataFrame({"source": [1], "target": [2], "kind": ["post"]})
        text = told(frame)
        assert bad_row(1, "target", "is 2", "Expected none", text)
        assert "a 'post' has a target" in text

    def test_the_column_is_called_as_in_the_file(self, put):
        text = told(put("von,nach\na,b\n,b\n"), columns={"source": "von", "target": "nach"})
        assert "column 'von' (source) is None" in text

    def test_more_fields_than_columns(self, put):
        text = told(put("source,target\na,b\na,b,c\n"))
        assert "row 2 (line 3): there is 'c' beyond the last column" in text
        assert "Expected 2 fields" in text

    def test_all_are_counted_and_the_first_is_named(self, put):
        text = told(put("source,target,weight\na,b,1\na,b,x\n,b,1\na,b,y\n"))
        assert "row 2 (line 3)" in text
        assert "2 rows have this problem. 1 more: the source is empty." in text

    def test_lines_are_named_only_where_rows_are_lines(self, put):
        text = told(put('source,target\n"a\nb",c\n,c\n'))
        assert ", row 2: " in text

    def test_the_first_bad_row_of_a_scanned_file(self, put, monkeypatch):
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 0)
        rows = "a,b,1\n" * 300_000
        text = told(put(f"source,target,weight\n{rows}a,b,0\n{rows}a,b,0\n"))
        assert bad_row("300,001", "weight", "'0'", "Expected a finite number above 0", text)
        assert "2 rows have this problem" in text

    def test_no_rows_left(self):
        frame = pl.DataFrame({"source": [1, 2], "target": [1, None]})
        text = told(frame, on_error="skip")
        assert "no rows are left" in text
        assert "1 left out: self-interaction" in text

    def test_no_row_can_be_used(self, put):
        path = put("source,target,timestamp\na,b,10.10.2018 20:19\nb,c,11.13.2018 08:05\n")
        text = told(path, on_error="skip")
        assert "2 left out: the timestamp does not parse" in text
        assert "row 1 (line 2): column 'timestamp' is '10.10.2018 20:19'" in text
        assert "time_format='%m.%d.%Y %H:%M' reads these" in text
        assert "on_error" not in text
        read_interactions(path, time_format="%m.%d.%Y %H:%M")


class TestFilesThatDisagree:
    def test_text_in_one_and_integers_in_another(self, put, tmp_path):
        put("source,target\n1,2\n", "a.csv")
        put("source,target\nann,bea\n", "b.csv")
        text = told(tmp_path)
        assert "integers in" in text
        assert "a.csv" in text
        assert "b.csv" in text
        assert "ids='text'" in text
        assert read_interactions(tmp_path, ids="text").report.kept == 2

    def test_text_and_integers_in_one(self):
        assert "Ids must be of one type" in told(pl.DataFrame({"source": [1], "target": ["b"]}))

    def test_times_in_one_only(self, put, tmp_path):
        put("source,target,timestamp\n1,2,2012-07-01\n", "a.csv")
        put("source,target\n1,2\n", "b.csv")
        text = told(tmp_path)
        assert "b.csv: there is no column 'timestamp', and other files have one" in text

    def test_an_empty_file_among_others(self, put, tmp_path):
        put("source,target\n1,2\n", "a.csv")
        put("source,target\n", "b.csv")
        assert "b.csv: there are columns and no rows" in told(tmp_path)
        assert read_interactions(tmp_path, on_error="skip").report.kept == 1


def test_unfollow_without_times():
    frame = pl.DataFrame({"source": [1, 1], "target": [2, 2], "kind": ["follow", "unfollow"]})
    assert "rows of kind 'unfollow' and no timestamps" in told(frame)


def test_one_act_without_times():
    frame = pl.DataFrame({"source": [1], "target": [2]})
    assert "one_act compares timestamps, and the log has none" in told(frame, one_act=("reply", "mention"))


class TestLimits:
    def test_parquet_of_which_every_byte_of_the_metadata_may_be_wrong(self, put, tmp_path):
        pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]}).write_parquet(tmp_path / "a.parquet")
        whole = (tmp_path / "a.parquet").read_bytes()
        refused = 0
        for at in range(max(4, len(whole) - 600), len(whole) - 8, 7):
            changed = bytearray(whole)
            changed[at] ^= 0xFF
            try:
                read_interactions(put(bytes(changed), "log.parquet"))
            except (SchemaError, ConfigError):
                refused += 1
        assert refused > 10

    def test_a_large_archive_is_unpacked_to_a_file(self, put, monkeypatch):
        text = "source,target\n" + "b,a\nc,a\n" * 50_000
        path = put(gzip.compress(text.encode()), "log.csv.gz")
        held = read_interactions(path)
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 1000)
        log = read_interactions(path)
        assert log.frame.collect().equals(held.frame.collect())
        (note,) = (note for note in log.report.notes if "temporary file" in note)
        assert "decompressed to 400,014 bytes, " in note

    def test_no_room_for_a_large_archive(self, put, monkeypatch):
        path = put(gzip.compress(b"source,target\n" + b"b,a\n" * 50_000), "log.csv.gz")
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 1000)
        monkeypatch.setattr(sources, "_ROOM", 1 << 62)
        assert "there is no room for more" in told(path)

    @pytest.mark.parametrize("array", [False, True])
    def test_large_json_is_scanned(self, put, monkeypatch, array):
        rows = [json.dumps({"source": f"b{n}", "target": "a", "text": "x[,]"}) for n in range(500)]
        text = "[" + ",\n".join(rows) + "]" if array else "\n".join(rows)
        path = put(text, "log.json")
        held = read_interactions(path).frame.collect()
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 1000)
        assert read_interactions(path).frame.collect().equals(held)
        half = text.replace("x[,]", "\\\\ud800").replace("\\\\", "\\")
        assert "half of a character" in told(put(half, "log.json"))

    def test_a_line_that_is_too_long(self, put, monkeypatch):
        monkeypatch.setattr(text, "LONGEST_LINE", 1000)
        assert "a line is longer than" in told(put("source,target\nb," + "a" * 2000 + "\n"))

    def test_ten_thousand_columns(self, put):
        names = ",".join(f"c{n}" for n in range(10_000))
        log = read_interactions(put(f"source,target,{names}\nb,a{',1' * 10_000}\n"))
        assert log.report.kept == 1
        records = json.dumps({"source": "b", "target": "a"} | {f"c{n}": n for n in range(10_000)})
        log = read_interactions(put(f"{records}\n{records}\n", "log.ndjson"))
        assert log.report.kept == 2
        assert "columns not read: 'c0', 'c1'" in log.report.notes[0]


class TestSecrets:
    """With a salt no message shows an account."""

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("log.csv", 'source,target\nb,a\n"ann secret,b\n'),
            ("log.csv", "secret one\nsecret two\n"),
            ("log.txt", "secret b 1 2\n"),
            ("log.txt", "secret b\nsecret c d\n"),
            ("log.csv", "source,target,timestamp\nsecret,b,2020-01-01\nsecret,b,never\n"),
            ("log.ndjson", '{"source":"secret", nonsense\n'),
            ("log.json", '[{"source":"secret", "target":"b"}, {"source":"secret" x}]'),
            ("s.jsonl", '{"id_str": "1", "created_at": "secret", "user": {secret}\n'),
            ("a.net", '*Vertices 2\n1 "secret"\n1 "secret2"\n*Arcs\n1 2\n'),
        ],
    )
    def test_messages(self, put, name, content):
        path = put(content, name)
        assert "secret" not in told(path, salt="pepper").replace(str(path), "")

    def test_identities(self, put):
        who = pl.DataFrame(
            {"network": "x", "account": ["secret", "secret"], "person": ["secret1", "secret2"]}
        )
        assert "secret" not in told(put("source,target\nb,a\n"), salt="pepper", identities=who)


def test_a_comment_within_a_table_is_named(put):
    path = put("source,target\nb,a\n# a comment\nc,a\n")
    assert "If lines that begin with '#' are comments, say comment='#'" in told(path)
    assert read_interactions(path, comment="#").report.kept == 2


def test_damaged_lines_can_be_left_out(put):
    path = put(b"source,target\nb,a\ncaf\xe9,a\nc\0,a\nd,a,x\ne,a\n")
    report = read_interactions(path, on_error="skip").report
    assert report.kept == 2
    assert dict(report.left_out.select("reason", "rows").iter_rows()) == {
        "a line that is not UTF-8 text": 2,
        "more fields than columns": 1,
    }
