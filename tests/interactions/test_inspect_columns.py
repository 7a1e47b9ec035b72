"""What a file holds before it is read: columns, ids, timestamps, kinds."""

import polars as pl
import pytest

from influence_graph import build_graph
from influence_graph.errors import SchemaError
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.inspect_columns import recognised_kinds, survey, type_of_ids
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.read import read_interactions
from influence_graph.interactions.reader_options import Rules
from influence_graph.interactions.sources import open_source


def reading(tmp_path, text, rules=None, name="log.csv"):
    path = tmp_path / name
    path.write_text(text)
    (part,) = open_source(path, format=None, layout=TextLayout(wanted=frozenset(COLUMNS)))
    return survey(part, rules or Rules())


def test_ids_of_text_files(tmp_path):
    seen = reading(tmp_path, "source,target\n1,2\n3.0, 4\n")
    assert (seen.integer_ids, seen.bent, seen.lost, seen.padded) == (True, 2, 0, 0)
    seen = reading(tmp_path, "source,target\nann,2.0\n ann,1.5E+18\nnan,x\n")
    assert (seen.integer_ids, seen.bent, seen.lost, seen.padded, seen.absent) == (False, 1, 1, 1, 1)
    assert type_of_ids([seen], Rules()) == pl.String()


def test_a_header_again_is_no_row(tmp_path):
    seen = reading(tmp_path, "source,target\n1,2\nsource,target\n3,4\n")
    assert (seen.integer_ids, seen.again) == (True, 1)
    log = read_interactions(tmp_path / "log.csv")
    assert log.frame.collect()["source"].to_list() == [1, 3]
    assert log.report.left_out["reason"].to_list() == ["the header again"]


@pytest.mark.parametrize("ids", ["1,2", "b,a"])
def test_compressed_files_put_one_behind_the_other(tmp_path, ids):
    import gzip

    path = tmp_path / "log.csv.gz"
    one = gzip.compress(f"source,target\n{ids}\n".encode())
    two = gzip.compress(f"\ufeffsource,target\n{ids}\n".encode())
    path.write_bytes(one + two)
    assert read_interactions(path).report.kept == 2
    path.write_bytes(one + one)
    assert read_interactions(path).report.kept == 2


class TestKinds:
    def test_the_four_with_a_meaning_are_recognised(self):
        frame = pl.DataFrame(
            {"source": [1, 2, 3], "target": [2, 3, 1], "kind": ["Follow", "like", "FOLLOW "]}
        )
        log = read_interactions(frame)
        assert dict(log.kinds) == {"follow": 2, "like": 1}
        assert any("kind 'Follow' is read as 'follow'" in note for note in log.report.notes)
        apart = read_interactions(frame, kind_names={"Follow": "Follow", "FOLLOW ": "Follow"})
        assert dict(apart.kinds) == {"Follow": 2, "like": 1}

    def test_a_post_in_capitals_needs_no_target(self, tmp_path):
        (tmp_path / "log.csv").write_text("source,target,kind\nann,,Post\nbea,ann,like\n")
        assert read_interactions(tmp_path / "log.csv").kinds == {"like": 1, "post": 1}

    def test_others_become_one_in_lower_case(self, tmp_path):
        seen = reading(tmp_path, "source,target,kind\n1,2,RT\n1,2,rt\n1,2,Like\n1,3,LIKE\n")
        assert recognised_kinds([seen], Rules())[0] == {"RT": "rt", "Like": "LIKE"}
        graph = build_graph(read_interactions(tmp_path / "log.csv"))
        assert set(graph.kinds) == {"LIKE", "rt"}

    def test_words_that_differ_otherwise_stay(self):
        frame = pl.DataFrame({"source": [1, 2], "target": [2, 3], "kind": ["Like", "likes"]})
        assert set(read_interactions(frame).kinds) == {"Like", "likes"}


