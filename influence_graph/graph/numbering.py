"""Each distinct value gets a number, in the order in which values appear: ids, kinds, networks.

A hash table with open addressing holds the values seen. A batch is looked up by several threads, each
in a slice of it, and what they did not find is added by one: so the numbers depend on the values alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import int32, int64, njit, types, uint64

Words: TypeAlias = npt.NDArray[np.uint64]
Codes: TypeAlias = npt.NDArray[np.int32]
#: Runs a function over a list, on several threads or on one, and gives the results in order: ``map``.
Spread: TypeAlias = Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]

#: Number of a value that is absent.
ABSENT = -2
#: The longest text that an Arrow view holds in itself, in bytes.
_INLINE = 12
_FEW = 1 << 16


class Numbering:
    """Numbers for values of one type, Int64 or String; equal values get equal numbers.

    Text of up to 12 bytes is compared as it is. Longer text is known by its length and 96 bits of two
    64-bit hashes: among a hundred million ids of equal length two would be mixed up with probability 10⁻¹³.
    """

    def __init__(self, dtype: pl.DataType) -> None:
        self.dtype = dtype
        self._table = np.zeros((1 << 10, 2 if dtype == pl.Int64() else 3), dtype=np.uint64)
        self._size = 0
        self._found: list[pl.Series] = []

    def __len__(self) -> int:
        return self._size

    def codes(self, column: pl.Series, spread: Spread) -> Codes:
        """Return the number of each value; new values get the next ones, and null is ``ABSENT``."""
        column = column.rechunk()
        words, absent = _words(column)
        codes = np.empty(len(column), dtype=np.int32)
        slices = np.linspace(0, codes.size, 9).astype(int) if codes.size >= _FEW else [0, codes.size]
        parts = list(itertools.pairwise(slices))

        def find(part: tuple[int, int]) -> int:
            some = slice(*part)
            return int(_find(self._table, words[some], absent[some], codes[some]))

        missing = list(spread(find, parts))
        if sum(missing):
            fresh = np.empty(sum(missing), dtype=np.int64)
            before = self._size
            for (start, end), count in zip(parts, missing, strict=True):
                if count:
                    self._grow(self._size + count)
                    self._size = _insert(
                        self._table, self._size, before, start, words, codes[start:end], fresh
                    )
            self._found.append(column.gather(fresh[: self._size - before]))
        return codes

    def values(self) -> pl.Series:
        """Return the values by number."""
        if not self._found:
            return pl.Series([], dtype=self.dtype)
        return pl.concat(self._found)

    def _grow(self, size: int) -> None:
        """Make room for so many values, at most half of the slots taken."""
        slots = len(self._table)
        while slots < 2 * size:
            slots *= 2
        if slots > len(self._table):
            wider = np.zeros((slots, self._table.shape[1]), dtype=np.uint64)
            _rehash(self._table, wider)
            self._table = wider


def _words(column: pl.Series) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Return each value as one or two words of 64 bits, and whether it is null (empty: none is)."""
    nulls = column.null_count()
    absent = column.is_null().to_numpy() if nulls else np.empty(0, dtype=bool)
    if column.dtype != pl.String:
        numbers = (column.fill_null(0) if nulls else column).to_numpy()
        return np.ascontiguousarray(numbers).view(np.uint64).reshape(-1, 1), absent
    views = column.to_arrow(compat_level=pl.CompatLevel.newest())
    lengthy = len(views.buffers()) > 2
    words = np.frombuffer(views.buffers()[1], dtype=np.uint64).reshape(-1, 2)
    words = words[views.offset : views.offset + len(column)]
    if lengthy:
        # A view of long text says where it lies: another place for each batch.
        long = (words[:, 0] & np.uint64(0xFFFFFFFF)) > _INLINE
        hashes = [column.hash(seed).to_numpy() for seed in (1, 2)]
        high = (words[:, 0] & np.uint64(0xFFFFFFFF)) | (hashes[0] & ~np.uint64(0xFFFFFFFF))
        words = np.where(long[:, None], np.column_stack((high, hashes[1])), words)
    return words, absent


