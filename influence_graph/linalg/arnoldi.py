"""The dominant eigenvector of a non-negative operator, by restarted Arnoldi."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConvergenceError
from influence_graph.threads import over_threads

#: Basis vectors between two restarts: more save few products and cost memory, 8·n bytes each.
BASIS = 12
#: People in a block of a sum. Blocks are added in order, whatever the number of threads.
BLOCK = 4096
#: Most pieces, of whole blocks, that threads take.
_PIECES = 16
#: What a vector keeps of its length when it is orthogonalised, below which that is done once more. What is
#: left of the basis in it is at most the rounding error over this, far below any tolerance.
_CANCELLED = 0.01


def dominant_vector(
    apply: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    *,
    tol: float,
    max_iterations: int,
    name: str,
) -> tuple[FloatArray, float, float, int]:
    """Return v ≥ 0 with Σv = 1, λ, the residual ‖Mv − λv‖₂ / (λ‖v‖₂), and the number of products M·x.

    Arnoldi with restarts (Saad 2011, section 6.2), from ``start`` > 0: where several vectors share the
    largest eigenvalue (parts that are not connected), the answer is the one that the plain power
    iteration from there would end in.

    Parameters
    ----------
    apply : callable
        x ↦ Mx for a non-negative n×n matrix M.
    start : ndarray of float64, shape (n,)
        Positive.
    tol : float
        Bound on the residual, which is computed from a product with the vector that is returned.
    max_iterations : int
        Most products.
    name : str
        The method that asks, for the message of an error.

    Raises
    ------
    ConvergenceError
        If the residual is above ``tol`` after ``max_iterations`` products.
    """
    size = min(BASIS, len(start))
    basis = np.empty((size + 1, len(start)))
    v, products = start / norm(start), 0
    while True:
        basis[0] = v
        hessenberg = np.zeros((size + 1, size))
        used = size
        due, before = 0, None
        for j in range(size):
            image = apply(basis[j])
            products += 1
            if j == 0:
                value = float(inner(basis[:1], image)[0])
                residual = norm(image - value * v) / value if value > 0 else np.inf
                if residual <= tol:
                    return v / v.sum(), value, residual, products
                if products >= max_iterations:
                    raise ConvergenceError(
                        f"{name} reached a residual of {residual:.2e} after {products} products with the "
                        f"matrix, not tol={tol:g}. Raise max_iterations or tol."
                    )
            length, after = _orthogonalise(basis[: j + 1], image, hessenberg[: j + 1, j])
            hessenberg[j + 1, j] = after
            if after <= 1e-14 * length:
                used = j + 1
                break
            if j >= due:
                # Residual of the Ritz vector, from the last entry of its coordinates (Saad 2011, 6.2).
                value, best = _leading(hessenberg[: j + 1, : j + 1])
                left = after * abs(best[-1])
                if left <= 0.5 * tol * value:
                    used = j + 1
                    break
                due = j + _steps_until(0.5 * tol * value, left, j, before)
                before = j, left
            np.divide(image, after, out=basis[j + 1])
        _, best = _leading(hessenberg[:used, :used])
        v = np.zeros(len(start))
        subtract(basis[:used], -best, v)
        # The Perron vector has no negative entry, so setting those to 0 reduces the error.
        v = np.maximum(v if v.sum() > 0 else -v, 0.0)
        v /= norm(v)


def _orthogonalise(basis: FloatArray, image: FloatArray, parts: FloatArray) -> tuple[float, float]:
    """Subtract from ``image`` its parts along the basis; return its norm before and after.

    The parts are added to ``parts``. Once more after cancellation (Kahan and Parlett's rule).
    """
    sums = inner(basis, image, square=True)
    length = before = float(np.sqrt(sums[-1]))
    parts += sums[:-1]
    after = subtract(basis, sums[:-1], image)
    if after <= _CANCELLED * before:
        sums = inner(basis, image)
        parts += sums
        after = subtract(basis, sums, image)
    return length, after


def _steps_until(goal: float, left: float, j: int, before: tuple[int, float] | None) -> int:
    """Return in how many steps to compare a residual with its goal: half of those needed at its rate.

    An eigenvalue problem of a basis takes longer than a product with a small matrix.
    """
    if before is None or not 0.0 < left < before[1] or goal <= 0.0:
        return 1
    rate = np.log(left / before[1]) / (j - before[0])
    return max(1, int(np.log(goal / left) / rate / 2.0))


def resolution_of(vector: FloatArray, residual: float) -> float:
    """Return what values of a dominant vector have to differ by: 10 times its residual, of the largest value.

    The error of the vector is its residual over the gap to the next eigenvalue, which is not known: it is
    taken to be a tenth of the largest.
    """
    return 10.0 * max(residual, 1e-14) * float(vector.max(initial=0.0))


def _leading(matrix: FloatArray) -> tuple[float, FloatArray]:
    """Return the eigenvalue of largest real part and its vector."""
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    return float(values[first].real), np.real(vectors[:, first])


def norm(x: FloatArray) -> float:
    """Return ‖x‖₂."""
    return float(np.sqrt(inner(x[None, :], x)[0]))


def inner(basis: FloatArray, x: FloatArray, *, square: bool = False) -> FloatArray:
    """Return the inner product of each row of the basis with x, and at the end, with ``square``, x·x."""
    # BLAS splits long vectors among threads, and then its sums depend on the number of threads. Short ones
    # take it, as the kernels would compile for a second.
    if len(x) <= BLOCK:
        return np.append(basis @ x, x @ x) if square else np.asarray(basis @ x)
    sums = np.zeros((-(-len(x) // BLOCK), len(basis) + square))
    _by_blocks(len(sums), lambda first, last: _inner(basis, x, first, last, sums))
    total: FloatArray = sums.sum(axis=0)
    return total


def subtract(basis: FloatArray, parts: FloatArray, x: FloatArray) -> float:
    """Subtract Σ parts[i] · basis[i] from x, in place, and return ‖x‖₂."""
    if len(x) <= BLOCK:
        x -= parts @ basis
        return float(np.sqrt(x @ x))
    squares = np.zeros(-(-len(x) // BLOCK))
    _by_blocks(len(squares), lambda first, last: _subtract(basis, parts, x, first, last, squares))
    return float(np.sqrt(squares.sum()))


def _by_blocks(blocks: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(first, last)`` for pieces of consecutive blocks, over threads."""
    pieces = min(_PIECES, blocks)
    over_threads(lambda i: work(blocks * i // pieces, blocks * (i + 1) // pieces), pieces)


# Four sums side by side: one alone waits for its last addition before the next.


@njit(cache=True, nogil=True)
def _inner(basis: FloatArray, x: FloatArray, first: int, last: int, sums: FloatArray) -> None:
    k, n = basis.shape
    for block in range(first, last):
        start, end = block * BLOCK, min(n, (block + 1) * BLOCK)
        for i in range(sums.shape[1]):
            row = basis[i] if i < k else x
            sums[block, i] = _dot(row, x, start, end)


@njit(cache=True, nogil=True)
def _subtract(
    basis: FloatArray, parts: FloatArray, x: FloatArray, first: int, last: int, squares: FloatArray
) -> None:
    k, n = basis.shape
    for block in range(first, last):
        start, end = block * BLOCK, min(n, (block + 1) * BLOCK)
        for i in range(k):
            part, row = parts[i], basis[i]
            for v in range(np.uint64(start), np.uint64(end)):
                x[v] -= part * row[v]
        squares[block] = _dot(x, x, start, end)


@njit(cache=True, nogil=True)
def _dot(x: FloatArray, y: FloatArray, start: int, end: int) -> float:
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    one, two, three, four = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)
    by_four = np.uint64(start + (end - start) // 4 * 4)
    for v in range(np.uint64(start), by_four, four):
        a += x[v] * y[v]
        b += x[v + one] * y[v + one]
        c += x[v + two] * y[v + two]
        d += x[v + three] * y[v + three]
    total = (a + b) + (c + d)
    for v in range(by_four, np.uint64(end)):
        total += x[v] * y[v]
    return total
