"""Random logs in random dialects: what is read is what was written, or the refusal names the way.

    python benchmarks/dialects.py [--cases 5000] [--seed 1] [--write]

A dialect is a format, a separator, quoting, a header or none, a byte order mark, line ends, comments, a
compression and a style of ids. Dialects that the documentation names are read, with the options that it
names; of others the refusal names what to say. The table counts, by kind of dialect, what was read as
written, refused with the way named, refused otherwise, and read otherwise. ``--write`` writes it to
benchmarks/dialects.md.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from influence_graph import InfluenceGraphError, read_interactions

TAB = "\t"
PAGE = Path(__file__).with_suffix(".md")
OUTCOMES = ("as written", "refused, way named", "refused otherwise", "read otherwise", "traceback")
Row = tuple[Any, Any, str]


@dataclass(frozen=True)
class Case:
    """A file, how it is read, and what should come of it.

    Attributes
    ----------
    kind : str
        What is varied; documented dialects are named by their format.
    name : str
        Of the file.
    content : bytes
        What is in it.
    rows : list of (source, target, kind)
        What was written.
    options : dict
        What the reader is told.
    way : str or None
        What the message of a refusal has to hold; None: the file has to be read.
    """

    kind: str
    name: str
    content: bytes
    rows: list[Row]
    options: dict[str, Any] = field(default_factory=dict)
    way: str | None = None


def _ids(rng: random.Random, *, spaced: bool) -> list[Any]:
    """Return distinct ids of one style: whole numbers, names, names of all kinds of characters."""
    style = rng.choice(["small", "large", "names", "at", "unicode", "padded", *["quoted", "spaced"] * spaced])
    count = rng.randint(2, 6)
    if style == "small":
        return rng.sample(range(-5, 50), count)
    if style == "large":
        return [rng.randrange(10**17, 2**63) for _ in range(count)]
    letters = {"names": "abcxyz_.-", "at": "abcxyz", "unicode": "äßжñ日本🙂é", "padded": "0"}
    some = letters.get(style, "ab c,;|\t\n" if spaced else "abc") + ('"' if style == "quoted" else "")
    names = {f"{''.join(rng.choices(some, k=rng.randint(1, 6)))}{chr(97 + n)}" for n in range(count)}
    ends = {"at": "@{}", "padded": "00{}7", "quoted": "q{}", "spaced": "s{}"}
    return sorted(ends.get(style, "{}").format(name) for name in names)


def _rows(rng: random.Random, *, spaced: bool) -> list[Row]:
    ids = _ids(rng, spaced=spaced)
    ids = ids if len(ids) > 1 else [*ids, "other"]
    return [(*rng.sample(ids, 2), rng.choice(["reply", "like", "retweet"])) for _ in range(rng.randint(1, 8))]


def _table(rows: list[Row], separator: str, header: list[str] | None, quoting: int, end: str = "\n") -> str:
    out = io.StringIO()
    table = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    table.writerows(([header] if header else []) + [list(row) for row in rows])
    return out.getvalue()


def _delimited(rng: random.Random) -> Case:
    """A CSV or TSV that the documentation names: the separator said by name, option or Excel's first line."""
    rows = _rows(rng, spaced=True)
    separator, name, options = ",", "log.csv", dict[str, Any]()
    how = rng.choice(["csv", "tsv", "option", "excel"])
    if how == "tsv":
        separator, name = "\t", "log.tsv"
    elif how in ("option", "excel"):
        separator = rng.choice(";|\t")
        options = {"separator": separator} if how == "option" else {}
    header: list[str] | None = ["source", "target", "kind"]
    naming = rng.choice(["plain", "mapped", "none", "said"])
    if naming == "mapped":
        header = ["From", "An Wen", "kind"]
        options["columns"] = {"source": "From", "target": "An Wen"}
    elif naming == "none" and "\n" not in f"{rows[0][0]}{rows[0][1]}":
        header = None
        options |= {"columns": ["source", "target", "kind"], "header": False}
    elif naming == "said":
        options["header"] = True
    end = rng.choice(["\n", "\r\n", "\n", "\r\r\n", "\r"])
    # The writer quotes a line feed only where lines end in one.
    quoting = rng.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]) if "\n" in end else csv.QUOTE_ALL
    text = _table(rows, separator, header, quoting, end)
    if how == "excel":
        text = f"sep={separator}{end}{text}"
    elif header is not None and rng.random() < 0.2:
        text = f"# made by hand{end}#{end}{text}"
    if rng.random() < 0.3:
        text = text.removesuffix(end)
    mark = b"\xef\xbb\xbf" if rng.random() < 0.3 else b""
    return Case("delimited text", name, mark + text.encode(), rows, options)


