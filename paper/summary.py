"""What the paper says of results: ``paper/results.json``, made from the folders of results, and compared.

    python paper/summary.py --results results

Every verdict of every experiment, the quantities that ``quantities.toml`` names, the logs, and what made
them: versions, commit and the hash of the lock. An experiment without results keeps what the file says of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.experiment.claims import CLAIMS, shipped_configs
from influence_graph.experiment.config import read_config
from influence_graph.experiment.plan import make_plan
from influence_graph.experiment.results import Results

SOURCES = Path(__file__).parent
COMMITTED = SOURCES / "results.json"
LOCK = SOURCES.parent / "requirements" / "run.txt"
#: What makes a verdict's row one and the same in two runs.
KEYS = ("experiment", "claim", "question", "data", "graph", "among", "contrast", "measure")
_NUMBERS = ("value", "low", "high")
#: Half a unit of the last printed digit: nearer numbers print the same.
_PRINTED = 0.0005


def summarise(folder: Path, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the newest results of each experiment in a folder say.

    ``kept`` is an earlier summary: what it says of experiments and logs that are not at hand stays.
    """
    found = {}
    for config in shipped_configs():
        name = tomllib.loads(config.read_text("utf-8"))["name"]
        if (folder / name / "latest" / "manifest.json").is_file():
            found[name] = Results.load(folder / name / "latest")
    wanted = tomllib.loads((SOURCES / "quantities.toml").read_text("utf-8"))["quantity"]

    def others(part: str) -> list[dict[str, Any]]:
        return [row for row in kept.get(part, ()) if row["experiment"] not in found]

    verdicts = [row for name, results in found.items() for row in _verdicts(name, results)]
    quantities = [_quantity(one, found[one["experiment"]]) for one in wanted if one["experiment"] in found]
    made = {name: _made(results) for name, results in found.items()}
    return {
        "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
        "claims": {str(number): text for number, text in CLAIMS.items()},
        "experiments": dict(sorted({**kept.get("experiments", {}), **made}.items())),
        "logs": _logs(kept.get("logs", ())),
        "verdicts": sorted([*verdicts, *others("verdicts")], key=_key),
        "quantities": sorted([*quantities, *others("quantities")], key=_key),
    }


def differences(committed: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """Yield (claim, sentence) for each verdict and number that differs by more than its tolerance."""
    for part in ("verdicts", "quantities"):
        before, now = ({_key(row): row for row in one[part]} for one in (committed, made))
        for key in sorted({**before, **now}):
            row = now.get(key) or before[key]
            if key not in now or key not in before:
                where = "the committed file" if key in before else "this run"
                yield row["claim"], f"{_named(row)}: only in {where}"
                continue
            old = before[key]
            if row.get("verdict") != old.get("verdict"):
                yield row["claim"], f"{_named(row)}: {row['verdict']!r}, was {old['verdict']!r}"
            tolerance = old["tolerance"]
            if not all(_near(old[one], row[one], tolerance) for one in _NUMBERS):
                apart = f"{_effect(row)}, was {_effect(old)}, tolerance {tolerance:.4g}"
                yield row["claim"], f"{_named(row)}: {apart}"


def write(summary: Mapping[str, Any], path: Path) -> None:
    """Write a summary, one verdict, quantity or log a line, so that a change shows as few lines."""
    parts = []
    for name, content in summary.items():
        if isinstance(content, list):
            rows = ",\n  ".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in content)
            parts.append(f'"{name}": [\n  {rows}\n ]')
        else:
            parts.append(f'"{name}": {json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1)}')
    path.write_text("{\n " + ",\n ".join(parts) + "\n}\n", "utf-8")


def read(path: Path = COMMITTED) -> dict[str, Any]:
    """Return a summary that was written."""
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


def _verdicts(name: str, results: Results) -> Iterator[dict[str, Any]]:
    for row in results.verdicts.iter_rows(named=True):
        numbers = _finite(row)
        yield {"experiment": name, **{key: row[key] for key in KEYS[1:]},
               **{key: row[key] for key in ("verdict", "reason", "people", "seen")},
               **numbers, "tolerance": _tolerance(numbers)}  # fmt: skip


