"""Damaged logs, held against independent readers: what is read right, refused, or wrong without a word.

    python benchmarks/mutations.py [--cases 2000] [--seed 1] [--others SEED …] [--write]

Valid files of each format are changed at random: bytes flipped, lines doubled, fields swapped, encodings
changed, junk put in. The same bytes are read by the package and by a short reader made of the standard
library (csv, json, xml.dom, split) or networkx. An answer is

    right       the rows of the independent reader
    refused     one error of the package
    told        other rows, and a note or a count of what was left out that the whole file does not get
    silent      other rows and no word of it
    traceback   any other exception
    slow        more than ten seconds

``--others`` makes as many files of each of more seeds and counts them. ``--write`` writes the tables to
benchmarks/mutations.md.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.dom import expatbuilder, minidom

import networkx

from influence_graph import InfluenceGraphError, read_interactions

PAGE = Path(__file__).with_suffix(".md")
OUTCOMES = ("right", "refused", "told", "silent", "traceback", "slow")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START = datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)
_NAMES = ("ann", "bea", "cem", "dón", "eve", "fay o", "gus_1", "hal.x")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
Row = tuple[str, str, str, float, int | None]


class BadError(Exception):
    """The independent reader can't read this."""


@dataclass(frozen=True)
class Format:
    """One format: the name of its file, how a valid one is written, and how others read it."""

    name: str
    file: str
    write: Callable[[list[Row]], bytes]
    read: Callable[[bytes], list[Row]]
    separator: bytes = b","


def rows_of(rng: random.Random, count: int = 12) -> list[Row]:
    """Return the rows of a small log, in the order of time."""
    rows = []
    for number in range(count):
        source, target = rng.sample(_NAMES, 2)
        moment = int((_START + timedelta(hours=number) - _EPOCH).total_seconds()) * 1_000_000
        weight = rng.choice([1.0, 2.0, 0.5])
        rows.append((source, target, rng.choice(["reply", "retweet"]), weight, moment))
    return rows


def _iso(moment: int | None) -> str:
    assert moment is not None
    return (_EPOCH + timedelta(microseconds=moment)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _weight(text: str | float) -> float:
    if isinstance(text, str) and not _NUMBER.fullmatch(text.strip(" \t")):
        raise BadError
    value = float(text)
    if not 0 < value < float("inf"):
        raise BadError
    return value


def _time(text: str) -> int:
    if not re.match(r"\s*\d{4}-\d\d-\d\d", text):
        raise BadError
    try:
        moment = datetime.fromisoformat(text.strip(" ").upper().replace(" Z", "Z"))
    except ValueError:
        raise BadError from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _text(content: bytes) -> str:
    """Return text in UTF-8, or UTF-16 as its mark or its zeros say, without marks at the start of lines."""
    encoding = "utf-8-sig"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif len(content) > 3 and not any(content[1:64:2]) and all(content[:64:2]):
        encoding = "utf-16-le"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise BadError from None
    return text.removeprefix("\ufeff").replace("\n\ufeff", "\n")


def _row(fields: dict[str, Any]) -> Row:
    ends = [fields.get(name) for name in ("source", "target", "kind")]
    ends = [str(end) if isinstance(end, int) and not isinstance(end, bool) else end for end in ends]
    if not all(isinstance(end, str) and end.strip() for end in ends):
        raise BadError
    source, target, kind = (str(end) for end in ends)
    time_ = fields.get("timestamp")
    if not isinstance(time_, str) or not isinstance(fields.get("weight"), str | int | float):
        raise BadError
    return source, target, kind, _weight(fields["weight"]), _time(time_)


# Delimited text -----------------------------------------------------------------------------------------


def _write_table(separator: str) -> Callable[[list[Row]], bytes]:
    def write(rows: list[Row]) -> bytes:
        out = io.StringIO()
        table = csv.writer(out, delimiter=separator, lineterminator="\n")
        table.writerow(["source", "target", "kind", "weight", "timestamp"])
        table.writerows((s, t, k, w, _iso(m)) for s, t, k, w, m in rows)
        return out.getvalue().encode()

    return write


def _read_table(separator: str) -> Callable[[bytes], list[Row]]:
    def read(content: bytes) -> list[Row]:
        text = _text(content).replace("\r\r\n", "\n")
        try:
            lines = [one for one in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if one]
        except csv.Error:
            raise BadError from None
        if not lines:
            raise BadError
        header = [name.strip() for name in lines[0]]
        found = []
        for line in lines[1:]:
            if len(line) > len(header):
                raise BadError
            found.append(_row(dict(zip(header, line, strict=False))))
        return found

    return read


def _write_edges(rows: list[Row]) -> bytes:
    return "".join(f"{s.replace(' ', '')} {t.replace(' ', '')}\n" for s, t, *_ in rows).encode()


def _read_edges(content: bytes) -> list[Row]:
    found = []
    for line in re.split(r"\r\r\n|\r\n|\r|\n", _text(content)):
        fields = re.split(r"[ \t]+", line.strip(" \t"))
        if fields == [""] or line.startswith(("#", "%")):
            continue
        if len(fields) != 2:
            raise BadError
        found.append((fields[0], fields[1], "interaction", 1.0, None))
    return found


# JSON ---------------------------------------------------------------------------------------------------


def _objects(content: bytes, *, once: bool = True) -> Iterator[dict[str, Any]]:
    """Return JSON objects; ``once``: those in which a key stands twice can't be read."""
    text, made = _text(content), _once if once else dict
    try:
        if text.lstrip().startswith("["):
            found = json.loads(text, parse_constant=_refuse, object_pairs_hook=made)
        else:
            decoder, found = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=made), []
            text = text.strip(" \t\r\n")
            while text:
                one, end = decoder.raw_decode(text)
                found.append(one)
                text = text[end:].lstrip(" \t\r\n")
    except (ValueError, RecursionError):
        raise BadError from None
    if not all(isinstance(one, dict) for one in found):
        raise BadError
    return iter(found)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError(pairs)
    return dict(pairs)


