"""What a day of Klout's size costs on Spark, on paper, by the rates that `make bench-spark` measured.

The records of an iteration are the distinct pairs of a place and a target. With edges of a target dealt to
places at random, one with k edges meets q·(1 − (1 − 1/q)^k) of q places.
"""

from __future__ import annotations

import math
from typing import Any

#: Klout: 45 billion interactions a day among 700 million people; the window and its distinct pairs are taken.
ROWS_A_DAY, PEOPLE, PAIRS = 45e9, 700e6, 5e9
#: Bytes a record of an iteration, and of a row of a log that is read, compressed.
RECORD, ROW_READ = 15.0, 24.0
MACHINES, CORES, PLACES, NETWORK, MEMORY, PRICE = 64, 16, 1024, 1.25e9, 64e9, 0.8
#: The part of a machine's memory that keeps rows: Spark's 0.6 of the heap, and 0.9 of the machine is heap.
KEEPS = 0.6 * 0.9
#: What a driver of 32 GB takes back.
COMES_BACK = 20e6


def places_met(edges: float, places: int) -> float:
    """Return the expected number of places among which some edges are."""
    return places * -math.expm1(edges * math.log1p(-1.0 / places))


def rates(results: list[dict[str, Any]]) -> dict[str, float]:
    """Return rows of the build and edges of an iteration a processor second.

    Between the two largest sizes, so that what every run costs, the start of Java and its compiling, is out;
    of one size if there is only one, or if the larger took no longer.
    """
    sizes = sorted(results, key=lambda one: one["rows"])
    last = sizes[-1]["spark"]
    rows, edges = sizes[-1]["rows"], last["edges"] * last["iterations"]
    build, walk = last["processor_build"], last["processor_pagerank"]
    if len(sizes) > 1:
        first = sizes[-2]["spark"]
        less = sizes[-2]["rows"], first["edges"] * first["iterations"]
        if build > first["processor_build"] and walk > first["processor_pagerank"]:
            rows, edges = rows - less[0], edges - less[1]
            build, walk = build - first["processor_build"], walk - first["processor_pagerank"]
    return {
        "build": rows / build,
        "iteration": edges / walk,
        "shuffled_a_row": last["bytes_of_the_build"] / sizes[-1]["rows"],
        "kept_an_edge": last["bytes_kept"] / last["edges"],
    }


def cost(rate: dict[str, float], damping: float, tolerance: float) -> dict[str, float]:
    """Return what a day takes: seconds of its steps, bytes, hours, money."""
    cores, network = MACHINES * CORES, MACHINES * NETWORK
    records = PEOPLE * places_met(PAIRS / PEOPLE, PLACES)
    # The L1 change shrinks by the damping at least, from 2 at most.
    iterations = math.ceil(math.log(tolerance / 2.0) / math.log(damping))
    build_bytes = ROWS_A_DAY * rate["shuffled_a_row"]
    build = ROWS_A_DAY / (rate["build"] * cores) + build_bytes / network
    iteration = PAIRS / (rate["iteration"] * cores) + RECORD * records / network
    hours = (build + iterations * iteration) / 3600.0
    kept = PAIRS * rate["kept_an_edge"]
    return {
        "records": records,
        "iterations": iterations,
        "build_bytes": build_bytes,
        "build": build,
        "iteration": iteration,
        "hours": hours,
        "money": hours * MACHINES * PRICE,
        "kept": kept,
        "fewest": math.ceil(kept / (KEEPS * MEMORY)),
    }


def lines(results: list[dict[str, Any]], damping: float, tolerance: float) -> str:
    """Return the model as Markdown."""
    rate = rates(results)
    day = cost(rate, damping, tolerance)
    rows = [
        ("rows of a day", f"{ROWS_A_DAY:.3g}"),
        ("people, distinct pairs", f"{PEOPLE:.3g}, {PAIRS:.3g}"),
        ("machines, cores each, GB each", f"{MACHINES}, {CORES}, {MEMORY / 1e9:.0f}"),
        ("GB a second of a machine's network, $ an hour", f"{NETWORK / 1e9}, {PRICE}"),
        ("rows a core builds a second, measured", f"{rate['build']:,.0f}"),
        ("edges a core takes in an iteration a second, measured", f"{rate['iteration']:,.0f}"),
        ("GB read, at 24 bytes a row", f"{ROWS_A_DAY * ROW_READ / 1e9:,.0f}"),
        ("GB the build shuffles, at the measured bytes a row", f"{day['build_bytes'] / 1e9:,.0f}"),
        ("minutes of the build", f"{day['build'] / 60:.1f}"),
        (f"records of an iteration at {PLACES:,} partitions", f"{day['records']:.3g}"),
        ("GB of an iteration, at 15 bytes a record", f"{RECORD * day['records'] / 1e9:.0f}"),
        ("seconds of an iteration", f"{day['iteration']:.1f}"),
        (f"iterations to {tolerance:g} at damping {damping:g}, at most", f"{day['iterations']:.0f}"),
        ("hours in all", f"{day['hours']:.2f}"),
        ("$ a day", f"{day['money']:.0f}"),
        ("GB kept, at the measured bytes an edge", f"{day['kept'] / 1e9:,.0f}"),
        ("fewest machines that keep it in memory", f"{day['fewest']:.0f}"),
    ]
    text = "| | |\n|---|---:|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"""{text}

The steps are added up, as if network and processors took turns. What breaks first is memory: with fewer
machines than the last line says, what is kept goes to disk. Next is the driver: of {PEOPLE:.3g} people the
scores stay on the cluster, as more than {COMES_BACK:.3g} do not come back. Then a single source or target:
a hub's edges are in all places, and its sum is one record of each.
"""
