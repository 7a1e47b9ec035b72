"""Reading a log: one small log in every format, and every option."""

import gzip
import io
from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pyarrow as pa
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from influence_graph.errors import ConfigError
from influence_graph.interactions import sources
from influence_graph.interactions.fingerprint import frame_digest
from influence_graph.interactions.read import read_interactions

T0 = datetime(2012, 7, 1, 0, 2, 52, tzinfo=UTC)
LOG = pl.DataFrame(
    {
        "source": ["bea", "cem", "ann"],
        "target": ["ann", "ann", None],
        "kind": ["retweet", "reply", "post"],
        "network": ["x", "x", "y"],
        "timestamp": [T0, T0 + timedelta(seconds=1), T0 + timedelta(days=3)],
        "weight": [1.0, 2.5, 1.0],
        "item": [None, "r1", "p9"],
    },
    schema_overrides={"timestamp": pl.Datetime("us", "UTC")},
)
PAIR = pl.DataFrame({"source": ["bea"], "target": ["ann"]})


def read(source, **options):
    return read_interactions(source, **options).frame.collect()


def lines(tmp_path, text, name="log.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def iso(frame):
    """Return the frame as text formats hold it."""
    return frame.with_columns(pl.col("timestamp").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z"))


def write(frame, path):
    name = path.name
    if ".parquet" in name:
        frame.write_parquet(path)
        return path
    buffer = io.BytesIO()
    if ".csv" in name:
        iso(frame).write_csv(buffer)
    elif ".tsv" in name:
        iso(frame).write_csv(buffer, separator="\t")
    else:
        iso(frame).write_ndjson(buffer)
    data = buffer.getvalue()
    data = gzip.compress(data) if name.endswith(".gz") else data
    path.write_bytes(zstd.compress(data) if name.endswith(".zst") else data)
    return path


FORMATS = [
    "log.parquet",
    "log.csv",
    "log.csv.gz",
    "log.csv.zst",
    "log.tsv",
    "log.tsv.gz",
    "log.ndjson",
    "log.jsonl.zst",
]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_log(tmp_path, name):
    assert_frame_equal(read(write(LOG, tmp_path / name)), LOG)


@st.composite
def logs(draw):
    integers = draw(st.booleans())
    one = (
        st.integers(-(2**62), 2**62)
        if integers
        # A blank id is an error; a number with spaces around it is a number where nothing quotes it.
        else st.text("ab7/%é,\"' #\t\n\\", min_size=1, max_size=4).filter(
            lambda t: t.strip() and not (t.strip().isdecimal() and t != t.strip())
        )
    )
    pairs = draw(st.lists(st.tuples(one, one).filter(lambda p: p[0] != p[1]), min_size=1, max_size=8))
    ids = [x for pair in pairs for x in pair]
    if not integers and all(str(x).isdecimal() for x in ids):
        pairs.append(("a", "b"))
    moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
    kinds = st.sampled_from(["retweet", "like", "réponse", 'a "b", c', "follow"])
    n = len(pairs)
    return pl.DataFrame(
        {
            "source": [a for a, _ in pairs],
            "target": [b for _, b in pairs],
            "kind": draw(st.lists(kinds, min_size=n, max_size=n)),
            "network": draw(st.lists(st.sampled_from(["x", "y z"]), min_size=n, max_size=n)),
            "timestamp": draw(st.lists(moments, min_size=n, max_size=n)),
            "weight": draw(st.lists(st.floats(1e-300, 1e300), min_size=n, max_size=n)),
        },
        schema_overrides={"timestamp": pl.Datetime("us", "UTC")},
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs())
def test_what_is_written_is_read_back(tmp_path, log):
    for name in FORMATS:
        assert_frame_equal(read(write(log, tmp_path / name)), log), name
    assert_frame_equal(read(log), log)


def test_frames_of_every_library_are_read():
    table = LOG.to_arrow()

    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return table.__arrow_c_stream__(requested_schema)

    readers = [
        LOG,
        LOG.lazy(),
        table,
        pa.RecordBatchReader.from_batches(table.schema, table.to_batches()),
        Stream(),
    ]
    for source in readers:
        assert_frame_equal(read(source), LOG)


def test_defaults_fill_what_a_log_does_not_say():
    log = read(PAIR)
    assert log.to_dicts() == [
        {"source": "bea", "target": "ann", "kind": "interaction", "network": "default", "weight": 1.0}
    ]
    log = read(PAIR, kind="follow", network="mastodon")
    assert log.select("kind", "network").row(0) == ("follow", "mastodon")
    nulls = PAIR.with_columns(network=pl.lit(None, pl.String))
    assert read(nulls)["network"].item() == "default"


class TestEdgeLists:
    def test_without_header(self, tmp_path):
        path = lines(
            tmp_path, "# SNAP\n# FromNodeId ToNodeId\n1 2 1082040961 RT\n3 4 1082155839 MT\n", "log.txt"
        )
        log = read(
            path,
            columns=["source", "target", "timestamp", "kind"],
            kind_names={"RT": "retweet", "MT": "mention"},
        )
        assert log.schema["source"] == log.schema["target"] == pl.Int64
        assert log["kind"].to_list() == ["retweet", "mention"]
        assert log["timestamp"][0] == datetime(2004, 4, 15, 14, 56, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text", ["1 2\n3 4\n", "1\t2\n3\t4", " 1   2 \r\n3 \t 4\r\n", "1,2\n3,4", "%c\n1 2\n3 4\n"]
    )
    def test_two_columns_need_no_names(self, tmp_path, text):
        comment = "%" if text[0] == "%" else "#"
        log = read(lines(tmp_path, text, "log.edgelist"), comment=comment)
        assert log.select("source", "target").rows() == [(1, 2), (3, 4)]

    def test_with_header(self, tmp_path):
        path = lines(tmp_path, "source target weight\na b 2\n", "log.txt")
        assert read(path).select("source", "target", "weight").row(0) == ("a", "b", 2.0)
        path = lines(tmp_path, "from to\na b\n", "log.txt")
        assert read(path, columns={"source": "from", "target": "to"})["source"].item() == "a"

    def test_words_are_ids_too(self, tmp_path):
        assert read(lines(tmp_path, "ann bea\n", "log.txt"))["source"].item() == "ann"

    def test_a_column_without_a_name_is_left(self, tmp_path):
        log = read(lines(tmp_path, "1 2 9 RT\n", "log.txt"), columns=["source", "target", None, "kind"])
        assert log.columns == ["source", "target", "kind", "network", "weight"]


class TestCsv:
    def test_header_can_be_said(self, tmp_path):
        path = lines(tmp_path, "who,whom\na,b\n")
        assert read(path, columns=["source", "target"], header=True).height == 1
        assert read(path, columns=["source", "target"], header=False).height == 2

    def test_separator_can_be_said(self, tmp_path):
        assert read(lines(tmp_path, "source;target\na;b\n"), separator=";")["target"].item() == "b"

    def test_byte_order_mark_and_windows_line_ends(self, tmp_path):
        path = lines(tmp_path, "\ufeffsource,target\r\na,b\r\n")
        assert read(path).select("source", "target").row(0) == ("a", "b")

    def test_quoted_fields(self, tmp_path):
        path = lines(tmp_path, 'source,target\n"a,1","b ""x""\n2"\n')
        assert read(path).select("source", "target").row(0) == ("a,1", 'b "x"\n2')

    def test_quotes_can_be_plain(self, tmp_path):
        path = lines(tmp_path, 'source\ttarget\ttopic\na\tb\t5" disk\n', "log.tsv")
        assert read(path, quote=None)["topic"].item() == '5" disk'

    def test_line_ends_of_old_macs(self, tmp_path):
        assert read(lines(tmp_path, "source,target\ra,b\rc,d\r"))["source"].to_list() == ["a", "c"]

    def test_spaces_in_ids_are_kept_and_noted(self, tmp_path):
        log = read_interactions(lines(tmp_path, "source, target\na, b\na,c\n"))
        assert log.frame.collect()["target"].to_list() == [" b", "c"]
        assert "1 id begins or ends with a space" in log.report.notes[0]

    def test_only_line_ends_end_lines(self, tmp_path):
        path = lines(tmp_path, "# a\u2028b\x0bc\x85d\nsource,target\na\u2028x,b\x0b\n")
        assert read(path).select("source", "target").row(0) == ("a\u2028x", "b\x0b")

    def test_blank_lines_are_counted_not_kept(self, tmp_path):
        log = read_interactions(lines(tmp_path, "source,target\na,b\n\n\nc,d\n"))
        assert log.frame.collect().height == 2
        assert log.report.left_out.rows() == [(log.report.files["file"][0], "empty line", 2)]

    def test_comments_among_rows_are_noted(self, tmp_path):
        log = read_interactions(lines(tmp_path, "# top\nsource,target\na,b\n#c,d\ne,f\n"), comment="#")
        assert log.report.kept == 2
        assert any(
            "1 line among the rows starts with '#' and was read as a comment" in note
            for note in log.report.notes
        )
        kept = read_interactions(lines(tmp_path, "source,target\na,b\n#c,d\n"), comment=None)
        assert kept.frame.collect()["source"].to_list() == ["a", "#c"]

    def test_compression_is_seen_without_the_name(self, tmp_path):
        assert read(lines(tmp_path, gzip.compress(b"source,target\na,b\n"))).height == 1

    def test_the_name_can_be_overruled(self, tmp_path):
        assert read(lines(tmp_path, "source,target\na,b\n", "log.dat"), format="csv").height == 1


class TestColumns:
    def test_rename(self):
        frame = pl.DataFrame({"from": [1], "to": [2], "source": ["web"]})
        log = read(frame, columns={"source": "from", "target": "to"})
        assert log.select("source", "target").row(0) == (1, 2)

    def test_by_position(self):
        assert read(pl.DataFrame({"a": [1], "b": [2]}), columns=["target", "source"])["source"].item() == 2

    def test_columns_not_read_are_named(self):
        report = read_interactions(PAIR.with_columns(timestmap=pl.lit(1))).report
        assert "columns not read: 'timestmap'. 'timestmap': did you mean 'timestamp'?" in report.notes[0]

    def test_columns_whose_names_begin_with_a_line_are_named_and_an_index_is_not(self):
        frame = PAIR.with_columns(_eight=pl.lit(1), __index_level_0__=pl.lit(1))
        (note,) = read_interactions(frame).report.notes
        assert "columns not read: '_eight'. '_eight': did you mean 'weight'?" in note


class TestIds:
    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("1,2", (1, 2)),
            ("-1,0", (-1, 0)),
            ("007,8", ("007", "8")),
            ("+7,8", ("+7", "8")),
            ("1.0,2", (1, 2)),
            ("9223372036854775808,1", ("9223372036854775808", "1")),
            ("1,b", ("1", "b")),
        ],
    )
    def test_text_is_integers_only_where_nothing_is_lost(self, tmp_path, text, ids):
        assert read(lines(tmp_path, f"source,target\n{text}\n")).select("source", "target").row(0) == ids

    def test_integers_of_every_width(self):
        for dtype in (pl.Int8, pl.UInt16, pl.Int32, pl.UInt64):
            log = read(pl.DataFrame({"source": [1], "target": [2]}, schema_overrides={"source": dtype}))
            assert log.schema["source"] == log.schema["target"] == pl.Int64

    def test_integers_that_pandas_made_floats(self):
        frame = pl.DataFrame(
            {
                "source": [1.0, 2.0],
                "target": [3.0, float("nan")],
                "kind": ["like", "post"],
                "item": [5.0, None],
            }
        )
        assert read(frame).select("source", "target", "item").rows() == [(1, 3, "5"), (2, None, None)]

    def test_categories_are_text(self):
        log = read(PAIR.cast(pl.Categorical))
        assert log.schema["source"] == pl.String

    def test_text_on_demand(self):
        assert read(pl.DataFrame({"source": [1], "target": [2]}), ids="text")["source"].item() == "1"


