"""The pieces of a report and the one HTML file made of them.

Everything that comes from a log is text: the template escapes it, and the page forbids scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True)
class Column:
    """A column of a table, and the kind of its cells.

    ``number``: formatted numbers; ``head``: names of the rows; ``meter``: percentages drawn as bars;
    ``interval``: pairs of a number and its interval. A ``wide`` column is hidden on narrow screens.
    """

    name: str
    number: bool = False
    head: bool = False
    meter: bool = False
    interval: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its caption; cells are text, those of a ``meter`` numbers from 0 to 100.

    On a narrow screen the intervals of a ``stacked`` table stand below the name of their row.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    stacked: bool = False

    @staticmethod
    def whole(cell: str) -> bool:
        """Whether the words of a cell are short enough to stay whole on a narrow screen."""
        return max(map(len, cell.split()), default=0) <= 16


@dataclass(frozen=True)
class Change:
    """The score without a part, and the difference."""

    of: str
    part: str
    score: str
    by: str
    way: str


@dataclass(frozen=True)
class Person:
    """One person's explanation."""

    id: str
    rank: str
    score: str
    attributed_to: str | None = None
    waterfall: Markup | None = None
    waterfall_caption: str = ""
    changes: Sequence[Change] = ()
    #: How many parts are left out of ``changes``, since they change the score least.
    unchanged: int = 0
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Section:
    """A section of the page; ``name`` is its anchor: letters and hyphens."""

    name: str
    title: str
    texts: Sequence[str] = ()
    figures: Sequence[tuple[Markup, str]] = ()
    tables: Sequence[Table] = ()
    people: Sequence[Person] = ()
    listing: Sequence[tuple[str, str]] = ()
    code: Sequence[str] = field(default=())


def render(title: str, subtitle: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """Return the page: one HTML document that needs nothing else.

    Parameters
    ----------
    title, subtitle : str
        Headings of the page.
    facts : sequence of (name, value)
        Shown first.
    sections : sequence of Section
        The rest, in order.

    Examples
    --------
    >>> "<script>" in render("<script>", "", [], [])
    False
    """
    page: str = _template().render(
        title=title, subtitle=subtitle, facts=facts, sections=sections, version=version("influence-graph")
    )
    return page


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    home = Environment(
        loader=PackageLoader("influence_graph", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return home.get_template("report.html.j2")
