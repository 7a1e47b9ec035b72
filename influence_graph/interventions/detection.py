"""A detector of bought accounts, what it removes, and who bears its errors.

The suspicion of an account is a product of four shares: how young it is (Yang, Harkreader & Gu 2013 name age
the feature that is dearest to fake), how much of what it does goes to one person, how much of that comes back
(Ghosh et al. 2012: farmers follow back), and how many of that person's reactors are alike (lockstep: Beutel
et al. 2013). It knows no identities, so honest people who do the same look the same: fan clubs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray
from influence_graph.behaviour.attacks import Account, Attack
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.interventions.contest import Contest

#: A person with an audience has so many reactors; in a fan club half of them react to nobody else.
_AUDIENCE, _FANS = 5, 0.5


def suspicion(graph: InfluenceGraph) -> FloatArray:
    """Return how suspicious each account is, shape (n,), in [0, 1]; 0 for those who react to nobody.

    Parameters
    ----------
    graph : InfluenceGraph
        n people, m edges; without timestamps all are equally young.

    Notes
    -----
    youth · concentration · (1 + reciprocity)/2 · lockstep: youth is 1 minus the share of the log's span for
    which the account was there; concentration the share of its edge weight on the first of its targets;
    reciprocity the share of its targets who react to it; lockstep the mean of youth · concentration over
    those who react to this target. O(m log m).
    """
    matrix = graph.adjacency
    degree = np.diff(matrix.indptr)
    acts = degree > 0
    main, largest = np.zeros(graph.n, dtype=np.int64), np.zeros(graph.n)
    source = np.repeat(np.arange(graph.n), degree)
    order = np.lexsort((matrix.indices, -matrix.data, source))
    first = order[matrix.indptr[:-1][acts]]
    main[acts], largest[acts] = matrix.indices[first], matrix.data[first]
    total = np.bincount(source, matrix.data, minlength=graph.n)
    concentration = np.divide(largest, total, out=np.zeros(graph.n), where=total > 0)
    mutual = matrix.multiply(matrix.T.tocsr() > 0).tocsr()
    reciprocity = np.diff(mutual.indptr) / np.maximum(degree, 1)
    base = _youth(graph) * concentration
    alike = np.bincount(matrix.indices, base[source], minlength=graph.n)
    reactors = np.maximum(np.bincount(matrix.indices, minlength=graph.n), 1)
    lockstep = (alike / reactors)[main]
    return np.where(acts, base * (1.0 + reciprocity) / 2.0 * lockstep, 0.0)


def flagged(values: FloatArray, honest: BoolArray, rate: float) -> BoolArray:
    """Return who is flagged where at most this share of the honest is; ties at the end are not flagged.

    Examples
    --------
    >>> values = np.array([0.9, 0.8, 0.8, 0.1])
    >>> flagged(values, np.array([False, True, True, True]), 0.5).tolist()
    [True, False, False, False]
    """
    kept = np.sort(values[honest])[::-1]
    allowed = int(np.floor(rate * len(kept)))
    if allowed >= len(kept):
        return np.ones(len(values), dtype=bool)
    above: BoolArray = values > kept[allowed]
    return above


def after_removal(
    contest: Contest, attack: Attack, target: Account, *, rates: Sequence[float] = (0.001, 0.01)
) -> list[dict[str, float | int | None]]:
    """Return what a detector finds of an attack, and what removing the accounts that it flags does.

    Parameters
    ----------
    contest : Contest
        The log and the method.
    attack : Attack
        Rows that are in the log when the detector looks at it.
    target : id
        Who was lifted.
    rates : sequence of float
        Shares of the honest accounts that react to somebody that may be flagged.

    Returns
    -------
    list of dict
        One a rate: ``false_positive_rate``, ``flagged_honest``; ``recall`` (of the attacker's accounts; None
        where all were bought from real people); ``place_before`` (attacked) and ``place_after`` the rows of
        the flagged are removed; ``fans_lost`` and ``others_lost``, the share of reactors that people with a
        fan club and others lose; ``new_flagged`` and ``new_share``, the share of accounts first seen in the
        last tenth of the log among the flagged honest and among all honest; ``single_flagged`` and
        ``single_share``, the same for those who react to one person only.
    """
    log = contest.log.concat(attack.rows)
    graph = build_graph(log, **{**contest.graph_options, "layers": False})
    values = suspicion(graph)
    fake = np.zeros(graph.n, dtype=bool)
    if attack.accounts:
        fake[graph.positions(attack.accounts)] = True
    acts = np.diff(graph.adjacency.indptr) > 0
    honest = acts & ~fake
    own = int(graph.positions([target])[0])
    honest[own] = False
    before = contest.place_after(attack, target)
    rows = []
    for rate in rates:
        found = flagged(values, honest, rate)
        left = _without(log, graph, found)
        place = _place(contest, left, attack, target)
        rows.append({
            "false_positive_rate": rate,
            "flagged_honest": int((found & honest).sum()),
            "recall": float(found[fake].mean()) if fake.any() else None,
            "place_before": before,
            "place_after": place,
            **_lost(graph, found, fake),
            **_bearers(graph, found & honest, honest),
        })  # fmt: skip
    return rows


def _youth(graph: InfluenceGraph) -> FloatArray:
    if "first_seen" not in graph.nodes.columns:
        return np.ones(graph.n)
    first = graph.nodes["first_seen"].dt.epoch("us").cast(pl.Float64).to_numpy()
    start = np.nanmin(first)
    last = graph.nodes["last_seen"].dt.epoch("us").cast(pl.Float64).to_numpy()
    span = np.nanmax(last) - start
    share: FloatArray = (first - start) / span if span > 0 else np.ones(graph.n)
    return np.nan_to_num(share, nan=0.0)


def _without(log: Interactions, graph: InfluenceGraph, gone: BoolArray) -> Interactions:
    ids = graph.ids.filter(pl.Series(gone)).implode()
    return log.where(~pl.col("source").is_in(ids), reason="of an account that was flagged")


def _place(contest: Contest, log: Interactions, attack: Attack, target: Account) -> int | None:
    """Return the place of the target in a log; None where it is not in it, or nobody reacts any more."""
    if not log.rows.people.is_in([target]).any():
        return None
    graph, raw = contest.scored(log)
    values = raw.tied
    above = values > values[int(graph.positions([target])[0])]
    known = graph.ids.filter(
        graph.ids.is_in(pl.Series(list(attack.accounts), dtype=graph.ids.dtype).implode())
    )
    if len(known):
        above[graph.positions(known.to_list())] = False
    return 1 + int(above.sum())


def _lost(graph: InfluenceGraph, found: BoolArray, fake: BoolArray) -> Mapping[str, float | None]:
    """Return the share of real reactors that fan clubs and others lose."""
    matrix = graph.adjacency
    source = np.repeat(np.arange(graph.n), np.diff(matrix.indptr))
    real = ~fake[source]
    reactors = np.bincount(matrix.indices[real], minlength=graph.n)
    single = real & (np.diff(matrix.indptr)[source] == 1)
    fans = np.bincount(matrix.indices[single], minlength=graph.n)
    gone = np.bincount(matrix.indices[real & found[source]], minlength=graph.n)
    audience = reactors >= _AUDIENCE
    club = audience & (fans >= _FANS * reactors)
    rest = audience & ~club
    return {
        name: float((gone[who] / reactors[who]).mean()) if who.any() else None
        for name, who in (("fans_lost", club), ("others_lost", rest))
    }


def _bearers(graph: InfluenceGraph, wronged: BoolArray, honest: BoolArray) -> Mapping[str, float | None]:
    """Return how often the new, and those who react to one person, are among the wronged and the honest."""
    new = _youth(graph) > 0.9
    single = np.diff(graph.adjacency.indptr) == 1
    shares: dict[str, float | None] = {}
    for name, who in (("new", new), ("single", single)):
        shares[f"{name}_flagged"] = float(who[wronged].mean()) if wronged.any() else None
        shares[f"{name}_share"] = float(who[honest].mean()) if honest.any() else None
    return shares
