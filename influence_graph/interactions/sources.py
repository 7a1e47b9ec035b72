"""Where a log lies: files, folders, globs and frames, each opened as one table of raw columns."""

from __future__ import annotations

import glob
import hashlib
import itertools
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias
from urllib.parse import unquote

import polars as pl

from influence_graph.errors import ConfigError, SchemaError, nearest
from influence_graph.interactions.adapters.reading import read_adapted
from influence_graph.interactions.adapters.records import MARKS, open_binary, read_head
from influence_graph.interactions.adapters.table import ADAPTERS, recognise
from influence_graph.interactions.dialect import TextLayout
from influence_graph.interactions.json_lines import open_ndjson, scan_ndjson
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.nested import with_nested
from influence_graph.interactions.other_files import check_is_log, is_text
from influence_graph.interactions.standard_input import (
    STANDARD_INPUT,
    is_pipe,
    spooled,
    spooled_pipe,
    temporary_folder,
)
from influence_graph.interactions.text import Unread, open_delimited

Columns: TypeAlias = Mapping[str, str] | Sequence[str | None]

#: The number of a row in its file, from 1: a column of the reader's own.
ROW = "_row"

#: Format of a file by the end of its name, ``.gz`` and its like taken off.
FORMATS: Mapping[str, str] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "edgelist",
    ".edgelist": "edgelist",
    ".edges": "edgelist",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "ndjson",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bzip2", ".xz": "xz"}
#: Graphs by the end of the name, and who reads them.
_GRAPHS: Mapping[str, str] = {
    ".adjlist": "from_networkx(networkx.read_adjlist({name!r}, create_using=networkx.DiGraph))",
    ".g6": "from_networkx(networkx.read_graph6({name!r}))",
    ".dot": "from_networkx(networkx.DiGraph(networkx.nx_pydot.read_dot({name!r})))",
    ".gv": "from_networkx(networkx.DiGraph(networkx.nx_pydot.read_dot({name!r})))",
    ".ncol": "from_igraph(igraph.Graph.Read_Ncol({name!r}, directed=True))",
    ".lgl": "from_igraph(igraph.Graph.Read_Lgl({name!r}, directed=False))",
    ".dl": "from_igraph(igraph.Graph.Read_DL({name!r}, directed=True))",
}
#: Above this many bytes (of text, or of Parquet once decoded) a log is scanned instead of held.
IN_MEMORY_BYTES = 2 << 30
#: A canonical row in memory: five columns of eight bytes and what strings share.
_ROW_BYTES = 64
#: Decompressed at a time; and what is left free on the disk that a large content is decompressed to.
_PIECE, _ROOM = 1 << 24, 1 << 30
_FOLDER_COLUMNS = ("kind", "network", "topic")


@dataclass(frozen=True)
class Part:
    """One file, or one frame, with its columns under the names that the file gives them.

    Attributes
    ----------
    name : str
        What messages call it.
    frame : polars.LazyFrame
        The raw columns.
    text : bool
        Whether every column is text because the format knows no types.
    held : bool
        Whether the frame is in memory.
    typed : bool
        Whether columns of a text file were typed on trial.
    bare_spaces : bool
        Whether spaces around numbers are of the text file's layout, not of quoted text.
    digest : callable or None
        SHA-256 of the content; None for a frame, which is hashed in canonical form.
    notes : tuple of str
        Lines that are no rows.
    unread : tuple of Unread
        Lines left out because they can't be read as a row.
    first_line : int or None
        Line of the file that holds row 1, where rows are lines.
    names : list of str
        The columns.
    constants : mapping of str to str
        Columns that the names of folders give.
    adapter : str or None
        The format whose adapter made the rows; then the columns are those of a log.
    """

    name: str
    frame: pl.LazyFrame
    text: bool
    held: bool
    typed: bool = False
    bare_spaces: bool = False
    digest: Callable[[], bytes] | None = None
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    first_line: int | None = None
    names: list[str] = field(default_factory=list)
    constants: Mapping[str, str] = field(default_factory=dict)
    adapter: str | None = None


