"""Build the wheel and the source distribution, install each into an empty environment, and try it there.

    python packaging/try_packages.py [--python PYTHON] [--libraries FOLDER]

Exits with an error if a file is missing, an installation fails, or a command does not do what it should.
``--libraries`` takes the dependencies from a folder of installed packages instead of installing them.
"""

import argparse
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

HOME = Path(__file__).parents[1]
LOG = "source,target,kind\nben,ann,reply\ncat,ann,like\nann,cat,like\n"
#: What has to be in the packages besides the modules.
DATA = ("influence_graph/py.typed", "influence_graph/__init__.pyi", "influence_graph/report/report.html.j2")


def run(*command, cwd=None):
    """Run a command outside the project, without settings of this shell; return what it prints."""
    env = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def built(folder):
    """Return the sdist and the wheel, built from the project, and check what is in them."""
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=HOME)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    within = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        unpacked = {name.partition("/")[2] for name in archive.getnames()}
    for name in DATA:
        if name not in within or name not in unpacked:
            raise SystemExit(f"{name} is in only one of {wheel.name} and {sdist.name}, or in neither.")
    return wheel, sdist


def tried(package, folder, python, libraries):
    """Install a package into an environment of its own and use it as a user would."""
    run(python, "-m", "venv", folder)
    inside = folder / "bin" / "python"
    pip = (inside, "-m", "pip", "-q", "--disable-pip-version-check", "install")
    if libraries is None:
        run(*pip, package)
    else:
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "libraries.pth").write_text(f"{libraries.resolve()}\n")
        run(*pip, "--no-deps", "--no-build-isolation", package)
    where = run(inside, "-c", "import influence_graph; print(influence_graph.__file__)", cwd=folder)
    if str(folder) not in where:
        raise SystemExit(f"The package is imported from {where.strip()}, not from {folder}.")
    (folder / "log.csv").write_text(LOG)
    command = folder / "bin" / "influence-graph"
    for words, expected in {
        ("score", "log.csv", "--method", "engagement", "--json"): '"id": "ann"',
        ("methods", "pagerank"): "x = d Pᵀ x",
        ("explain", "log.csv", "ann", "--method", "engagement"): "ann has 100.0 of 100 points",
        ("report", "log.csv", "--out", "report.html"): "",
    }.items():
        printed = run(command, *words, cwd=folder)
        if expected not in printed:
            raise SystemExit(f"influence-graph {' '.join(words)} printed no {expected!r}:\n{printed}")
    if "<svg" not in (folder / "report.html").read_text("utf-8"):
        raise SystemExit("report.html has no figure.")
    print(f"{package.name}: installed and tried with {run(python, '--version').strip()}")


def main():
    """Build and try."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--python", default=sys.executable, help="interpreter of the environments")
    parser.add_argument("--libraries", type=Path, help="folder of installed dependencies")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for package in built(folder):
            tried(package, folder / package.name.split(".")[-1], asked.python, asked.libraries)


if __name__ == "__main__":
    main()
