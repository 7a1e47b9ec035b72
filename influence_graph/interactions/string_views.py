"""The views of a column of text: 16 bytes a value, of which polars' own library gives no array.

They are taken over the Arrow C data interface, by the structures that its specification fixes
(https://arrow.apache.org/docs/format/CDataInterface.html): importing pyarrow for this one call took longer
than scoring a small log.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

_capsule_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_capsule_pointer.restype = ctypes.c_void_p
_capsule_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]

#: Buffers of a column of views: whether a value is there, views, and the lengths of the buffers of long text.
_SHORT_ONLY = 3


class _ArrowArray(ctypes.Structure):
    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
        ("children", ctypes.c_void_p),
        ("dictionary", ctypes.c_void_p),
        ("release", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
        ("private_data", ctypes.c_void_p),
    )


class _ArrowArrayStream(ctypes.Structure):
    _fields_ = (
        ("get_schema", ctypes.c_void_p),
        ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_ArrowArray))),
        ("get_last_error", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("private_data", ctypes.c_void_p),
    )


class _Views:
    """Memory that numpy reads, given back when the last array of it is gone."""

    def __init__(self, column: pl.Series) -> None:
        capsule = column.__arrow_c_stream__()
        address = _capsule_pointer(capsule, b"arrow_array_stream")
        stream = _ArrowArrayStream.from_address(address)
        self._array = _ArrowArray()
        if stream.get_next(address, ctypes.byref(self._array)):
            raise MemoryError
        self.lengthy = self._array.n_buffers > _SHORT_ONLY

    @property
    def __array_interface__(self) -> dict[str, Any]:
        first = self._array.buffers[1] + 16 * self._array.offset if self._array.length else 0
        return {"version": 3, "shape": (self._array.length, 2), "typestr": "<u8", "data": (first, True)}

    def __del__(self) -> None:
        if self._array.release:
            self._array.release(ctypes.addressof(self._array))


def string_views(column: pl.Series) -> tuple[npt.NDArray[np.uint64], bool]:
    """Return the views of a String column of one chunk, and whether any value has more than 12 bytes.

    Parameters
    ----------
    column : polars.Series
        String, n values in one chunk.

    Returns
    -------
    views : ndarray of uint64, shape (n, 2)
        The length in the lowest 32 bits, then up to 12 bytes of text, or where longer text lies. Read-only,
        in the memory of the column: O(1).
    lengthy : bool
        Whether the column has memory for longer text.

    Examples
    --------
    >>> views, lengthy = string_views(pl.Series(["b", "b", "ca"]))
    >>> (views[:, 0] & 0xFFFFFFFF).tolist(), bool((views[0] == views[1]).all()), lengthy
    ([1, 1, 2], True, False)
    """
    views = _Views(column)
    return np.asarray(views), views.lengthy