def _edge_list(rng: random.Random) -> Case:
    rows = [(s, t, "interaction") for s, t, _ in _rows(rng, spaced=False)]
    gap = rng.choice([" ", "\t", "  "])
    comment = rng.choice(["", "# a graph\n", "% sym\n% 3\n"])
    lines = [f"{s}{gap}{t}{rng.choice(['', ' ']) if gap != TAB else ''}" for s, t, _ in rows]
    if comment and rng.random() < 0.5:
        lines.insert(rng.randrange(len(lines) + 1), comment.strip().split("\n")[0])
    header = rng.choice(["", "", f"source{gap}target\n", f"From{gap}To\n"])
    end = rng.choice(["\n", "\r\n"])
    text = (comment + header + "\n".join(lines) + "\n").replace("\n", end)
    return Case("edge list", rng.choice(["log.txt", "log.edgelist"]), text.encode(), rows)


def _json(rng: random.Random) -> Case:
    rows = _rows(rng, spaced=True)
    records: list[dict[str, Any]] = [{"source": s, "target": t, "kind": k, "extra": [1]} for s, t, k in rows]
    options: dict[str, Any] = {}
    if rng.random() < 0.3:
        records = [{"who": {"id": r["source"]}, "target": r["target"], "kind": r["kind"]} for r in records]
        options["columns"] = {"source": "who.id"}
    plain = rng.random() < 0.5
    if rng.random() < 0.5:
        text = json.dumps(records, ensure_ascii=plain, indent=rng.choice([None, 2]))
        return Case("JSON array", "log.json", text.encode(), rows, options)
    end = rng.choice(["\n", "\r\n", "\n\n"])
    text = end.join(json.dumps(record, ensure_ascii=plain) for record in records) + end
    mark = b"\xef\xbb\xbf" if rng.random() < 0.3 else b""
    return Case("lines of JSON", "log.ndjson", mark + text.encode(), rows, options)


def _other_separator(rng: random.Random) -> Case:
    separator = rng.choice(";|\t")
    rows = [("ann", f"bea{rng.randrange(9)}", "like") for _ in range(rng.randint(1, 5))]
    text = _table(rows, separator, ["source", "target", "kind"], csv.QUOTE_MINIMAL)
    way = "format='tsv'" if separator == "\t" else f"separator={separator!r}"
    return Case("separator not said", "log.csv", text.encode(), rows, way=way)


def _wide(rng: random.Random) -> Case:
    rows = [("zoé", f"bea{rng.randrange(9)}", "like") for _ in range(rng.randint(1, 5))]
    text = _table(rows, ",", ["source", "target", "kind"], csv.QUOTE_MINIMAL)
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    return Case("encoding of two bytes", "log.csv", text.encode(encoding), rows)


def _other_encoding(rng: random.Random) -> Case:
    rows = [("zoé", f"bea{rng.randrange(9)}", "like") for _ in range(rng.randint(1, 5))]
    text = _table(rows, ",", ["source", "target", "kind"], csv.QUOTE_MINIMAL)
    return Case("encoding", "log.csv", text.encode("latin-1"), rows, way="iconv -f LATIN1")


def _day_and_month(rng: random.Random) -> Case:
    first, second = rng.randint(1, 12), rng.randint(1, 12)
    text = f"source,target,timestamp\nb,a,{first:02}/{second:02}/2018\n"
    way = "reads the month first, time_format="
    return Case("day and month", "log.csv", text.encode(), [("b", "a", "interaction")], way=way)


def _lost_digits(rng: random.Random) -> Case:
    number = f"{rng.randrange(10**17, 10**18):.2E}"
    text = f"source,target\n{number},12\n13,12\n"
    return Case("digits lost", "log.csv", text.encode(), [], way="with all its digits")


