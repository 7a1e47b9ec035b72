"""Ids: numbers that were bent, digits that were lost, spellings of one name, words for none."""

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.id_spelling import LOST, fold, gone_notes, may_be_bent, mend, spelling_notes
from influence_graph.interactions.read import read_interactions


def apply(expression, *ids):
    return pl.DataFrame({"id": ids}).select(expression).to_series().to_list()


@pytest.fixture
def put(tmp_path):
    def put(content, name="log.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


def ends(source, **options):
    return read_interactions(source, **options).frame.select("source", "target").collect().rows()


class TestWholeNumbers:
    @pytest.mark.parametrize(
        ("written", "read"),
        [("7.0", "7"), ("7.00", "7"), ("-7.0", "-7"), ("0.0", "0"), (" 7", "7"), ("7.0 ", "7")]
        + [(same, same) for same in ("07.0", "7.1", "v1.0", "1.0.0", ".0", "12345678901234567.0", "seven")],
    )
    def test_one_by_one(self, written, read):
        assert apply(mend(pl.col("id")), written) == [read]

    def test_in_quoted_text_spaces_are_of_the_id(self):
        assert apply(mend(pl.col("id"), padded=False), " 7", "7.0") == [" 7", "7"]

    def test_a_column_with_gaps_beside_one_without(self, put):
        path = put("source,target,kind\n11,12.0,like\n13,12.0,like\n12,,post\n")
        log = read_interactions(path)
        assert log.frame.collect()["target"].to_list() == [12, 12, None]
        assert any("2 ids are whole numbers with .0 behind" in note for note in log.report.notes)

    def test_among_names_and_in_items(self, put):
        path = put("source,target,item,parent\nann,5.0,901,800.0\n5,ann,902,901.0\n")
        log = read_interactions(path).frame.collect()
        assert log["target"].to_list() == ["5", "ann"]
        assert log["parent"].to_list() == ["800", "901"]

    def test_in_text_of_frames(self):
        frame = pl.DataFrame({"source": ["5", "ann"], "target": ["ann", "5.0"]})
        assert ends(frame) == [("5", "ann"), ("ann", "5")]
        assert ends(frame, ids="text") == [("5", "ann"), ("ann", "5.0")]

    def test_spaces_after_commas(self, put):
        assert ends(put("source, target\n4, 5\n5, 4\n")) == [(4, 5), (5, 4)]
        assert ends(put('source,target,text\n4," 5",x\nann,5,y\n')) == [("4", " 5"), ("ann", "5")]


class TestLostDigits:
    @pytest.mark.parametrize(
        "lost", ["9.87E+17", "9.87e+17", "9,87E+17", "9E+17", "9.87E17", "98765432109876543.0"]
    )
    def test_are_refused_and_can_be_skipped(self, put, lost):
        path = put(f'source,target\nann,bea\n"{lost}",ann\n')
        with pytest.raises(SchemaError, match=r"row 2 \(line 3\).*digits of the source are lost.*ids='text'"):
            read_interactions(path)
        assert read_interactions(path, on_error="skip").report.kept == 1
        assert ends(path, ids="text")[1] == (lost, "ann")

    @pytest.mark.parametrize("fine", ["1e5", "12e4567", "E+17", "3.14", "a1.2E+17"])
    def test_names_that_look_a_little_like_it(self, fine):
        assert apply(pl.col("id").str.contains(LOST), fine) == [False]

    def test_the_cheap_test_lets_none_through(self):
        bent = ["7.0", " 7.00", "9.87E+17", "9,87e+17", "9E+17", "9.87E17", "98765432109876543.0"]
        assert all(apply(may_be_bent(pl.col("id")), *bent))


class TestMissingWords:
    @pytest.mark.parametrize("word", ["nan", "NULL", "None", "NA", "\\N", "<NA>"])
    def test_are_no_ids(self, put, word):
        path = put(f"source,target\nann,bea\nbea,{word}\n")
        with pytest.raises(SchemaError, match=r"row 2 .*the target is empty.*missing='' reads words"):
            read_interactions(path)
        assert read_interactions(path, on_error="skip").report.left_out["rows"].to_list() == [1]
        assert ends(path, missing="")[1] == ("bea", word)

    def test_among_integers_leave_integers(self, put):
        assert ends(put("source,target,kind\n1,NULL,post\n2,1,like\n")) == [(1, None), (2, 1)]

    def test_in_frames(self):
        frame = pl.DataFrame({"source": ["ann", "bea"], "target": ["None", "ann"], "kind": ["post", "like"]})
        assert ends(frame)[0] == ("ann", None)

    def test_own_words(self, put):
        path = put("source,target\nann,bea\nbea,-\n")
        assert ends(path, missing=["-"], on_error="skip") == [("ann", "bea")]
        assert ends(path)[1] == ("bea", "-")


class TestSpellings:
    @pytest.mark.parametrize(
        ("one", "other", "how"),
        [("Ann", "ann", "case"), ("@ann", "ann", "at"), ("ann ", "ann", "space"), ("ﬁn", "fin", "unicode"),
         ("'ann'", "ann", "quotes"), ("“ann”", "ann", "quotes"), ("'007", "007", "quotes"),
         ("007", "7", "zeros"), ("+49", "49", "zeros"), ("12\u00a0", "12", "space"),
         ("ann\t", "ann", "invisible"), ("ann\u200b", "ann", "invisible"), ("e\u0301va", "éva", "unicode")],
    )  # fmt: skip
    def test_are_noted_and_folded_by_what_the_note_names(self, one, other, how):
        frame = pl.DataFrame({"source": [one, "bea"], "target": ["bea", other]})
        log = read_interactions(frame)
        (note,) = [note for note in log.report.notes if "don't count" in note]
        assert f"fold={how!r}" in note
        assert repr(one) in note
        folded = read_interactions(frame, fold=how)
        assert folded.frame.collect()["target"][1] == folded.frame.collect()["source"][0]
        assert not [note for note in folded.report.notes if "don't count" in note]

    def test_text_of_excel_is_what_stands_in_it(self, put):
        path = put('source,target\n="007",="08"\n="ann",="007"\n9,="9"\n')
        assert ends(path) == [("007", "08"), ("ann", "007")]
        assert "5 ids are written as Excel keeps text" in read_interactions(path).report.notes[0]

    def test_networks_that_differ_by_case_are_told(self, put):
        path = put("source,target,network,kind\nb,a,Twitter,like\nc,a,twitter,like\n")
        for options in ({}, {"kind_names": {"like": "favourite"}}):
            (note,) = [n for n in read_interactions(path, **options).report.notes if "networks" in n]
            assert "'Twitter' and 'twitter' differ by case" in note

    def test_several_at_once(self):
        assert "fold='at,case'" in spelling_notes(pl.Series(["@Ann", "ann", "bea"]))[0]
        assert spelling_notes(pl.Series(["Ann", "bea", "@cem"])) == []
        assert apply(fold(pl.col("id"), ("at", "case")), " @Ann") == [" ann"]

    def test_what_folding_makes_one_person_is_a_self_interaction(self):
        frame = pl.DataFrame({"source": ["Ann", "bea"], "target": ["ann", "ann"]})
        assert read_interactions(frame, fold=["case"]).report.left_out["reason"].to_list() == [
            "self-interaction"
        ]


def test_accounts_that_are_gone_are_noted_and_can_be_left_out():
    frame = pl.DataFrame({"source": ["ann", "[deleted]", "bea"], "target": ["[deleted]", "ann", "ann"]})
    log = read_interactions(frame)
    assert any("'[deleted]' stands for many people" in note for note in log.report.notes)
    kept = read_interactions(frame, leave_out="[deleted]")
    assert kept.frame.collect()["source"].to_list() == ["bea"]
    assert kept.report.left_out["rows"].to_list() == [2]
    assert gone_notes(pl.Series(["ann", "deleted"])) == []
