"""Execute notebooks and write them as .ipynb with their outputs: `make notebooks-executed`.

    python notebooks/execute.py [NOTEBOOK…]

A notebook written as text (jupytext's percent format, ``03_name.py``) becomes ``03_name.ipynb``, and the text
is deleted; an .ipynb is executed again in place. Without arguments: every one in this folder. Real logs are
not used, so that everybody gets the same outputs.
"""

import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import jupytext
import nbclient
import nbformat
from jupyter_client.manager import KernelManager

HERE = Path(__file__).parent
#: Runs before each notebook: no names of the one before, and settings as in a new kernel.
CLEAN = """
%reset -f
%reset -f in
import warnings, matplotlib, polars
warnings.resetwarnings()
matplotlib.rcdefaults()
polars.Config.restore_defaults()
%matplotlib inline
del warnings, matplotlib, polars
"""


def found():
    """Return the notebooks of this folder, in order."""
    return sorted(path for path in HERE.glob("[0-9]*") if path.suffix in {".py", ".ipynb"})


@contextmanager
def kernel():
    """Give a kernel that notebooks share one after the other: starting one and importing takes seconds."""
    manager = KernelManager(kernel_name="python3")
    env = {name: value for name, value in os.environ.items() if name != "INFLUENCE_GRAPH_DATA"}
    manager.start_kernel(cwd=str(HERE), env=env)
    try:
        yield manager
    finally:
        manager.shutdown_kernel(now=True)


def executed(path, manager):
    """Return a notebook, executed in a kernel without names, settings or real data, with stable outputs."""
    notebook = jupytext.read(path)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(CLEAN))
    client = nbclient.NotebookClient(
        notebook, km=manager, timeout=600, resources={"metadata": {"path": str(path.parent)}}
    )
    try:
        client.execute(cwd=str(path.parent))
    finally:
        client.kc.stop_channels()
    del notebook.cells[0]
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    runs = 0
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
            runs += 1
            cell.execution_count = runs
            for one in cell.outputs:
                if "execution_count" in one:
                    one["execution_count"] = runs
                if "image/svg+xml" in one.get("data", {}):
                    one["data"].pop("text/plain", None)  # it names the file of the drawing
    return notebook


def texts(notebook):
    """Return what each code cell shows as text: printed lines and tables, not figures."""
    shown = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if "image/png" not in data:
                shown.append(output.get("text") or data.get("text/plain", ""))
    return shown


def drawings(notebook):
    """Return how many figures each code cell shows."""
    drawn = {"image/png", "image/svg+xml"}
    return [
        sum(bool(drawn & set(output.get("data", {}))) for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def check(notebook, name):
    """Raise if an output names a folder of this machine, or memory addresses."""
    for text in texts(notebook):
        if re.search(
            rf"{re.escape(str(Path.home()))}/|{re.escape(str(HERE.parent))}|/tmp/|0x[0-9a-f]{{8,}}", text
        ):
            raise SystemExit(f"{name}: an output differs between machines:\n{text}")


if __name__ == "__main__":
    with kernel() as shared:
        for path in [Path(one) for one in sys.argv[1:]] or found():
            notebook = executed(path, shared)
            check(notebook, path.name)
            nbformat.write(notebook, path.with_suffix(".ipynb"))
            if path.suffix == ".py":
                path.unlink()
            print(path.with_suffix(".ipynb").name, flush=True)