def _quote_in_field(rng: random.Random) -> Case:
    text = f'source,target,kind\nann,b"ea{rng.randrange(9)},like\nbea,ann,like\n'
    return Case("quote within a field", "log.csv", text.encode(), [], way="quote=None")


def _no_names(rng: random.Random) -> Case:
    text = "".join(f"{rng.randrange(99)},{rng.randrange(100, 199)},{rng.randrange(9)}\n" for _ in range(3))
    return Case("no header", "log.csv", text.encode(), [], way="columns=['source', 'target'")


def _other_names(rng: random.Random) -> Case:
    names = rng.choice([("from_user", "to_user"), ("Author", "Recipient"), ("src", "dst")])
    text = f"{names[0]},{names[1]}\nann,bea\n"
    way = f"columns={{'source': '{names[0]}', 'target': '{names[1]}'}}"
    return Case("names of columns", "log.csv", text.encode(), [("ann", "bea", "interaction")], way=way)


DOCUMENTED = (_delimited, _edge_list, _json, _wide)
OTHERS = (
    *(_other_separator, _other_encoding, _day_and_month, _lost_digits),
    *(_quote_in_field, _no_names, _other_names),
)


def case(rng: random.Random, kinds: tuple[Callable[[random.Random], Case], ...]) -> Case:
    """Return a random file of one of these kinds, compressed or not."""
    made = rng.choice(kinds)(rng)
    compression = rng.choice(["", "", "", ".gz", ".zst"])
    if compression == ".gz":
        made = replace(made, name=made.name + ".gz", content=gzip.compress(made.content))
    elif compression == ".zst":
        try:
            from compression import zstd
        except ImportError:
            from backports import zstd
        made = replace(made, name=made.name + ".zst", content=zstd.compress(made.content))
    return made


def outcome(made: Case, folder: Path) -> tuple[str, str]:
    """Return what becomes of a file, and details where that is wrong."""
    path = folder / made.name
    path.write_bytes(made.content)
    try:
        frame = read_interactions(path, **made.options).frame.collect()
    except InfluenceGraphError as error:
        named = made.way is not None and made.way in str(error)
        return ("refused, way named" if named else "refused otherwise"), str(error)
    except Exception as error:
        return "traceback", repr(error)
    found = sorted(map(str, frame.select("source", "target", "kind").rows()))
    same = found == sorted(map(str, made.rows))
    return ("as written" if same else "read otherwise"), f"{found[:3]}"


def run(cases: int, seed: int, folder: Path) -> tuple[Counter[tuple[str, str]], list[tuple[Case, str, str]]]:
    """Return how many files of each kind had each outcome, and those that are wrong."""
    counts: Counter[tuple[str, str]] = Counter()
    wrong = []
    for number in range(cases):
        made = case(random.Random(f"{seed} {number}"), OTHERS if number % 4 == 0 else DOCUMENTED)
        result, detail = outcome(made, folder)
        counts[made.kind, result] += 1
        if result != ("as written" if made.way is None else "refused, way named"):
            wrong.append((made, result, detail))
    return counts, wrong


def main() -> None:
    """Run, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        counts, wrong = run(given.cases, given.seed, Path(folder))
    for made, result, detail in wrong[:20]:
        print(
            f"== {made.kind}: {result}: {detail[:300]}\n{made.name} {made.options} {made.content[:200]!r}\n"
        )
    lines = ["| kind | files | share refused | " + " | ".join(OUTCOMES) + " |"]
    lines.append("|---|" + "---:|" * (2 + len(OUTCOMES)))
    for kind in sorted({kind for kind, _ in counts}):
        found = {name: counts[kind, name] for name in OUTCOMES}
        total = sum(found.values())
        refused = sum(number for name, number in found.items() if name.startswith("refused"))
        cells = " | ".join(f"{number:,}" for number in found.values())
        lines.append(f"| {kind} | {total:,} | {refused / total:.0%} | {cells} |")
    table = "\n".join(lines)
    print(table)
    if given.write:
        text = (__doc__ or "").split("\n\n", 2)[2].split(" ``--write``")[0]
        made_by = (
            f"Made by `python benchmarks/dialects.py --cases {given.cases} --seed {given.seed} --write`."
        )
        PAGE.write_text(f"# Logs in random dialects\n\n{text}\n\n{made_by}\n\n{table}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
