"""What NetworkX reads when it is imported."""

import subprocess
import sys

import networkx as nx

from influence_graph.networkx_backend import FUNCTIONS
from influence_graph.networkx_info import get_info


def test_it_describes_every_function():
    assert set(get_info()["functions"]) == FUNCTIONS
    assert "influence_graph" in nx.pagerank.__doc__


def test_importing_networkx_does_not_import_what_computes():
    code = "import networkx, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "influence_graph.networkx_info" in done.stdout.split()
    assert not {"numba", "influence_graph.networkx_backend"} & set(done.stdout.split())
