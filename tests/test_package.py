"""The package as a whole: public names, entry points, layout, and the commands that set it up."""

import importlib
import importlib.util
import inspect
import os
import pkgutil
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path
from types import ModuleType

import pytest

import influence_graph
from influence_graph.methods import Method, get_method, method_names

ROOT = Path(__file__).parents[1]
HEAVY = {"igraph", "matplotlib", "networkx", "numba", "numpy", "polars", "pydantic", "rich", "scipy", "typer"}
CONSTANTS = {"COLUMNS", "OWN_VALUE", "REACHED", "REACTION", "REACTOR"}
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


def modules() -> list[str]:
    """Return the dotted name of every module of the package."""
    found = pkgutil.walk_packages(influence_graph.__path__, "influence_graph.")
    return ["influence_graph", *(module.name for module in found if not module.name.endswith("__main__"))]


def subpackages() -> list[str]:
    """Return the package and its subpackages that have a table of contents."""
    return [name for name in modules() if (home(name) / "__init__.pyi").exists()]


def home(name: str) -> Path:
    return ROOT.joinpath(*name.split("."))


@pytest.mark.parametrize("subpackage", subpackages())
def test_public_names_are_what_they_should_be_after_every_module_was_imported(subpackage: str) -> None:
    for name in modules():
        importlib.import_module(name)
    package = importlib.import_module(subpackage)
    assert package.__doc__
    for name in package.__all__:
        found = getattr(package, name)
        assert not inspect.ismodule(found), f"{subpackage}.{name} is a module"
        if name not in CONSTANTS:
            assert callable(found)
            assert found.__name__ == name
            assert inspect.getdoc(found), f"{subpackage}.{name} has no docstring"
        assert name in dir(package)


def test_no_public_name_is_that_of_a_file_or_subpackage() -> None:
    files = {part for name in modules() for part in name.split(".")[1:]}
    public = {name for subpackage in subpackages() for name in importlib.import_module(subpackage).__all__}
    assert files & public == set()


def test_every_method_is_a_public_function_of_the_package() -> None:
    entries = entry_points(group="influence_graph.methods")
    built_in = {entry.name for entry in entries if entry.value.startswith("influence_graph.")}
    assert built_in >= BUILT_IN
    assert built_in <= set(influence_graph.__all__)


def test_tests_mirror_the_package() -> None:
    """For every module ``a/_b.py`` or ``a/b.py`` there is ``tests/a/test_b.py``."""
    package, tests = ROOT / "influence_graph", ROOT / "tests"
    lacking = [
        str(path.relative_to(ROOT))
        for path in sorted(package.rglob("*.py"))
        if path.name not in ("__init__.py", "__main__.py", "arrays.py")  # arrays: aliases of types alone
        and not (tests / path.relative_to(package).with_name(f"test_{path.name.lstrip('_')}")).exists()
    ]
    assert not lacking, f"{len(lacking)} modules have no test file of their name: {lacking}"


def code_lines() -> ModuleType:
    spec = importlib.util.spec_from_file_location("code_lines", ROOT / "benchmarks" / "code_lines.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLE = '''"""Of the module."""

import os  # a comment beside code is code


@staticmethod
def first(
    a,
):
    """Of the function,

    of three lines.
    """
    # a comment
    text = """not a docstring,

    and so code"""

    def inner(): ...
    return text
'''


def test_code_lines_are_those_without_blanks_comments_and_docstrings() -> None:
    counter = code_lines()
    assert sorted(counter.code_lines(SAMPLE)) == [3, 6, 7, 8, 9, 15, 16, 17, 19, 20]
    assert {name: lines for name, _, lines in counter.functions(SAMPLE)} == {"first": 9, "inner": 1}


def test_long_functions_are_found(tmp_path: Path) -> None:
    for lines in (3, 4):
        (tmp_path / f"a{lines}.py").write_text(f"def f{lines}():\n" + "    g()\n" * (lines - 1))
    assert code_lines().long_functions(tmp_path, longest=3) == [(4, f"{tmp_path.name}/a4.py:1 f4")]


def test_no_function_is_longer_than_60_lines_of_code() -> None:
    assert code_lines().long_functions(ROOT / "influence_graph", longest=60) == []


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="pagernak"):
        _ = influence_graph.pagernak


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
            found = installed[name].load()
            assert callable(found) or inspect.ismodule(found)


def test_locks_are_hashed_and_name_no_index() -> None:
    for lock in ("run.txt", "dev.txt", "spark.txt"):
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
