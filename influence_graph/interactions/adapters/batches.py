"""The rows of one file in batches: in memory while they are few, then in a temporary folder as Parquet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from influence_graph.errors import SchemaError
from influence_graph.interactions.standard_input import temporary_folder

#: Batches are joined until they have so many rows, more in a long log, and at most the third; a log of more
#: rows than the second is not held in memory.
_PIECE, _HELD, _LONGEST = 1 << 12, 1 << 13, 1 << 16
#: Columns that are kept as whole numbers where all that they say is plainly written ones.
ENDS, NUMBERED = ("source", "target"), ("source", "target", "item", "parent")
WORDS = ("kind", "network", "topic")


def is_untimed() -> pl.Expr:
    """Whether a row has no time and is not of the one kind that can do without."""
    follow = (pl.col("kind").cast(pl.String) == "follow").fill_null(False)
    return pl.col("timestamp").is_null() & ~follow


@dataclass(eq=False)
class Batches:
    """Rows in the order in which they are added, in the smallest exact types.

    Attributes
    ----------
    rows : int
        How many there are.
    there : Counter
        Values of each column.
    untimed : int
        Rows that :func:`is_untimed` is true of.
    whole : bool
        Whether all people are plainly written whole numbers.
    """

    rows: int = 0
    there: Counter[str] = field(default_factory=Counter)
    untimed: int = 0
    whole: bool = True
    _small: list[pl.DataFrame] = field(default_factory=list)
    _small_rows: int = 0
    _pieces: list[pl.DataFrame | Path] = field(default_factory=list)
    _types: list[tuple[bool, ...]] = field(default_factory=list)
    _folder: Path | None = None

    @property
    def held(self) -> bool:
        """Whether all rows are in memory."""
        return self._folder is None

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows, with the columns of a log."""
        if not frame.height:
            return
        frame = _compact(frame)
        self.rows += frame.height
        self.there.update({column.name: len(column) - column.null_count() for column in frame})
        self.untimed += int(frame.select(is_untimed().sum()).item())
        self.whole &= all(_is_whole(frame[name]) for name in ENDS)
        self._small.append(frame)
        self._small_rows += frame.height
        if self._small_rows >= min(max(_PIECE, self.rows >> 6), _LONGEST):
            self._join()

    def pieces(self) -> Iterator[pl.DataFrame]:
        """Yield the rows, some thousands at a time."""
        self._join()
        for piece in self._pieces:
            yield piece if isinstance(piece, pl.DataFrame) else pl.read_parquet(piece)

    def clear(self) -> None:
        """Forget the rows."""
        for piece in self._pieces:
            if isinstance(piece, Path):
                piece.unlink()
        self._pieces.clear()

    def lazy(self, *, whole: bool) -> pl.LazyFrame:
        """Return all rows; ``whole``: people are whole numbers, otherwise text. Items are text."""
        self._join()
        frames: list[pl.LazyFrame] = []
        texts = [
            pl.col(name).cast(pl.String) for name in (*NUMBERED, *WORDS) if not whole or name not in ENDS
        ]
        first = 0
        while first < len(self._pieces):
            end = first + 1
            while end < len(self._pieces) and self._types[end] == self._types[first]:
                end += 1
            some = self._pieces[first:end]
            paths = [piece for piece in some if isinstance(piece, Path)]
            held = [piece for piece in some if isinstance(piece, pl.DataFrame)]
            frame = pl.scan_parquet(paths, glob=False) if paths else pl.concat(held).lazy()
            numbers = [pl.col(name).cast(pl.Int64) for name in ENDS if whole]
            frames.append(frame.with_columns(texts + numbers))
            first = end
        return pl.concat(frames) if frames else pl.DataFrame().lazy()

    def _join(self) -> None:
        """Make one piece of the batches that were added last."""
        if not self._small:
            return
        piece = joined(self._small)
        self._small, self._small_rows = [], 0
        self._types.append(tuple(piece.schema[name] == pl.Int64 for name in NUMBERED))
        self._pieces.append(piece)
        if self._folder is None and self.rows > _HELD:
            self._folder = temporary_folder()
        if self._folder is not None:
            self._pieces = [
                self._written(place, piece) if isinstance(piece, pl.DataFrame) else piece
                for place, piece in enumerate(self._pieces)
            ]

    def _written(self, place: int, piece: pl.DataFrame) -> Path:
        assert self._folder is not None
        path = self._folder / f"{place:08}.parquet"
        try:
            piece.write_parquet(path, compression="lz4", statistics=False)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise SchemaError(
                f"{self._folder.parent}: the rows of a large file are kept there, and can't be written "
                f"({error}). Make room, or set TMPDIR to another folder."
            ) from error
        return path


def joined(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return rows one after the other; a column that is text in some is text."""
    mixed = [name for name in NUMBERED if len({frame.schema[name] for frame in frames}) > 1]
    return pl.concat([frame.with_columns(pl.col(mixed).cast(pl.String)) for frame in frames]).rechunk()


def _compact(frame: pl.DataFrame) -> pl.DataFrame:
    made = [pl.col(name).cast(pl.Categorical()) for name in WORDS if frame.schema[name] != pl.Categorical()]
    numbers = [number for name in NUMBERED if (number := _as_number(frame[name])) is not None]
    return frame.with_columns(*made, *numbers)


def _as_number(column: pl.Series) -> pl.Series | None:
    """Return text as whole numbers; None where one is not plainly written, or there is none."""
    if column.dtype != pl.String or column.null_count() == len(column):
        return None
    number = column.cast(pl.Int64, strict=False)
    same = number.null_count() == column.null_count() and (number.cast(pl.String) == column).all()
    return number if same else None


def _is_whole(column: pl.Series) -> bool:
    return column.dtype == pl.Int64 or column.null_count() == len(column)