class TestUndirected:
    @pytest.mark.parametrize("word", ["Undirected", "undirected"])
    def test_rows_count_in_both_directions(self, tmp_path, word):
        text = f"source,target,Type,weight\nann,bea,{word},2\nbea,cem,Directed,3\n"
        (tmp_path / "log.csv").write_text(text)
        log = read_interactions(tmp_path / "log.csv")
        assert sorted(log.frame.select("source", "target", "weight").collect().rows()) == [
            ("ann", "bea", 2.0), ("bea", "ann", 2.0), ("bea", "cem", 3.0),
        ]  # fmt: skip
        assert any("count in both directions" in note for note in log.report.notes)
        frame = pl.read_csv(tmp_path / "log.csv")
        assert read_interactions(frame).report.kept == 3

    def test_other_types_are_no_matter(self):
        frame = pl.DataFrame({"source": [1], "target": [2], "type": ["tweet"]})
        assert read_interactions(frame).report.kept == 1


class TestNumbersAsTimes:
    def frame(self, *times):
        n = len(times)
        return pl.DataFrame({"source": range(n), "target": range(1, n + 1), "timestamp": times})

    def years(self, *times, **options):
        log = read_interactions(self.frame(*times), **options).frame.collect()
        return log["timestamp"].dt.strftime("%Y-%m-%d %H").to_list()

    def test_dates_without_dashes(self, tmp_path):
        assert self.years(20190301, 20190302) == ["2019-03-01 00", "2019-03-02 00"]
        assert self.years("20190301", "20190302") == ["2019-03-01 00", "2019-03-02 00"]
        assert self.years(20190301140000) == ["2019-03-01 14"]
        with pytest.raises(SchemaError, match="a date written YYYYMMDD"):
            self.years(20190301, 20190302, 20191399)

    def test_days_of_excel(self):
        assert self.years(43525.5, 43526.0, time_unit="excel") == ["2019-03-01 12", "2019-03-02 00"]

    @pytest.mark.parametrize("times", [(0, 60, 120), (43525.5, 43526.0), (700_000_000, 700_000_001)])
    def test_before_1995_only_if_it_is_said(self, times):
        with pytest.raises(SchemaError, match=r"before 1995.*time_unit='s'.*time_unit='excel'"):
            self.years(*times)
        assert len(self.years(*times, time_unit="s")) == len(times)

    def test_one_number_before_1995_is_a_row_that_can_not_be_used(self):
        with pytest.raises(SchemaError, match="row 3: column 'timestamp' is 0"):
            self.years(1_551_398_400, 1_551_398_401, 0)


class TestTextAsTimes:
    @pytest.mark.parametrize(
        "text",
        ["Fri Mar 01 14:00:00 +0000 2019", "Fri, 1 Mar 2019 14:00:00 GMT", "1 Mar 2019 14:00 +0000",
         "Fri, 01 Mar 2019 09:00:00 -0500 (EST)", "2019/03/01 14:00", "2019/3/1 14:00:00",
         "20190301T140000Z"],
    )  # fmt: skip
    def test_forms_that_can_be_read_in_one_way(self, text):
        frame = pl.DataFrame({"source": [1], "target": [2], "timestamp": [text]})
        time = read_interactions(frame).frame.collect()["timestamp"].item()
        assert f"{time:%Y-%m-%d %H:%M}" == "2019-03-01 14:00"

    @pytest.mark.parametrize(
        ("texts", "formats"),
        [(["03/13/2019"], ["%m/%d/%Y"]), (["13.03.2019 14:00"], ["%d.%m.%Y %H:%M"]),
         (["03/04/2019 2:00 PM"], ["%m/%d/%Y %I:%M %p", "%d/%m/%Y %I:%M %p"])],
    )  # fmt: skip
    def test_day_and_month_are_never_guessed(self, texts, formats):
        frame = pl.DataFrame({"source": [1], "target": [2], "timestamp": texts})
        with pytest.raises(SchemaError) as error:
            read_interactions(frame)
        for form in formats:
            assert f"time_format={form!r}" in str(error.value)
            time = read_interactions(frame, time_format=form).frame.collect()["timestamp"].item()
            assert time.strftime(form.replace("%I", "%I")).lstrip("0") == texts[0].replace(
                " 2:", " 02:"
            ).lstrip("0")

    @pytest.mark.parametrize(
        ("text", "form"),
        [("Mar 1, 2019", "%b %d, %Y"), ("March 1, 2019 2:00 PM", "%B %d, %Y %I:%M %p"),
         ("1-Mar-2019", "%d-%b-%Y"), ("01-Mar-19", "%d-%b-%y"), ("2019-03-01 02:00 PM", "%Y-%m-%d %I:%M %p"),
         ("2019-W09-5", "%G-W%V-%u"), ("Friday, 01-Mar-19 14:00:00 GMT", "%A, %d-%b-%y %H:%M:%S GMT")],
    )  # fmt: skip
    def test_words_and_half_days_are_named(self, text, form):
        frame = pl.DataFrame({"source": [1], "target": [2], "timestamp": [text]})
        with pytest.raises(SchemaError) as error:
            read_interactions(frame)
        assert f"time_format={form!r} reads these" in str(error.value)
        time = read_interactions(frame, time_format=form).frame.collect()["timestamp"].item()
        assert f"{time:%Y-%m-%d}" == "2019-03-01"
        assert time.hour in (0, 14)

    @pytest.mark.parametrize("text", ["2019-03", "2019-W09", "3 hours ago", "1 mars 2019"])
    def test_nothing_is_named_that_reads_another_time(self, text):
        frame = pl.DataFrame({"source": [1], "target": [2], "timestamp": [text]})
        with pytest.raises(SchemaError, match="for example, reads 4 Jul 2012"):
            read_interactions(frame)

    def test_numbers_of_date_and_minute(self):
        frame = pl.DataFrame({"source": [1], "target": [2], "timestamp": [201903011400]})
        time = read_interactions(frame).frame.collect()["timestamp"].item()
        assert f"{time:%Y-%m-%d %H:%M:%S}" == "2019-03-01 14:00:00"


