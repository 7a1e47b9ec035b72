"""Text for terminals: nothing that a terminal acts on, nothing hidden, everything else as it is."""

import json
import sys
import unicodedata
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph.visible import frame_html, frame_text, visible, visible_frame, visible_json

HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_is_hidden_is_an_escape_and_the_rest_stays(text):
    shown = visible(text)
    assert not any(unicodedata.category(one) in HIDDEN for one in shown)
    if not any(unicodedata.category(one) in HIDDEN for one in text):
        assert shown == text
    assert visible(text, keep="\n").count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;x\x07", r"\x1b]0;x\x07"),
        ("a\r\nb\t", r"a\r\nb\t"),
        ("\x9b31m\x7f", r"\x9b31m\x7f"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("\u2028\ufeff\U000e0001", r"\u2028\ufeff\U000e0001"),
        ("no\u00a0break\u3000", "no\u00a0break\u3000"),
    ],
)
def test_known_characters(text, shown):
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",))))
def test_json_says_the_same(text):
    shown = visible_json(json.dumps({"id": text}, ensure_ascii=False))
    assert json.loads(shown) == {"id": text}
    assert not any(unicodedata.category(one) in HIDDEN for one in shown)


def test_frames():
    frame = pl.DataFrame({"id": ["a\nb", None, "ann"], "\x1b": [1, 2, 3]})
    shown = visible_frame(frame)
    assert shown.to_dict(as_series=False) == {"id": ["a\\nb", None, "ann"], "\\x1b": [1, 2, 3]}
    assert visible_frame(frame.select("\x1b").clear()).columns == ["\\x1b"]


def test_numbers_of_a_printed_frame_keep_five_digits_and_stand_point_below_point():
    values = [100.0, 98.97959, 1e-7, -0.000123456, None, float("nan"), 1234567.8]
    lines = frame_text(pl.DataFrame({"value": values, "n": range(7)})).splitlines()[3:-1]
    cells = [line.split("┆")[0].strip("│") for line in lines]
    shown = ["100", "98.98", "1e-07", "-0.00012346", "–", "nan", "1,234,568"]
    assert [cell.strip() for cell in cells] == shown
    assert len({cell.index(".") for cell in cells if "." in cell}) == 1


def test_a_printed_frame_is_as_wide_as_the_terminal(monkeypatch):
    frame = pl.DataFrame({f"column {number}": ["some text"] for number in range(12)})
    assert max(map(len, frame_text(frame).splitlines())) > 100
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    assert max(map(len, frame_text(frame).splitlines())) <= 80


class Cells(HTMLParser):
    """The texts of the cells of a page, and the names of its elements."""

    def __init__(self):
        super().__init__()
        self.cells, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data.strip()


@pytest.mark.parametrize("installed", [True, False])
def test_a_frame_in_a_notebook_has_every_cell_and_no_markup_of_its_own(monkeypatch, installed):
    if installed:
        pytest.importorskip("great_tables")
    else:
        monkeypatch.setitem(sys.modules, "great_tables", None)
    frame = pl.DataFrame({"id": ["<b>ann", "b\x1b"], "a_<i>": [100.0, 3.25], "n": [7, None]})
    made = frame_html(frame)
    assert frame_html(frame) == made, "a stored notebook would differ"
    assert ("gt_table" in made) == installed
    read = Cells()
    read.feed(made)
    expected = ["<b>ann", "100", "7"] if installed else ['"<b>ann"', "100.0", "7"]
    assert [cell for cell in read.cells if cell not in ("str", "f64", "i64")][:3] == expected
    assert not read.tags & {"b", "i"}
    assert "\x1b" not in made
