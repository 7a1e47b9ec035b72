"""The style of figures: the same bytes every time, fonts within, no settings in or out."""

import re

import matplotlib as mpl
from matplotlib.figure import Figure

from influence_graph.report import _style
from influence_graph.report._style import save_figure, style


def drawn():
    with style():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([1, 2], [2, 1])
        axes.set_title("A title")
    return figure


def test_the_same_bytes_every_time_and_fonts_within(tmp_path, monkeypatch):
    saved = []
    for run in ("one", "two"):
        monkeypatch.setitem(mpl.rcParams, "font.size", 3 if run == "one" else 30)  # a user's own settings
        saved.append([path.read_bytes() for path in save_figure(drawn(), tmp_path / run)])
    assert saved[0] == saved[1]
    pdf, svg = saved[0]
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf
    assert b"<text" not in svg  # outlines: no font is asked for
    assert not re.search(rb"<dc:date>", svg)


def test_no_settings_leak_out():
    before = dict(mpl.rcParams)
    with style():
        Figure()
    assert dict(mpl.rcParams) == before


def test_a_name_in_letters_that_the_typeface_lacks_is_saved_without_a_warning_a_letter(tmp_path, recwarn):
    with style():
        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.5, "张伟")
    assert all(path.stat().st_size for path in save_figure(figure, tmp_path / "name"))
    assert not [one for one in recwarn if "Glyph" in str(one.message)]


def test_letters_that_the_typeface_lacks_come_from_another_of_this_machine(tmp_path, monkeypatch):
    def saved(name):
        with style():
            figure = Figure(figsize=(2, 1))
            figure.text(0.1, 0.5, "\u27c8 ann")  # a letter that DejaVu Sans lacks and STIXGeneral has
        return save_figure(figure, tmp_path / name)[1].read_bytes()

    without = saved("without")
    monkeypatch.setattr(_style, "_OTHER_LETTERS", frozenset({"STIXGeneral", "No Such Typeface"}))
    _style._typefaces.cache_clear()
    try:
        assert _style._typefaces() == ["DejaVu Sans", "STIXGeneral"]
        assert saved("with") != without
    finally:
        _style._typefaces.cache_clear()


def test_a_notebook_still_shows_what_is_drawn_in_the_style():
    with mpl.rc_context({"interactive": True}), style():
        assert mpl.rcParams["interactive"]
