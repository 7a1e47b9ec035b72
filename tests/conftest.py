"""What all tests share: how hypothesis draws, and where the real data lies."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A package that a test installs, and a script that a test runs: neither is a module of tests.
collect_ignore = ["third_party", "networkx_suites.py"]

# The same examples in every run and no time limit each: the first call of a kernel compiles it.
settings.register_profile("project", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("project")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of the real data sets, laid out as datasets/ describes."""
    folder = os.environ.get("INFLUENCE_GRAPH_DATA")
    if not folder:
        pytest.skip("INFLUENCE_GRAPH_DATA is not set, so the real data sets are not at hand")
    if not Path(folder).is_dir():
        pytest.fail(f"INFLUENCE_GRAPH_DATA is {folder!r}, and there is no such folder")
    return Path(folder)
