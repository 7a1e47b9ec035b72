"""Lines of JSON without nesting, of which only the fields that are wanted become a table.

Every test here is sufficient, not necessary: where one fails, all fields are read with the types of JSON.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
from numba import boolean, int32, int64, njit, types, uint8

from influence_graph.compilation import kernel
from influence_graph.interactions.json_text import LONGEST_LINE

#: Content is read in blocks of this many bytes, to the end of a line.
_BLOCK = 1 << 23
#: Objects with more distinct fields, or more bytes of names, are read as all others are.
_MOST_NAMES, _NAME_BYTES = 256, 1 << 14
_BOM = b"\xef\xbb\xbf"
#: What a value is: text, a whole number, another number.
_TEXT, _WHOLE, _DECIMAL = 1, 2, 4
#: Between fields, for no value, and at the end of a row: characters that no text in JSON holds as they are.
_BETWEEN, _NONE = "\x01", "\x02"
#: Whole numbers of more digits may not be exact once there are others beside them.
_EXACT_DIGITS = 15
_UTC = pl.Datetime("us", "UTC")

Bytes: TypeAlias = npt.NDArray[np.uint8]
Places: TypeAlias = npt.NDArray[np.int64]
Sizes: TypeAlias = npt.NDArray[np.int32]


@dataclass(frozen=True)
class PlainTable:
    """The fields of a file that are wanted, typed, and the names of all in the order of their appearance."""

    frame: pl.DataFrame
    names: tuple[str, ...]
    timed: bool


def plain_ndjson(path: Path, wanted: Collection[str], roles: Mapping[str, str]) -> PlainTable | None:
    r"""Return a file of flat JSON objects as a table, or None where another reading may say more.

    Objects must be whole, one a line, in UTF-8, without a name twice and without nesting; the values of a
    field that is wanted must be text without escapes, or numbers, not both. So the table has the values and
    types that any parser of JSON gives.

    Parameters
    ----------
    path : Path
        The file, not compressed.
    wanted : collection of str
        Names of the fields that are returned.
    roles : mapping of str to str
        Field to ``timestamp``, where it may become a time; others are not looked at.

    Notes
    -----
    Linear in the file; holds a block of it and the table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "log.ndjson"
    >>> _ = path.write_text('{"source": 1, "text": "x", "kind": "like"}\n')
    >>> plain_ndjson(path, ["source", "kind"], {}).frame.row(0, named=True)
    {'source': 1, 'kind': 'like'}
    """
    names = sorted(wanted)
    times = [place for place, name in enumerate(names) if roles.get(name) == "timestamp"]
    keys = _Keys.of(names)
    if keys is None:
        return None
    gathered = _Gathered(names, times[0] if times else -1)
    with path.open("rb") as file:
        if file.read(len(_BOM)) != _BOM:
            file.seek(0)
        while block := _block(file):
            if not _is_text(block) or not gathered.add(block, keys):
                return None
    return gathered.table(keys)


def _block(file: IO[bytes]) -> bytes:
    block = file.read(_BLOCK)
    return block + file.readline(LONGEST_LINE) if block else block


def _is_text(block: bytes) -> bool:
    try:
        return block.isascii() or bool(block.decode())
    except UnicodeDecodeError:
        return False


@dataclass(eq=False)
class _Keys:
    """The names seen so far: those that are wanted first, by number; ``order`` is that of appearance."""

    text: Bytes
    places: Sizes
    order: Sizes
    counts: Places

    @classmethod
    def of(cls, names: list[str]) -> _Keys | None:
        content = b"".join(name.encode() for name in names)
        ends = np.cumsum([len(name.encode()) for name in names], dtype=np.int32)
        if len(names) > _MOST_NAMES // 2 or len(content) > _NAME_BYTES // 2:
            return None
        text, places = np.zeros(_NAME_BYTES, np.uint8), np.zeros(_MOST_NAMES + 1, np.int32)
        text[: len(content)] = np.frombuffer(content, np.uint8)
        places[1 : len(names) + 1] = ends
        order = np.full(_MOST_NAMES, -1, np.int32)
        return cls(text, places, order, np.array([len(names), 0], np.int64))

    def named(self) -> list[str]:
        """Return the names that were seen, in order of appearance."""
        size = int(self.counts[0])
        seen = sorted((int(self.order[key]), key) for key in range(size) if self.order[key] >= 0)
        return [self.text[self.places[key] : self.places[key + 1]].tobytes().decode() for _, key in seen]


@dataclass(eq=False)
class _Gathered:
    """Columns, block by block."""

    names: list[str]
    time: int
    rows: int = 0
    columns: list[list[pl.Series]] = field(default_factory=list)
    kinds: Bytes = field(default_factory=lambda: np.zeros(0, np.uint8))
    digits: Sizes = field(default_factory=lambda: np.zeros(0, np.int32))
    starts: Places = field(default_factory=lambda: np.empty((0, 0), np.int64))
    sizes: Sizes = field(default_factory=lambda: np.empty((0, 0), np.int32))
    #: 0 as long as no time was seen, then the form of the times; -1: there are several.
    form: int = 0

    def __post_init__(self) -> None:
        self.columns = [[] for _ in self.names]
        self.kinds, self.digits = np.zeros(len(self.names), np.uint8), np.zeros(len(self.names), np.int32)

    def add(self, block: bytes, keys: _Keys) -> bool:
        """Add a block of lines; False where one is not plain."""
        content = np.frombuffer(block, np.uint8)
        most = block.count(b"\n") + 1
        wide = len(self.names)
        if self.starts.shape[1] < most:
            self.starts, self.sizes = np.empty((wide, most), np.int64), np.empty((wide, most), np.int32)
        starts, sizes = self.starts, self.sizes
        kinds, digits = np.zeros(wide, np.uint8), np.zeros(wide, np.int32)
        state = (keys.places, keys.order, keys.counts)
        rows = _parse(content, starts, sizes, kinds, keys.text, digits, *state)
        if rows < 0:
            return False
        self.kinds |= kinds
        mixed = (self.kinds & _TEXT > 0) & (self.kinds != _TEXT)
        self.digits = np.maximum(self.digits, digits)
        exact = (self.kinds & _DECIMAL == 0) | (self.digits <= _EXACT_DIGITS)
        if mixed.any() or not exact.all():
            return False
        self.rows += rows
        texts = []
        for column in range(wide):
            where = starts[column, :rows], sizes[column, :rows]
            if kinds[column] == 0:
                self.columns[column].append(pl.repeat(None, rows, dtype=pl.Null, eager=True))
            elif kinds[column] == _WHOLE:
                self.columns[column].append(_numbers(content, *where))
            elif column == self.time and kinds[column] == _TEXT and self.form >= 0:
                if not self._add_times(content, *where):
                    return False
            else:
                texts.append(column)
        if texts:
            made = _texts(content, starts[texts, :rows], sizes[texts, :rows], kinds[texts])
            for column, values in zip(texts, made, strict=True):
                self.columns[column].append(values)
        return True

    def _add_times(self, content: Bytes, starts: Places, sizes: Sizes) -> bool:
        """Add times of one form; False where a block before had another."""
        moments = np.empty(len(starts), np.int64)
        form = int(_moments(content, starts, sizes, moments))
        if form < 0:
            self.form = -1
            if self.columns[self.time]:
                return False
            ends = np.zeros(1, np.uint8) + np.uint8(_TEXT)
            self.columns[self.time] += _texts(content, starts[None], sizes[None], ends)
            return True
        if self.form not in (0, form):
            return False
        self.form = form
        self.columns[self.time].append(pl.Series(moments).cast(_UTC))
        return True

    def table(self, keys: _Keys) -> PlainTable | None:
        """Return all rows."""
        names = keys.named()
        if not self.rows or not names:
            return None
        places = {name: place for place, name in enumerate(self.names)}
        made = []
        for name in names:
            if name not in places:
                continue
            parts = self.columns[places[name]]
            self.columns[places[name]] = []
            dtype = max((part.dtype for part in parts), key=_generality)
            made.append(pl.concat([part.cast(dtype) for part in parts]).alias(name))
            if dtype == _UTC and made[-1].null_count():
                return None
        return PlainTable(pl.DataFrame(made), tuple(names), self.form > 0)


def _generality(dtype: Any) -> int:
    return [pl.Null(), pl.Int64(), pl.Float64(), pl.String(), _UTC].index(dtype)


def _numbers(content: Bytes, starts: Places, sizes: Sizes) -> pl.Series:
    values = np.empty(len(starts), np.int64)
    absent = _whole_numbers(content, starts, sizes, values)
    column = pl.Series(values)
    if not absent:
        return column
    return pl.select(pl.when(pl.Series(sizes >= 0)).then(column)).to_series()


def _texts(content: Bytes, starts: Places, sizes: Sizes, kinds: Bytes) -> list[pl.Series]:
    """Return values as text, or as numbers with fractions: copied as delimited text, which polars reads."""
    there = sizes >= 0
    copy = np.empty(
        int(sizes.sum(where=there)) + int((~there).sum()) + 2 * sizes.size + sizes.shape[1], np.uint8
    )
    size = _copied(content, np.ascontiguousarray(starts), np.ascontiguousarray(sizes), copy)
    # One more column: a row is never an empty line.
    schema: dict[str, Any] = {
        str(column): pl.String() if kind == _TEXT else pl.Float64() for column, kind in enumerate(kinds)
    }
    frame = pl.read_csv(
        io.BytesIO(copy[:size].data),
        has_header=False,
        schema=schema | {"end": pl.String()},
        separator=_BETWEEN,
        quote_char=None,
        null_values=_NONE,
        empty_string_is_null=False,
    )
    return frame.get_columns()[:-1]


_flat = types.Array(types.uint8, 1, "C", readonly=True)
_row, _lengths = (
    types.Array(types.int64, 1, "C", readonly=True),
    types.Array(types.int32, 1, "C", readonly=True),
)


@njit(inline="always")
def _digit(c: int) -> bool:
    return 48 <= c <= 57


@njit(inline="always")
def _blank(c: int) -> bool:
    return c == 32 or c == 9 or c == 13


@kernel(int64(_flat, int64[:, ::1], int32[:, ::1], *2 * [uint8[::1]], *3 * [int32[::1]], int64[::1]))
def _parse(
    content: Bytes,
    starts: Places,
    sizes: Sizes,
    kinds: Bytes,
    text: Bytes,
    digits: Sizes,
    places: Sizes,
    order: Sizes,
    counts: Places,
) -> int:
    """Write where the values of each row lie (size -1: none), and return how many rows; -1: not plain.

    ``kinds`` and ``digits`` collect what the values of each column are, and the digits of whole numbers.
    """
    last = np.full(order.size, -1, np.int64)  # the row in which a name was seen last
    after = np.full(order.size + 1, -1, np.int64)  # the name that followed a name
    row, at = 0, 0
    while True:
        while at < content.size and (_blank(content[at]) or content[at] == 10):
            at += 1
        if at == content.size:
            return row
        if content[at] != 123 or row == starts.shape[1]:
            return -1
        sizes[:, row] = -1
        before, mark = order.size, np.uint8(44)
        while mark == 44:
            at = _next(content, at + 1)
            if at >= content.size or content[at] != 34:
                return -1
            key = _key(content, at + 1, after[before], text, places, counts)
            if key < 0 or last[key] == row:
                return -1
            last[key], after[before], before = row, key, key
            if order[key] < 0:
                order[key] = counts[1]
                counts[1] += 1
            at = _next(content, at + 2 + places[key + 1] - places[key])
            if at >= content.size or content[at] != 58:
                return -1
            at = _next(content, at + 1)
            end, kind, count = _value(content, at, key < starts.shape[0])
            if end < 0:
                return -1
            if kind and key < starts.shape[0]:
                quoted = 1 if kind == 1 else 0
                starts[key, row], sizes[key, row] = at + quoted, end - at - 2 * quoted
                kinds[key] |= np.uint8(kind)
                digits[key] = max(digits[key], count)
            at = _next(content, end)
            if at >= content.size:
                return -1
            mark = content[at]
        if mark != 125:
            return -1
        at = _next(content, at + 1)
        if at < content.size and content[at] != 10:
            return -1
        row += 1


@njit(inline="always")
def _next(content: Bytes, at: int) -> int:
    """Return the place of what comes after spaces."""
    while at < content.size and _blank(content[at]):
        at += 1
    return at


@njit(cache=True)
def _key(content: Bytes, first: int, guess: int, text: Bytes, places: Sizes, counts: Places) -> Any:
    """Return the number of the name that begins here, a new one where it was not there; -1: not plain."""
    at = first
    while at < content.size and content[at] != 34:
        if content[at] < 32 or content[at] == 92:
            return -1
        at += 1
    if at >= content.size:
        return -1
    if guess >= 0 and _same(content, first, at - first, text, places, guess):
        return guess
    for key in range(counts[0]):
        if _same(content, first, at - first, text, places, key):
            return key
    key = counts[0]
    if key == places.size - 1 or places[key] + at - first > text.size:
        return -1
    for i in range(at - first):
        text[places[key] + i] = content[first + i]
    places[key + 1] = places[key] + at - first
    counts[0] += 1
    return key


@njit(cache=True)
def _value(content: Bytes, at: int, wanted: bool) -> tuple[int, int, int]:
    """Return the end of a value, what it is (0: none, or none that is wanted) and the digits of a number.

    An end of -1: it is no value, or not plain: of those that are wanted text with escapes or a Boolean.
    """
    if at >= content.size:
        return -1, 0, 0
    c = content[at]
    if c == 34:
        return _text_end(content, at + 1, wanted), 1, 0
    if c == 45 or _digit(c):
        return _number_end(content, at)
    if c == 110 and _word(content, at, 117, 108, 108, 0):  # null
        return at + 4, 0, 0
    if c == 116 and not wanted and _word(content, at, 114, 117, 101, 0):  # true
        return at + 4, 0, 0
    if c == 102 and not wanted and _word(content, at, 97, 108, 115, 101):  # false
        return at + 5, 0, 0
    return -1, 0, 0


@njit(inline="always")
def _text_end(content: Bytes, at: int, wanted: bool) -> int:
    """Return the place after the closing quote."""
    while at < content.size and content[at] != 34:
        if content[at] < 32:
            return -1
        if content[at] == 92:
            step = _escape(content, at)
            if wanted or step < 0:
                return -1
            at += step
        else:
            at += 1
    return at + 1 if at < content.size else -1


@njit(cache=True)
def _number_end(content: Bytes, at: int) -> tuple[int, int, int]:
    """Return the end of a number of few digits, its kind and its digits before the point."""
    whole = at + (1 if content[at] == 45 else 0)
    end = _digits_end(content, whole)
    count = end - whole
    if count == 0 or count > 18 or (content[whole] == 48 and count > 1):
        return -1, 0, 0
    kind = 2
    if end < content.size and content[end] == 46:
        kind, point = 4, end
        end = _digits_end(content, point + 1)
        if end == point + 1 or end > point + 19:
            return -1, 0, 0
    if end >= content.size or content[end] == 101 or content[end] == 69:
        return -1, 0, 0
    if kind == 2 and content[whole] == 48 and whole > at:  # -0
        return -1, 0, 0
    return end, kind, count


@njit(inline="always")
def _digits_end(content: Bytes, at: int) -> int:
    while at < content.size and _digit(content[at]):
        at += 1
    return at


@njit(inline="always")
def _same(content: Bytes, first: int, length: int, text: Bytes, places: Sizes, key: int) -> bool:
    begin = places[key]
    if places[key + 1] - begin != length:
        return False
    for i in range(length):  # noqa: SIM110  # a kernel has no generators
        if content[first + i] != text[begin + i]:
            return False
    return True


@njit(inline="always")
def _word(content: Bytes, at: int, b: int, c: int, d: int, e: int) -> bool:
    """Whether a word of which the first letter is known goes on so; ``e`` of 0: it has four letters."""
    if at + 4 + (e > 0) > content.size:
        return False
    rest = content[at + 1] == b and content[at + 2] == c and content[at + 3] == d
    return rest and (e == 0 or content[at + 4] == e)


@njit(cache=True)
def _escape(content: Bytes, at: int) -> int:
    """Return how long an escape is; -1 where it is none or may be half of a character."""
    if at + 1 >= content.size:
        return -1
    c = content[at + 1]
    if c != 117:
        return 2 if c in (34, 92, 47, 98, 102, 110, 114, 116) else -1
    if at + 6 > content.size or content[at + 2] == 100 or content[at + 2] == 68:
        return -1
    for i in range(at + 2, at + 6):
        c = content[i]
        if not (_digit(c) or 65 <= c <= 70 or 97 <= c <= 102):
            return -1
    return 6


@kernel(boolean(_flat, _row, _lengths, int64[::1]))
def _whole_numbers(content: Bytes, starts: Places, sizes: Sizes, values: Places) -> bool:
    """Write whole numbers of up to 18 digits, 0 where there is none, and return whether one is absent."""
    absent = False
    for row in range(starts.size):
        value, negative = np.int64(0), False
        absent |= sizes[row] < 0
        for at in range(starts[row], starts[row] + sizes[row]):
            if content[at] == 45:
                negative = True
            else:
                value = value * 10 + (np.int64(content[at]) - 48)
        values[row] = -value if negative else value
    return absent


@njit(inline="always")
def _two(content: Bytes, at: int) -> Any:
    """Return a number of two digits; below zero where these are none."""
    if not (_digit(content[at]) and _digit(content[at + 1])):
        return -1_000_000
    return (np.int64(content[at]) - 48) * 10 + np.int64(content[at + 1]) - 48


@kernel(int64(_flat, _row, _lengths, int64[::1]))
def _moments(content: Bytes, starts: Places, sizes: Sizes, values: Places) -> int:
    """Write times in microseconds since 1970, and return how all are written; -1: not in one plain way.

    1: 2012-07-04T08:00:00Z, 2: 2012-07-04T08:00:00, 3: 2012-07-04 08:00:00.
    """
    form = 0
    for row in range(starts.size):
        at, length = starts[row], sizes[row]
        if length != 20 and length != 19:
            return -1
        letter = content[at + 10]
        this = 1 if length == 20 else 2 if letter == 84 else 3
        if form == 0:
            form = this
        fits = this == form and letter == (32 if this == 3 else 84)
        fits = fits and (length == 19 or content[at + 19] == 90)
        fits = fits and content[at + 4] == 45 and content[at + 7] == 45
        if not (fits and content[at + 13] == 58 and content[at + 16] == 58):
            return -1
        year = _two(content, at) * 100 + _two(content, at + 2)
        month, day = _two(content, at + 5), _two(content, at + 8)
        hour, minute, second = _two(content, at + 11), _two(content, at + 14), _two(content, at + 17)
        if year < 1 or not 1 <= month <= 12 or day < 1 or hour < 0 or hour > 23:
            return -1
        if minute < 0 or minute > 59 or second < 0 or second > 59:
            return -1
        leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
        longest = 29 if month == 2 and leap else 28 if month == 2 else 31 - (month - 1) % 7 % 2
        if day > longest:
            return -1
        # Days since 1970-01-01, with years that begin in March (Howard Hinnant, days_from_civil).
        y = year - (month <= 2)
        era = y // 400
        of_era = y - era * 400
        of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
        days = era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
        values[row] = (days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000
    return form


@kernel(
    int64(
        _flat,
        types.Array(types.int64, 2, "C", readonly=True),
        types.Array(types.int32, 2, "C", readonly=True),
        uint8[::1],
    )
)
def _copied(content: Bytes, starts: Places, sizes: Sizes, copy: Bytes) -> int:
    """Write the values of each row with marks between them and for none, and return how many bytes."""
    out = 0
    for row in range(starts.shape[1]):
        for column in range(starts.shape[0]):
            first, length = starts[column, row], sizes[column, row]
            for i in range(length):
                copy[out + i] = content[first + i]
            out += max(length, 0)
            if length < 0:
                copy[out] = 2
                out += 1
            copy[out] = 1
            out += 1
        copy[out] = 10
        out += 1
    return out