def collect(
    part: Part, frame: pl.LazyFrame, *, engine: Literal["auto", "streaming"] = "streaming"
) -> pl.DataFrame:
    """Collect what is made from a part; damage that only shows while reading is the file's."""
    try:
        return frame.collect(engine=engine)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise SchemaError(f"{part.name}: the file can't be read: {str(error).splitlines()[0]}") from error


def open_source(source: Any, *, format: str | None, layout: TextLayout) -> list[Part]:
    """Return the parts of a source: one a file, in the order given (folders and globs sorted).

    Raises
    ------
    ConfigError
        If the source is not something that can be read, or its format is unknown.
    SchemaError
        If a file is missing, empty, damaged or not of its format.
    """
    known = {*FORMATS.values(), *ADAPTERS}
    if format is not None and format not in known:
        raise ConfigError(f"format is {format!r}. {nearest(format, known)}")
    if isinstance(source, pl.LazyFrame):
        try:
            source = source.collect()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise SchemaError(f"The LazyFrame can't be collected: {error}") from error
    if isinstance(source, pl.DataFrame):
        return [_frame_part(source)]
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return [_frame_part(pl.DataFrame(source))]
        except (pl.exceptions.PolarsError, TypeError, ValueError) as error:
            name = type(source).__name__
            raise SchemaError(f"The {name} can't be read as an Arrow table: {error}") from error
    paths = _find(source)
    adapted = _adapted(paths, format, layout)
    others = [path for path in paths if path not in adapted]
    held = _fits(others, [path.stat().st_size for path in others], format)
    return [adapted.get(path) or _open_file(path, format, layout, held=held) for path in paths]


def _adapted(paths: Sequence[Path], format: str | None, layout: TextLayout) -> dict[Path, Part]:
    """Return the files that adapters read; columns that are named are those of the file as it stands."""
    named = layout.names is not None or layout.wanted != frozenset(COLUMNS)
    if format is not None and format in ADAPTERS:
        if named:
            raise ConfigError(
                f"columns= names columns of a table, and format={format!r} has a mapping of its own. Leave "
                "out columns=, or say format='ndjson' or 'csv' to read the file as a table."
            )
        files = [(path, ADAPTERS[format]) for path in dict.fromkeys(paths)]
    elif format is not None or named:
        return {}
    else:
        found = [(path, recognise(path)) for path in dict.fromkeys(paths)]
        files = [(path, adapter) for path, adapter in found if adapter is not None]
    if not files:
        return {}
    empty = next((path for path, _ in files if path.stat().st_size == 0), None)
    if empty is not None:
        raise SchemaError(f"{empty}: the file is empty. Expected a log with at least one row.")
    adapted = read_adapted(files, skip=layout.skip, secret=layout.secret)
    return {
        path: Part(
            str(path),
            made.frame,
            text=False,
            held=made.held,
            digest=_digest(path),
            notes=made.notes,
            unread=tuple(
                Unread(reason, rows, made.first.get(reason, "")) for reason, rows in made.left_out.items()
            ),
            names=made.frame.collect_schema().names(),
            constants=_folder_values(path),
            adapter=adapter.name,
        )
        for (path, adapter), made in zip(files, adapted, strict=True)
    }


def _digest(path: Path) -> Callable[[], bytes]:
    def digest() -> bytes:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    return digest


def _frame_part(frame: pl.DataFrame) -> Part:
    return Part("the frame", frame.lazy(), text=False, held=True, names=frame.columns)


