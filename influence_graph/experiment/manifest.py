"""The manifest of a run: config, data, versions, times."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from influence_graph.experiment._template import SCHEMA_VERSION, Cell, Template, digest, plain
from influence_graph.experiment.config import ConfigSource
from influence_graph.experiment.plan import Plan

_LIBRARIES = ("influence-graph", "numpy", "scipy", "polars", "numba", "matplotlib", "pydantic")


def manifest_of(
    source: ConfigSource,
    template: Template,
    options: Mapping[str, Any],
    plan: Plan,
    cells: Sequence[Cell],
    seconds: Mapping[str, float],
    started: datetime,
) -> str:
    """Return the manifest as JSON; ``seconds`` holds the cells that were computed by this run."""
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
                "people": one.people,
                "people_fingerprint": one.people_fingerprint,
                "seen": one.label in plan.seen,
                "graphs": [{"label": graph.label, **graph.parameters} for graph in plan.graphs[one.label]],
            }
            for one in plan.sources
        ],
        "methods": [vars(method) for method in plan.methods],
        "criteria": {
            "fingerprint": criteria_fingerprint(source),
            "stated": [asdict(one) for one in source.config.criteria],
        },
        "overrides": asdict(source.overrides),
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


def criteria_fingerprint(source: ConfigSource) -> str:
    """Return the hexadecimal SHA-256 of the criteria of a config; ``""`` where there are none."""
    stated = [asdict(one) for one in source.config.criteria]
    return digest(stated) if stated else ""


def _commit(folder: Path) -> str | None:
    """Return the git commit of the folder of the config, with ``+`` if tracked files differ; None if none."""
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
