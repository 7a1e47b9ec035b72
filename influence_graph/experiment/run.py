"""Run an experiment: plan its cells, compute the missing ones, write tables and figures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from influence_graph.atomic import link, sweep_unfinished, whole_folder
from influence_graph.checksums import DamagedError, check_files, read_manifest, write_manifest
from influence_graph.errors import InfluenceGraphError
from influence_graph.evaluation.verdicts import check_effects, verdicts_of
from influence_graph.experiment._template import (
    SCHEMA_VERSION,
    Cell,
    Tables,
    Template,
    digest,
    get_template,
    plain,
)
from influence_graph.experiment.config import ConfigSource, read_config
from influence_graph.experiment.manifest import criteria_fingerprint, manifest_of
from influence_graph.experiment.overrides import Overrides
from influence_graph.experiment.plan import make_plan
from influence_graph.experiment.results import Results
from influence_graph.experiment.schedule import compute, in_order
from influence_graph.experiment.store import Store, write_tables


def run_experiment(
    config: str | os.PathLike[str] | Mapping[str, Any],
    *,
    jobs: int = 1,
    results: str | os.PathLike[str] = "results",
    overrides: Overrides | None = None,
    cells: str | os.PathLike[str] | None = None,
) -> Results:
    """Run the experiment that a config describes.

    Parameters
    ----------
    config : path or mapping
        A TOML file, or its content.
    jobs : int
        Number of worker processes; the tables do not depend on it.
    results : path
        Tables, figures and the manifest go to ``<results>/<name>/<fingerprint>``, and ``latest``
        beside it points there. Cells that this or another experiment has computed are read from
        ``<results>/.cells``.
    overrides : Overrides, optional
        What replaces keys of the config: another log, single values, a tenth of the draws, more methods.
    cells : path, optional
        Another folder whose ``.cells`` are read and written, such as one that several folders of results
        share.

    Returns
    -------
    Results
        With ``tables``, ``figures``, ``summary``, ``manifest`` and ``folder``. With criteria in the config,
        the table ``verdicts`` says what the table ``effects`` answers.

    Raises
    ------
    ConfigError
        If the config has an unknown key, name or parameter, or one out of range.
    InfluenceGraphError
        If a cell fails; finished cells are kept.
    OSError
        If the results can't be written.

    Examples
    --------
    >>> results = run_experiment("experiments/agreement.toml")  # doctest: +SKIP
    >>> results.tables["agreement"]  # doctest: +SKIP
    """
    started = datetime.now(UTC)
    source = read_config(config, overrides)
    template, options = _template(source)
    home = Path(results)
    store = Store.open(home if cells is None else Path(cells))
    plan = make_plan(source)
    with source.blaming():
        wanted = list(template.cells(plan, **options))
    ordered = in_order(wanted)
    missing, damaged = store.missing(ordered)
    seconds = compute(store, missing, jobs=max(1, jobs), title=source.config.name)
    stated = criteria_fingerprint(source)
    folder = home / source.config.name / _fingerprint(template, options, wanted, stated)[:16]
    manifest = manifest_of(source, template, options, plan, ordered, seconds, damaged, started)
    sweep_unfinished(folder.parent)
    before = [] if missing else _as_before(folder, template, manifest)
    with whole_folder(folder) as unfinished:
        for name in before:
            shutil.copyfile(folder / name, unfinished / name)
        if not before:
            tables = _tables(store, wanted)
            if source.config.criteria:
                with source.blaming("criteria"):
                    effects = check_effects(tables.get("effects"), template.name)
                labels = [one.label for one in plan.sources]
                tables["verdicts"] = verdicts_of(effects, source.config.criteria, data=labels, seen=plan.seen)
            write_tables(tables, unfinished)
            _draw(template, tables, options, unfinished)
        write_manifest(unfinished, manifest, default=plain)
    link(folder.parent / "latest", folder.name)
    return Results(folder)


def _template(source: ConfigSource) -> tuple[Template, dict[str, Any]]:
    with source.blaming("template"):
        template = get_template(source.config.template)
    given = source.config.options
    try:
        return template, source.overrides.draws(template.resolve(given))
    except InfluenceGraphError as error:
        key = next((key for key in given if repr(key) in str(error)), None)
        with source.blaming("options", *([key] if key else [])):
            raise error


def _as_before(folder: Path, template: Template, manifest: Mapping[str, Any]) -> list[str]:
    """Return the files that the same code made of the same cells earlier; none if it may not be the same."""
    commit = manifest["commit"]
    own = template.cells.__module__.partition(".")[0] == __name__.partition(".")[0]
    if not own or commit is None or commit.endswith("+"):
        return []
    try:
        made = read_manifest(folder)
        if (made["commit"], made["versions"]) != (commit, manifest["versions"]):
            return []
        check_files(folder, made["files"])
    except DamagedError:
        return []
    return list(made["files"])


def _tables(store: Store, cells: Sequence[Cell]) -> dict[str, pl.DataFrame]:
    """Return the tables of the cells, concatenated by name in the order of the config."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for cell in cells:
        for name, table in store.read(cell).items():
            parts.setdefault(name, []).append(table)
    return {name: pl.concat(parts[name]) for name in sorted(parts)}


def _fingerprint(template: Template, options: Mapping[str, Any], cells: Sequence[Cell], criteria: str) -> str:
    content = [template.name, template.version, options, [cell.fingerprint for cell in cells]]
    content += [criteria] if criteria else []
    return digest({"schema": SCHEMA_VERSION, "content": content})


def _draw(template: Template, tables: Tables, options: Mapping[str, Any], folder: Path) -> None:
    from influence_graph.report._style import save_figure

    for name, figure in template.figures(tables, **options).items():
        # On a log that can't answer, a figure may have axes and nothing in them.
        if any(axes.has_data() for axes in figure.axes):
            save_figure(figure, folder / name)