_values = types.Array(types.uint64, 2, "C", readonly=True)
_flags = types.Array(types.boolean, 1, "C", readonly=True)
_1, _32 = np.uint64(1), np.uint64(32)
#: The golden ratio's bits (Knuth, The Art of Computer Programming 3, 6.4) spread neighbours far apart.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

# A slot holds a value's words, then its number plus one, so that a table of zeros is empty. Places are
# unsigned, and there is a loop for one word and one for two: both make looking up several times faster.


@njit(uint64(uint64, uint64), inline="always")
def _mixed(state: np.uint64, word: np.uint64) -> np.uint64:
    mixed = (state ^ word) * _GOLDEN
    return mixed ^ (mixed >> _32)


@njit(int64(uint64[:, ::1], _values, _flags, int32[::1]), cache=True, nogil=True)
def _find(table: Words, words: Words, absent: npt.NDArray[np.bool_], codes: Codes) -> int:
    """Write the numbers of known values, -1 for others, and return how many others there are."""
    mask = np.uint64(table.shape[0] - 1)
    missing = 0
    if table.shape[1] == 2:
        for row in range(codes.size):
            word = words[row, 0]
            slot = _mixed(np.uint64(0), word) & mask
            while table[slot, 1] != 0 and table[slot, 0] != word:
                slot = (slot + _1) & mask
            codes[row] = np.int32(np.int64(table[slot, 1]) - 1)
            missing += codes[row] < 0
    else:
        for row in range(codes.size):
            word, more = words[row, 0], words[row, 1]
            slot = _mixed(_mixed(np.uint64(0), word), more) & mask
            while table[slot, 2] != 0 and (table[slot, 0] != word or table[slot, 1] != more):
                slot = (slot + _1) & mask
            codes[row] = np.int32(np.int64(table[slot, 2]) - 1)
            missing += codes[row] < 0
    for row in range(absent.size):
        if absent[row]:
            missing -= codes[row] == -1
            codes[row] = ABSENT
    return missing


@njit(uint64(uint64[:, ::1], _values, int64), cache=True, nogil=True)
def _slot(table: Words, words: Words, row: int) -> np.uint64:
    """Return the slot that holds a value, or the free one in which it belongs."""
    width = table.shape[1] - 1
    mask = np.uint64(table.shape[0] - 1)
    slot = np.uint64(0)
    for word in range(width):
        slot = _mixed(slot, words[row, word])
    slot &= mask
    while table[slot, width] != 0:
        if table[slot, 0] == words[row, 0] and (width == 1 or table[slot, 1] == words[row, 1]):
            break
        slot = (slot + _1) & mask
    return slot


@njit(int64(uint64[:, ::1], int64, int64, int64, _values, int32[::1], int64[::1]), cache=True, nogil=True)
def _insert(
    table: Words,
    size: int,
    before: int,
    start: int,
    words: Words,
    codes: Codes,
    fresh: npt.NDArray[np.int64],
) -> int:
    """Number the values that were not found; return how many there are now, and their rows in ``fresh``."""
    width = words.shape[1]
    for row in range(codes.size):
        if codes[row] == -1:
            slot = _slot(table, words, start + row)
            if table[slot, width] == 0:
                for word in range(width):
                    table[slot, word] = words[start + row, word]
                fresh[size - before] = start + row
                size += 1
                table[slot, width] = np.uint64(size)
            codes[row] = np.int32(np.int64(table[slot, width]) - 1)
    return size


@njit(types.void(uint64[:, ::1], uint64[:, ::1]), cache=True, nogil=True)
def _rehash(table: Words, wider: Words) -> None:
    """Put what one table holds into a larger one."""
    width = table.shape[1] - 1
    for slot in range(table.shape[0]):
        if table[slot, width] != 0:
            place = _slot(wider, table, slot)
            for word in range(width + 1):
                wider[place, word] = table[slot, word]