def _refuse(word: str) -> None:
    raise ValueError(word)


def _record(row: Row) -> dict[str, Any]:
    source, target, kind, weight, moment = row
    return {"source": source, "target": target, "kind": kind, "weight": weight, "timestamp": _iso(moment)}


def _write_lines(rows: list[Row]) -> bytes:
    return "".join(json.dumps(_record(row), ensure_ascii=False) + "\n" for row in rows).encode()


def _write_array(rows: list[Row]) -> bytes:
    return json.dumps([_record(row) for row in rows], indent=1).encode()


def _read_json(content: bytes) -> list[Row]:
    return [_row(one) for one in _objects(content)]


def _write_statuses(rows: list[Row]) -> bytes:
    lines = []
    for number, (source, target, _, _, moment) in enumerate(rows):
        assert moment is not None
        time_ = (_EPOCH + timedelta(microseconds=moment)).strftime("%a %b %d %H:%M:%S +0000 %Y")
        status = {
            "id_str": str(100 + number),
            "created_at": time_,
            "user": {"id_str": source},
            "text": "ü, {",
        }
        lines.append(json.dumps(status | {"in_reply_to_user_id_str": target}) + "\n")
    return "".join(lines).encode()


def _read_statuses(content: bytes) -> list[Row]:
    found: dict[str, Row] = {}
    for one in _objects(content, once=False):
        try:
            time_ = datetime.strptime(one["created_at"], "%a %b %d %H:%M:%S %z %Y")
            item, source, target = one["id_str"], one["user"]["id_str"], one.get("in_reply_to_user_id_str")
        except (KeyError, TypeError, ValueError):
            raise BadError from None
        if target is None and all(isinstance(word, str) and word.strip() for word in (item, source)):
            continue  # a post
        if not all(isinstance(word, str) and word.strip() for word in (item, source, target)):
            raise BadError
        moment = (time_ - _EPOCH) // timedelta(microseconds=1)
        found.setdefault(item, (source, target, "reply", 1.0, moment))
    return list(found.values())


# Graphs -------------------------------------------------------------------------------------------------


