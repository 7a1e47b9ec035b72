"""Matrix Market files become rows of a log; what scipy writes is what scipy has."""

from __future__ import annotations

import io

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from influence_graph.errors import SchemaError

COLUMNS = "source target kind weight"


def test_against_scipy(files):
    matrix = scipy.sparse.random_array((20, 20), density=0.1, rng=np.random.default_rng(5)).tocoo()
    content = io.BytesIO()
    scipy.io.mmwrite(content, matrix)
    rows = files.rows({"a.mtx": content.getvalue()}, "source target weight", format="matrix-market")
    row, column = matrix.coords
    assert sorted(row[:2] for row in rows) == sorted(
        zip((row + 1).tolist(), (column + 1).tolist(), strict=True)
    )
    assert sum(row[2] for row in rows) == pytest.approx(matrix.data.sum())


def test_symmetric_patterns_and_signs(files):
    content = "%%MatrixMarket matrix coordinate integer symmetric\n3 3 3\n2 1 4\n3 3 1\n3 1 -2\n"
    rows = files.rows({"a.mtx": content}, COLUMNS, format="matrix-market")
    assert sorted(rows) == [
        (1, 2, "interaction", 4.0),
        (1, 3, "distrust", 2.0),
        (2, 1, "interaction", 4.0),
        (3, 1, "distrust", 2.0),
        (3, 3, "interaction", 1.0),
    ]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("real general\n2 3 1", "2 × 3"),
        ("complex general\n2 2 1", "complex"),
        ("real general\n2 2 9", "whole"),
    ],
)
def test_what_is_no_graph_is_refused(files, head, message):
    content = f"%%MatrixMarket matrix coordinate {head}\n1 2 1.0{' 0.0' if 'complex' in head else ''}\n"
    with pytest.raises(SchemaError, match=message):
        files.read({"a.mtx": content}, format="matrix-market")
