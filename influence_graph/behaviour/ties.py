"""The ties of an audience during a simulation: who follows whom now, and whom the author answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from scipy.sparse import csr_array

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.people import keyed_lognormal

#: Traits 0 to 2 are those of people.
_STRENGTH = 3


@dataclass(frozen=True, eq=False)
class Ties:
    """Potential ties, grouped by reader, authors sorted within a reader. ``active`` and ``answered`` change.

    Attributes
    ----------
    bounds : array of int64, shape (n + 1,)
        The ties of reader u are those from bounds[u] up to bounds[u + 1].
    author : array of int32, shape (m,)
        Whose posts come by this tie.
    strength : array of float64, shape (m,)
        Mean 1.
    active : array of bool, shape (m,)
        Whether the reader follows the author now.
    answered : array of int32, shape (m,)
        The last step in which the reader counts as answered by the author; −1: never answered.
    """

    bounds: IntArray
    author: IntArray
    strength: FloatArray
    active: BoolArray
    answered: IntArray

    def reader(self) -> IntArray:
        """Return the reader of each tie, shape (m,)."""
        return np.repeat(np.arange(len(self.bounds) - 1, dtype=np.int32), np.diff(self.bounds))


def make_ties(
    audience: csr_array, *, latent: csr_array | None = None, spread: float = 0.0, key: np.uint64
) -> Ties:
    """Return the ties of an audience, and latent ones that may become active.

    Parameters
    ----------
    audience : csr_array
        n×n: entry [u, v] if u follows v, from :func:`synthetic_audience` or :func:`audience_from_graph`.
    latent : csr_array, optional
        n×n: who might follow whom without doing so yet.
    spread : float, optional
        Standard deviation of the logarithm of the strength, keyed by the pair.
    key : uint64
        Of the world.

    Returns
    -------
    Ties

    Examples
    --------
    >>> ties = make_ties(csr_array(np.array([[0, 1], [0, 0]])), key=np.uint64(1))
    >>> ties.author.tolist(), ties.active.tolist()
    ([1], [True])
    """
    n = audience.shape[0]
    check(audience.shape == (n, n), "audience", audience.shape, "a square matrix")
    # 2 or 3: follows now; 1: latent alone.
    code = 2 * _pattern(audience)
    if latent is not None:
        check(latent.shape == (n, n), "latent", latent.shape, f"a matrix of shape {(n, n)}")
        code = (code + _pattern(latent)).tocsr()
    follows = csr_array(code)
    follows.sort_indices()
    active = follows.data >= 2
    author = follows.indices.astype(np.int32)
    bounds = follows.indptr.astype(np.int64)
    reader = np.repeat(np.arange(n, dtype=np.int64), np.diff(bounds))
    strength = (
        keyed_lognormal(key, reader * n + author, _STRENGTH, spread) if spread else np.ones(len(author))
    )
    return Ties(
        bounds, author, strength, np.ascontiguousarray(active), np.full(len(author), -1, dtype=np.int32)
    )


def _pattern(matrix: csr_array) -> csr_array:
    kept = csr_array(((matrix.data != 0).astype(np.int8), matrix.indices, matrix.indptr), shape=matrix.shape)
    kept.eliminate_zeros()
    return kept


@njit(cache=True)
def find_ties(bounds: IntArray, authors: IntArray, reader: IntArray, author: IntArray) -> IntArray:
    """Return the tie of each pair of reader and author, −1 where there is none: a binary search each."""
    found = np.full(reader.size, -1, dtype=np.int64)
    for place in range(reader.size):
        first, last = bounds[reader[place]], bounds[reader[place] + 1]
        while first < last:
            middle = (first + last) // 2
            if authors[middle] < author[place]:
                first = middle + 1
            else:
                last = middle
        if first < bounds[reader[place] + 1] and authors[first] == author[place]:
            found[place] = first
    return found
