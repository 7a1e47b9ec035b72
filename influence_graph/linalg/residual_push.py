"""y = b + Wᵀy by pushing residuals along edges, where an answer is near or only needed nearby.

The residual is r = b + Wᵀy − y. A push at u adds r(u) to y(u) and W(u, v)·r(u) to each r(v) (Gauss–Southwell;
Andersen, Chung & Lang 2006). Three rules of whom to push, each measured in
:mod:`influence_graph.linalg.random_walk`:

* :func:`solve_locally`: first come, first served, from any y, to a bound for each value;
* :func:`push_from_node`: last come, first served, from one node, normalising rows as they are reached;
* :func:`push_random_rows`: everybody in rounds, with rows of W that are drawn at random.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.linalg.row_shares import row_total


def solve_locally(
    indptr: np.ndarray,
    indices: np.ndarray,
    w: FloatArray,
    b: FloatArray,
    y: FloatArray,
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
) -> int:
    """Solve y = b + Wᵀy in place, W(u, v) ≥ 0 with row sums below 1, from any y.

    The residual is computed once. Then people whose residual is above their bound are pushed in the order
    in which it came to be so. Work is done only where y is wrong, and the order, and with it every bit,
    depends on the input alone.

    Parameters
    ----------
    indptr, indices, w : ndarray
        W as CSR.
    b : ndarray of float64, shape (n,)
        ≥ 0.
    y : ndarray of float64, shape (n,)
        Initial values; the solution afterwards.
    relative, absolute : float
        Stop when every |r(u)| ≤ relative·|y(u)| + absolute. One must be above 0.

    Returns
    -------
    int
        Number of pushes. O(m) for the residual, and the row of each push.

    Examples
    --------
    >>> y = np.zeros(2)
    >>> _ = solve_locally(
    ...     np.array([0, 1, 2]), np.array([1, 0]), np.array([0.5, 0.5]), np.ones(2), y, relative=1e-12
    ... )
    >>> y.round(6)
    array([2., 2.])
    """
    r = _residual(indptr, indices, w, b, y)
    return int(_push(indptr, indices, w, y, r, relative, absolute))


@njit(cache=True)
def _residual(
    indptr: np.ndarray, indices: np.ndarray, w: np.ndarray, b: np.ndarray, y: np.ndarray
) -> np.ndarray:
    r = np.empty_like(y)
    for v in range(len(r)):
        r[v] = b[v] - y[v]
    for u in range(len(y)):
        if y[u] != 0.0:
            for e in range(indptr[u], indptr[u + 1]):
                r[indices[e]] += w[e] * y[u]
    return r


@njit(cache=True)
def _push(
    indptr: np.ndarray,
    indices: np.ndarray,
    w: np.ndarray,
    y: np.ndarray,
    r: np.ndarray,
    relative: float,
    absolute: float,
) -> int:
    n = len(y)
    # A circular queue: nobody is in it twice, so n places are enough.
    queue = np.empty(n, np.int64)
    queued = np.zeros(n, np.bool_)
    head, length = 0, 0
    for u in range(n):
        if abs(r[u]) > relative * abs(y[u]) + absolute:
            queue[length] = u
            queued[u] = True
            length += 1
    pushes = 0
    while length:
        u = queue[head]
        head = head + 1 if head + 1 < n else 0
        length -= 1
        queued[u] = False
        change = r[u]
        if abs(change) <= relative * abs(y[u]) + absolute:
            continue
        y[u] += change
        r[u] = 0.0
        pushes += 1
        for e in range(indptr[u], indptr[u + 1]):
            v = indices[e]
            r[v] += w[e] * change
            if not queued[v] and abs(r[v]) > relative * abs(y[v]) + absolute:
                place = head + length
                queue[place if place < n else place - n] = v
                queued[v] = True
                length += 1
    return pushes


@njit(cache=True)
def push_from_node(
    pointers: IntArray,
    indices: IntArray,
    weights: FloatArray,
    start: int,
    d: float,
    threshold: float,
    x: FloatArray,
    r: FloatArray,
    known: BoolArray,
    touched: IntArray,
    budget: int,
) -> tuple[IntArray, int]:
    """Push x = d·Pᵀx + (1 − d + d·D)·e(start) until each r ≤ threshold · (out-degree + 1).

    D is the mass on people without out-edges, which goes back to the start. It ends early after more than
    ``budget`` edges. ``x`` and ``r`` continue from an earlier call; ``touched`` lists who is ``known``.

    Returns
    -------
    tuple of (ndarray of int64, int)
        All people touched so far, and the number of edges pushed along.
    """
    found = list(touched)
    pushed = 0
    stack = [v for v in found if r[v] > threshold * (pointers[v + 1] - pointers[v] + 1)]
    while len(stack) and pushed <= budget:
        u = stack.pop()
        mass = r[u]
        degree = pointers[u + 1] - pointers[u]
        if mass <= threshold * (degree + 1):
            continue
        r[u] = 0.0
        if degree == 0:
            if u == start:
                x[u] += mass
                continue
            x[u] += (1.0 - d) * mass
            r[start] += d * mass
            stack.append(start)
            continue
        x[u] += (1.0 - d) * mass
        pushed += degree
        largest, total = row_total(weights, pointers[u], pointers[u + 1])
        for e in range(pointers[u], pointers[u + 1]):
            v = indices[e]
            r[v] += d * mass * (weights[e] / largest / total)
            if not known[v]:
                known[v] = True
                found.append(v)
            if r[v] > threshold * (pointers[v + 1] - pointers[v] + 1):
                stack.append(v)
    return np.array(found), pushed


@njit(nogil=True, cache=True)
def push_random_rows(
    indptr: np.ndarray,
    indices: np.ndarray,
    weight: np.ndarray,
    draws: np.ndarray,
    to: np.ndarray,
    new: np.ndarray,
    order: np.ndarray,
    once: int,
    d: np.ndarray,
    r: np.ndarray,
    tolerance: float,
    max_rounds: int,
) -> tuple[np.ndarray, float]:
    """Solve y = b + Wᵀy for each row b of ``r``, with W(u, v) = d(u) times a random share of u's out-weight.

    The weight of edge e is ``weight[e] · draws[e]``, that of an additional edge from ``order[i]`` to
    ``to[i]`` is the mean weight of the row times ``new[i]``. Both are scaled in place to W, whose row u sums
    to d(u); a row none of whose edges is drawn has the additional edge alone, and is empty without. The first
    ``once`` in ``order`` have no in-edges: one push each is exact. The others are pushed in rounds until Σr ≤
    ``tolerance``.

    Returns
    -------
    tuple of (ndarray of float64, float)
        y, of the shape of ``r``, and the largest Σr.
    """
    y = np.zeros_like(r)
    for i in range(len(order)):
        u = order[i]
        first, last = indptr[u], indptr[u + 1]
        drawn, undrawn = 0.0, 0.0
        for e in range(first, last):
            draws[e] *= weight[e]
            drawn += draws[e]
            undrawn += weight[e]
        new[i] *= 0.0 if to[i] == u else undrawn / (last - first) if last > first else 1.0
        scale = d[u] / (drawn + new[i]) if drawn + new[i] > 0.0 else 0.0
        new[i] *= scale
        for e in range(first, last):
            draws[e] *= scale
        if i < once:
            for k in range(len(r)):
                y[k, u] = r[k, u]
                r[k, u] = 0.0
                for e in range(first, last):
                    r[k, indices[e]] += draws[e] * y[k, u]
                r[k, to[i]] += new[i] * y[k, u]
    largest_left = 0.0
    for k in range(len(r)):
        left = 0.0
        for _ in range(max_rounds):
            for i in range(once, len(order)):
                u = order[i]
                now = r[k, u]
                r[k, u] = 0.0
                y[k, u] += now
                for e in range(indptr[u], indptr[u + 1]):
                    r[k, indices[e]] += draws[e] * now
                r[k, to[i]] += new[i] * now
            left = 0.0
            for i in range(once, len(order)):
                left += r[k, order[i]]
            if left <= tolerance:
                break
        largest_left = max(largest_left, left)
        for v in range(r.shape[1]):
            y[k, v] += r[k, v]
    return y, largest_left