def _write_graphml(rows: list[Row]) -> bytes:
    nodes = "".join(f'<node id="{name}"/>\n' for name in _NAMES)
    edges = "".join(
        f'<edge source="{s}" target="{t}"><data key="w">{w}</data></edge>\n' for s, t, _, w, _ in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        '<key id="w" for="edge" attr.name="weight" attr.type="double"/>\n'
        f'<graph edgedefault="directed">\n{nodes}{edges}</graph>\n</graphml>\n'
    ).encode()


def _read_graphml(content: bytes) -> list[Row]:
    try:
        tree = minidom.parseString(content)
    except Exception:
        raise BadError from None
    keys = {one.getAttribute("id"): one.getAttribute("attr.name") for one in tree.getElementsByTagName("key")}
    nodes = {one.getAttribute("id") for one in tree.getElementsByTagName("node")}
    graphs, found = tree.getElementsByTagName("graph"), []
    if len(graphs) != 1 or graphs[0].getAttribute("edgedefault") not in ("directed", "undirected"):
        raise BadError
    for edge in tree.getElementsByTagName("edge"):
        ends = edge.getAttribute("source"), edge.getAttribute("target")
        weight = 1.0
        for data in edge.getElementsByTagName("data"):
            if data.getAttribute("key") not in keys:
                raise BadError
            if keys.get(data.getAttribute("key")) == "weight" and data.firstChild is not None:
                weight = _weight(data.firstChild.nodeValue.strip())
        if not set(ends) <= nodes or not all(end.strip() for end in ends):
            raise BadError
        found.append((*ends, "interaction", weight, None))
        if graphs[0].getAttribute("edgedefault") == "undirected" and ends[0] != ends[1]:
            found.append((*ends[::-1], "interaction", weight, None))
    return found


def _write_posts(rows: list[Row]) -> bytes:
    lines = []
    for number, (source, *_, moment) in enumerate(rows):
        parent = ' ParentId="1"' if number else ""
        kind, time_ = (2 if number else 1), _iso(moment).rstrip("Z") + ".000"
        owner = _NAMES.index(source)
        lines.append(
            f'  <row Id="{number + 1}" PostTypeId="{kind}"{parent} CreationDate="{time_}" '
            f'OwnerUserId="{owner}" Body="&lt;p&gt;x&#xA;" />\n'
        )
    return ('<?xml version="1.0" encoding="utf-8"?>\n<posts>\n' + "".join(lines) + "</posts>\n").encode()


def _read_posts(content: bytes) -> list[Row]:
    try:
        tree = minidom.parseString(content)
    except Exception:
        raise BadError from None
    posts: dict[str, Any] = {}
    for one in tree.getElementsByTagName("row"):
        posts.setdefault(one.getAttribute("Id"), one)
    found = []
    for one in posts.values():
        owner, parent = one.getAttribute("OwnerUserId"), posts.get(one.getAttribute("ParentId"))
        if one.getAttribute("PostTypeId") == "2" and owner and parent is not None:
            target = parent.getAttribute("OwnerUserId")
            if target and target != owner:
                time_ = _time(one.getAttribute("CreationDate"))
                found.append((owner, target, "answer", 1.0, time_))
        elif not owner or one.getAttribute("PostTypeId") not in ("1", "2"):
            raise BadError
    return found


def _write_pajek(rows: list[Row]) -> bytes:
    names = "".join(f'{number} "{name}"\n' for number, name in enumerate(_NAMES, 1))
    arcs = "".join(f"{_NAMES.index(s) + 1} {_NAMES.index(t) + 1} {w}\n" for s, t, _, w, _ in rows)
    return f"*Vertices {len(_NAMES)}\n{names}*Arcs\n{arcs}".encode()


def _read_pajek(content: bytes) -> list[Row]:
    names: dict[str, str] = {}
    found, section = [], ""
    for line in _text(content).splitlines():
        words = line.split()
        if not words or line.startswith("%"):
            continue
        if line.startswith("*"):
            section = words[0].lower()
            if section not in ("*vertices", "*arcs"):
                raise BadError
        elif section == "*vertices":
            label = re.fullmatch(r'\s*(\d+)\s+"([^"]+)".*', line)
            if label is None or names.get(label[1], label[2]) != label[2]:
                raise BadError
            names[label[1]] = label[2]
        else:
            if len(words) not in (2, 3) or not set(words[:2]) <= set(names):
                raise BadError
            found.append((names[words[0]], names[words[1]], "interaction", _weight((*words, "1")[2]), None))
    if len(set(names.values())) < len(names):
        raise BadError
    return found


