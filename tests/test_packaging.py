"""What is published: the conda recipe has the dependencies of the package."""

import re
import tomllib
from pathlib import Path

HOME = Path(__file__).parents[1]
#: Names on conda-forge that differ.
CONDA = {
    "SALib": "salib",
    "matplotlib": "matplotlib-base",
    "igraph": "python-igraph",
    "xxhash": "python-xxhash",
}


def test_the_recipe_has_the_dependencies_of_the_package():
    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]
    recipe = (HOME / "packaging" / "conda-recipe.yaml").read_text("utf-8")
    run = recipe.partition("  run:\n")[2].partition("\n\n")[0]
    listed = {line.strip("- ").replace(" ", "") for line in run.splitlines()} - {"python>=${{python_min}}"}
    wanted = {re.sub(r"^[\w-]+", lambda name: CONDA.get(name[0], name[0]), one.split(";")[0].strip())
              for one in project["dependencies"]}  # fmt: skip
    assert {one.replace("_", "-").replace(".zstd", "-zstd") for one in listed} == wanted
    assert f'version: "{__import__("influence_graph").__version__}"' in recipe