class TestTimestamps:
    @pytest.mark.parametrize(
        "text",
        [
            "2012-07-04T08:00:00Z",
            "2012-07-04T08:00:00z",
            "2012-07-04 08:00:00",
            "2012-07-04T08:00",
            "2012-07-04T10:00:00+02:00",
            "2012-07-04T10:00:00+0200",
            "2012-07-04 10:00+02",
            "2012-07-04 08:00:00.000 UTC",
            " 2012-07-04T08:00:00 ",
            "1341388800",
            "1341388800.0",
            "1341388800000",
            "1341388800000000",
            "1341388800000000000",
        ],
    )
    def test_every_way_of_writing_one_moment(self, text):
        log = read(PAIR.with_columns(timestamp=pl.lit(text)))
        assert log["timestamp"].item() == datetime(2012, 7, 4, 8, tzinfo=UTC)
        assert log.schema["timestamp"] == pl.Datetime("us", "UTC")

    def test_dates(self):
        for value in ("2012-07-04", date(2012, 7, 4), datetime(2012, 7, 4)):
            log = read(PAIR.with_columns(timestamp=pl.lit(value)))
            assert log["timestamp"].item() == datetime(2012, 7, 4, tzinfo=UTC)

    def test_forms_mix(self):
        frame = pl.DataFrame(
            {"source": [1, 1], "target": [2, 2], "timestamp": ["2012-07-04", "2012-07-04T01:00:00.25+01:00"]}
        )
        assert read(frame)["timestamp"].dt.microsecond().to_list() == [0, 250_000]

    def test_zones_and_units_of_datetimes(self):
        for unit in ("ms", "us", "ns"):
            moment = datetime(2012, 7, 4, 10, tzinfo=timezone(timedelta(hours=2)))
            frame = PAIR.with_columns(pl.Series("timestamp", [moment]).dt.cast_time_unit(unit))
            assert read(frame)["timestamp"].item() == datetime(2012, 7, 4, 8, tzinfo=UTC)

    def test_the_guessed_unit_is_noted_and_can_be_said(self):
        frame = PAIR.with_columns(timestamp=pl.lit(1_341_388_800))
        assert any("read as seconds" in note for note in read_interactions(frame).report.notes)
        said = read_interactions(frame, time_unit="ms")
        assert said.frame.collect()["timestamp"].item().year == 1970
        assert not said.report.notes

    def test_numbers_are_exact(self):
        frame = PAIR.with_columns(timestamp=pl.lit(1_341_388_800_123_456_789))
        assert read(frame)["timestamp"].item().microsecond == 123456
        text = PAIR.with_columns(timestamp=pl.lit("1289241911.72836"))
        assert read(text)["timestamp"].item().microsecond == 728360

    def test_follows_have_always_held(self):
        frame = pl.DataFrame(
            {
                "source": [1, 2],
                "target": [2, 1],
                "kind": ["follow", "like"],
                "timestamp": [None, datetime(2012, 7, 4)],
            }
        )
        assert read(frame)["timestamp"].null_count() == 1


