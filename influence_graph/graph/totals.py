"""What the rows of a log add up to, up to a moment: the sums that a build and an update start from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import polars as pl
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray
from influence_graph.errors import DataError, counted
from influence_graph.graph.aggregate import Activity, Sums, activity, aggregate, post_sums
from influence_graph.graph.created_items import created_items
from influence_graph.graph.decay import decay_as_of
from influence_graph.graph.layer_index import LayerIndex
from influence_graph.interactions.encoded_log import Rows, threads
from influence_graph.interactions.log import Interactions
from influence_graph.interactions.timestamps import instant, microseconds

#: Most layers that are kept apart: the time to add them up grows with their square.
MOST_LAYERS = 2048
#: Most counts of people by kind, and kinds of which there may be any number of people.
_MOST_COUNTS, _FEW_KINDS = 1 << 28, 1000
#: Weights by kind, weight of other kinds, notes: see :func:`influence_graph.graph.weighting.resolve_kinds`.
ResolvedKinds: TypeAlias = tuple[dict[str, float], float | None, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Totals:
    """What a log adds up to, before it becomes one matrix.

    Attributes
    ----------
    log : Interactions
        The log without the rows left out.
    rows : Rows
        The rows that count, and the people that they name.
    moment : datetime or None
        The moment that the sums describe.
    later, selves : int
        Rows left out: those after ``as_of``, and of the others the self-interactions.
    index : LayerIndex
        The layers of the rows.
    activity : Activity
        When each person was active.
    posts : ndarray of float64, shape (n,)
        Posts of each person; see :func:`created_items`.
    posts_given : ndarray of float64, shape (n,), or None
        Weight of the interactions given that are posts too; None where no network has items.
    sums : Sums
        By person and pair.
    resolved : tuple
        What ``resolve`` returned: weights by kind, weight of other kinds, notes.
    """

    log: Interactions
    rows: Rows
    moment: datetime | None
    later: int
    selves: int
    index: LayerIndex
    activity: Activity
    posts: FloatArray
    posts_given: FloatArray | None
    sums: Sums
    resolved: ResolvedKinds


def check_layers(index: LayerIndex) -> None:
    """Raise a DataError where there are too many layers to keep them apart."""
    if len(index.names) > MOST_LAYERS:
        raise DataError(
            f"The log has {len(index.names):,} pairs of kind and network, each of which would be a layer of "
            f"its own; at most {MOST_LAYERS:,} are kept apart. layers=False adds them up; or look whether "
            "the columns of kinds and networks hold what their names say."
        )


def _check_size(index: LayerIndex, people: int) -> None:
    """Raise a DataError where the counts of each person by kind would take too much memory."""
    if len(index.kinds) * people > _MOST_COUNTS and len(index.kinds) > _FEW_KINDS:
        raise DataError(
            f"The log has {len(index.kinds):,} kinds and {people:,} people, too many for counts of each "
            "person by kind. Look whether the column of kinds holds kinds; kind_names= merges them."
        )


def log_totals(
    log: Interactions,
    *,
    half_life: float | None,
    as_of: datetime | None,
    separate: bool,
    resolve: Callable[[set[str]], ResolvedKinds],
    not_before: datetime | None = None,
) -> Totals:
    """Return what the rows of a log up to ``as_of`` add up to.

    Parameters
    ----------
    log : Interactions
        The log.
    half_life : float or None
        In seconds.
    as_of : datetime or None
        The moment to describe; None: the last timestamp, or ``not_before`` if that is later.
    separate : bool
        Whether to keep layers, or only their weighted sum.
    resolve : callable
        From the kinds of the rows to their weights, the weight of other kinds, and notes.
    not_before : datetime or None
        See ``as_of``.

    Raises
    ------
    DataError
        If no row is left, half_life is given and a row that decays has no timestamp, or there are too many
        layers or kinds.
    ConfigError
        If ``resolve`` finds a kind without a weight.
    """
    with threads(log.report.kept) as spread:
        every = log.rows
        rows = every
        if as_of is not None and every.span is not None and every.span[1] > microseconds(as_of):
            time = pl.col("timestamp")
            part = log.where((time <= as_of) | time.is_null(), reason="later than as_of")
            log, rows = part, every.filter(part.mask, spread)
        later, selves = len(every) - len(rows), rows.self_interactions
        if selves:
            other = (pl.col("source") != pl.col("target")).fill_null(True)
            part = log.where(other, reason="self-interactions")
            log, rows = part, rows.filter(part.mask, spread)
        if not len(rows):
            raise _no_rows(every, as_of)
        moment = as_of
        if moment is None and rows.span is not None:
            moment = instant(rows.span[1])
        if not_before is not None and moment is not None:
            moment = max(moment, not_before)
        resolved = resolve({kind for kind, _ in rows.labels})
        index = LayerIndex.of(rows.labels)
        if separate:
            check_layers(index)
        _check_size(index, len(rows.people))
        active = activity(rows, index, spread)
        if half_life is not None and active.untimed:
            raise DataError(
                f"half_life was given, but {counted(active.untimed, 'row has', 'rows have')} no timestamp. "
                "Fill them in, leave these rows out, or leave half_life out."
            )
        sums = aggregate(
            rows,
            index,
            active.given,
            decay=decay_as_of(moment, half_life),
            weights=resolved[0],
            separate=separate,
            spread=spread,
        )
        created = created_items(log, rows.people)
        posts, given = (post_sums(rows, len(rows.people)), None) if created is None else created
    return Totals(log, rows, moment, later, selves, index, active, posts, given, sums, resolved)


def layer_sums(
    log: Interactions, *, half_life: float | None, moment: datetime | None
) -> dict[tuple[str, str], csr_array]:
    """Return the sum of each layer: those of :func:`log_totals`, of the rows that it found to count."""
    rows = log.rows
    with threads(len(rows)) as spread:
        index = LayerIndex.of(rows.labels)
        sums = aggregate(
            rows,
            index,
            activity(rows, index, spread).given,
            decay=decay_as_of(moment, half_life),
            weights=dict.fromkeys(index.kinds, 0.0),
            separate=True,
            spread=spread,
        )
    return sums.layers


def _no_rows(rows: Rows, as_of: datetime | None) -> DataError:
    if as_of is None or rows.span is None:
        return DataError("The log has no rows, so there is no graph to build.")
    return DataError(
        f"No row is left: as_of is {as_of:%Y-%m-%d %H:%M:%S} UTC, and the log starts at "
        f"{instant(rows.span[0]):%Y-%m-%d %H:%M:%S} UTC. Choose a later as_of."
    )