def _write_gml(rows: list[Row]) -> bytes:
    nodes = "".join(f'  node [ id {number} label "{name}" ]\n' for number, name in enumerate(_NAMES))
    edges = "".join(
        f"  edge [ source {_NAMES.index(s)} target {_NAMES.index(t)} weight {w} ]\n" for s, t, _, w, _ in rows
    )
    return f"graph [\n  directed 1\n  multigraph 1\n{nodes}{edges}]\n".encode()


def _read_gml(content: bytes) -> list[Row]:
    try:
        text = _text(content)
        if "multigraph 1" not in text:  # parallel edges are edges
            text = text.replace("graph [", "graph [\n multigraph 1", 1)
        text = re.sub(r"(weight \d+)([eE])", r"\1.0\2", text)
        graph = networkx.parse_gml(text.split("\n"), label="id")
    except Exception:
        raise BadError from None
    return _edges(graph, {node: str(data.get("label")) for node, data in graph.nodes(data=True)})


def _edges(graph: Any, names: Mapping[Any, str]) -> list[Row]:
    """Return the edges of a graph of networkx, in both directions where they have none."""
    found = []
    for source, target, data in graph.edges(data=True):
        ends = names[source], names[target]
        if not all(end.strip() for end in ends):
            raise BadError
        weight = _weight(data.get("weight", data.get("value", 1.0)))
        found.append((*ends, str(data.get("kind", "interaction")), weight, None))
        if not graph.is_directed() and source != target:
            found.append((*ends[::-1], str(data.get("kind", "interaction")), weight, None))
    if len(set(names.values())) < len(names):
        raise BadError
    return found


def _write_gexf(rows: list[Row]) -> bytes:
    nodes = "".join(f'<node id="{name}" label="{name}"/>\n' for name in _NAMES)
    edges = "".join(
        f'<edge id="{number}" source="{s}" target="{t}" weight="{w}"/>\n'
        for number, (s, t, _, w, _) in enumerate(rows)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
        f'<graph defaultedgetype="directed">\n<nodes>\n{nodes}</nodes>\n<edges>\n{edges}</edges>\n'
        "</graph>\n</gexf>\n"
    ).encode()


def _read_gexf(content: bytes) -> list[Row]:
    try:
        tree = expatbuilder.parseString(content, namespaces=False)
    except Exception:
        raise BadError from None
    nodes = {one.getAttribute("id") for one in tree.getElementsByTagName("node")}
    graphs, found = tree.getElementsByTagName("graph"), []
    if len(graphs) != 1:
        raise BadError
    usual = graphs[0].getAttribute("defaultedgetype") or "undirected"
    for edge in tree.getElementsByTagName("edge"):
        ends = edge.getAttribute("source"), edge.getAttribute("target")
        form = edge.getAttribute("type") or usual
        if not set(ends) <= nodes or not all(end.strip() for end in ends):
            raise BadError
        if form not in ("directed", "undirected", "mutual"):
            raise BadError
        weight = _weight(edge.getAttribute("weight") or 1.0)
        kind = edge.getAttribute("kind") or "interaction"
        found.append((*ends, kind, weight, None))
        if form != "directed" and ends[0] != ends[1]:
            found.append((*ends[::-1], kind, weight, None))
    return found


def _write_konect(rows: list[Row]) -> bytes:
    lines = "".join(
        f"{_NAMES.index(s) + 1} {_NAMES.index(t) + 1} {w} {(m or 0) // 1_000_000}\n" for s, t, _, w, m in rows
    )
    return f"% asym positive\n% {len(rows)} 8 8\n{lines}".encode()


