"""One call from a graph to a score."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import polars as pl

from influence_graph.engine import engine_of
from influence_graph.errors import ConfigError, DataError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods import Method, Raw, get_method
from influence_graph.scoring._scale import Reference, Scale
from influence_graph.scoring._scale import scale as to_points
from influence_graph.scoring.frozen_scale import check_population, check_reference, freeze
from influence_graph.scoring.intervals import bootstrap_intervals, check_uncertainty, own_intervals
from influence_graph.scoring.rank_sets import Ranks
from influence_graph.scoring.scores import Scores


def score(
    graph: InfluenceGraph,
    method: str = "pagerank",
    *,
    scale: Scale = "log",
    reference: Reference | Scores | None = None,
    uncertainty: Literal["bootstrap", "own"] | None = None,
    replicates: int = 100,
    confidence: float = 0.95,
    ranks: Ranks = "marginal",
    people: Sequence[Any] | None = None,
    rng: np.random.Generator | int | None = None,
    **parameters: Any,
) -> Scores:
    """Score all people of a graph from 1 to 100.

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    method : str
        Name of a registered method; ``method_names()`` lists them.
    scale : {"log", "quantile", "linear"}
        How raw values become points; see :func:`influence_graph.scale`.
    reference : Reference or Scores, optional
        The frozen scale of an earlier or larger population, so that points compare. It must come from the
        same version of the same method with the same parameters, those apart that change only the accuracy;
        and from the same people where the method's unit does not compare between populations
        (``Scores.unit``). Values above its top get 100, and ``diagnostics["above_reference"]`` counts them.
    uncertainty : {"bootstrap", "own"}, optional
        Whether to add intervals. ``"bootstrap"``: sampling variability over episodes (see
        :mod:`influence_graph.scoring.intervals`); ``"own"``: the Monte Carlo error of a method that samples.
        The scale is frozen at that of the point estimates.
    replicates : int
        Number of bootstrap replicates, at least 20.
    confidence : float in (0, 1)
        Confidence level of the intervals.
    ranks : {"marginal", "simultaneous"}
        Whether the confidence set of each rank holds at this level, or all of them together do.
    people : sequence of ids, optional
        Whose ranks get a confidence set. None: the 100 highest.
    rng : Generator, int or None
        Source of randomness for methods that sample and for the bootstrap (SPEC 7).
    **parameters
        Parameters of the method.

    Returns
    -------
    Scores
        Aligned with ``graph.ids``.

    Raises
    ------
    ConfigError
        If the method or a parameter is unknown or out of range, the reference does not hold for this score,
        or the method has no such interval.
    DataError
        If the graph lacks what the method needs.
    ConvergenceError
        If an iteration does not reach its tolerance.

    Examples
    --------
    >>> import polars as pl
    >>> from influence_graph import InfluenceGraph
    >>> edges = pl.DataFrame(
    ...     {"source": ["b", "c", "c"], "target": ["a", "a", "b"], "weight": [1.0, 2.0, 1.0]}
    ... )
    >>> scores = score(InfluenceGraph.from_edges(edges), "engagement")
    >>> scores.frame["score"].round(1).to_list()
    [100.0, 50.5, 1.0]
    """
    if (elsewhere := engine_of(graph)) is not None:
        given_here = {"scale": scale, "reference": reference, "rng": rng, "uncertainty": uncertainty}
        return elsewhere.score(graph, method, **given_here, **parameters)  # type: ignore[no-any-return]
    if not isinstance(graph, InfluenceGraph):
        raise DataError(
            f"score takes an InfluenceGraph, and this is a {type(graph).__name__}. "
            "Make one: build_graph(log), or InfluenceGraph.from_edges, from_networkx, from_scipy."
        )
    entry = get_method(method)
    if entry.takes("confidence"):
        parameters["confidence"] = confidence
    resolved = entry.resolve(parameters)
    check_uncertainty(entry, uncertainty, replicates, confidence, ranks)
    given = _reference(reference)
    held = given.parameters if given is not None and given.method == method else {}
    resolved = entry.settle(resolved, frozen=held, graph=graph)
    if given is not None:
        check_reference(given, entry, resolved)
    stream = np.random.default_rng(rng)
    raw = raw_values(graph, entry, resolved, stream)
    if graph.log is not None and graph.log.report.sampled is not None:
        told = f"{graph.log.report.sampled}; no interval covers what the sample lacks"
        raw = dataclasses.replace(raw, diagnostics={**raw.diagnostics, "sampled": told})
    scores = scores_of_raw(graph.ids, raw, entry, resolved, scale, given, graph.fingerprint)
    if uncertainty is None:
        return scores
    if uncertainty == "own":
        return own_intervals(scores, raw, confidence)
    seed = stream.bit_generator.seed_seq.spawn(1)[0]  # type: ignore[attr-defined]
    return bootstrap_intervals(
        graph, scores, replicates=replicates, confidence=confidence, seed=seed, ranks=ranks, people=people
    )


def scores_of_raw(
    ids: pl.Series,
    raw: Raw,
    entry: Method,
    parameters: Mapping[str, Any],
    scale: Scale,
    reference: Reference | Scores | None,
    fingerprint: str,
) -> Scores:
    """Return the scores that raw values make, without intervals.

    Parameters
    ----------
    ids : polars.Series
        The n people.
    raw : Raw
        Their values, finite and ≥ 0.
    entry : Method
        The method that returned them.
    parameters : mapping
        All its parameters.
    scale, reference
        As in :func:`score`.
    fingerprint : str
        Of the graph.

    Raises
    ------
    ConfigError
        If the reference does not hold for the method, or its people are others and its unit does not compare.
    """
    given = _reference(reference)
    natural = raw.natural
    if given is not None:
        check_reference(given, entry, parameters)
        check_population(given, entry, raw, ids)
    frozen = given or freeze(entry, parameters, raw, ids)
    diagnostics = dict(raw.diagnostics)
    if given is not None:
        diagnostics["above_reference"] = int((natural > given.top).sum())
    points = to_points(natural, scale, reference=frozen)
    return Scores(
        ids, raw.values, points, entry.name, parameters, scale, diagnostics, frozen, fingerprint,
        unit=raw.unit, resolution=raw.resolution,
    )  # fmt: skip


def raw_values(
    graph: InfluenceGraph, entry: Method, parameters: Mapping[str, Any], rng: np.random.Generator
) -> Raw:
    """Run a method on a graph and validate what it returns.

    Parameters
    ----------
    graph : InfluenceGraph
        n people.
    entry : Method
        The registered method.
    parameters : mapping
        All its parameters, validated.
    rng : numpy.random.Generator
        Source of randomness, used by methods that sample.

    Returns
    -------
    Raw
        Its values contiguous float64, shape (n,), finite and ≥ 0.

    Raises
    ------
    DataError
        If the values have another shape, or one is negative or not finite.
    """
    sampling = {"rng": rng} if entry.samples else {}
    raw = entry.function(graph, **parameters, **sampling)
    values = np.ascontiguousarray(raw.values, dtype=np.float64)
    if values.shape != (graph.n,):
        raise DataError(
            f"{entry.name} returned an array of shape {values.shape} for {graph.n:,} people; "
            "a method returns one float64 a person, aligned with graph.ids."
        )
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0.0)))
    if len(wrong):
        raise DataError(
            f"{entry.name} gave {graph.ids[int(wrong[0])]!r} the raw value {values[wrong[0]]}, but it should "
            f"be finite and not negative. People with this problem: {len(wrong):,}. Correct the method."
        )
    return dataclasses.replace(raw, values=values)


def _reference(reference: Reference | Scores | None) -> Reference | None:
    """Return the frozen scale."""
    if isinstance(reference, Scores):
        reference = reference.reference
    if reference is not None and not isinstance(reference, Reference):
        raise ConfigError(
            f"reference is of type {type(reference).__name__}, but it should be Scores or a Reference."
        )
    return reference
