"""Names beside the dots of a figure, none over another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase

from influence_graph.arrays import FloatArray

#: Where a name may stand around a dot, the best first, and how far from it, in points.
_AROUND = ((1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7))
_FAR = (1.5, 8.0, 16.0, 26.0)
_LONGEST = 18


def write_names(
    figure: Figure,
    axes: Axes,
    places: FloatArray,
    names: Sequence[str],
    *,
    width: FloatArray,
    order: Iterable[int],
) -> list[int]:
    """Write names where they cover no dot, no other name and no label of axes; return whose found a place.

    A name that stands away from its dot is joined to it by a line.

    Parameters
    ----------
    figure, axes : Figure and Axes
        With the dots and limits drawn already.
    places : ndarray of float64, shape (n, 2)
        Of the dots, in data.
    names : sequence of str
        n names; long ones are cut.
    width : ndarray of float64, shape (n,)
        Of the dots, in points.
    order : iterable of int
        Whose names are written, those that matter most first.
    """
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    figure.draw_without_rendering()
    at = axes.transData.transform(places)
    radius = width / 2 * figure.dpi / 72
    dots = np.column_stack([at - radius[:, None], at + radius[:, None]])
    beside = [axes.xaxis, axes.yaxis, *axes.child_axes, *(one for one in figure.axes if one is not axes)]
    boxes = [one.get_tightbbox(renderer) for one in beside if one.get_visible()] if axes.axison else []
    taken = np.array([box.extents for box in boxes if box is not None]).reshape(-1, 4)
    written = []
    for number in order:
        others = np.concatenate([np.delete(dots, number, axis=0), taken])
        for far, (x, y) in ((far, around) for far in _FAR for around in _AROUND):
            gap = width[number] / 2 + far
            text = axes.annotate(
                _plain(names[number]), tuple(places[number]), (x * gap, y * gap), textcoords="offset points",
                ha=("right", "center", "left")[int(np.sign(x)) + 1],
                va=("top", "center", "bottom")[int(np.sign(y)) + 1],
                fontsize=mpl.rcParams["legend.fontsize"], zorder=4, annotation_clip=False,
                arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": "#808080", "shrinkB": 0,
                            "shrinkA": 0} if far > _FAR[0] else None,
            )  # fmt: skip
            text.set_in_layout(False)
            text.update_positions(renderer)
            # Of the name alone, without its line.
            box = Text.get_window_extent(text, renderer)
            if _inside(box, figure.bbox) and not _overlaps(box, others):
                taken = np.vstack([taken, box.extents])
                written.append(int(number))
                break
            text.remove()
    return written


def _inside(box: Bbox, frame: BboxBase) -> bool:
    return bool(box.x0 >= frame.x0 and box.x1 <= frame.x1 and box.y0 >= frame.y0 and box.y1 <= frame.y1)


def _overlaps(box: Bbox, others: FloatArray) -> bool:
    """Return whether a box overlaps any of others, shape (n, 4): x0, y0, x1, y1."""
    x0, y0, x1, y1 = others.T
    return bool(((x0 < box.x1) & (x1 > box.x0) & (y0 < box.y1) & (y1 > box.y0)).any())


def _plain(name: str) -> str:
    text = "".join(one if one.isprintable() else " " for one in name)
    return text[: _LONGEST - 1] + "…" if len(text) > _LONGEST else text or " "