@pytest.mark.parametrize("name", ["log.csv", "log.parquet", "log.ndjson"])
def test_posts_need_no_targets(tmp_path, name):
    posts = LOG.select("source", "timestamp", "item")
    log = read(write(posts, tmp_path / name), kind="post")
    assert log["target"].null_count() == log.height == 3
    assert log.schema["target"] == log.schema["source"]


def test_signed_ratings_become_distrust():
    frame = pl.DataFrame({"source": [1, 1], "target": [2, 3], "weight": [-10, 4]})
    assert read(frame, signed=True).select("kind", "weight").rows() == [
        ("distrust", 10.0),
        ("interaction", 4.0),
    ]


def test_data_recorded_the_way_influence_flows_is_turned():
    frame = pl.DataFrame({"source": ["ann", None], "target": ["bea", "cem"], "kind": ["retweet", "post"]})
    log = read(frame, orientation="influence")
    assert log.select("source", "target").rows() == [("bea", "ann"), ("cem", None)]


def test_self_interactions_are_counted():
    log = read_interactions(pl.DataFrame({"source": [1, 1, 2], "target": [1, 2, 2]}))
    assert log.report.left_out.select("reason", "rows").rows() == [("self-interaction", 2)]
    assert (log.report.read, log.report.kept) == (3, 1)


