"""The dominant eigenvector of a non-negative operator, by restarted Arnoldi."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit, prange

from influence_graph.arrays import FloatArray
from influence_graph.errors import ConvergenceError

#: Basis vectors between two restarts: more save few products and cost memory, 8·n bytes each.
BASIS = 8
#: People in a block of a sum. Blocks are added in order, whatever the number of threads.
BLOCK = 4096


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
            length = norm(image)
            before = length
            # Orthogonalise again after cancellation (Kahan and Parlett's rule).
            for _ in range(2):
                parts = inner(basis[: j + 1], image)
                hessenberg[: j + 1, j] += parts
                image = subtract(basis[: j + 1], parts, image)
                after = norm(image)
                if after > 0.7 * before:
                    break
                before = after
            hessenberg[j + 1, j] = after
            if hessenberg[j + 1, j] <= 1e-14 * length:
                used = j + 1
                break
            # Residual of the Ritz vector, from the last entry of its coordinates (Saad 2011, section 6.2).
            value, best = _leading(hessenberg[: j + 1, : j + 1])
            if after * abs(best[-1]) <= 0.5 * tol * value:
                used = j + 1
                break
            basis[j + 1] = image / hessenberg[j + 1, j]
        _, best = _leading(hessenberg[:used, :used])
        v = subtract(basis[:used], -best, np.zeros(len(start)))
        # The Perron vector has no negative entry, so setting those to 0 reduces the error.
        v = np.maximum(v if v.sum() > 0 else -v, 0.0)
        v /= norm(v)


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


def inner(basis: FloatArray, x: FloatArray) -> FloatArray:
    """Return the inner product of each row of the basis with x."""
    # BLAS splits long vectors among threads, and then its sums depend on the number of threads.
    return np.asarray(basis @ x) if len(x) <= BLOCK else _inner(basis, x)


def subtract(basis: FloatArray, parts: FloatArray, x: FloatArray) -> FloatArray:
    """Return x − Σ parts[i] · basis[i]."""
    return np.asarray(x - parts @ basis) if len(x) <= BLOCK else _subtract(basis, parts, x)


@njit(cache=True, parallel=True)
def _inner(basis: FloatArray, x: FloatArray) -> FloatArray:
    k, n = basis.shape
    blocks = (n + BLOCK - 1) // BLOCK
    partial = np.zeros((blocks, k))
    for block in prange(blocks):
        for i in range(k):
            total = 0.0
            for v in range(block * BLOCK, min(n, (block + 1) * BLOCK)):
                total += basis[i, v] * x[v]
            partial[block, i] = total
    result = np.zeros(k)
    for block in range(blocks):
        result += partial[block]
    return result


@njit(cache=True, parallel=True)
def _subtract(basis: FloatArray, parts: FloatArray, x: FloatArray) -> FloatArray:
    k, n = basis.shape
    result = np.empty(n)
    for v in prange(n):
        total = x[v]
        for i in range(k):
            total -= parts[i] * basis[i, v]
        result[v] = total
    return result
