"""Run an experiment: plan its cells, compute those that are not there yet, write tables and figures."""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.process
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl
from tqdm import tqdm

from influence_graph.errors import InfluenceGraphError
from influence_graph.experiment.atomic import sweep_unfinished, whole_folder
from influence_graph.experiment.config import ConfigSource, read_config
from influence_graph.experiment.grid import Plan, make_plan
from influence_graph.experiment.results import Results
from influence_graph.experiment.store import Store, write_tables
from influence_graph.experiment.template import (
    SCHEMA_VERSION,
    Cell,
    Tables,
    Template,
    digest,
    get_template,
    plain,
)

_LIBRARIES = ("influence-graph", "numpy", "scipy", "polars", "numba", "matplotlib", "pydantic")
#: What bounds the threads of a process; read when the libraries are imported.
_THREADS = (
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)


def run_experiment(
    config: str | os.PathLike[str] | Mapping[str, Any],
    *,
    jobs: int = 1,
    results: str | os.PathLike[str] = "results",
) -> Results:
    """Run the experiment that a config describes.

    Parameters
    ----------
    config : path or mapping
        A TOML file, or what one would hold.
    jobs : int
        Processes that compute cells at the same time. It changes how long it takes, nothing else.
        From a script, more than one needs the usual ``if __name__ == "__main__":``.
    results : path
        Tables, figures and the manifest go to ``<results>/<name>/<fingerprint>``, and ``latest``
        beside it points there. Cells computed before, by this or another experiment, are taken
        from ``<results>/.cells``.

    Returns
    -------
    Results
        With ``tables``, ``figures``, ``summary``, ``manifest`` and ``folder``.

    Raises
    ------
    ConfigError
        If the config has an unknown key, name or parameter, or one out of range.
    InfluenceGraphError
        If a cell fails; those that were finished are kept.
    OSError
        If the results can't be written.

    Examples
    --------
    >>> results = run_experiment("experiments/agreement.toml")  # doctest: +SKIP
    >>> results.tables["agreement"]  # doctest: +SKIP
    """
    started = datetime.now(UTC)
    source = read_config(config)
    template, options = _template(source)
    home = Path(results)
    store = Store.open(home)
    plan = make_plan(source)
    with source.blaming():
        wanted = list(template.cells(plan, **options))
    cells = _in_order(wanted)
    seconds = _compute(store, [cell for cell in cells if not store.has(cell)], max(1, jobs), source)
    tables = _tables(store, wanted)
    folder = home / source.config.name / _fingerprint(template, options, wanted)[:16]
    manifest = _manifest(source, template, options, plan, cells, seconds, started)
    sweep_unfinished(folder.parent)
    with whole_folder(folder) as unfinished:
        write_tables(tables, unfinished)
        _draw(template, tables, options, unfinished)
        (unfinished / "manifest.json").write_text(manifest, "utf-8")
    _point_to(folder)
    return Results(folder)


def _template(source: ConfigSource) -> tuple[Template, dict[str, Any]]:
    with source.blaming("template"):
        template = get_template(source.config.template)
    given = source.config.options
    try:
        return template, template.resolve(given)
    except InfluenceGraphError as error:
        key = next((key for key in given if repr(key) in str(error)), None)
        with source.blaming("options", *([key] if key else [])):
            raise error


