"""Run NetworkX's own tests of the functions that the backend has, and say what happened, as JSON.

    python tests/networkx_suites.py test|priority|mutants

``test`` is NetworkX's own mode for backends without fallback: a test that needs another function of NetworkX
is an expected failure. ``priority`` is how a user has it: other functions are NetworkX's, and no test fails.
Both give the outcome of each test, why it is an expected failure, and which functions of the backend were
called and ran in it. ``mutants`` gives how many tests of each function fail when its numbers are 1 % larger
(an election in reverse). Run as a process of its own: all modes change the dispatch for good.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import sys

BACKEND = "influence_graph"
MODE = sys.argv[1]
if MODE == "test":
    os.environ["NETWORKX_TEST_BACKEND"] = BACKEND
else:
    os.environ["NETWORKX_BACKEND_PRIORITY"] = BACKEND
os.environ.pop("NETWORKX_FALLBACK_TO_NX", None)
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import networkx as nx  # noqa: E402
import pytest  # noqa: E402

from influence_graph import networkx_backend  # noqa: E402

#: Where NetworkX tests each function.
SUITES = {
    "pagerank": "link_analysis/tests/test_pagerank.py",
    "hits": "link_analysis/tests/test_hits.py",
    "katz_centrality": "centrality/tests/test_katz_centrality.py",
    "eigenvector_centrality": "centrality/tests/test_eigenvector_centrality.py",
    "katz_centrality_numpy": "centrality/tests/test_katz_centrality.py",
    "eigenvector_centrality_numpy": "centrality/tests/test_eigenvector_centrality.py",
    "voterank": "centrality/tests/test_voterank.py",
    "core_number": "tests/test_core.py",
    "degree_centrality": "centrality/tests/test_degree_centrality.py",
    "in_degree_centrality": "centrality/tests/test_degree_centrality.py",
    "out_degree_centrality": "centrality/tests/test_degree_centrality.py",
}


class Spy:
    """A pytest plugin: outcomes, and the functions that were called by name and that ran."""

    def __init__(self, mutated: dict[str, str] | None = None) -> None:
        #: By suite, the function whose numbers are wrong while it runs.
        self.mutated = mutated or {}
        self.outcomes: dict[str, str] = {}
        self.reasons: dict[str, str] = {}
        self.called: dict[str, set[str]] = {}
        self.ran: dict[str, set[str]] = {}
        self.now = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        name = self.mutated.get(item.nodeid.partition("::")[0])
        if name is None:
            return (yield)
        right = getattr(networkx_backend, name)
        setattr(networkx_backend, name, mutant(right))
        try:
            return (yield)
        finally:
            setattr(networkx_backend, name, right)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.now = item.nodeid
        # A user is warned that a graph was converted before; with that the tests have nothing to do.
        nx.config.warnings_to_ignore.add("cache")
        if MODE != "test":
            # A degree is not worth a conversion, but here its code has to run.
            networkx_backend.should_run = lambda name, args, kwargs: True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            xfail = hasattr(report, "wasxfail")
            self.outcomes[report.nodeid] = "xfailed" if xfail and report.skipped else report.outcome
            if xfail:
                self.reasons[report.nodeid] = report.wasxfail.removeprefix("reason: ")

    def watch(self) -> None:
        """Record each call through NetworkX's dispatch and each call of the backend."""
        dispatch = nx.utils.backends._dispatchable
        original = dispatch._call_if_any_backends_installed

        def called(function, *args, **kwargs):
            if function.name in SUITES:
                self.called.setdefault(self.now, set()).add(function.name)
            return original(function, *args, **kwargs)

        dispatch._call_if_any_backends_installed = dispatch.__call__ = called
        for name in SUITES:
            setattr(networkx_backend, name, self.recorded(name, getattr(networkx_backend, name)))

    def recorded(self, name, function):
        def runs(*args, **kwargs):
            self.ran.setdefault(self.now, set()).add(name)
            return function(*args, **kwargs)

        return runs


def mutant(function):
    """Return the function with wrong results."""

    def larger(value):
        if isinstance(value, dict):
            return {node: 1.01 * number for node, number in value.items()}
        if isinstance(value, tuple):
            return tuple(larger(one) for one in value)
        return value[::-1]

    return lambda *args, **kwargs: larger(function(*args, **kwargs))


def run(suites: list[str], plugin: Spy) -> str:
    """Run suites of NetworkX and return what pytest printed."""
    home = os.path.join(os.path.dirname(nx.__file__), "algorithms")
    options = ["-q", "--tb=native", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", home]
    with contextlib.redirect_stdout(io.StringIO()) as output:
        pytest.main([*options, *(os.path.join(home, suite) for suite in suites)], plugins=[plugin])
    return output.getvalue()


def outcomes() -> dict[str, object]:
    """Run all suites once."""
    spy = Spy()
    spy.watch()
    output = run(list(dict.fromkeys(SUITES.values())), spy)
    return {
        "outcomes": spy.outcomes,
        "reasons": spy.reasons,
        "called": {test: sorted(names) for test, names in spy.called.items()},
        "ran": {test: sorted(names) for test, names in spy.ran.items()},
        "output": output[-4000:],
    }


def mutants() -> dict[str, int]:
    """Run the suite of each function with its results alone wrong, and count the failures."""
    functions: dict[str, list[str]] = {}
    for name, suite in SUITES.items():
        functions.setdefault(suite, []).append(name)
    failures = {}
    for names in itertools.zip_longest(*functions.values()):
        mutated = {suite: name for suite, name in zip(functions, names, strict=True) if name}
        spy = Spy(mutated)
        run(list(mutated), spy)
        failed = [test.partition("::")[0] for test, outcome in spy.outcomes.items() if outcome == "failed"]
        failures |= {name: failed.count(suite) for suite, name in mutated.items()}
    return failures


if __name__ == "__main__":
    print(json.dumps(mutants() if MODE == "mutants" else outcomes()))
