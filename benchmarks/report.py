"""Write README.md and the figures from what the races measured."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent

HEAD = """# Benchmarks

This page is written by `make bench` from what it measured; nothing in it is typed by hand.
Project and peers run in turn, each run in a process of its own, on the same input; the answers are compared.
Times are medians (of how many runs, a column says), kernels compiled; peak memory is that of the whole
process. A ratio is the peer's time over ours in the same session: ratios carry over to other
machines, seconds do not.

Machine: {processor}, {memory}, Python {python}. Date: {date}. Size: `{size}`.
Again: `make bench` (or `make bench SIZE=small`, minutes).
"""


def write_report(races: Mapping[str, Any], results: pathlib.Path, size: str) -> None:
    """Write the tables of all races that were measured, and a figure of growth where sizes differ."""
    records = {
        name: json.loads((results / f"{name}.json").read_text())
        for name in races
        if (results / f"{name}.json").exists()
    }
    if not records:
        return
    newest = max(records.values(), key=lambda record: record["machine"]["date"])
    parts = [HEAD.format(size=size, **newest["machine"])]
    for name, record in records.items():
        parts.append(section(races[name], record))
    grown = {
        name: record for name, record in records.items() if len({row["size"] for row in record["rows"]}) > 1
    }
    if grown:
        draw_growth(races, grown, HERE / "growth.svg")
        parts.append("## As the work grows\n\n![Time and peak memory against size](growth.svg)\n")
    (HERE / "README.md").write_text("\n".join(parts))


def section(race: Any, record: Mapping[str, Any]) -> str:
    """Return a table: time, memory, ratio to us, agreement, goal."""
    lines = [
        f"## {race.title}",
        "",
        "| size | contestant | runs | seconds | peak MB | ratio | goal | agrees |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in record["rows"]:
        if "error" in row:
            lines.append(f"| {row['size']:,} | {row['contestant']} | failed: {row['error'][:60]} | | | | | |")
            continue
        ratio = f"{row['ratio']:.2f}×" if "ratio" in row else ""
        goal = race.goal.get(row["contestant"])
        aim = f"≥ {goal:g}×" if goal and row["size"] == max(r["size"] for r in record["rows"]) else ""
        agrees = {True: "yes", None: ""}.get(row.get("agrees"), row.get("agrees"))
        lines.append(
            f"| {row['size']:,} | {row['contestant']} | {row['repeats']} | {row['seconds']:.3f} "
            f"| {row['peak_mb']:,.0f} "
            f"| {ratio} | {aim} | {agrees} |"
        )
    used = ", ".join(f"{package} {number}" for package, number in record["versions"].items())
    return "\n".join([*lines, "", f"Versions: {used}.", ""])


def draw_growth(races: Mapping[str, Any], records: Mapping[str, Any], path: pathlib.Path) -> None:
    """Draw time and peak memory against size on logarithmic axes, a row of panels a race."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "influence_graph"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(records), 2, figsize=(8, 2.8 * len(records)), layout="constrained", squeeze=False
    )
    colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
    for (name, record), (time, memory) in zip(records.items(), axes, strict=True):
        powers = races[name].inputs == "rmat"
        for i, contestant in enumerate(races[name].contestants):
            rows = [row for row in record["rows"] if row["contestant"] == contestant and "seconds" in row]
            sizes = [2 ** row["size"] if powers else row["size"] for row in rows]
            style = {"color": colours[i % 6], "marker": "osD^vP"[i % 6], "label": contestant, "markersize": 4}
            time.plot(sizes, [row["seconds"] for row in rows], **style)
            memory.plot(sizes, [row["peak_mb"] for row in rows], **style)
        unit = "people" if powers else "rows"
        for axis, label in ((time, "time (s)"), (memory, "peak memory (MB)")):
            axis.set(xscale="log", yscale="log", xlabel=unit, ylabel=label)
            axis.grid(alpha=0.3, linewidth=0.5)
        time.set_title(name, loc="left", fontsize=9)
        time.legend(fontsize=6, frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