class TestManyFiles:
    @pytest.fixture
    def folder(self, tmp_path):
        write(LOG[:1], tmp_path / "b.parquet")
        (tmp_path / "sub").mkdir()
        write(LOG[1:2], tmp_path / "sub" / "a.csv.gz")
        lines(tmp_path, "no log", "_SUCCESS.csv")
        lines(tmp_path, "no log", "README.md")
        return tmp_path

    def test_a_folder_is_read_whole_and_sorted(self, folder):
        log = read_interactions(folder)
        assert_frame_equal(log.frame.collect(), LOG[:2])
        assert log.report.files["kept"].to_list() == [1, 1]

    def test_globs_and_lists(self, folder):
        assert read(f"{folder}/*.parquet").height == 1
        assert read(f"{folder}/**/*.csv.gz").height == 1
        assert read([folder / "sub" / "a.csv.gz", f"{folder}/b.parquet"])["source"].to_list() == [
            "cem",
            "bea",
        ]

    @pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
    def test_folders_name_columns(self, tmp_path, name):
        for network in ("x", "m%2F1"):
            (tmp_path / f"network={network}" / "kind=RT").mkdir(parents=True)
            path = tmp_path / f"network={network}" / "kind=RT" / name
            write(LOG[:1].drop("network", "kind"), path)
            if name == "a.csv":
                path.write_text(path.read_text() + "\n")
        log = read(tmp_path, kind_names={"RT": "retweet"}, kind="like", network="y")
        assert log.select("kind", "network").rows() == [("retweet", "m/1"), ("retweet", "x")]

    def test_notes_on_many_files_are_one(self, tmp_path):
        for i in range(3):
            lines(tmp_path, "source,target,lang\na,b,en\n", f"{i}.csv")
        (note,) = read_interactions(tmp_path).report.notes
        assert note.endswith("0.csv and 2 more: columns not read: 'lang'")

    def test_a_follow_list_without_times_beside_acts_with_times(self, folder):
        lines(folder, "source,target,kind\nann,bea,follow\n", "follows.csv")
        assert read(folder)["timestamp"].null_count() == 1