def _find(source: Any) -> list[Path]:
    if isinstance(source, str | PathLike):
        return _find_one(source)
    if isinstance(source, Sequence) and not isinstance(source, bytes):
        if not source:
            raise ConfigError("The list of files is empty. Give at least one path.")
        wrong = next((path for path in source if not isinstance(path, str | PathLike)), None)
        if wrong is None:
            return [found for path in source for found in _find_one(path)]
        source = wrong
    raise ConfigError(
        f"A log can't be read from {type(source).__name__} {str(source)[:60]!r}. Give a path, a list of "
        "paths, a folder, a glob, or a table with the Arrow PyCapsule interface (polars, pandas, pyarrow, "
        "DuckDB): rows held in lists or dicts become one by polars.DataFrame(rows)."
    )


def _find_one(source: str | PathLike[str]) -> list[Path]:
    if str(source) == STANDARD_INPUT:
        return [spooled()]
    if "://" in str(source):
        raise SchemaError(f"{source}: logs are read from files. Get it first, and give the path of the file.")
    path = Path(source).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p, path) and _known(p))
        if not found:
            raise SchemaError(f"{path}: the folder holds no file of a known format ({', '.join(FORMATS)}).")
        return found
    if is_pipe(path):
        return [spooled_pipe(path)]
    if path.exists():
        return [path]
    if any(mark in str(path) for mark in "*?["):
        matches = sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())
        if not matches:
            raise SchemaError(f"{path}: no file matches this pattern, looked for from {Path.cwd().name}/.")
        return matches
    folder = path.parent
    if not folder.is_dir():
        raise SchemaError(f"{path}: there is no such file, nor a folder {str(folder)!r}.")
    meant = nearest(path.name, [other.name for other in folder.iterdir()])
    raise SchemaError(f"{path}: there is no such file.{f' {meant}' if meant.startswith('Did') else ''}")


def _hidden(path: Path, folder: Path) -> bool:
    """Whether writers mark this file as not data: Spark's _SUCCESS and .crc files."""
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)


def _suffixes(path: Path) -> tuple[str, str | None]:
    suffix = path.suffix.lower()
    if suffix in COMPRESSIONS:
        return Path(path.stem).suffix.lower(), COMPRESSIONS[suffix]
    return suffix, None


def _known(path: Path) -> bool:
    return _suffixes(path)[0] in FORMATS or recognise(path) is not None


def _fits(paths: Sequence[Path], sizes: Sequence[int], format: str | None) -> bool:
    need = 0
    for path, size in zip(paths, sizes, strict=True):
        if (format or FORMATS.get(_suffixes(path)[0])) == "parquet" and size:
            try:
                need += _ROW_BYTES * int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
                need += size
        else:
            need += size
    return need <= IN_MEMORY_BYTES


def _open_file(path: Path, format: str | None, layout: TextLayout, *, held: bool) -> Part:
    suffix, compression = _suffixes(path)
    check_is_log(str(path), read_head(path, 4096), format or FORMATS.get(suffix))
    if format is None:
        if suffix not in FORMATS:
            if suffix in _GRAPHS:
                graph = _GRAPHS[suffix].format(name=str(path))
                raise ConfigError(f"{path}: a graph that is read elsewhere: InfluenceGraph.{graph}.")
            raise ConfigError(
                f"{path}: the name does not say the format. Expected one that ends in {', '.join(FORMATS)} "
                "(also with .gz, .zst, .bz2 or .xz), or format= with one of "
                f"{sorted({*FORMATS.values(), *ADAPTERS})}."
            )
        format = FORMATS[suffix]
    name = str(path)
    try:
        if path.stat().st_size == 0:
            raise SchemaError(f"{name}: the file is empty. Expected a log with at least one row.")
        content: bytes | Path = path
        notes: tuple[str, ...] = ()
        if compression is not None or held:
            content, notes = _content(path, compression)
    except OSError as error:
        raise SchemaError(f"{name}: the file can't be read: {error.strerror or error}.") from error

    digest = _digest(path)
    constants = _folder_values(path)
    if format == "parquet":
        frame = _open_parquet(name, content)
        columns = frame.collect_schema().names()
        return Part(name, frame, text=False, held=held, names=columns, digest=digest, constants=constants)
    if format == "ndjson":
        if isinstance(content, bytes):
            table = open_ndjson(name, content, layout)
        else:
            table = scan_ndjson(name, content, layout)
        table = replace(table, frame=with_nested(table.frame, sorted(layout.wanted)))
    else:
        table = open_delimited(name, content, format, layout)
    return Part(
        name,
        table.frame,
        text=format != "ndjson" and not table.typed,
        typed=table.typed,
        bare_spaces=table.bare_spaces,
        held=isinstance(content, bytes),
        digest=digest,
        notes=notes + table.notes,
        unread=table.unread,
        first_line=table.first_line,
        names=[*table.names, *(n for n in table.frame.collect_schema().names() if n not in set(table.names))],
        constants=constants,
    )


