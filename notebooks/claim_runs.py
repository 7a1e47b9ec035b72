"""Run the experiments on a claim from a notebook: on real logs if at hand, else on a small synthetic one."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path

from influence_graph.experiment.overrides import Overrides
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment

EXPERIMENTS = Path(__file__).parents[1] / "experiments"
#: The log of a notebook without real data: small, so that the notebook takes seconds.
SYNTHETIC = {"dataset": "synthetic", "people": 400, "days": 30, "mean_degree": 8.0, "rng": 1}
#: What of an experiment by simulation is smaller without real data: one score, few people, three worlds.
SMALLER = {
    "chasing": {
        "effort": [0.5],
        "strengths": [0.5],
        "shares": [0.1],
        "draws": 30,
        "population": {"people": 60, "posts_per_step": 0.5, "mean_degree": 10},
        "chase": {"share": 0.1, "steps": 30, "period": 5, "window": 10, "pod_effort": 0.2},
    }
}


def run_claim(claim: int, *names: str, **data: str) -> Iterator[Results]:
    """Run the named experiments on a claim (default: all), with a tenth of the random draws.

    For a log of your own: ``run_claim(2, "agreement", log="my_log.csv")``; ``identities`` and ``people`` name
    its other files. Else, with ``INFLUENCE_GRAPH_DATA`` set, each runs on the logs of its config, and
    simulations have the size of the config; cells that were computed before are read from
    ``results/.cells``.
    """
    values = {f"data.{key}": value for key, value in data.items()}
    for path in sorted(EXPERIMENTS.glob("*.toml")):
        config = tomllib.loads(path.read_text("utf-8"))
        if claim not in config.get("claims", ()) or (names and config["name"] not in names):
            continue
        if values or "INFLUENCE_GRAPH_DATA" in os.environ:
            given = Overrides(values, quick=True)
            yield run_experiment(path, overrides=given, results=EXPERIMENTS.parent / "results")
            continue
        config["data"] = [SYNTHETIC]
        if isinstance(config.get("methods"), str):
            config["methods"] = str(EXPERIMENTS / config["methods"])
        if smaller := SMALLER.get(config["name"]):
            config["options"] |= smaller
            config["methods"] = config["methods"][:1]
        yield run_experiment(config, overrides=Overrides(quick=True), results=EXPERIMENTS.parent / "results")
