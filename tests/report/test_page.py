"""The HTML page: each kind of cell, sections in order, everything escaped."""

from markupsafe import Markup

from influence_graph.report.page import Change, Column, Person, Section, Table, render


def test_title_facts_and_sections_are_in_order(parsed):
    sections = [
        Section("one", "First", ["a text"]),
        Section("two", "Second", listing=[("key", "value")], code=["x < y"]),
    ]
    page = render("Title", "Subtitle", [("People", "3")], sections)
    found = parsed(page)
    text = " ".join(" ".join(found.text).split())
    places = [text.index(word) for word in ("Subtitle", "People 3", "First", "a text", "key value", "x < y")]
    assert places == sorted(places)
    assert {"one", "two"} <= set(found.ids)
    assert {"#one", "#two"} <= set(found.targets)
    assert not found.open


def test_every_kind_of_cell(parsed):
    columns = [
        Column("Name", head=True), Column("Value", number=True), Column("Share", meter=True, wide=True),
        Column("Tau", interval=True),
    ]  # fmt: skip
    page = render(
        "T",
        "",
        [],
        [Section("s", "S", tables=[Table("Of it", columns, [["<a>", "1", 12.34, ("0.5", "0.4 to 0.6")]])])],
    )
    assert '<th scope="row" class="whole"><bdi>&lt;a&gt;</bdi></th>' in page
    assert '<td class="n">1</td>' in page
    assert '<td class="meter wide-only"><span class="bar" style="width: 12.3%"></span></td>' in page
    assert '<td class="n" data-name="Tau">0.5<small>0.4 to 0.6</small></td>' in page


def test_long_words_may_break_and_short_ones_stay_whole():
    rows = [["ann " * 9], ["a" * 17], ["b" * 16]]
    page = render(
        "T", "", [], [Section("s", "S", tables=[Table("Of it", [Column("Name", head=True)], rows)])]
    )
    assert page.count('<th scope="row" class="whole"><bdi>') == 2
    assert f'<th scope="row"><bdi>{"a" * 17}</bdi></th>' in page


def test_a_person_has_score_figure_and_counterfactuals(parsed):
    changes = [Change("", "like", "30.0", "−12.0", "down")]
    person = Person("<ann>", "Rank 1 of 3", "42.0", "kind", Markup("<svg></svg>"), "caption", changes)
    found = parsed(render("T", "", [], [Section("s", "S", people=[person])]))
    text = " ".join(" ".join(found.text).split())
    assert "<ann>" in text
    assert "Score by kind" in text
    assert "without like : 30.0 instead of 42.0 (−12.0)" in text
    assert "svg" in found.tags


def test_only_markup_is_not_escaped(parsed):
    page = render("<script>1</script>", "<i>", [("<b>", "<u>")], [Section("s", "<em>", ["<p class=x>"])])
    assert not {"script", "i", "b", "u", "em"} & set(parsed(page).tags)