class TestWays:
    """What a message proposes works as it stands."""

    def test_a_header_again_in_another_case(self, tmp_path):
        (tmp_path / "log.csv").write_text("source,target\nb,a\nSource,Target\nc,a\n")
        report = read_interactions(tmp_path / "log.csv").report
        assert (report.kept, report.left_out["reason"].to_list()) == (2, ["the header again"])

    def test_words_for_the_states_and_for_posts(self):
        frame = pl.DataFrame({"source": ["b"], "target": ["a"], "kind": ["follows"]})
        (note,) = read_interactions(frame).report.notes
        assert "kind_names={'follows': 'follow'}" in note
        renamed = read_interactions(frame, kind_names={"follows": "follow"})
        assert renamed.frame.collect()["kind"].to_list() == ["follow"]
        assert renamed.report.notes == ()
        frame = pl.DataFrame({"source": ["b", "c"], "target": [None, "b"], "kind": ["tweet", "reply"]})
        with pytest.raises(SchemaError, match=r"kind_names={'tweet': 'post'} calls it so"):
            read_interactions(frame)
        assert read_interactions(frame, kind_names={"tweet": "post"}).report.kept == 2

    def test_decimal_commas(self, tmp_path):
        path = tmp_path / "log.csv"
        path.write_text("source;target;weight\nb;a;1,5\nc;a;2,250\n")
        log = read_interactions(path, separator=";")
        assert log.frame.collect()["weight"].to_list() == [1.5, 2.25]
        assert "2 weights have a comma before the fraction" in log.report.notes[0]
        path.write_text("source;target;weight\nb;a;1,500\nc;a;2,250\n")
        with pytest.raises(SchemaError, match="the weight is not a number"):
            read_interactions(path, separator=";")


def test_ids_of_two_types_mix_where_all_are_text(tmp_path):
    frame = pl.DataFrame({"source": [7, 8], "target": ["8", "ann"]})
    with pytest.raises(SchemaError, match="ids='text' makes all text"):
        read_interactions(frame)
    assert read_interactions(frame, ids="text").frame.collect()["source"].to_list() == ["7", "8"]
    for name, text in (("a.csv", "source,target\n7,8\n"), ("b.csv", "source,target\nann,7\n")):
        (tmp_path / name).write_text(text)
    with pytest.raises(SchemaError, match="ids='text' makes all text"):
        read_interactions(tmp_path)
    assert len(read_interactions(tmp_path, ids="text").rows.people) == 3
