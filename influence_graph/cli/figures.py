"""Figures that commands write."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from influence_graph.cli.output import check_folder
from influence_graph.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_figure(path: Path) -> None:
    """Raise a ConfigError if no figure can be written there."""
    if path.suffix not in (".pdf", ".svg", ".png"):
        raise ConfigError(f"{path} ends in {path.suffix!r}; a figure should end in .pdf, .svg or .png.")
    check_folder(path)


def write_figure(figure: Figure, path: Path) -> None:
    """Write a figure to a file, completely or not at all."""
    from influence_graph.atomic import whole_file
    from influence_graph.report._style import style

    with style(), whole_file(path) as unfinished:
        figure.savefig(unfinished, format=path.suffix[1:])
