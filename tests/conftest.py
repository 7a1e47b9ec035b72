"""What all tests share: how hypothesis draws, where the real data lies, and which worker runs what."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A package that a test installs, and a script that a test runs: neither is a module of tests.
collect_ignore = ["third_party", "networkx_suites.py"]

# Before NumPy is loaded: the matrices of tests are small, and waking a second thread for a product takes up
# to nine times what the product does. Polars and numba have all their threads.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

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


#: Files of which each test takes long and shares nothing that does: all workers run them.
SPREAD = ("tests/test_notebooks.py",)

if find_spec("xdist"):

    def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
        """Give each worker whole files, so that a module's fixtures and kernels are made by one of them."""
        from xdist.scheduler import LoadGroupScheduling

        if config.getvalue("dist") != "loadgroup":
            return None

        class ByFile(LoadGroupScheduling):
            def _split_scope(self, nodeid: str) -> str:
                group: str = super()._split_scope(nodeid)
                return group if group.startswith(SPREAD) else group.partition("::")[0]

        config.option.loadscopereorder = False
        return ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put notebooks second, so that no worker is idle at the end.

    First are the examples of the package, which compile most kernels: two notebooks would compile the same.
    """
    if hasattr(config, "workerinput"):
        first = ("influence_graph/", SPREAD)
        items.sort(key=lambda item: [not item.nodeid.startswith(start) for start in first])
