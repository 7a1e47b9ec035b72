"""Each distinct value gets a number, in the order in which values appear: ids, kinds, networks.

A hash table with open addressing holds the values seen. Looking up a value waits for memory, so its place is
asked for some values ahead. The numbers depend on the values alone.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import int32, int64, njit, types, uint64

from influence_graph.compilation import kernel
from influence_graph.interactions.string_views import string_views
from influence_graph.prefetch import prefetch

Words: TypeAlias = npt.NDArray[np.uint64]
Codes: TypeAlias = npt.NDArray[np.int32]

#: Number of a value that is absent.
ABSENT = -2
#: The longest text that an Arrow view holds in itself, in bytes.
_INLINE = 12
#: Slots of a new table; memory that is not written to is not taken.
_SLOTS = 1 << 15
#: How many values ahead the place of one is asked for.
_AHEAD = 32


class Numbering:
    """Numbers for values of one type, Int64 or String; equal values get equal numbers.

    Text of up to 12 bytes is compared as it is. Longer text is known by its length and 96 bits of two
    64-bit hashes: among a hundred million ids of equal length two would be mixed up with probability 10⁻¹³.

    Examples
    --------
    >>> words = Numbering(pl.String())
    >>> words.codes(pl.Series(["like", "reply", None, "like"])).tolist()
    [0, 1, -2, 0]
    >>> words.values().to_list()
    ['like', 'reply']
    """

    def __init__(self, dtype: pl.DataType) -> None:
        self.dtype = dtype
        self._table = np.zeros((_SLOTS, 2 if dtype == pl.Int64() else 3), dtype=np.uint64)
        self._size = 0
        self._found: list[pl.Series] = []

    def __len__(self) -> int:
        return self._size

    def codes(self, column: pl.Series) -> Codes:
        """Return the number of each value; new values get the next ones, and null is ``ABSENT``."""
        column = column.rechunk()
        words, absent = _words(column)
        codes = np.empty(len(column), dtype=np.int32)
        number = _number_integers if words.shape[1] == 1 else _number_texts
        done, size = 0, self._size
        # Rows with values that are new: as many as there is room for until two thirds of the slots are taken.
        while True:
            fresh = np.empty(min(2 * len(self._table) // 3 - self._size, len(codes) - done), dtype=np.int64)
            done, self._size = number(self._table, self._size, words, absent, done, codes, fresh)
            if self._size > size:
                self._found.append(column.gather(fresh[: self._size - size]))
                size = self._size
            if done == len(codes):
                return codes
            wider = np.zeros((2 * len(self._table), self._table.shape[1]), dtype=np.uint64)
            _rehash(self._table, wider)
            self._table = wider

    def values(self) -> pl.Series:
        """Return the values by number."""
        if not self._found:
            return pl.Series([], dtype=self.dtype)
        self._found = [pl.concat(self._found).rechunk()]
        return self._found[0]


def _words(column: pl.Series) -> tuple[Words, npt.NDArray[np.bool_]]:
    """Return each value as one or two words of 64 bits, and whether it is null (empty: none is)."""
    nulls = column.null_count()
    absent = column.is_null().to_numpy() if nulls else np.empty(0, dtype=bool)
    if column.dtype != pl.String:
        numbers = (column.fill_null(0) if nulls else column).to_numpy()
        return np.ascontiguousarray(numbers).view(np.uint64).reshape(-1, 1), absent
    words, lengthy = string_views(column)
    if lengthy:
        # A view of long text says where it lies: another place for each batch.
        long = (words[:, 0] & np.uint64(0xFFFFFFFF)) > _INLINE
        hashes = [column.hash(seed).to_numpy() for seed in (1, 2)]
        high = (words[:, 0] & np.uint64(0xFFFFFFFF)) | (hashes[0] & ~np.uint64(0xFFFFFFFF))
        words = np.where(long[:, None], np.column_stack((high, hashes[1])), words)
    return words, absent


_values = types.Array(types.uint64, 2, "C", readonly=True)
_flags = types.Array(types.boolean, 1, "C", readonly=True)
_pair: Any = types.Tuple
_signature = _pair((int64, int64))(uint64[:, ::1], int64, _values, _flags, int64, int32[::1], int64[::1])
_1, _32 = np.uint64(1), np.uint64(32)
#: The golden ratio's bits (Knuth, The Art of Computer Programming 3, 6.4) spread neighbours far apart.
GOLDEN = np.uint64(0x9E3779B97F4A7C15)

# A slot holds a value's words, then its number plus one, so that a table of zeros is empty. Places are
# unsigned, and there is a kernel for one word and one for two: both make looking up several times faster.


@njit(inline="always")
def mixed(state: np.uint64, word: np.uint64) -> np.uint64:
    """Return the state of a hash after one more word of 64 bits."""
    spread = (state ^ word) * GOLDEN
    return spread ^ (spread >> _32)


@kernel(_signature)
def _number_integers(
    table: Words,
    size: int,
    words: Words,
    absent: npt.NDArray[np.bool_],
    start: int,
    codes: Codes,
    fresh: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Write the numbers of values from row ``start`` on; new ones get the next numbers, ``fresh`` their rows.

    Returns the row at which there was no room for a new value (all rows: there was), and how many values
    there are.
    """
    before, mask = size, np.uint64(table.shape[0] - 1)
    flat = table.reshape(-1)
    for row in range(start, codes.size):
        if row + _AHEAD < codes.size:
            prefetch(flat, (mixed(np.uint64(0), words[row + _AHEAD, 0]) & mask) * np.uint64(2))
        if absent.size and absent[row]:
            codes[row] = ABSENT
            continue
        word = words[row, 0]
        slot = mixed(np.uint64(0), word) & mask
        while table[slot, 1] != 0 and table[slot, 0] != word:
            slot = (slot + _1) & mask
        if table[slot, 1] == 0:
            if size - before == fresh.size:
                return row, size
            fresh[size - before] = row
            size += 1
            table[slot, 0], table[slot, 1] = word, np.uint64(size)
        codes[row] = np.int32(np.int64(table[slot, 1]) - 1)
    return codes.size, size