class TestSkip:
    def test_counts_by_reason_and_file(self, tmp_path):
        lines(tmp_path, "source,target,weight\na,b,1\n,b,1\na,b,0\na,b,x\na,,1\na,b,1,9\n", "1.csv")
        lines(tmp_path, "source,target,weight\na,b,inf\na,b,2\n", "2.csv")
        log = read_interactions(tmp_path, on_error="skip")
        assert log.frame.collect()["weight"].to_list() == [1.0, 2.0]
        assert log.report.files["kept"].to_list() == [1, 1]
        counts = {(file[-5:], reason): rows for file, reason, rows in log.report.left_out.iter_rows()}
        assert counts == {
            ("1.csv", "the source is empty"): 1,
            ("1.csv", "the weight is zero"): 1,
            ("1.csv", "the weight is not a number"): 1,
            ("1.csv", "the target is empty and the kind is not 'post'"): 1,
            ("1.csv", "more fields than columns"): 1,
            ("2.csv", "the weight is not finite"): 1,
        }

    def test_lines_that_are_no_json(self, tmp_path):
        text = '{"source": 1, "target": 2}\n{"source": 1,\n[3]\n{"source": 2, "target": 1}\n'
        log = read_interactions(lines(tmp_path, text, "log.ndjson"), on_error="skip")
        assert (log.report.read, log.report.kept) == (4, 2)


