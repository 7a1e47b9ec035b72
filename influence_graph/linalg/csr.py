"""CSR arrays in canonical form: sorted indices, no duplicates."""

from __future__ import annotations

from typing import Any

from scipy.sparse import csr_array


def canonical(data: Any, indices: Any, indptr: Any, n: int) -> csr_array:
    """Return the n×n CSR array of these parts, which are in canonical order already."""
    matrix = csr_array((data, indices, indptr), shape=(n, n), copy=False)
    # Stated, not detected: detection reads every entry.
    matrix.has_canonical_format = True
    return matrix
