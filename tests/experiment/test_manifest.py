"""The manifest: what was asked, on what data, with which versions."""

import json
import platform
import subprocess
from importlib.metadata import version

import polars as pl

from influence_graph import load_dataset
from influence_graph.experiment.manifest import _commit


def test_the_manifest_says_what_ran(unbroken):
    manifest = unbroken.manifest
    assert manifest["config"]["methods"][2]["damping"] == [0.5, 0.85]
    assert manifest["methods"][2]["parameters"]["tol"] == 1e-10
    assert (
        manifest["data"][0]["fingerprint"]
        == load_dataset("synthetic", people=120, days=10, mean_degree=5).fingerprint
    )
    assert (manifest["seed"], manifest["versions"]["polars"]) == (3, pl.__version__)
    assert all(cell["computed"] for cell in manifest["cells"])
    assert (unbroken.folder.parent / "latest").resolve() == unbroken.folder.resolve()


def test_a_manifest_is_plain_json(unbroken):
    assert json.loads((unbroken.folder / "manifest.json").read_text())["template"] == "agreement"


def test_versions_and_cells_are_those_of_the_run(unbroken):
    manifest = unbroken.manifest
    assert manifest["versions"]["influence-graph"] == version("influence-graph")
    assert manifest["versions"]["python"] == platform.python_version()
    assert len(manifest["cells"]) == 5
    assert all(cell["seconds"] > 0 for cell in manifest["cells"])
    assert manifest["started"] <= manifest["finished"]


def test_the_commit_is_that_of_the_config_and_marks_changes(tmp_path):
    assert _commit(tmp_path) is None
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "a.toml").write_text("x = 1")
    for command in (["init", "-q"], ["add", "a.toml"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    head = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert _commit(tmp_path) == head
    (tmp_path / "a.toml").write_text("x = 2")
    assert _commit(tmp_path) == f"{head}+"
