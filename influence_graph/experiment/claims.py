"""The table of claims: every shipped experiment, on its own logs or on others, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.errors import ConfigError, InfluenceGraphError
from influence_graph.experiment.config import holds_methods_only, read_config
from influence_graph.experiment.overrides import Overrides, log_in_folder
from influence_graph.experiment.plan import reading_once
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment
from influence_graph.experiment.schedule import keeping_workers

#: What was claimed of scores of influence.
CLAIMS: Mapping[int, str] = {
    1: "One number from 1 to 100 can express a person's influence.",
    2: "The score should rest on the reactions a person causes, not on how much the person does.",
    3: "It covers only the networks that were connected; others could change it.",
    4: "The provider decides which variables count, and how much.",
    5: "It gives insight: how well one engages, shares, likes, interacts.",
    6: "Overloading one's networks lowers the score.",
    7: "People game it, and that bites back.",
    8: "Focusing on the score may lower it.",
    9: "Staying true to one's audience is the best way up.",
    10: "Whether the score matters at all.",
}
NO_RESULT, FAILED = "no result", "failed"
#: So many notes on a log tell why there is no estimate.
_NOTES = 3
TABLE: Mapping[str, type[pl.DataType]] = {
    "claim": pl.Int64,
    "question": pl.String,
    "data": pl.String,
    "verdict": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "level": pl.Float64,
    "contrast": pl.String,
    "measure": pl.String,
    "among": pl.String,
    "graph": pl.String,
    "people": pl.Int64,
    "seen": pl.Boolean,
    "reason": pl.String,
    "experiment": pl.String,
    "figure": pl.String,
    "data_fingerprint": pl.String,
    "criteria_fingerprint": pl.String,
    "version": pl.String,
    "commit": pl.String,
}


def shipped_configs() -> list[Path]:
    """Return the configs of the experiments that come with the package, without the file of methods.

    In a checkout they are the folder ``experiments`` at its top, in an installation one beside the modules.

    Raises
    ------
    ConfigError
        If the installation has none.
    """
    home = Path(__file__).parents[1]
    for folder in (home.parent / "experiments", home / "experiments"):
        configs = sorted(folder.glob("*.toml"))
        if (folder / "methods.toml") in configs:
            return [path for path in configs if not holds_methods_only(path)]
    raise ConfigError(
        "The experiments are not installed. Install the package again, or name configs: run CONFIG."
    )


def claims_table(
    configs: Sequence[Path],
    *,
    results: Path = Path("results"),
    logs: Path | None = None,
    overrides: Overrides | None = None,
    jobs: int = 1,
    run: bool = True,
    tell: Callable[[str], None] = lambda text: None,
) -> pl.DataFrame:
    """Return what experiments answer, one row a question and log, in the order of the claims.

    Parameters
    ----------
    configs : sequence of Path
        Configs of experiments.
    results : Path
        Where results are kept; what is there already is not computed again.
    logs : Path, optional
        A folder with one folder a log: ``interactions.*``, and ``identities.csv`` and ``people.csv`` where
        there are any. Every experiment then runs on each instead of its own logs.
    overrides : Overrides, optional
        What replaces keys of every config.
    jobs : int
        Worker processes.
    run : bool
        Whether to run experiments; else only the last results of each are read.
    tell : callable
        Is given a line before each run.

    Returns
    -------
    DataFrame
        With the columns of :data:`TABLE`. ``verdict`` is that of the criteria; ``"failed"``, with the message
        in ``reason``, for an experiment that a log can't answer; ``"no result"``, with the command in
        ``reason``, for a claim without any.

    Raises
    ------
    ConfigError
        If a config is invalid, or the folder of logs holds none.
    """
    given = overrides or Overrides()
    runs = [(None, given)] if logs is None else [
        (folder.name, replace(given, values={**given.values, **log_in_folder(folder)}))
        for folder in _folders(logs)
    ]  # fmt: skip
    rows: list[dict[str, Any]] = []
    claimed: dict[int, str] = {}
    with reading_once(), keeping_workers():
        for config in configs:
            stated = read_config(config).config
            for claim in stated.claims:
                claimed.setdefault(claim, str(config))
            for label, one in runs:
                tell(f"{stated.name}{f' on {label}' if label else ''}")
                rows += _answers(config, stated.name, stated.claims, label, one, results, jobs, run, tell)
    # What no log enters is the same whichever log is given.
    same = [name for name in TABLE if name != "figure"]
    found = pl.DataFrame(rows, schema=dict(TABLE)).unique(same, keep="first", maintain_order=True)
    answered = set(found["claim"])
    for claim, text in CLAIMS.items():
        if claim not in answered:
            command = f"influence-graph run {claimed[claim]}" if claim in claimed else "no experiment yet"
            found.extend(pl.DataFrame([_row(claim, text, NO_RESULT, command)], schema=dict(TABLE)))
    return found.sort("claim", maintain_order=True)


def _folders(logs: Path) -> list[Path]:
    folders = [path for path in sorted(logs.iterdir()) if path.is_dir()] if logs.is_dir() else []
    if not folders:
        raise ConfigError(f"{logs} holds no folders; one folder a log is expected, each with interactions.*.")
    return folders


def _answers(
    config: Path, name: str, claims: Sequence[int], label: str | None, overrides: Overrides,
    results: Path, jobs: int, run: bool, tell: Callable[[str], None],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield the rows of one experiment."""
    where = results / label if label else results
    try:
        if run:
            done = run_experiment(config, jobs=jobs, results=where, overrides=overrides, cells=results)
        elif (where / name / "latest" / "manifest.json").is_file():
            done = Results.load(where / name / "latest")
        else:
            return
    except InfluenceGraphError as error:
        for claim in claims:
            yield {**_row(claim, CLAIMS.get(claim, ""), FAILED, " ".join(str(error).split())),
                   "data": label or "", "experiment": name}  # fmt: skip
        return
    manifest = done.manifest
    if run and overrides.in_full(manifest["options"]):
        tell(f"{name} has no draws, folds or origins, so --quick has run it in full")
    prints = {one["label"]: one["fingerprint"] for one in manifest["data"]}
    notes = done.tables.get("notes", pl.DataFrame(schema={"data": pl.String, "note": pl.String}))
    figure = next((str(drawing.pdf) for drawing in done.figures.values()), "")
    for verdict in done.verdicts.iter_rows(named=True):
        yield {
            **{key: value for key, value in verdict.items() if key in TABLE},
            "reason": verdict["reason"] if verdict["value"] is not None else _why(verdict, notes),
            "experiment": name,
            "figure": figure,
            "data_fingerprint": prints.get(verdict["data"], ""),
            "criteria_fingerprint": manifest["criteria"]["fingerprint"],
            "version": manifest["versions"]["influence-graph"],
            "commit": manifest["commit"] or "",
        }


def _why(verdict: Mapping[str, Any], notes: pl.DataFrame) -> str:
    """Return the notes on a log that has no estimate; without any, the reason of the verdict."""
    about = notes.filter(data=verdict["data"])["note"].unique(maintain_order=True)
    return "; ".join(note.rstrip(".") for note in about.head(_NOTES)) or str(verdict["reason"])


def _row(claim: int, question: str, verdict: str, reason: str) -> dict[str, Any]:
    return {"claim": claim, "question": question, "verdict": verdict, "reason": reason}
