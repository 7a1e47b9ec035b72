"""Every notebook runs from top to bottom, in a kernel of its own, from its own folder."""

from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
# Kept as text: a diff shows what changed, and no output can be out of date.
FOUND = sorted(path for path in NOTEBOOKS.glob("[0-9]*") if path.suffix in {".py", ".md", ".ipynb"})


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # On the synthetic log alone: what a reader without the real data sees, in a fraction of the time.
    monkeypatch.delenv("INFLUENCE_GRAPH_DATA", raising=False)
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed (extra: notebooks)")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra: notebooks)")
    notebook = jupytext.read(path)
    assert any(cell.cell_type == "code" for cell in notebook.cells)
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=240, resources=where).execute()


def test_notebooks_are_kept_without_output() -> None:
    with_output = [path.name for path in FOUND if path.suffix == ".ipynb"]
    assert not with_output, "Keep notebooks as text: jupytext --to py:percent NOTEBOOK"
