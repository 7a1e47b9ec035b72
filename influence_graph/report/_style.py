"""The style of all figures, and how they are saved: the same bytes every time."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_graph.errors import ConfigError

#: Widths of a column and of a page of two columns, in inches (89 and 183 mm).
SINGLE_COLUMN, DOUBLE_COLUMN = 3.50, 7.20

#: Where a figure goes, or its width in inches.
Size: TypeAlias = Literal["column", "page", "slide"] | float
#: Width in inches and factor of fonts, lines and heights: 8 points on paper are 16 on a slide of 10 inches.
_SIZES = {"column": (SINGLE_COLUMN, 1.0), "page": (DOUBLE_COLUMN, 1.0), "slide": (10.0, 2.0)}
_SLIDE_HEIGHT = 5.6

#: Okabe & Ito (2008): colours for all kinds of colour vision. Yellow is left out: too pale for a line.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
#: A second distinction, for copies in black and white.
MARKERS = ("o", "s", "D", "^", "v", "P", "X")

_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.grid": False,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "figure.constrained_layout.use": True,
    "figure.dpi": 150,
    # The typeface that comes with Matplotlib: the same figure on every machine. See _typefaces.
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "grid.color": "0.88",
    "grid.linewidth": 0.5,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "lines.markersize": 4,
    "pdf.fonttype": 42,
    # Text as outlines, ids by hash: the same SVG everywhere.
    "svg.fonttype": "path",
    "svg.hashsalt": "influence_graph",
    # A label is text: "$x_{$" is drawn as it is.
    "text.parse_math": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
}

#: Typefaces with Chinese, Japanese and Korean letters that systems bring along.
_OTHER_LETTERS = frozenset({
    "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK SC", "Noto Sans CJK TC", "Source Han Sans",
    "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback", "IPAGothic", "NanumGothic",
    "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Arial Unicode MS",
    "Microsoft YaHei", "Yu Gothic", "MS Gothic", "Malgun Gothic",
})  # fmt: skip


@cache
def _typefaces() -> list[str]:
    """Return the typeface of all figures, and those of this machine for the letters that it lacks."""
    from matplotlib.font_manager import get_font_names

    # Some of them have one weight only, of which Matplotlib would tell at every figure.
    logging.getLogger("matplotlib.font_manager").addFilter(
        lambda record: not any(name in record.getMessage() for name in _OTHER_LETTERS)
    )
    return [*_STYLE["font.family"], *sorted(_OTHER_LETTERS.intersection(get_font_names()))]


def style(factor: float = 1.0) -> AbstractContextManager[None]:
    """Return the context in which a figure of this package is drawn.

    The settings of a ``matplotlibrc`` are ignored.

    Parameters
    ----------
    factor : float
        How many times as large fonts, lines and markers are as on paper.

    Examples
    --------
    >>> with style():
    ...     figure = Figure(figsize=(SINGLE_COLUMN, 2.5))
    """
    # The backend is not a style, and without "interactive" a notebook shows no figure made in the context.
    ours_not = {"backend", "interactive"}
    settings: Any = {name: value for name, value in mpl.rcParamsDefault.items() if name not in ours_not}
    ours = {
        name: value * factor if type(value) in (int, float) and name != "figure.dpi" else value
        for name, value in _STYLE.items()
        if name != "pdf.fonttype"
    }
    exact = {"pdf.fonttype": _STYLE["pdf.fonttype"], "font.family": _typefaces()}
    return mpl.rc_context(settings | ours | exact)


@contextmanager
def panels(
    ax: Axes | None, size: Size, height: float, rows: int = 1, columns: int = 1
) -> Iterator[tuple[Figure, list[Axes], float]]:
    """Draw within the style: yield the figure, its axes row by row, and the factor of its size.

    Parameters
    ----------
    ax : Axes or None
        Draw into these axes of a figure of one's own, in the sizes of ``size``.
    size : {"column", "page", "slide"} or float
        Where the figure goes, or its width in inches.
    height : float
        On paper, in inches.
    rows, columns : int
        Number of panels; ``ax`` takes one.

    Raises
    ------
    ConfigError
        If there is no such size.
    """
    if isinstance(size, str) and size not in _SIZES:
        raise ConfigError(
            f"size is {size!r}, but it should be one of {', '.join(_SIZES)}, or a width in inches."
        )
    width, factor = _SIZES[size] if isinstance(size, str) else (float(size), 1.0)
    with style(factor):
        if ax is not None:
            figure = ax.get_figure(root=True)
            assert figure is not None
            yield figure, [ax], factor
            return
        tall = max(height * factor, _SLIDE_HEIGHT) if size == "slide" else height
        figure = Figure(figsize=(width, tall))
        yield figure, list(figure.subplots(rows, columns, squeeze=False).ravel()), factor


def save_figure(figure: Figure, path: Path) -> tuple[Path, Path]:
    """Save a figure as PDF and SVG, fonts embedded and no date, and return both paths.

    Parameters
    ----------
    figure : Figure
        Drawn within :func:`style`.
    path : Path
        Without a suffix.

    Raises
    ------
    OSError
        If the folder can't be written or the disk is full.
    """
    pdf, svg = path.with_suffix(".pdf"), path.with_suffix(".svg")
    with style(), warnings.catch_warnings():
        # A name in letters that the typeface lacks is drawn as boxes: no warning for each letter.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        drawn = io.BytesIO()
        figure.savefig(drawn, format="pdf", metadata={"CreationDate": None})
        pdf.write_bytes(drawn.getvalue())
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
        svg.write_bytes(drawn.getvalue())
    return pdf, svg