class TestFingerprint:
    def test_equal_content_is_equal(self, tmp_path):
        one, two = (write(LOG, tmp_path / f"{i}.csv") for i in "12")
        assert read_interactions(one).fingerprint == read_interactions(two).fingerprint
        chunked = pl.concat([LOG[:1], LOG[1:]], rechunk=False)
        assert read_interactions(LOG).fingerprint == read_interactions(chunked.to_arrow()).fingerprint

    def test_nothing_and_empty_text_differ(self):
        frames = [pl.DataFrame({"a": ["x", value]}) for value in (None, "")]
        frames.append(pl.DataFrame({"a": [1, None]}))
        frames.append(pl.DataFrame({"a": [1, 0]}))
        assert len({frame_digest(frame) for frame in frames}) == 4

    def test_other_content_or_reading_differs(self, tmp_path):
        path = write(LOG, tmp_path / "log.csv")
        prints = {
            read_interactions(path).fingerprint,
            read_interactions(path, accounts="separate").fingerprint,
            read_interactions(path, kind_names={"reply": "answer"}).fingerprint,
            read_interactions(write(LOG[:2], tmp_path / "2.csv")).fingerprint,
            read_interactions(LOG).fingerprint,
            read_interactions(LOG.with_columns(weight=pl.lit(2.0))).fingerprint,
            read_interactions(LOG.with_columns(item=pl.lit("q"))).fingerprint,
        }
        assert len(prints) == 7


class TestScanned:
    """A log too large to hold gives the same rows and counts as one that is held."""

    @pytest.fixture
    def small_memory(self, monkeypatch):
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 0)

    @pytest.mark.parametrize("name", ["log.parquet", "log.csv", "log.tsv"])
    def test_same_log(self, tmp_path, monkeypatch, name):
        big = pl.concat([LOG, LOG.with_columns(kind=pl.lit("mention"), target=pl.lit("dia"))] * 50)
        paths = [write(big, tmp_path / name), write(LOG, tmp_path / f"2{name}")]
        options = {"one_act": ("retweet", "mention"), "accounts": "separate"}
        held = read_interactions(paths, **options)
        monkeypatch.setattr(sources, "IN_MEMORY_BYTES", 0)
        scanned = read_interactions(paths, **options)
        assert "DF [" in held.frame.explain()
        assert "DF [" not in scanned.frame.explain()
        assert_frame_equal(scanned.frame.collect(), held.frame.collect())
        assert_frame_equal(scanned.frame.collect(engine="streaming"), held.frame.collect())
        assert_frame_equal(scanned.report.left_out, held.report.left_out)
        assert scanned.fingerprint == held.fingerprint

    @pytest.mark.usefixtures("small_memory")
    def test_comments_are_counted(self, tmp_path):
        report = read_interactions(lines(tmp_path, "source,target\na,b\n#c\n#d\n"), comment="#").report
        assert "2 lines among the rows" in report.notes[0]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "cvs"}, "format is 'cvs'. Did you mean 'csv'?"),
        ({"ids": "int"}, "ids is 'int'"),
        ({"orientation": "influense"}, "Did you mean 'influence'?"),
        ({"accounts": "share"}, "Did you mean 'shared'?"),
        ({"on_error": "ignore"}, "Known: 'raise', 'skip'."),
        ({"time_unit": "sec"}, "time_unit is 'sec'"),
        ({"separator": ", "}, "Expected one ASCII character"),
        ({"kind": " "}, "kind is ' '. Expected a word."),
        ({"kind_names": ["RT"]}, "Expected a mapping"),
        ({"one_act": "reply"}, "Expected two or more kinds"),
        ({"one_act": ("reply", "reply")}, "Expected two or more kinds"),
        ({"columns": "source"}, "Expected a mapping"),
        ({"columns": {"sauce": "from"}}, "Did you mean 'source'?"),
        ({"columns": {"from": "source"}}, "goes from the log's name to the file's"),
        ({"columns": ["source", "target", "source"]}, "'source' twice"),
    ],
)
def test_wrong_options_are_told(options, told):
    with pytest.raises(ConfigError) as error:
        read_interactions(PAIR, **options)
    assert told in str(error.value)