def _folder_values(path: Path) -> dict[str, str]:
    """Return the columns that folders name, as Spark and Hive write them: ``network=x/part-0.parquet``."""
    named = dict(part.split("=", 1) for part in path.parts[:-1] if "=" in part)
    return {column: unquote(value) for column, value in named.items() if column in _FOLDER_COLUMNS and value}


def _content(path: Path, compression: str | None) -> tuple[bytes | Path, tuple[str, ...]]:
    """Return the content of a file, decompressed: in a temporary file, with a note, where it is large."""
    with path.open("rb") as file:
        start = file.read(4096)
    if compression is None and not start.startswith(MARKS):
        return path.read_bytes(), ()
    if not start.startswith(MARKS):
        if is_text(start):
            return path.read_bytes(), (
                f"{path}: the name says {compression}, and the file is not compressed",
            )
        raise SchemaError(
            f"{path}: the compressed file is damaged or cut short (no {compression}). Get it again."
        )
    pieces: list[bytes] = []
    size = 0
    try:
        with open_binary(path) as file:
            while size <= IN_MEMORY_BYTES and (piece := file.read(_PIECE)):
                pieces.append(piece)
                size += len(piece)
            if size <= IN_MEMORY_BYTES:
                return b"".join(pieces), ()
            return _unpacked(path, pieces, file)
    except (ConfigError, SchemaError, MemoryError):
        raise
    except Exception as error:  # zlib, gzip and zstd each raise a class of their own
        raise SchemaError(
            f"{path}: the compressed file is damaged or cut short ({error}). Get it again."
        ) from error


def _unpacked(path: Path, pieces: list[bytes], file: IO[bytes]) -> tuple[Path, tuple[str, ...]]:
    """Write what was decompressed, and the rest, to a temporary file, as long as there is room for it."""
    folder = temporary_folder()
    size, packed = 0, path.stat().st_size
    with (folder / "unpacked").open("wb") as out:
        for piece in itertools.chain(pieces, iter(lambda: file.read(_PIECE), b"")):
            if shutil.disk_usage(folder).free < _ROOM:
                raise SchemaError(
                    f"{path}: decompressed it takes more than {size:,} bytes ({size / packed:,.0f} times its "
                    f"size), and there is no room for more in {folder.parent}. Decompress it where there is, "
                    "or set TMPDIR."
                )
            out.write(piece)
            size += len(piece)
    note = f"decompressed to {size:,} bytes, {size / packed:,.0f} times its size, in a temporary file"
    return folder / "unpacked", (f"{path}: {note}",)


def _open_parquet(name: str, content: bytes | Path) -> pl.LazyFrame:
    import io

    try:
        # Partition folders (network=…/) are the file's own business: columns come from the file alone.
        source: Any = io.BytesIO(content) if isinstance(content, bytes) else content
        frame = pl.scan_parquet(source, glob=False, hive_partitioning=False)
        frame.collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        why = next(iter(str(error).splitlines()), "no reason given")
        raise SchemaError(f"{name}: not a whole Parquet file ({why}). Get it or write it again.") from None
    return frame
