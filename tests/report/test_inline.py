"""Figures inside a page."""

import re

import polars as pl

from influence_graph.report._style import save_figure
from influence_graph.report.inline import inline_svg, picture
from influence_graph.report.score_figures import waterfall

PARTS = pl.DataFrame({"part": ["base", "reply", "like"], "points": [1.0, 50.0, -8.0]})


def test_inline_figures_share_no_ids_and_follow_the_page():
    one, two = (inline_svg(waterfall(PARTS), "A waterfall", name) for name in ("a", "b"))
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, known in zip((one, two), ids, strict=True):
        assert set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', svg)) <= {(i, "") for i in known} | {
            ("", i) for i in known
        }
        assert "#000000" not in svg
        assert "currentColor" in svg
        assert 'role="img" aria-label="A waterfall"' in svg


def test_the_same_figure_is_the_same_bytes(tmp_path):
    assert inline_svg(waterfall(PARTS), "x", "f") == inline_svg(waterfall(PARTS), "x", "f")
    _, svg = save_figure(waterfall(PARTS), tmp_path / "w")
    shown = picture(svg, 'A "quoted" <label>')
    assert shown.startswith('<img alt="A &#34;quoted&#34; &lt;label&gt;" src="data:image/svg+xml;base64,')
