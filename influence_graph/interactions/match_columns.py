"""Which column of a file is which of a log, and what to say where one is lacking or of the wrong type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from influence_graph.errors import ConfigError, SchemaError, nearest
from influence_graph.interactions.column_names import is_client_app, proposed
from influence_graph.interactions.log import COLUMNS
from influence_graph.interactions.sources import ROW, Part, collect
from influence_graph.interactions.text import SURPLUS


def check_columns(columns: Mapping[str, str] | Sequence[str | None] | None) -> None:
    """Raise a ConfigError where ``columns=`` names something that a log has not."""
    if columns is None:
        return
    if isinstance(columns, str) or not isinstance(columns, Mapping | Sequence):
        raise ConfigError(
            f"columns is {columns!r}. Expected a mapping {{'source': 'from'}}, or a list of names."
        )
    wrong = next((name for name in columns if name is not None and name not in COLUMNS), None)
    if wrong is not None:
        swapped = isinstance(columns, Mapping) and columns[wrong] in COLUMNS
        raise ConfigError(
            f"columns= names {wrong!r}, which is no column of a log. {nearest(wrong, COLUMNS)}"
            + (" The mapping goes from the log's name to the file's." if swapped else "")
        )
    names = [name for name in columns if name is not None]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ConfigError(f"columns= names {twice!r} twice. Name each column once (None for one not wanted).")


def match_columns(
    part: Part, columns: Mapping[str, str] | Sequence[str | None] | None, needed: Sequence[str]
) -> dict[str, str]:
    """Return public name → name in the file, for the columns that the file has."""
    names = [name for name in part.names if name != SURPLUS]
    if isinstance(columns, Mapping):
        given = dict(columns)
    elif columns is not None and not part.text:
        if len(columns) != len(names):
            raise SchemaError(
                f"{part.name}: columns= names {len(columns)} columns, and there are {len(names)}: "
                f"{', '.join(names)}. Name each by position (None for one not wanted), or give a mapping."
            )
        given = {here: there for here, there in zip(columns, names, strict=True) if here is not None}
    else:
        given = {}
    for here, there in given.items():
        if there not in names:
            raise SchemaError(
                f"{part.name}: there is no column {there!r} (columns= says that it holds the {here}). "
                f"{nearest(there, names)}"
            )
    taken = set(given.values())
    labels = {c: given.get(c, c) for c in COLUMNS if c in given or (c in names and c not in taken)}
    if is_client_app(names, given):
        mapping = proposed([name for name in names if name != "source"]) | given
        mapping = {name: mapping.get(name, "…") for name in COLUMNS if name in mapping or name in needed}
        raise SchemaError(
            f"{part.name}: beside the columns of authors, 'source' is the program that a tweet was written "
            f"with. Say who acts: columns={mapping!r}; or, if it is the source, "
            f"columns={ ({'source': 'source'} | given)!r}."
        )
    lacking = [name for name in needed if name not in labels]
    if lacking:
        raise SchemaError(_missing_columns(part, names, labels, lacking))
    return labels


def _missing_columns(
    part: Part, names: Sequence[str], labels: Mapping[str, str], lacking: Sequence[str]
) -> str:
    """Say which columns are not there, and which of those that are may hold what they should."""
    free, absent = [name for name in names if name not in labels.values()], list(lacking)
    said = {here: there for here, there in labels.items() if here != there}
    mapping = said | proposed(free, wanted=[name for name in COLUMNS if name not in labels])
    hints = {name: nearest(name, free) for name in lacking if name not in mapping and free}
    mapping |= {name: hint[14:-2] for name, hint in hints.items() if hint.startswith("Did you mean")}
    if "parent" in mapping and "target" not in mapping and ("item" in mapping or "id" in names):
        # The target is found by its parent.
        mapping |= {"item": mapping.get("item", "id")}
        lacking = [name for name in lacking if name != "target"]
    wanted = [name for name in COLUMNS if name in mapping or name in lacking]
    mapping = {name: mapping.get(name, "…") for name in wanted}
    without = " and no ".join(f"column {name!r}" for name in absent)
    those = ", ".join(map(repr, names[:12])) + (" …" if len(names) > 12 else "")
    others = "" if len(names) == 2 else ", …"
    headless = f" If the first line is no header, name the columns: columns=['source', 'target'{others}]."
    inside = _lists_of_objects(part, absent)
    if inside and "nodes" in inside:
        return (
            f"{part.name}: a graph of nodes and {inside[0]}, as networkx and d3 write it. Give the graph: "
            "InfluenceGraph.from_networkx(networkx.node_link_graph(json.loads(Path("
            f"{part.name!r}).read_text()), edges={inside[0]!r}))."
        )
    if inside:
        return (
            f"{part.name}: there is no {without} in the one object of the file; the records are in "
            f"{' or '.join(map(repr, inside))}. Write them as an array: Path('records.json').write_text("
            f"json.dumps(json.loads(Path({part.name!r}).read_text())[{inside[0]!r}]))."
        )
    return (
        f"{part.name}: there is no {without}. Those it has: {those}. "
        f"Say which column is which: columns={mapping!r}.{headless if part.text else ''}"
    )


def _lists_of_objects(part: Part, lacking: Sequence[str]) -> list[str]:
    """Return fields that are lists of objects, where a file is one object: those with the columns first."""
    schema = part.frame.collect_schema()
    lists = {
        n: t.inner for n, t in schema.items() if isinstance(t, pl.List) and isinstance(t.inner, pl.Struct)
    }
    if part.text or not lists or collect(part, part.frame.select(pl.len())).item() != 1:
        return []
    fields = {name: {one.name for one in struct.fields} for name, struct in lists.items()}
    return sorted(fields, key=lambda name: not fields[name].issuperset(lacking))


def check_types(part: Part, labels: Mapping[str, str], dtypes: Mapping[str, pl.DataType]) -> None:
    """Raise where a column is of a type that can't be what it should hold."""
    for name, dtype in dtypes.items():
        text = dtype == pl.String or isinstance(dtype, pl.Categorical | pl.Enum) or dtype == pl.Null
        if name in (ROW, SURPLUS) or text:
            continue
        number = dtype.is_numeric()
        fits = {"timestamp": number or dtype == pl.Date or dtype == pl.Datetime, "weight": number}.get(
            name, number and name not in ("kind", "network")
        )
        if not fits:
            expected = {
                "timestamp": "dates and times, ISO 8601 text, or numbers",
                "weight": "numbers above 0",
                "kind": "words",
                "network": "words",
            }.get(name, "text or integers")
            raise SchemaError(
                f"{part.name}: column {shown_label(labels, name)} is of type {dtype!s:.80}. "
                f"Expected {expected}: {_way(labels.get(name, name), dtype)}"
            )


def _way(name: str, dtype: pl.DataType) -> str:
    """Say what makes a column of another type one of a log."""
    if isinstance(dtype, pl.Struct):
        fields = [one.name for one in dtype.fields]
        if all(field.isdecimal() for field in fields):
            return "it has one field a row, as pandas writes it: df.to_json(orient='records', lines=True)."
        return (
            "name a field inside of it by its path: "
            + ", ".join(f"'{name}.{one}'" for one in fields[:6])
            + "."
        )
    if isinstance(dtype, pl.List):
        return "one value a row: polars.DataFrame.explode makes a row of each."
    return "convert it first."


def shown_label(labels: Mapping[str, str], name: str) -> str:
    """Return how a message names a column: as the file does, and as a log does."""
    there = labels.get(name, name)
    return repr(there) if there == name else f"{there!r} (the {name})"
