"""Figures inside a page: SVG in the colours of the page, and images that can run no script."""

from __future__ import annotations

import base64
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from influence_graph.report._style import style


@contextmanager
def glyphs_of_the_browser() -> Iterator[None]:
    """Draw without warnings of glyphs that the font used for measuring lacks: a browser has them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*missing from font.*")
        yield


def inline_svg(figure: Figure, label: str, name: str) -> Markup:
    """Return a figure as one ``<svg>`` element for an HTML page.

    Black becomes the text colour of the page and pale grey its line colour, so that the figure is legible
    in light and dark mode. Text stays text, in the font of the page.

    Parameters
    ----------
    figure : Figure
        Drawn within :func:`~influence_graph.report._style.style`.
    label : str
        Text for screen readers.
    name : str
        Prefix of the ids within, which must be unique on the page: letters, digits, hyphens.

    Examples
    --------
    >>> from influence_graph.report.score_figures import waterfall
    >>> import polars as pl
    >>> figure = waterfall(pl.DataFrame({"part": ["<b>"], "points": [1.0]}))
    >>> "<b>" in inline_svg(figure, "One <part>", "f1")
    False
    """
    drawn = io.StringIO()
    with style(), mpl.rc_context({"svg.fonttype": "none"}), glyphs_of_the_browser():
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    head, body = svg.split(">", 1)
    box = re.search(r'viewBox="([^"]+)"', head)
    assert box is not None
    # Within tags only: text may contain anything, but its < and > are escaped.
    body = re.sub(r"<[^>]+>", lambda tag: _on_page(tag[0], name), body)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box[1]}" role="img" aria-label="{escape(label)}">{body}'
    )


def _on_page(tag: str, name: str) -> str:
    tag = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", tag)
    tag = re.sub(r"(?<=[:\s\"])#000000(?=[;\"])", "currentColor", tag)
    tag = re.sub(r"(?<=[:\s\"])#e0e0e0(?=[;\"])", "var(--line)", tag)
    return tag.replace("'DejaVu Sans', sans-serif", "inherit").replace("'DejaVu Sans'", "inherit")


def picture(path: Path, label: str) -> Markup:
    """Return an SVG file as an ``<img>`` with a data URL, in which browsers run no script.

    Raises
    ------
    OSError
        If it can't be read.
    """
    content = base64.b64encode(path.read_bytes()).decode()
    return Markup(f'<img alt="{escape(label)}" src="data:image/svg+xml;base64,{content}">')
