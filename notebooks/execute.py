"""Execute notebooks and write them as .ipynb with their outputs: `make notebooks-executed`.

    python notebooks/execute.py [NOTEBOOK…]

A notebook written as text (jupytext's percent format, ``03_name.py``) becomes ``03_name.ipynb``, and the text
is deleted; an .ipynb is executed again in place. Without arguments: every one in this folder. Real logs are
not used, so that everybody gets the same outputs.
"""

import os
import re
import sys
from pathlib import Path

import jupytext
import nbclient
import nbformat

HERE = Path(__file__).parent


def found():
    """Return the notebooks of this folder, in order."""
    return sorted(path for path in HERE.glob("[0-9]*") if path.suffix in {".py", ".ipynb"})


def executed(path):
    """Return a notebook, executed from its folder without real data, with nothing that changes by the run."""
    notebook = jupytext.read(path)
    client = nbclient.NotebookClient(
        notebook, kernel_name="python3", timeout=600, resources={"metadata": {"path": str(path.parent)}}
    )
    env = {name: value for name, value in os.environ.items() if name != "INFLUENCE_GRAPH_DATA"}
    client.execute(env=env)
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
            for one in cell.outputs:
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


def check(notebook, name):
    """Raise if an output names a folder of this machine, or memory addresses."""
    for text in texts(notebook):
        if re.search(
            rf"{re.escape(str(Path.home()))}/|{re.escape(str(HERE.parent))}|/tmp/|0x[0-9a-f]{{8,}}", text
        ):
            raise SystemExit(f"{name}: an output differs between machines:\n{text}")


if __name__ == "__main__":
    for path in [Path(one) for one in sys.argv[1:]] or found():
        notebook = executed(path)
        check(notebook, path.name)
        nbformat.write(notebook, path.with_suffix(".ipynb"))
        if path.suffix == ".py":
            path.unlink()
        print(path.with_suffix(".ipynb").name)
