"""Credit distribution: influence read off the log, without a model of propagation."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Len
from numba import njit

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import REACHED, Raw, method
from influence_graph.propagation.action_log import (
    actions_of,
    exposures,
    interactions_in_time,
    window_microseconds,
)


@method("credit_distribution", version=1, needs={"events", "timestamps", "items"})
def credit_distribution(graph: InfluenceGraph, *, window: Annotated[str, Len(2)] | None = None) -> Raw:
    r"""Expected number of people moved by each person, by credit that flows back through the log.

    Whoever performs an action gives credit, 1 in all, in equal parts to those they attend to who
    performed it before (γ = 1/d_in), and these pass on their part of it in turn: Γ_vu(a) = Σ_w
    Γ_vw(a) · γ_wu(a). The value of v is σ(v) = Σ_u κ_vu with κ_vu = (1/A_u) Σ_a Γ_vu(a), A_u the actions
    u performed (Goyal, Bonchi & Lakshmanan 2011).

    Parameters
    ----------
    graph : InfluenceGraph
        With its log, timestamps and items; edges say who attends to whom.
    window : str, optional
        Longest time between a cause and what follows it, such as ``"1h"``. Default: any.

    Returns
    -------
    Raw
        σ ≥ 1, the person included. Diagnostics: ``actions``, ``performances``, ``initiators`` (performances
        that nobody seen before explains), ``without_action`` (people who performed none; σ = 1).
        O(performances · degree).

    Notes
    -----
    .. math:: \sigma_v = \sum_u \frac{1}{A_u} \sum_a \Gamma_{vu}(a)

    .. math:: \Gamma_{vu}(a) = \sum_w \Gamma_{vw}(a) \, \gamma_{wu}(a)

    With Γ_vv(a) = 1 where v performed a, and γ_wu(a) the direct credit of w for u's performance of a.

    Unit: one person reached besides oneself.

    Use: Where the log says which post was passed on: influence as it happened, without a model of diffusion.

    References
    ----------
    Goyal, Bonchi & Lakshmanan (2011), "A data-based approach to social influence maximization", PVLDB 5,
    73–84.
    """
    actions = actions_of(graph, "credit_distribution")
    seen = exposures(graph, actions, window_microseconds(window))
    performed = np.bincount(actions.person, minlength=graph.n)
    share = 1.0 / performed[actions.person]
    credit = _flow_back(seen.child, seen.parent, share, np.bincount(seen.child, minlength=len(share)))
    values = np.bincount(actions.person, weights=credit, minlength=graph.n)
    values[performed == 0] = 1.0
    return Raw(
        np.maximum(values, 1.0),
        diagnostics={
            "actions": len(actions.first) - 1,
            "performances": len(actions.person),
            "initiators": len(actions.person) - len(np.unique(seen.child)),
            "without_action": int((performed == 0).sum()),
        },
        unit=REACHED,
    )


@method("temporal_reachability", version=1, needs={"events", "timestamps"})
def temporal_reachability(graph: InfluenceGraph, *, window: Annotated[str, Len(2)] | None = None) -> Raw:
    r"""Credit along paths that respect time, for logs that do not say which post was passed on.

    An event of u at v credits v in full, then the target of v's own latest event before it, and so on
    back in time. Each event carries 1/(number of events of u), as in credit distribution. It is an upper
    bound on what may have been passed on: in a log without items, one event after another may have
    nothing to do with it (and platforms credit a retweet to the root author, so that true chains are
    hidden).

    Parameters
    ----------
    graph : InfluenceGraph
        With its log and timestamps.
    window : str, optional
        Longest time between an event and the earlier one that it is taken to follow, such as ``"1h"``.
        Default: any.

    Returns
    -------
    Raw
        ≥ 1, the person included: each of the others counts at most once. Diagnostics: ``events``,
        ``chained`` (events that follow an earlier one), ``longest`` (events in the longest chain).
        O(events · mean length of chains).

    Notes
    -----
    .. math:: \tau_v = 1 + \sum_{u \neq v} \frac{1}{|E_u|} \, |\{ e \in E_u : v \in C(e) \}|

    With E_u the events of u, and C(e) the people on the chain that leads back from e.

    Unit: one person reached besides oneself.

    Use: Where the log does not say which post was passed on: an upper bound of credit.
    """
    who, on, when = interactions_in_time(graph, "temporal_reachability")
    react = on >= 0
    who, on, when = who[react], on[react], when[react]
    share = 1.0 / np.maximum(np.bincount(who, minlength=graph.n), 1)
    before, depth = _latest_before(graph.n, who, on, when, window_microseconds(window))
    values = 1.0 + _reach(graph.n, who, on, before, share[who])
    return Raw(
        values,
        diagnostics={
            "events": len(who),
            "chained": int((before >= 0).sum()),
            "longest": int(depth.max(initial=0)),
        },
        unit=REACHED,
    )


@njit(cache=True)
def _flow_back(child: IntArray, parent: IntArray, share: FloatArray, sources: IntArray) -> FloatArray:
    """Credit of each performance: its own share and a part of that of all it may have caused.

    Rows are in order of time within an action, so a child stands below its parents: one pass from
    the end sums the recursion of Γ over all u at once.
    """
    credit = share.copy()
    for i in range(len(child) - 1, -1, -1):
        credit[parent[i]] += credit[child[i]] / sources[child[i]]
    return credit


@njit(cache=True)
def _latest_before(
    n: int, who: IntArray, on: IntArray, when: IntArray, window: int
) -> tuple[IntArray, IntArray]:
    """For each event, the latest earlier event of its target, or −1; and how long the chain is."""
    latest = np.full(n, -1, dtype=np.int64)
    before = np.full(len(who), -1, dtype=np.int64)
    depth = np.ones(len(who), dtype=np.int64)
    i = 0
    while i < len(who):
        end = i
        # Events of the same moment do not follow each other.
        while end < len(who) and when[end] == when[i]:
            j = latest[on[end]]
            if j >= 0 and when[end] - when[j] <= window:
                before[end] = j
                depth[end] = depth[j] + 1
            end += 1
        for k in range(i, end):
            latest[who[k]] = k
        i = end
    return before, depth


@njit(cache=True)
def _reach(n: int, who: IntArray, on: IntArray, before: IntArray, share: FloatArray) -> FloatArray:
    """Sum, for everybody, the shares of the events of others whose chain reaches them, each event once."""
    values = np.zeros(n)
    credited = np.full(n, -1, dtype=np.int64)
    for i in range(len(who)):
        credited[who[i]] = i
        at = i
        while at >= 0:
            if credited[on[at]] != i:
                credited[on[at]] = i
                values[on[at]] += share[i]
            at = before[at]
    return values
