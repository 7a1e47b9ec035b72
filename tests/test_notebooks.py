"""Every notebook runs from top to bottom, in a kernel without names, and shows what it shows as stored."""

import importlib.util
import math
import re
from itertools import zip_longest
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FOUND = sorted(path for path in NOTEBOOKS.glob("[0-9]*") if path.suffix in {".py", ".ipynb"})
NUMBER = re.compile(r"[-+]?\d+\.\d+(?:e[-+]?\d+)?")
AGAIN = "Execute it again: make notebooks-executed"


@pytest.fixture(scope="module")
def execute():
    for name in ("jupytext", "nbclient"):
        pytest.importorskip(name, reason=f"{name} is not installed (extra: notebooks)")
    spec = importlib.util.spec_from_file_location("execute", NOTEBOOKS / "execute.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(stored: str, again: str) -> bool:
    """Whether two texts are equal, with numbers to the digits that are shown."""
    if NUMBER.sub("#", stored) != NUMBER.sub("#", again):
        return False
    pairs = zip(NUMBER.findall(stored), NUMBER.findall(again), strict=True)
    return all(math.isclose(float(a), float(b), rel_tol=1e-6, abs_tol=0.011) for a, b in pairs)


@pytest.fixture(scope="module")
def kernel(execute):
    with execute.kernel() as shared:
        yield shared


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_notebook_runs_and_shows_the_same(path, execute, kernel):
    # On the synthetic log alone: what a reader without the real data sees, in a fraction of the time.
    again = execute.executed(path, kernel)
    assert any(cell.cell_type == "code" for cell in again.cells)
    execute.check(again, path.name)
    if path.suffix == ".ipynb":
        import jupytext

        stored = jupytext.read(path)
        assert execute.drawings(stored) == execute.drawings(again), f"{path.name}: other figures. {AGAIN}"
        for one, other in zip_longest(execute.texts(stored), execute.texts(again), fillvalue=""):
            assert same(one, other), f"{path.name} shows\n{other}\nand is stored with\n{one}\n{AGAIN}"


@pytest.mark.parametrize("path", [one for one in FOUND if one.suffix == ".ipynb"], ids=lambda path: path.name)
def test_a_stored_notebook_has_its_outputs_and_no_errors(path):
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed (extra: notebooks)")
    outputs = [one for cell in jupytext.read(path).cells for one in cell.get("outputs", ())]
    drawn = {"image/png", "image/svg+xml"}
    assert any(drawn & set(one.get("data", {})) for one in outputs), f"{path.name}: no figure. {AGAIN}"
    assert not [one for one in outputs if one["output_type"] == "error"]
    assert path.stat().st_size < 1_000_000


def test_texts_are_the_same_to_the_digits_shown():
    assert same("ann 1.50 │ 3", "ann 1.51 │ 3")
    assert not same("ann 1.50 │ 3", "ann 1.60 │ 3")
    assert not same("ann 1.50 │ 3", "bob 1.50 │ 3")
    assert not same("ann 1.50 │ 3", "ann 1.50 │ 4")
