"""The package as a whole: its public face, its entry points, and the commands that set it up."""

import ast
import inspect
import os
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import pytest

import influence_graph
from influence_graph import errors
from influence_graph.methods import Method, get_method, method_names

ROOT = Path(__file__).parents[1]
HEAVY = {"igraph", "matplotlib", "networkx", "numba", "numpy", "polars", "pydantic", "rich", "scipy", "typer"}
BUILT_IN = {
    "activity",
    "engagement",
    "engagement_rate",
    "followers",
    "last_reaction",
    "pagerank",
    "random",
    "reactors",
}


def test_import_loads_no_heavy_library() -> None:
    code = "import sys, influence_graph; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize("name", influence_graph.__all__)
def test_public_name_resolves_and_is_documented(name: str) -> None:
    found = getattr(influence_graph, name)
    assert found.__name__ == name
    assert inspect.getdoc(found)
    assert name in dir(influence_graph)


def test_what_type_checkers_see_is_what_is_imported() -> None:
    tree = ast.parse(inspect.getsource(influence_graph))
    [checked] = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    seen = {alias.name: node.module for node in imports for alias in node.names}
    assert seen == {name: f"influence_graph.{home}" for name, home in influence_graph._HOMES.items()}
    eager = set(influence_graph.__all__) - set(seen)
    assert eager == {name for name in vars(errors) if name.endswith("Error")}


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'pagerank'"):
        _ = influence_graph.pagerank


def test_version_is_the_installed_one() -> None:
    assert influence_graph.__version__ == version("influence-graph")


def test_built_in_methods_are_announced() -> None:
    assert set(method_names()) >= BUILT_IN


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_built_in_method_loads_under_its_own_name(name: str) -> None:
    found = get_method(name)
    assert isinstance(found, Method)
    assert found.name == name
    assert found.summary


def test_every_announced_entry_point_loads() -> None:
    announced = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "entry-points"
    ]
    for group, entries in announced.items():
        installed = {entry.name: entry for entry in entry_points(group=group)}
        for name, home in entries.items():
            assert installed[name].value == home, "Install the project again: its entry points have changed."
            assert callable(installed[name].load())


def test_locks_are_hashed_and_name_no_index() -> None:
    for lock in ("run.txt", "dev.txt"):
        lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
        pinned = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]
        assert pinned
        assert all(line.endswith("\\") for line in pinned), "a requirement without a hash"
        assert not [line for line in lines if "://" in line or line.startswith("-")]


def test_dev_lock_holds_the_run_lock() -> None:
    def pins(lock: str) -> set[str]:
        lines = (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()
        return {line.partition(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    assert pins("run.txt") <= pins("dev.txt")


def set_up(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run ``make demo`` in a bare copy of the checkout, with this Python."""
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "--no-print-directory", "demo", f"PYTHON={python}"],
        cwd=folder,
        env=clean,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def fake_python(folder: Path, script: str) -> str:
    path = folder / "fake-python"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
class TestSetUpSaysWhatIsMissing:
    def told(self, folder: Path, python: str) -> str:
        done = set_up(folder, python)
        assert done.returncode != 0
        assert not (folder / ".venv").exists()
        first, *rest = done.stderr.splitlines()
        assert all(line.startswith("make:") for line in rest), f"more than one line:\n{done.stderr}"
        return first

    def test_python_too_old(self, tmp_path: Path) -> None:
        old = fake_python(tmp_path, '[ "$1" = --version ] && echo Python 3.10.13 && exit 0\nexit 1')
        line = self.told(tmp_path, old)
        assert "needs Python 3.11 or later" in line
        assert "Python 3.10.13" in line
        assert "make PYTHON=" in line

    def test_no_venv_module(self, tmp_path: Path) -> None:
        bare = fake_python(tmp_path, 'case "$2" in *ensurepip*) echo Traceback >&2; exit 1;; esac\nexit 0')
        line = self.told(tmp_path, bare)
        assert "no working venv module" in line
        assert "python3-venv" in line

    def test_no_such_python(self, tmp_path: Path) -> None:
        assert "There is no 'python9.9'" in self.told(tmp_path, "python9.9")
