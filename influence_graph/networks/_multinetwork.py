"""One score over several networks: weighted features give network scores, weighted networks the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.bootstrap import Draw, Replicates
from influence_graph.episodes import Episodes
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Decomposer, Decomposition, NaturalUnit, Raw, method
from influence_graph.methods.decomposition import FEATURES
from influence_graph.networks._features import feature_method, feature_values
from influence_graph.networks.per_network import network_graph, share_received
from influence_graph.scoring.intervals import replicates_of

#: Default weights: a convention, not an estimate.
DEFAULT_WEIGHTS: Mapping[str, float] = {"reactors": 1.0, "engagement": 1.0, "pagerank": 1.0}
#: Every network that is not named.
ANY = "*"


def _resampled(episodes: Episodes, parameters: Mapping[str, Any]) -> Replicates:
    graph = episodes.graph
    parts = []
    for number, (network, weights) in enumerate(
        weights_by_network(graph, parameters["weights"], parameters["networks"]).items()
    ):
        if network not in _with_edges(graph):
            continue
        part, people = network_graph(graph, network)
        own = episodes.of_part(part)
        for name, weight in weights.items():
            parts.append((number, people, weight, replicates_of(*feature_method(name), own)))

    def values(draw: Draw) -> FloatArray:
        total = np.zeros(graph.n)
        for number, people, weight, of_feature in parts:
            total[people] += weight * np.log1p(of_feature.values(draw.of_part(number)))
        return np.expm1(total)

    features = [of_feature for *_, of_feature in parts]
    return Replicates(
        values,
        centred=any(of_feature.centred for of_feature in features),
        unseen=any(of_feature.unseen for of_feature in features),
        threaded=all(of_feature.threaded for of_feature in features),
    )


@method(
    "multinetwork",
    version=4,
    needs={"layers"},
    from_graph={"networks": lambda graph: shares_of_reactions(graph)},
    replicates=_resampled,
    decomposition=Decomposition(
        lambda graph, raw, parameters: _decomposed(graph, raw, parameters), by=("feature", "network")
    ),
)
def multinetwork(
    graph: InfluenceGraph,
    *,
    weights: Mapping[str, Mapping[str, Annotated[float, Ge(0)]]] | None = None,
    networks: Mapping[str, Annotated[float, Ge(0)]] | None = None,
) -> Raw:
    r"""Weighted mean of the logarithms of features, by network, then by person.

    s(n, v) = Σ_f a(n, f)·ln(1 + x(n, f, v)) is the score of person v on network n, x a feature in its natural
    unit and Σ_f a(n, f) = 1; S(v) = Σ_n b(n)·s(n, v) with Σ_n b(n) = 1; the raw value is e^S − 1. On the log
    scale the points are linear in S, so they decompose into features. The hierarchy follows Rao, Spasojevic,
    Li & Dsouza (2015, Klout score: measuring influence across multiple social networks, arXiv 1510.08487);
    its weights are parameters, or learned by :func:`~influence_graph.networks.learning.learn_weights`. A
    person who is not on a network has s(n, v) = 0 there.

    A network whose edges are removed, as in the attribution and the counterfactuals of ``explain``, has
    s(n, v) = 0 for all people and keeps its weight b(n). So removing a network raises no score, and on
    the log scale the points of a network are its part of S(v).

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    weights : mapping of network to mapping of feature to weight ≥ 0, optional
        Only ratios within a network count. ``"*"`` stands for every network not named. Features are
        methods, or ``received_<kind>``. None: distinct reactors, engagement and PageRank, equal weights.
    networks : mapping of network to weight ≥ 0, optional
        Only ratios count; 0 leaves a network out. One that the graph has not keeps its weight, and counts 0.
        None: the share of the reactions seen that is on each network (:func:`shares_of_reactions`), which
        ``Scores.parameters`` has, and a reference freezes: strangers change the shares, and nothing else.

    Returns
    -------
    Raw
        ≥ 0. Diagnostics: ``networks`` (the networks used), ``network_weights`` (b(n) of each) and
        ``share_of_reactions`` (the share of all reactions that is on these networks and of a kind of weight
        above 0). As costly as the features.

    Raises
    ------
    ConfigError
        If a network or a feature is unknown, a weight negative, or all weights are zero.
    DataError
        If a network lacks what a feature needs.

    Notes
    -----
    .. math:: m_v = \exp \left( \sum_n b_n \sum_f a_{nf} \ln(1 + x_{nfv}) \right) - 1

    With x_nfv the feature f of v on network n in its natural unit, and Σ_n b_n = Σ_f a_nf = 1.

    Unit: the weighted geometric mean of 1 + the features is 2.

    Use: To give one score to people on several networks, with weights of one's own or learned ones.

    References
    ----------
    Rao, Spasojevic, Li & Dsouza (2015), "Klout score: measuring influence across multiple social networks",
    arXiv 1510.08487.

    Examples
    --------
    >>> from influence_graph import build_graph, score
    >>> rows = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "network": ["x", "x", "y"]}
    ... )
    >>> scores = score(
    ...     build_graph(rows), "multinetwork", weights={"*": {"reactors": 1}}, networks={"x": 3, "y": 1}
    ... )
    >>> scores.score.round(1)
    array([100. ,  21.8,   1. ])
    """
    plan = weights_by_network(graph, weights, networks)
    total, error, reasons = np.zeros(graph.n), np.zeros(graph.n), []
    for people, _, feature, weight, found in _parts(graph, plan):
        natural = found.natural
        total[people] += weight * np.log1p(natural)
        error[people] += weight * found.unit.factor * found.resolution / (1.0 + natural)
        if found.unit.reason:
            reasons.append(f"{feature}: {found.unit.reason}")
    present = _with_edges(graph)
    used = [network for network in plan if network in present]
    of_network = {network: sum(plan[network].values()) for network in used}
    return Raw(
        np.expm1(total),
        diagnostics={
            "networks": ", ".join(used),
            "network_weights": ", ".join(f"{network} {b:.4g}" for network, b in of_network.items()),
            "share_of_reactions": round(share_received(graph, used), 12),
        },
        unit=NaturalUnit("the weighted geometric mean of 1 + the features is 2", reason="; ".join(reasons)),
        # d(e^S − 1) = e^S·dS.
        resolution=np.exp(total) * error,
    )


def network_parts(
    graph: InfluenceGraph,
    *,
    weights: Mapping[str, Mapping[str, float]] | None = None,
    networks: Mapping[str, float] | None = None,
) -> pl.DataFrame:
    """Return the contribution of each feature on each network to S(v) = ln(1 + raw) of ``multinetwork``.

    Parameters
    ----------
    graph, weights, networks
        As for :func:`multinetwork`.

    Returns
    -------
    polars.DataFrame
        One row per person, network and feature: ``id``, ``network``, ``feature``, ``value`` (in the feature's
        natural unit), ``weight`` (b·a, summing to 1), ``part`` = weight·ln(1 + value).

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame({"source": ["b", "c"], "target": ["a", "a"]})
    >>> network_parts(build_graph(rows), weights={"*": {"reactors": 1}}).row(0)
    ('a', 'default', 'reactors', 2.0, 1.0, 1.09861228866...)
    """
    tables = []
    for people, network, feature, weight, raw in _parts(graph, weights_by_network(graph, weights, networks)):
        values = raw.natural
        tables.append(
            pl.DataFrame({"id": graph.ids.gather(people), "value": values, "part": weight * np.log1p(values)})
            .with_columns(network=pl.lit(network), feature=pl.lit(feature), weight=pl.lit(weight))
            .select("id", "network", "feature", "value", "weight", "part")
        )
    if not tables:
        raise DataError("No network has an edge of weight above 0, so there are no parts. Give a kind one.")
    return pl.concat(tables).sort("id", maintain_order=True)


def _decomposed(graph: InfluenceGraph, raw: FloatArray, parameters: Mapping[str, Any]) -> Decomposer:
    """Divide the raw value e^S − 1 in proportion to the parts of S.

    S is a sum over features and networks, the raw value is not. Proportional division keeps each part's share
    of S, so a person's shares are the same on both scales.
    """
    names, parts = [], []
    for people, network, feature, weight, found in _parts(graph, weights_by_network(graph, **parameters)):
        of_all = np.zeros(graph.n)
        of_all[people] = weight * np.log1p(found.natural)
        names.append((feature, network))
        parts.append(of_all)
    table = np.array(parts).reshape(len(names), graph.n)
    frame = pl.DataFrame(names, schema={"feature": pl.String, "network": pl.String}, orient="row")
    frame = frame.select(pl.lit(FEATURES).alias("part"), pl.all())

    def of(position: int) -> pl.DataFrame:
        column = table[:, position]
        whole = column.sum()
        return frame.with_columns(value=pl.Series(column * (raw[position] / whole if whole > 0 else 0.0)))

    return Decomposer(raw, parts=of)


def _parts(
    graph: InfluenceGraph, plan: Mapping[str, Mapping[str, float]]
) -> list[tuple[IntArray, str, str, float, Raw]]:
    parts, present = [], _with_edges(graph)
    for network, weights in plan.items():
        if network not in present:
            continue
        part, people = network_graph(graph, network)
        for feature, weight in weights.items():
            parts.append((people, network, feature, weight, feature_values(part, feature)))
    return parts


def shares_of_reactions(graph: InfluenceGraph) -> dict[str, float]:
    """Return the share of the reactions seen that is on each network; equal shares where none is seen.

    Rows of kinds of weight above 0, with their own weights and the decay of the graph, sum to the shares.

    Examples
    --------
    >>> from influence_graph import build_graph
    >>> rows = pl.DataFrame(
    ...     {"source": ["b", "c", "d", "c"], "target": ["a", "a", "a", "b"], "network": ["x", "x", "x", "y"]}
    ... )
    >>> shares_of_reactions(build_graph(rows))
    {'x': 0.75, 'y': 0.25}
    """
    seen = dict.fromkeys(_networks_that_count(graph), 0.0)
    for (kind, network), layer in sorted(graph.layers.items()):
        if graph.weighting.kinds[kind] > 0:
            seen[network] += float(layer.data.sum())
    whole = sum(seen.values())
    if not 0.0 < whole < np.inf:
        return dict.fromkeys(seen, 1.0 / len(seen)) if seen else {}
    return {network: amount / whole for network, amount in seen.items()}


def _networks_that_count(graph: InfluenceGraph) -> list[str]:
    """Return the networks with a kind of weight above 0, sorted."""
    return sorted({network for kind, network in graph.layers if graph.weighting.kinds[kind] > 0})


def _with_edges(graph: InfluenceGraph) -> set[str]:
    """Return the networks with an edge of weight above 0."""
    return {
        network
        for (kind, network), layer in graph.layers.items()
        if layer.nnz and graph.weighting.kinds[kind] > 0
    }


def weights_by_network(
    graph: InfluenceGraph,
    weights: Mapping[str, Mapping[str, float]] | None,
    networks: Mapping[str, float] | None,
) -> dict[str, dict[str, float]]:
    """Return the positive weights b·a of features by network; their sum is 1."""
    # Networks whose edges were removed are included: they add nothing, and the other weights stay the same.
    present = _networks_that_count(graph)
    of_network = dict(shares_of_reactions(graph) if networks is None else networks)
    lacking = [network for network in present if network not in of_network]
    named = {"networks": list(of_network) if lacking else [], "weights": list(weights or ())}
    for name, given in named.items():
        for network in given:
            if network not in graph.networks and not (name == "weights" and network == ANY):
                raise ConfigError(
                    f"multinetwork: {name} has the network {network!r}, which is not in the graph. "
                    f"{nearest(network, graph.networks)}"
                )
    if lacking:
        raise ConfigError(
            f"multinetwork: networks gives no weight to {lacking[0]!r}. Name each network; 0 leaves one out."
        )
    whole = sum(of_network.values())
    if whole <= 0:
        raise ConfigError(
            "multinetwork: all weights in networks are zero. Give one network a weight above 0."
        )
    if not np.isfinite(whole):
        raise DataError(
            "multinetwork: the weights in networks sum to infinity. Divide them by a large number."
        )
    plan = {}
    for network in present:
        if of_network[network] == 0:
            continue
        chosen = DEFAULT_WEIGHTS if weights is None else weights.get(network, weights.get(ANY))
        if chosen is None:
            raise ConfigError(
                f"multinetwork: weights has neither {network!r} nor {ANY!r}. Give its features weights, or "
                f"the network itself the weight 0 in networks."
            )
        total = sum(chosen.values())
        if not 0.0 < total < np.inf:
            raise ConfigError(
                f"multinetwork: the weights of features on {network!r} sum to {total:g}. Give at least one a "
                "finite weight above 0, or the network itself the weight 0 in networks."
            )
        scale = of_network[network] / whole / total
        plan[network] = {feature: weight * scale for feature, weight in chosen.items() if weight > 0}
    return plan
