"""Speed and memory of the adapters: a sample of each format, repeated with other ids to a large file.

``python benchmarks/adapters.py SAMPLES [FORMAT ...] [--megabytes 100] [--folder FOLDER] [--write]``.
SAMPLES has one folder a format, such as ``mastodon/statuses.ndjson``. Each file is read twice, by processes
of their own that have read the sample before: by its adapter alone, which leaves the rows in temporary
files, and as a log, which keeps some ten bytes a row. Printed are megabytes a second of processor time, and
how far the peak of resident memory went above the start, as a share of the file. ``--write`` writes the
table to benchmarks/adapters.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

PAGE = Path(__file__).with_suffix(".md")
#: The sample of each format, and the start of what tells one copy of a record from another.
RECORDS: dict[str, tuple[str, bytes]] = {
    "mastodon": ("mastodon/statuses.ndjson", rb"1120200000"),
    "bluesky": ("bluesky/jetstream.jsonl", rb"3lbeaaa"),
    "reddit": ("reddit/comments.ndjson", rb"k9c0"),
    "x-v1.1": ("x-v1.1/statuses.jsonl", rb"9800000000"),
    "x-v2": ("x-v2-twarc/flat.jsonl", rb"17200000000"),
    "x-v2-pages": ("x-v2-twarc/pages.jsonl", rb"17200000000"),
    "twarc-csv": ("twarc-csv/tweets.csv", rb"17200000000"),
    "stackexchange": ("stackexchange/Posts.xml", b""),
    "mbox": ("mbox/lists.mbox", b""),
}
#: The graphs that are made up, and the names of their files.
GRAPHS = {
    "snap": "a.txt",
    "konect": "out.a",
    "matrix-market": "a.mtx",
    "graphml": "a.graphml",
    "gexf": "a.gexf",
    "gml": "a.gml",
    "pajek": "a.net",
    "gephi": "edges.csv",
}


#: Bytes of an edge, where they are not 14.
_EDGE_BYTES = {"graphml": 90, "gexf": 60, "gml": 52}


def main() -> None:
    """Make files, read each in a process of its own, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path)
    parser.add_argument("formats", nargs="*", default=[*RECORDS, *GRAPHS])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--folder", type=Path, default=Path("/tmp"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(measured(given.one[0] == "adapter", *map(Path, given.one[1:])))
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    table = [
        "| format | MB | rows | adapter MB/s | adapter memory | log MB/s | log memory |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    print("\n".join(table))
    for name in given.formats:
        sample, path = made(name, given.samples, given.folder, given.megabytes)
        found = {}
        for what in ("adapter", "log"):
            command = [sys.executable, __file__, str(given.samples), "--one", what, str(sample), str(path)]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found[what] = told.split()
        rows, *log = found["log"]
        row = " | ".join([name, f"{path.stat().st_size / 1e6:.0f}", rows, *found["adapter"][1:], *log])
        table.append(f"| {row} |")
        print(table[-1], flush=True)
    if given.write:
        _write_page(table, given)


def _write_page(table: list[str], given: argparse.Namespace) -> None:
    head = (__doc__ or "").split("\n\n")
    about = head[1].split("SAMPLES has", 1)[1].split("``--write``")[0].strip()
    names = "" if given.formats == [*RECORDS, *GRAPHS] else " ".join(["", *given.formats])
    PAGE.write_text(
        "# Speed and memory of the adapters\n\n"
        "A sample of each format is repeated with other ids to a large file; graphs are made up. The folder "
        f"of samples has {about}\n\n"
        f"Made by `python benchmarks/adapters.py SAMPLES{names} --megabytes {given.megabytes} --write`.\n\n"
        + "\n".join(table)
        + "\n",
        encoding="utf-8",
    )


def made(name: str, samples: Path, folder: Path, megabytes: int) -> tuple[Path, Path]:
    """Return the sample and the large file, which is made where it is not there."""
    if name in GRAPHS:
        path = folder / GRAPHS[name]
        small = path.with_name(f"small-{path.name}" if name != "konect" else "out.small")
        for one, size in ((path, megabytes * 10**6), (small, 2_000)):
            if not one.exists():
                _write_graph(one, name, size)
        return small, path
    sample = samples / RECORDS[name][0]
    path = folder / f"{name}{sample.suffix}"
    if not path.exists():
        _write(path, _copies(name, sample.read_bytes(), RECORDS[name][1], megabytes * 10**6))
    return sample, path


def _write(path: Path, pieces: Iterator[bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(pieces)


def _copies(name: str, content: bytes, mark: bytes, size: int) -> Iterator[bytes]:
    head, end = b"", b""
    if name == "twarc-csv":
        head, content = content.split(b"\n", 1)
        head += b"\n"
    elif name == "stackexchange":
        first, last = content.index(b"  <row"), content.index(b"</posts>")
        head, content, end = content[:first], content[first:last], b"</posts>"
    if not content.endswith(b"\n"):
        content += b"\n"
    yield head
    for n in range(1, size // len(content) + 2):
        yield _changed(name, content, mark, n)
    yield end


def _changed(name: str, content: bytes, mark: bytes, n: int) -> bytes:
    """Return copy number ``n`` of the records, with ids of its own."""
    if name == "stackexchange":
        return re.sub(
            rb' (Id|ParentId)="(\d)', lambda found: b' %s="%d0%s' % (found[1], n, found[2]), content
        )
    if name == "bluesky":  # likes and follows have no id: other people do them
        content = content.replace(b"did:plc:", b"did:plc:%07d" % n)
    if name == "mbox":
        return re.sub(rb"(100\d)@", lambda found: found[1] + b"%d@" % n, content)
    return content.replace(mark, mark[:-4] + b"%07d" % n)


def _write_graph(path: Path, name: str, size: int) -> None:
    rng = np.random.default_rng(1)
    edges = rng.integers(1, max(size // 100, 3), (size // _EDGE_BYTES.get(name, 14), 2))
    with path.open("w") as file:
        if name in ("gexf", "gml"):
            _write_tagged(file, name, edges.tolist())
            return
        if name == "graphml":
            file.write('<graphml><key id="w" for="edge" attr.name="weight" attr.type="double"/>')
            file.write('<graph edgedefault="directed">\n')
            file.writelines(f'<node id="n{n}"/>\n' for n in range(1, int(edges.max()) + 1))
            line = '<edge source="n{}" target="n{}">\n  <data key="w">3.0</data>\n</edge>\n'
            file.writelines(line.format(*edge) for edge in edges.tolist())
            file.write("</graph></graphml>\n")
            return
        people = int(edges.max())
        if name == "pajek":
            file.write(f"*Vertices {people}\n")
            file.writelines(f'{n} "person {n}"\n' for n in range(1, people + 1))
        file.write(
            {
                "pajek": "*Arcs\n",
                "gephi": "Source,Target,Type,Weight\n",
                "snap": "# Directed graph\n# FromNodeId\tToNodeId\n",
                "konect": "% asym unweighted\n",
                "matrix-market": "%%MatrixMarket matrix coordinate pattern general\n"
                f"{people} {people} {len(edges)}\n",
            }[name]
        )
        line = "{},{},Directed,1\n" if name == "gephi" else "{} {}\n"
        file.writelines(line.format(*edge) for edge in edges.tolist())


def _write_tagged(file: IO[str], name: str, edges: list[list[int]]) -> None:
    people = max(map(max, edges))
    if name == "gml":
        file.write("graph [\n  directed 1\n")
        file.writelines(f'  node [ id {n} label "person {n}" ]\n' for n in range(1, people + 1))
        file.writelines(f"  edge [ source {one} target {other} value 3 ]\n" for one, other in edges)
        file.write("]\n")
        return
    file.write('<gexf xmlns="http://gexf.net/1.3" version="1.3"><graph defaultedgetype="directed"><nodes>\n')
    file.writelines(f'<node id="n{n}"/>\n' for n in range(1, people + 1))
    file.write("</nodes><edges>\n")
    file.writelines(f'<edge source="n{one}" target="n{other}" weight="3.0"/>\n' for one, other in edges)
    file.write("</edges></graph></gexf>\n")


def measured(alone: bool, sample: Path, path: Path) -> str:
    """Read the sample and then the file, ``alone`` with the adapter only, and say what the second took."""
    from influence_graph import read_interactions
    from influence_graph.interactions.adapters.reading import read_adapted
    from influence_graph.interactions.adapters.table import recognise

    read_interactions(sample)
    adapter = recognise(path)
    assert adapter is not None
    start = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = time.process_time()
    log = read_adapted([(path, adapter)]) if alone else read_interactions(path)
    seconds = time.process_time() - before
    size = path.stat().st_size / 1e6
    rows = "-" if isinstance(log, list) else f"{log.report.kept:,}"
    return f"{rows} {size / seconds:.0f} {(_memory('VmHWM') - start) / size:.2f}"


def _memory(name: str) -> float:
    """Return megabytes, as the kernel counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    main()