def _numbers(content: bytes, fields: int) -> list[list[str]]:
    if content[:1] in (b"#", b"%") and content[1:2] != b"\0":
        content = re.sub(rb"(?m)^[%#][^\r\n]*$", b"", content)
    # Some lists have commas between their fields.
    text = _text(content).replace(",", " ")
    lines = [one for one in re.split(r"\r\r\n|\r\n|\r|\n", text) if one.strip(" \t")]
    rows = [one.strip(" \t").split() for one in lines if not one.startswith(("%", "#"))]
    if not rows or any(len(row) != fields for row in rows):
        raise BadError
    return rows


def _read_konect(content: bytes) -> list[Row]:
    both = _text(content).startswith("% sym ")
    if not _text(content).startswith(("% asym positive", "% sym positive")):
        raise BadError
    found = []
    for source, target, weight, time_ in _numbers(content, 4):
        if not _NUMBER.fullmatch(time_):
            raise BadError
        if not abs(float(time_)) < 1e11:  # beyond the calendar
            raise BadError
        moment = round(float(time_) * 1_000_000) or None
        found.append((source, target, "interaction", _weight(weight), moment))
        if both and source != target:
            found.append((target, source, "interaction", _weight(weight), moment))
    return found


def _write_snap(rows: list[Row]) -> bytes:
    lines = "".join(f"{_NAMES.index(s) + 1}\t{_NAMES.index(t) + 1}\n" for s, t, *_ in rows)
    return (
        f"# Directed graph: log.txt\n# Nodes: 8 Edges: {len(rows)}\n# FromNodeId\tToNodeId\n{lines}".encode()
    )


def _read_snap(content: bytes) -> list[Row]:
    return [(source, target, "interaction", 1.0, None) for source, target in _numbers(content, 2)]


def _write_gephi(rows: list[Row]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["Source", "Target", "Type", "Id", "Label", "Weight"])
    table.writerows((s, t, "Directed", number, "", w) for number, (s, t, _, w, _) in enumerate(rows))
    return out.getvalue().encode()


def _read_gephi(content: bytes) -> list[Row]:
    text = _text(content).replace("\r\r\n", "\n")
    try:
        lines = [one for one in csv.reader(io.StringIO(text, newline="")) if one]
    except csv.Error:
        raise BadError from None
    header, found = [name.strip().lower() for name in lines[0]] if lines else [], []
    for line in lines[1:]:
        fields = dict(zip(header, line, strict=False))
        ends = fields.get("source", ""), fields.get("target", "")
        form = fields.get("type", "").strip().lower()
        if len(line) != len(header) or not all(end.strip() for end in ends):
            raise BadError
        if form not in ("directed", "undirected", ""):
            raise BadError
        weight = _weight(fields["weight"]) if fields.get("weight") else 1.0
        found.append((*ends, "interaction", weight, None))
        if form == "undirected" and ends[0] != ends[1]:
            found.append((*ends[::-1], "interaction", weight, None))
    return found


FORMATS = (
    Format("csv", "log.csv", _write_table(","), _read_table(",")),
    Format("tsv", "log.tsv", _write_table("\t"), _read_table("\t"), b"\t"),
    Format("edgelist", "log.txt", _write_edges, _read_edges, b" "),
    Format("ndjson", "log.ndjson", _write_lines, _read_json),
    Format("json", "log.json", _write_array, _read_json),
    Format("x-v1.1", "statuses.jsonl", _write_statuses, _read_statuses),
    Format("graphml", "graph.graphml", _write_graphml, _read_graphml, b" "),
    Format("stackexchange", "Posts.xml", _write_posts, _read_posts, b" "),
    Format("pajek", "graph.net", _write_pajek, _read_pajek, b" "),
    Format("gml", "graph.gml", _write_gml, _read_gml, b" "),
    Format("gexf", "graph.gexf", _write_gexf, _read_gexf, b" "),
    Format("konect", "out.log", _write_konect, _read_konect, b" "),
    Format("snap", "log.txt", _write_snap, _read_snap, b"\t"),
    Format("gephi", "edges.csv", _write_gephi, _read_gephi),
)


# Changes ------------------------------------------------------------------------------------------------


def _flip(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 3])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    return content[: rng.randrange(1, len(content))]