def _in_order(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells and all they need, each once, needs first."""
    ordered: dict[str, Cell] = {}

    def visit(cell: Cell) -> None:
        if cell.fingerprint not in ordered:
            for need in cell.needs:
                visit(need)
            ordered[cell.fingerprint] = cell

    for cell in cells:
        visit(cell)
    return list(ordered.values())


def _compute(store: Store, cells: Sequence[Cell], jobs: int, source: ConfigSource) -> dict[str, float]:
    """Compute the cells, needs first, and return how many seconds each took."""
    seconds: dict[str, float] = {}
    with tqdm(total=len(cells), desc=source.config.name, unit="cell", disable=None, leave=False) as progress:
        for cell, took in (
            _one_by_one(store, cells) if jobs == 1 or len(cells) < 2 else _at_once(store, cells, jobs)
        ):
            seconds[cell.fingerprint] = took
            progress.update()
    return seconds


def _one_by_one(store: Store, cells: Sequence[Cell]) -> Iterator[tuple[Cell, float]]:
    for cell in cells:
        yield cell, _timed(store, cell)


def _at_once(store: Store, cells: Sequence[Cell], jobs: int) -> Iterator[tuple[Cell, float]]:
    waiting = {cell.fingerprint: cell for cell in cells}
    running: dict[Future[float], Cell] = {}
    with _pool(min(jobs, len(cells))) as pool:
        while waiting or running:
            undone = {*waiting, *(cell.fingerprint for cell in running.values())}
            for cell in list(waiting.values()):
                if not any(need.fingerprint in undone for need in cell.needs):
                    running[pool.submit(_timed, store, waiting.pop(cell.fingerprint))] = cell
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                cell = running.pop(future)
                try:
                    yield cell, future.result()
                except BrokenProcessPool as error:
                    raise InfluenceGraphError(
                        f"{cell.label}: a worker process died, perhaps for want of memory. What was finished "
                        "is kept; run again with fewer --jobs."
                    ) from error


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give fresh processes that share the processors, and end them at once where the block raises."""
    threads = str(max(1, (os.cpu_count() or 1) // jobs))
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update({name: before[name] or threads for name in _THREADS})
    # Forking a process in which numba or polars started threads hangs: spawn.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker)
    try:
        yield pool
        pool.shutdown()
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in multiprocessing.active_children():
            worker.kill()
            worker.join()
        raise
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)


def _start_worker() -> None:
    # Ctrl-C reaches every process of the terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        # And where the first one was killed, nobody would.
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _timed(store: Store, cell: Cell) -> float:
    start = time.perf_counter()
    try:
        store.compute(cell)
    except InfluenceGraphError as error:
        raise type(error)(f"{cell.label}: {error}") from error
    return round(time.perf_counter() - start, 3)


def _tables(store: Store, cells: Sequence[Cell]) -> dict[str, pl.DataFrame]:
    """Return the tables of the cells, those of one name below each other, in the order of the config."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for cell in cells:
        for name, table in store.read(cell).items():
            parts.setdefault(name, []).append(table)
    return {name: pl.concat(parts[name]) for name in sorted(parts)}


def _fingerprint(template: Template, options: Mapping[str, Any], cells: Sequence[Cell]) -> str:
    content = [template.name, template.version, options, [cell.fingerprint for cell in cells]]
    return digest({"schema": SCHEMA_VERSION, "content": content})


def _draw(template: Template, tables: Tables, options: Mapping[str, Any], folder: Path) -> None:
    from influence_graph.report.style import save_figure

    for name, figure in template.figures(tables, **options).items():
        save_figure(figure, folder / name)


def _point_to(folder: Path) -> None:
    """Let ``latest`` beside the folder point to it, where the file system has links."""
    link = folder.parent / "latest"
    fresh = folder.parent / f".latest-{os.getpid()}"
    with suppress(OSError, NotImplementedError):
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)


def _manifest(
    source: ConfigSource,
    template: Template,
    options: Mapping[str, Any],
    plan: Plan,
    cells: Sequence[Cell],
    seconds: Mapping[str, float],
    started: datetime,
) -> str:
    content = {
        "name": source.config.name,
        "template": template.name,
        "template_version": template.version,
        "claims": source.config.claims,
        "config": source.given,
        "config_file": source.name,
        "options": options,
        "seed": plan.seed,
        "data": [
            {
                "label": one.label,
                "dataset": one.dataset,
                "log": one.log,
                "options": one.options,
                "fingerprint": one.fingerprint,
                "graphs": [{"label": graph.label, **graph.parameters} for graph in plan.graphs[one.label]],
            }
            for one in plan.sources
        ],
        "methods": [vars(method) for method in plan.methods],
        "skipped": plan.skipped,
        "cells": [
            {
                "label": cell.label,
                "fingerprint": cell.fingerprint,
                "computed": cell.fingerprint in seconds,
                "seconds": seconds.get(cell.fingerprint),
            }
            for cell in cells
        ],
        "versions": {
            "python": platform.python_version(),
            "schema": SCHEMA_VERSION,
            **{library: version(library) for library in _LIBRARIES},
        },
        "platform": f"{sys.platform} {platform.machine()}",
        "commit": _commit(source.folder),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return json.dumps(content, indent=2, default=plain, ensure_ascii=False) + "\n"


def _commit(folder: Path) -> str | None:
    """Return the git commit of the folder of the config, with ``+`` where files differ; None if none."""
    try:
        git = ["git", "-C", str(folder.resolve())]
        head = subprocess.run(
            [*git, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=True
        )
        changes = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return head.stdout.strip() + ("+" if changes.stdout.strip() else "")
