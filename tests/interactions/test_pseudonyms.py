"""Ids that can't be traced back: the same under one salt everywhere, others under another, none as it was."""

from __future__ import annotations

import hashlib

import polars as pl
import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.pseudonyms import pseudonym, pseudonymous
from influence_graph.interactions.read import read_interactions


def by_hand(salt, text):
    key = hashlib.blake2b(salt.encode(), digest_size=32).digest()
    return hashlib.blake2b(text.encode(), key=key, digest_size=10).hexdigest()


def test_people_and_items_are_hashed_under_the_salt_and_nothing_else_is():
    rows = {
        "source": [7, 8],
        "target": [None, 7],
        "item": ["7", None],
        "parent": [None, "7"],
        "kind": ["post", "like"],
    }
    frame = pseudonymous(pl.LazyFrame(rows), "salt").collect()
    seven, eight = by_hand("salt", "7"), by_hand("salt", "8")
    assert frame.rows() == [(seven, None, seven, None, "post"), (eight, seven, None, seven, "like")]
    assert set(frame.dtypes) == {pl.String()}


def test_one_salt_gives_the_same_pseudonym_in_every_file_and_another_salt_another(tmp_path):
    names = {}
    for file, ids in (("a.csv", "7,bea"), ("b.csv", "bea,7")):
        path = tmp_path / file
        path.write_text(f"source,target\n{ids}\n")
        for salt in ("one", "two"):
            names[file, salt] = read_interactions(path, salt=salt).frame.collect().row(0)[:2]
    assert (
        names["a.csv", "one"] == names["b.csv", "one"][::-1] == (by_hand("one", "7"), by_hand("one", "bea"))
    )
    assert not set(names["a.csv", "one"]) & set(names["a.csv", "two"])


def test_no_salt_is_told_by_the_mark_of_it():
    assert pseudonym("one") == by_hand("one", "")
    assert pseudonym("one") != pseudonym("two")


def test_no_id_is_in_the_frame_the_notes_or_an_error():
    rows = {"source": ["@Annika", "annika"], "target": ["Berta ", "berta"], "item": ["annika/1", "annika/2"]}
    log = read_interactions(pl.DataFrame(rows), salt="one")
    said = " ".join([*map(str, log.frame.collect().rows()), *log.report.notes, str(log.report)]).lower()
    assert "annika" not in said
    assert "berta" not in said
    with pytest.raises(SchemaError, match="no rows are left") as error:
        read_interactions(pl.DataFrame({"source": ["annika"], "target": ["annika"]}), salt="one")
    assert "annika" not in str(error.value)


def test_no_id_is_in_the_error_of_a_row_that_can_not_be_used():
    rows = {"source": ["annika"], "target": ["berta"], "kind": ["post"]}
    with pytest.raises(SchemaError, match="row 1") as error:
        read_interactions(pl.DataFrame(rows), salt="one")
    assert "berta" not in str(error.value)