def _lose(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    at = rng.randrange(len(content) - 1)
    return content[:at] + content[at + rng.choice([1, 1, 2, 7, 40]) :]


def _double_line(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


def _first_line_again(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    lines = content.split(b"\n")
    lines.insert(rng.randrange(1, len(lines)), lines[0])
    return b"\n".join(lines)


def _swap_lines(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    lines = content.split(b"\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _swap_fields(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    fields = lines[at].split(separator)
    one, other = rng.randrange(len(fields)), rng.randrange(len(fields))
    fields[one], fields[other] = fields[other], fields[one]
    lines[at] = separator.join(fields)
    return b"\n".join(lines)


def _other_encoding(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    name = rng.choice(["latin-1", "utf-16", "utf-8-sig", "cp1252", "utf-16-le", "cp437"])
    return content.decode().encode(name, "replace")


def _other_line_ends(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    ends = rng.choice([[b"\r\n"], [b"\r"], [b"\r\r\n"], [b"\n", b"\r\n"], [b"\n", b"\n\n"]])
    return b"".join(line + rng.choice(ends) for line in content.split(b"\n"))


_JUNK = (
    *(
        b"\0",
        b'"',
        b"'",
        b"#",
        b"%",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\r",
        b"\n",
        b"\\",
        b"{",
        b"]",
        b"<",
        b"&",
        b" ",
    ),
    *(
        b"\xe2\x80\x8b",
        b"NaN",
        b"1e400",
        b",",
        b"\t",
        b";",
        b"-",
        b"\x1a",
        b"1" * 400,
        b"[" * 2000,
        b"\\ud800",
    ),
)
_VALUES = (
    *(
        b"nan",
        b"",
        b"NULL",
        b"985401.0",
        b"1.17E+18",
        b"007",
        b"-1",
        b"0",
        b"1e3",
        b"inf",
        b"[deleted]",
        b'""',
    ),
    *(b"true", b"null", b"20181010", b"10/25/2018", b"@ann", b"Ann", b" ann", b"Follow", b"post", b"sep=;"),
)


def _junk(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    return content[:at] + rng.choice(_JUNK) + content[at:]


def _other_value(content: bytes, rng: random.Random, separator: bytes) -> bytes:
    words = list(re.finditer(rb"[\w.:-]+", content))
    word = rng.choice(words)
    return content[: word.start()] + rng.choice(_VALUES) + content[word.end() :]


CHANGES: dict[str, Callable[[bytes, random.Random, bytes], bytes]] = {
    "bits flipped": _flip,
    "cut short": _cut,
    "bytes lost": _lose,
    "a line twice": _double_line,
    "the first line again": _first_line_again,
    "lines swapped": _swap_lines,
    "fields swapped": _swap_fields,
    "another encoding": _other_encoding,
    "other line ends": _other_line_ends,
    "junk put in": _junk,
    "another value": _other_value,
}


# Comparison ---------------------------------------------------------------------------------------------


def read(path: Path) -> tuple[Counter[Row], set[str]]:
    """Return the rows that the package reads (reactions), and what it says of them."""
    log = read_interactions(path)
    frame = log.frame.collect()
    names = frame.columns
    rows: Counter[Row] = Counter()
    for row in frame.iter_rows(named=True):
        if row["target"] is None:
            continue
        time_ = None
        if "timestamp" in names and row["timestamp"] is not None:
            time_ = (row["timestamp"] - _EPOCH) // timedelta(microseconds=1)
        rows[str(row["source"]), str(row["target"]), row["kind"], row["weight"], time_] += 1
    said = {re.sub(r"\d+", "0", note) for note in log.report.notes}
    said |= {reason for _, reason, _ in log.report.left_out.iter_rows() if reason != "self-interaction"}
    return rows, said


def outcome(form: Format, content: bytes, path: Path, usual: set[str]) -> tuple[str, str]:
    """Return what becomes of a file, and the details where that is wrong."""
    path.write_bytes(content)
    start = time.perf_counter()
    try:
        rows, said = read(path)
        result, detail = "", ""
    except InfluenceGraphError:
        result, detail = "refused", ""
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        result, detail = "traceback", traceback.format_exc()
    if time.perf_counter() - start > 10:
        return "slow", f"{time.perf_counter() - start:.0f} s"
    if result:
        return result, detail
    try:
        expected: Counter[Row] | None = Counter(row for row in form.read(content) if row[0] != row[1])
    except BadError:
        expected = None
    if rows == expected:
        return "right", ""
    if said - usual:
        return "told", ""
    if expected is None:
        return "silent", f"the independent reader refuses this, here {sum(rows.values())} rows"
    return (
        "silent",
        f"missing {list((expected - rows).items())[:3]}, more {list((rows - expected).items())[:3]}",
    )


def run(
    cases: int, seed: int
) -> tuple[Counter[tuple[str, str, str]], list[tuple[str, str, int, str, str, bytes]]]:
    """Return how many files of each format and change had each outcome, and those that are wrong."""
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(cases):
            rng = random.Random(f"{seed} {number}")
            form = FORMATS[number % len(FORMATS)]
            path = Path(folder) / form.file
            content = form.write(rows_of(rng))
            path.write_bytes(content)
            usual = read(path)[1] | {"the same record a second time"}
            name = rng.choice(sorted(CHANGES))
            content = CHANGES[name](content, rng, form.separator)
            result, detail = outcome(form, content, path, usual)
            counts[form.name, name, result] += 1
            if result in ("silent", "traceback", "slow"):
                wrong.append((form.name, name, number, result, detail, content))
    return counts, wrong


def table(counts: Counter[tuple[str, str, str]], place: int) -> str:
    """Return a table in Markdown with a row for each format (place 0) or change (place 1)."""
    first = "format" if place == 0 else "change"
    lines = [f"| {first} | files | " + " | ".join(OUTCOMES) + " |", "|---|" + "---:|" * (1 + len(OUTCOMES))]
    keys = [form.name for form in FORMATS] if place == 0 else sorted(CHANGES)
    for key in [*keys, "all"]:
        found = Counter[str]()
        for entry, number in counts.items():
            if key in ("all", entry[place]):
                found[entry[2]] += number
        lines.append(f"| {key} | {found.total():,} | " + " | ".join(f"{found[o]:,}" for o in OUTCOMES) + " |")
    return "\n".join(lines)


def by_seed(counts: Mapping[int, Counter[tuple[str, str, str]]]) -> str:
    """Return a table in Markdown with a row for each seed."""
    lines = ["| seed | files | " + " | ".join(OUTCOMES) + " |", "|---:|" + "---:|" * (1 + len(OUTCOMES))]
    for seed, found in counts.items():
        total = Counter[str]()
        for (_, _, result), number in found.items():
            total[result] += number
        lines.append(
            f"| {seed} | {total.total():,} | " + " | ".join(f"{total[o]:,}" for o in OUTCOMES) + " |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--others", type=int, nargs="*", default=[], help="seeds that are counted too")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", type=int, default=0, help="show this many wrong ones")
    given = parser.parse_args()
    seeds = list(dict.fromkeys([given.seed, *given.others]))
    counts = {}
    for seed in seeds:
        counts[seed], wrong = run(given.cases, seed)
        for form, change, number, result, detail, content in wrong[: given.show]:
            print(
                f"== {seed} {number} {form}, {change}: {result}: {detail}\n{content[:1500]!r}\n",
                file=sys.stderr,
            )
    tables = [table(counts[given.seed], 0), table(counts[given.seed], 1)]
    if given.others:
        tables.append(f"More files, of other seeds:\n\n{by_seed(counts)}")
    print("\n\n".join(tables))
    if given.write:
        _write_page(given, tables)


def _write_page(given: argparse.Namespace, tables: list[str]) -> None:
    head = (__doc__ or "").split("\n\n", 2)[2].split("``--others``")[0].strip()
    others = " ".join(["", "--others", *map(str, given.others)]) if given.others else ""
    command = f"python benchmarks/mutations.py --cases {given.cases} --seed {given.seed}{others} --write"
    PAGE.write_text(
        f"# Damaged logs\n\n{head}\n\nMade by `{command}`.\n\n" + "\n\n".join(tables) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