def _quantity(wanted: Mapping[str, Any], results: Results) -> dict[str, Any]:
    """Return one row of a table, with up to three of its columns as value and interval."""
    name, table = wanted["name"], wanted.get("table", "effects")
    frame = results.summary if table == "summary" else results.tables[table]
    rows = frame.filter(*(pl.col(key) == value for key, value in wanted["where"].items()))
    if rows.height != 1:
        raise SystemExit(f"quantities.toml: {name} is {rows.height} rows of {wanted['experiment']}/{table}")
    columns = wanted.get("columns", _NUMBERS)
    row = rows.row(0, named=True)
    numbers = _finite(dict(zip(_NUMBERS, [*(row[one] for one in columns), None, None], strict=False)))
    return {"name": name, "claim": wanted["claim"], "experiment": wanted["experiment"], "table": table,
            "where": wanted["where"], **numbers, "tolerance": _tolerance(numbers)}  # fmt: skip


def _tolerance(numbers: Mapping[str, float | None]) -> float:
    """Return how far a number may be from another run's: a tenth of what its interval reaches to one side."""
    low, high = numbers["low"], numbers["high"]
    reach = 0.0 if low is None or high is None else (high - low) / 2
    return max(_PRINTED, round(reach / 10, 6))


def _finite(row: Mapping[str, Any]) -> dict[str, float | None]:
    known = {name: row[name] for name in _NUMBERS if row[name] is not None and math.isfinite(row[name])}
    return {name: float(known[name]) if name in known else None for name in _NUMBERS}


def _made(results: Results) -> dict[str, Any]:
    manifest = results.manifest
    return {
        "title": manifest["config"].get("title", ""),
        "claims": manifest["claims"],
        "folder": results.folder.resolve().name,
        "criteria": manifest["criteria"]["fingerprint"],
        "seed": manifest["seed"],
        "commit": manifest["commit"],
        "data": {one["label"]: one["fingerprint"] for one in manifest["data"]},
        "versions": manifest["versions"],
    }


def _logs(kept: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows, people and span of each log that is at hand; generated ones are left out."""
    found: dict[str, dict[str, Any]] = {}
    for config in shipped_configs():
        for source in make_plan(read_config(config)).sources:
            if source.dataset == "synthetic" or source.label in found:
                continue
            log = source.load()
            spans = [pl.col("timestamp").min().alias("first"), pl.col("timestamp").max().alias("last")]
            measured = (
                log.frame.select(
                    pl.len().alias("rows"),
                    pl.col("source").append(pl.col("target")).drop_nulls().n_unique().alias("people"),
                    pl.col("network").n_unique().alias("networks"),
                    *(spans if log.has_timestamps else []),
                )
                .collect()
                .row(0, named=True)
            )
            for key in ("first", "last"):
                if key in measured:
                    measured[key] = measured[key].year
            found[source.label] = {"label": source.label, **measured, "kinds": sorted(log.kinds)}
    left = [dict(one) for one in kept if one["label"] not in found]
    return sorted([*found.values(), *left], key=lambda one: one["label"])


def _key(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in ("name", *KEYS))


def _named(row: Mapping[str, Any]) -> str:
    if "name" in row:
        return f"{row['experiment']}, {row['name']}"
    where = ", ".join(row[name] for name in ("data", "graph", "among") if row[name])
    return f"{row['experiment']}, {row['contrast']}, {row['measure']} ({where})"


def _effect(row: Mapping[str, Any]) -> str:
    numbers = ["none" if row[name] is None else f"{row[name]:.4g}" for name in _NUMBERS]
    return f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"


def _near(one: float | None, other: float | None, tolerance: float) -> bool:
    return one == other if one is None or other is None else abs(one - other) <= tolerance


def main() -> None:
    """Write the summary of a folder of results over the committed one, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--results", type=Path, default=SOURCES.parent / "results")
    parser.add_argument("--out", type=Path, default=COMMITTED)
    given = parser.parse_args()
    kept = read(given.out) if given.out.is_file() else {}
    made = summarise(given.results, kept)
    for claim, text in differences(kept, made) if kept else ():
        print(f"claim {claim}: {text}")
    write(made, given.out)
    print(f"{given.out}: {len(made['verdicts'])} verdicts, {len(made['quantities'])} quantities")


if __name__ == "__main__":
    main()
