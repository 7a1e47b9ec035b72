"""The report on a log: its content, that ids stay text, and how a browser shows it."""

import html
import re
import shutil
import subprocess

import polars as pl
import pytest

from influence_graph import (
    DataError,
    InfluenceGraph,
    build_graph,
    compare,
    explain,
    load_dataset,
    read_interactions,
    score,
)
from influence_graph.explaining.explanation import part_label
from influence_graph.report.log_report import _agreement, report_log

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


def test_it_says_what_the_functions_say(synthetic, parsed):
    graph, page = synthetic
    found = parsed(page)
    text = " ".join(" ".join(found.text).split())
    scores = score(graph)
    for person, points in scores.top(10).select("id", "score").iter_rows():
        assert person in text
        assert f"{points:.1f}" in text
    for heading in (
        "Top people",
        "Distribution of scores",
        "Agreement of methods",
        "Explanations",
        "History",
    ):
        assert heading in text
    assert graph.fingerprint in text
    assert str(graph.weighting) in text
    assert report_log(graph, source="synthetic") == page


def test_the_page_is_well_formed_and_accessible(synthetic, parsed):
    found = parsed(synthetic[1])
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
def test_it_needs_no_network_and_has_no_script(which, request, parsed):
    page = request.getfixturevalue(which)
    found = parsed(page if isinstance(page, str) else page[1])
    assert "script" not in found.tags
    assert not {"link", "iframe", "object", "embed", "form", "base"} & set(found.tags)
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert all(target.startswith(("#", "data:image/svg+xml;base64,")) for target in found.targets)
    assert "http://" not in re.sub(
        r"http://www\.w3\.org/[^\s\"]*", "", page if isinstance(page, str) else page[1]
    )


def test_ids_kinds_and_titles_are_text(hostile, parsed):
    found = parsed(hostile)
    assert not found.open
    text = "".join(found.text)
    for person in HOSTILE:
        assert person in text
    for word in ("<b>like</b>", "<i>net</i>", "<script>title</script>", "<b>log</b>"):
        assert word in text
    assert "49" not in re.findall(r"<bdi>(.*?)</bdi>", hostile)


def test_a_graph_without_rows_times_or_kinds_has_a_report(parsed):
    bare = InfluenceGraph.from_edges(pl.DataFrame({"source": [1, 2, 3], "target": [2, 3, 2]}))
    text = " ".join(parsed(report_log(bare, people=[2])).text)
    assert "History" not in text
    assert "of 3 by pagerank" in text
    assert "Explanations" not in " ".join(parsed(report_log(bare, methods=["random"])).text)


def test_someone_unknown_is_an_error(synthetic):
    with pytest.raises(DataError, match="not among"):
        report_log(synthetic[0], people=["nobody"])


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


@pytest.mark.parametrize(("confidence", "told"), [(0.8, "80"), (0.95, "95")])
def test_the_level_of_the_intervals_is_that_of_the_comparison(confidence, told):
    graph = build_graph(hostile_log())
    scores = {name: score(graph, name) for name in ("engagement", "reactors")}
    section = _agreement(compare(scores, k=2, confidence=confidence, resamples=20, rng=0))
    assert f"{told}\u202f% intervals" in section.figures[0][1]


def test_it_answers_first(synthetic, parsed):
    graph, page = synthetic
    text = page.split('id="answers"')[1].split("</section>")[0]
    scores = score(graph, "pagerank", uncertainty="bootstrap", rng=0)
    best = scores.top(10)
    assert f"By pagerank, {best['id'][0]} is the most influential of {graph.n:,} people" in text
    bounds = [(int(low), int(high)) for low, high in best.select("rank_low", "rank_high").rows()]
    for row in (0, -1):
        low, high = bounds[row]
        said = f"{low}" if low == high else f"between {low} and {high}"
        assert f"the rank of {best['id'][row]} is {said}" in text
    both = {name: score(graph, name) for name in ("pagerank", "engagement")}
    tau = compare(both, k=100, resamples=0).figure("pagerank", "engagement", "kendall_tau_b")["value"]
    assert f"a tau-b of {tau:.2f}" in text
    parts = explain(graph, best["id"][0], "pagerank", by=["reactor"], attribute_to=None).decomposition
    assert f"{parts['share'][0]:.0%} came by {part_label(parts.row(0, named=True), ('reactor',))}" in text
    half = int((parts["share"].cum_sum() < 0.5).sum()) + 1
    assert f"half by {half:,} of {parts.height:,} people" in text
    assert page.index('id="answers"') < page.index('id="top"') < page.index('id="network"')


def test_a_log_of_many_networks_is_explained(parsed):
    rows = [(f"p{number % 7}", f"q{number % 3}", f"net{number % 15:02d}") for number in range(90)]
    graph = build_graph(read_interactions(pl.DataFrame(rows, ["source", "target", "network"], orient="row")))
    text = " ".join(parsed(report_log(graph, methods=["engagement"])).text)
    assert "Explanations (engagement)" in text
    found = explain(graph, "q0", "engagement")
    assert found.counterfactuals.height <= 12
    without = found.counterfactuals.filter(part="net00").row(0, named=True)
    rest = read_interactions(pl.DataFrame(rows, ["source", "target", "network"], orient="row")).where(
        pl.col("network") != "net00", reason="of net00"
    )
    full = score(graph, "engagement")
    assert without["score"] == pytest.approx(
        score(build_graph(rest), "engagement", reference=full)["q0"]["score"]
    )