@kernel(_signature)
def _number_texts(
    table: Words,
    size: int,
    words: Words,
    absent: npt.NDArray[np.bool_],
    start: int,
    codes: Codes,
    fresh: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Do as :func:`_number_integers` does, for values of two words."""
    before, mask = size, np.uint64(table.shape[0] - 1)
    flat = table.reshape(-1)
    for row in range(start, codes.size):
        if row + _AHEAD < codes.size:
            ahead = mixed(mixed(np.uint64(0), words[row + _AHEAD, 0]), words[row + _AHEAD, 1])
            prefetch(flat, (ahead & mask) * np.uint64(3))
        if absent.size and absent[row]:
            codes[row] = ABSENT
            continue
        word, more = words[row, 0], words[row, 1]
        slot = mixed(mixed(np.uint64(0), word), more) & mask
        while table[slot, 2] != 0 and (table[slot, 0] != word or table[slot, 1] != more):
            slot = (slot + _1) & mask
        if table[slot, 2] == 0:
            if size - before == fresh.size:
                return row, size
            fresh[size - before] = row
            size += 1
            table[slot, 0], table[slot, 1], table[slot, 2] = word, more, np.uint64(size)
        codes[row] = np.int32(np.int64(table[slot, 2]) - 1)
    return codes.size, size


@kernel(types.void(uint64[:, ::1], uint64[:, ::1]))
def _rehash(table: Words, wider: Words) -> None:
    """Put what one table holds into a larger one."""
    width = table.shape[1] - 1
    mask = np.uint64(wider.shape[0] - 1)
    for row in range(table.shape[0]):
        if table[row, width] != 0:
            slot = np.uint64(0)
            for word in range(width):
                slot = mixed(slot, table[row, word])
            slot &= mask
            while wider[slot, width] != 0:
                slot = (slot + _1) & mask
            for word in range(width + 1):
                wider[slot, word] = table[row, word]
