"""Reports: what they say, that ids stay text, and how a browser shows them."""

import html
import re
import shutil
import subprocess
from html.parser import HTMLParser

import polars as pl
import pytest

from influence_graph import DataError, InfluenceGraph, build_graph, load_dataset, read_interactions, score
from influence_graph.report.log_report import report_log
from influence_graph.report.results_report import report_results

HOSTILE = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\"'><svg onload=document.title='owned'>",
    "{{ 7 * 7 }}",
    "$x_1$",
    "‮evil‬",
    "a" * 300,
    "日本語 😀",
    "</style></title>&amp;",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page(HTMLParser):
    """The tags, ids, texts and links of a page, and whether every tag is closed."""

    VOID = frozenset({"meta", "br", "img", "path", "use", "rect", "circle"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.text, self.targets, self.open, self.attributes = [], [], [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id"]
        self.targets += [value for name, value in attrs if name in ("href", "src", "xlink:href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def hostile_log():
    others = [f"p{number}" for number in range(12)]
    acts = [(source, kind) for source in others for kind in ("<b>like</b>", "reply")]
    rows = [
        (source, target, kind, f"2024-01-{day:02d}")
        for day, (source, kind) in enumerate(acts, start=1)
        for target in HOSTILE[: 1 + day % len(HOSTILE)]
    ]
    return read_interactions(
        pl.DataFrame(rows, schema=["source", "target", "kind", "timestamp"], orient="row").with_columns(
            network=pl.lit("<i>net</i>")
        )
    )


@pytest.fixture(scope="module")
def synthetic():
    graph = build_graph(load_dataset("synthetic", people=150, days=12, rng=1))
    return graph, report_log(graph, source="synthetic")


@pytest.fixture(scope="module")
def hostile():
    graph = build_graph(hostile_log())
    return report_log(graph, people=HOSTILE, title="<script>title</script>", source="<b>log</b>")


def test_it_says_what_the_functions_say(synthetic):
    graph, page = synthetic
    found = Page(page)
    text = " ".join(" ".join(found.text).split())
    scores = score(graph)
    for person, points in scores.top(10).select("id", "score").iter_rows():
        assert person in text
        assert f"{points:.1f}" in text
    for heading in (
        "Top people",
        "How scores are spread",
        "How far methods agree",
        "Where scores come from",
        "Since when",
    ):
        assert heading in text
    assert graph.fingerprint in text
    assert str(graph.weighting) in text
    assert report_log(graph, source="synthetic") == page


def test_the_page_is_well_formed_and_accessible(synthetic):
    found = Page(synthetic[1])
    assert not found.open
    assert len(found.ids) == len(set(found.ids))
    anchors = {target[1:] for target in found.targets if target.startswith("#")}
    assert anchors <= set(found.ids)
    assert found.tags.count("h1") == found.tags.count("main") == 1
    assert found.tags.count("caption") == found.tags.count("table") > 3
    scopes = [(tag, value) for tag, name, value in found.attributes if name == "scope"]
    assert len(scopes) == found.tags.count("th")
    labels = [value for tag, name, value in found.attributes if tag == "svg" and name == "aria-label"]
    assert len(labels) == found.tags.count("svg") >= 6
    assert all(len(label) > 20 for label in labels)
    assert ("html", "lang", "en") in found.attributes


@pytest.mark.parametrize("which", ["synthetic", "hostile"])
def test_it_needs_no_network_and_has_no_script(which, request):
    page = request.getfixturevalue(which)
    found = Page(page if isinstance(page, str) else page[1])
    assert "script" not in found.tags
    assert not {"link", "iframe", "object", "embed", "form", "base"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert all(target.startswith(("#", "data:image/svg+xml;base64,")) for target in found.targets)
    assert "http://" not in re.sub(
        r"http://www\.w3\.org/[^\s\"]*", "", page if isinstance(page, str) else page[1]
    )


def test_ids_kinds_and_titles_are_text(hostile):
    found = Page(hostile)
    assert not found.open
    text = "".join(found.text)
    for person in HOSTILE:
        assert person in text
    for word in ("<b>like</b>", "<i>net</i>", "<script>title</script>", "<b>log</b>"):
        assert word in text
    assert "49" not in re.findall(r"<bdi>(.*?)</bdi>", hostile)


def test_a_graph_without_rows_times_or_kinds_has_a_report():
    bare = InfluenceGraph.from_edges(pl.DataFrame({"source": [1, 2, 3], "target": [2, 3, 2]}))
    text = " ".join(Page(report_log(bare, people=[2])).text)
    assert "Since when" not in text
    assert "of 3 by pagerank" in text
    assert "Where scores come from" not in " ".join(Page(report_log(bare, methods=["random"])).text)


def test_someone_unknown_is_an_error(synthetic):
    with pytest.raises(DataError, match="not among"):
        report_log(synthetic[0], people=["nobody"])


def test_results_are_shown_as_they_are(tmp_path):
    drawing = tmp_path / "f.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    manifest = {
        "name": "x<y",
        "template": "agreement",
        "cells": [{}],
        "seed": 1,
        "config": {"title": "A <b>title</b>"},
        "skipped": ["Higgs: left out"],
        "versions": {"numpy": "2.4"},
    }
    summary = pl.DataFrame({"method": ["<i>m</i>"], "value": [0.123456]})
    page = report_results(manifest, summary, {"t": summary}, {"f": drawing})
    found = Page(page)
    text = " ".join(found.text)
    assert "script" not in found.tags
    for word in ("A <b>title</b>", "<i>m</i>", "0.1235", "Higgs: left out", "x<y"):
        assert word in text
    assert found.tags.count("img") == 1


def browse(page, tmp_path, width):
    """Return title, errors and sideways overflow of a page as Chromium shows it at this width."""
    # A frame, since a window can't be as narrow as a phone; measured from outside: the page has no script.
    (tmp_path / "frame.html").write_text(
        f"<!doctype html><title>frame</title><iframe id=f style='border:0;width:{width}px;height:900px' "
        f'srcdoc="{html.escape(page)}"></iframe><pre id=told></pre><script>f.onload = () => {{'
        "const d = f.contentDocument, e = d.documentElement;"
        "const out = [...d.querySelectorAll('body *')].filter(x => !x.closest('.scroll, svg, .skip') "
        f"&& x.getBoundingClientRect().right > {width} + 1);"
        "const fig = d.querySelector('figure svg').getBoundingClientRect();"
        "told.textContent = [d.title, e.scrollWidth, out.length, d.querySelectorAll('script').length, "
        "Math.round(fig.width), d.images.length].join('|')}</script>",
        "utf-8",
    )
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
               f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom",
               (tmp_path / "frame.html").as_uri()]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout)
    assert told, done.stderr[-2000:]
    return html.unescape(told[1]).split("|")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: install it to see the reports in a browser")
@pytest.mark.parametrize(("which", "width"), [("synthetic", 390), ("synthetic", 1280), ("hostile", 390)])
def test_a_browser_shows_it_whole(which, width, request, tmp_path):
    page = request.getfixturevalue(which)
    page = page if isinstance(page, str) else page[1]
    title, scroll, outside, scripts, figure, _ = browse(page, tmp_path, width)
    assert title == ("Influence report" if which == "synthetic" else "<script>title</script>")
    assert int(scroll) <= width
    assert (outside, scripts) == ("0", "0")
    assert 250 <= int(figure) <= width
