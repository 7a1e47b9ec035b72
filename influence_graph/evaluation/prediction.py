"""Scores at one moment against what follows it, with everybody and without each fold of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.errors import DataError
from influence_graph.evaluation._concordance import concordance_of_codes, share_of_top
from influence_graph.evaluation.log_arrays import LogArrays
from influence_graph.evaluation.rank_agreement import Ranking
from influence_graph.evaluation.truths import ceiling, future_truths, reactors_within
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.methods.declaration import get_method
from influence_graph.scoring._score import raw_values

#: Controls that need no method: when a person was last seen, and the truth one period earlier.
LAST_SEEN, EARLIER = "last seen", "one period earlier"
ACTIVE, EVERYBODY = "active", "everybody"
#: Shares of the people that are the top.
TOPS = {"top 1 %": 0.01, "top 5 %": 0.05}
#: Before every timestamp; rows without one have always been.
_BEFORE = np.iinfo(np.int64).min // 2
MEASURED = {
    "fold": pl.Int64,
    "pairs": pl.Int64,
    "network": pl.String,
    "method": pl.String,
    "truth": pl.String,
    "among": pl.String,
    "measure": pl.String,
    "value": pl.Float64,
    "people": pl.Int64,
}


@dataclass(frozen=True)
class Design:
    """What is held against what at one origin.

    Attributes
    ----------
    origin, horizon : int
        In microseconds since 1970, and microseconds.
    half_life : int or None
        Of the graph's decay, in microseconds.
    methods : mapping of str to (str, mapping)
        Name of a method and its parameters, by label.
    graph : mapping
        Other parameters of ``build_graph``.
    least : int
        How many reactors the people of the narrower risk set have.
    seed : int
        Of methods that sample; a stream an origin, fold and method.
    """

    origin: int
    horizon: int
    half_life: int | None
    methods: Mapping[str, tuple[str, Mapping[str, Any]]]
    graph: Mapping[str, Any] = field(default_factory=dict)
    least: int = 20
    seed: int = 0

    @property
    def narrow(self) -> str:
        """The name of the narrower risk set."""
        return f"{ACTIVE}, {self.least} reactors"


def measure_origin(
    arrays: LogArrays,
    design: Design,
    folds: IntArray,
    *,
    delete: Sequence[int] = (),
    pairs: int = 0,
    networks: Sequence[str] = (),
) -> pl.DataFrame:
    """Return every measure at one origin, with everybody and without each fold.

    Parameters
    ----------
    arrays : LogArrays
        The log: n people, m rows.
    design : Design
        Origin, horizon, decay and methods.
    folds : ndarray of int64, shape (n,)
        The fold of each person.
    delete : sequence of int
        Folds that are left out, one after the other: their people's rows leave the past and the future, as
        those who react and as those who are reacted to, and everything is computed again.
    pairs : int
        How many folds of pairs of people are left out likewise: 0, or 2 and more. All rows between the two
        leave, past and future.
    networks : sequence of str
        Networks whose rows are left out, one after the other.

    Returns
    -------
    DataFrame
        ``fold`` (−1: everybody), ``pairs`` (the fold of pairs that is left out, or −1), ``network`` (the one
        that is left out, or ``""``), ``method``, ``truth``, ``among``, ``measure``, ``value``, ``people``.
        ``measure`` is ``C``, ``top 1 %`` and ``top 5 %`` (the share of the truth that the top by the method
        got) or, with the method ``""``, ``newcomers`` (the share of the truth of people not seen before) and
        ``ceiling`` (C of one half of the future actors for the other). A value is missing where no two people
        differ.

    Raises
    ------
    DataError
        If there is no interaction up to the origin, or no reaction after it.

    Notes
    -----
    A graph and one run of each method a fold, of people and of pairs.
    """
    rows: list[dict[str, Any]] = []
    fixed: dict[str, FloatArray] = {}
    for fold in (-1, *delete):
        part = arrays if fold < 0 else arrays.without_people(folds == fold)
        found = measures(part, design, fold=fold, fixed=fixed)
        rows += [{"fold": fold, "pairs": -1, "network": "", **row} for row in found]
    stream = np.random.default_rng([design.seed, pairs])
    of_row = arrays.pair_folds(pairs, stream) if pairs else np.empty(0, dtype=np.int64)
    for number in range(pairs):
        part = arrays.without_rows(of_row == number)
        found = measures(part, design, fold=len(delete) + number, fixed=fixed)
        rows += [{"fold": -1, "pairs": number, "network": "", **row} for row in found]
    for number, name in enumerate(networks):
        with suppress(DataError):  # nothing is left to score, or to predict
            part = arrays.without_network(name)
            measured = list(measures(part, design, fold=len(delete) + pairs + number, fixed=fixed))
            rows += [{"fold": -1, "pairs": -1, "network": name, **row} for row in measured]
    return pl.DataFrame(rows, schema=MEASURED)


def scores_before(
    arrays: LogArrays, design: Design, *, fold: int = -1, fixed: dict[str, FloatArray] | None = None
) -> tuple[InfluenceGraph, IntArray, dict[str, Ranking]]:
    """Return the graph as of the origin, the positions of its people in the log, and their rankings.

    There is one ranking a method, and those of the controls :data:`LAST_SEEN` and :data:`EARLIER`. Rows after
    the origin change nothing. ``reactors`` is decayed as the graph is: a person who reacted counts by the age
    of the last reaction. ``fixed`` keeps the values of methods that are random numbers alone: first written,
    then read, so that a fold that is left out does not change those of the others.
    """
    fixed = {} if fixed is None else fixed
    half_life = None if design.half_life is None else timedelta(microseconds=design.half_life)
    graph = build_graph(
        arrays.log, **{**design.graph, "half_life": half_life, "as_of": moment(design.origin)}
    )
    place = arrays.people.search_sorted(graph.ids).to_numpy().astype(np.int64)
    rankings = {}
    for number, (label, (name, parameters)) in enumerate(design.methods.items()):
        if name == "reactors" and design.half_life is not None:
            decayed = reactors_within(arrays, _BEFORE, design.origin, half_life=design.half_life)
            rankings[label] = Ranking.of(decayed[place])
            continue
        if label in fixed:
            rankings[label] = Ranking.of(fixed[label][place])
            continue
        stream = np.random.default_rng([design.seed, design.origin % 2**63, fold + 1, number])
        entry = get_method(name)
        raw = raw_values(graph, entry, parameters, stream)
        if entry.samples and not entry.reads_edges:
            fixed[label] = np.zeros(arrays.n)
            fixed[label][place] = raw.values
        near = np.asarray(raw.resolution)
        rankings[label] = Ranking.of(raw.values, near if (near > 0.0).any() else None)
    return graph, place, rankings | _controls(arrays, design, place)


def moment(microseconds: int) -> datetime:
    """Return a time in microseconds since 1970 as a datetime."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def measures(
    arrays: LogArrays, design: Design, *, fold: int = -1, fixed: dict[str, FloatArray] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield every measure at one origin as a row of :func:`measure_origin`, without fold and network."""
    origin, horizon = design.origin, design.horizon
    truths = future_truths(arrays, origin, horizon)
    if fold < 0 and not truths["reactors"].any():
        raise DataError(
            f"Nobody reacts to anybody in the {horizon / 8.64e10:.3g} days after "
            f"{moment(origin):%Y-%m-%d %H:%M}, so there is nothing to predict. "
            "Choose earlier origins or a longer horizon."
        )
    graph, place, rankings = scores_before(arrays, design, fold=fold, fixed=fixed)
    risk_sets = dict(_risk_sets(arrays, design, graph, place))
    for among, inside in risk_sets.items():
        for truth, values in truths.items():
            yield from _held_against(rankings, truth, values[place], among, inside)
    if fold < 0:
        known = np.zeros(arrays.n, dtype=bool)
        known[place] = True
        for truth, values in truths.items():
            total = np.nansum(values)
            share = float(np.nansum(values[~known]) / total) if total > 0 else float("nan")
            yield _row("", truth, EVERYBODY, "newcomers", share, int((~known & (values > 0)).sum()))
        yield from _ceilings(arrays, design, risk_sets, place)


def _held_against(
    rankings: Mapping[str, Ranking], truth: str, values: FloatArray, among: str, inside: BoolArray
) -> Iterator[dict[str, Any]]:
    at = np.flatnonzero(inside & np.isfinite(values))
    held = values[at]
    order = np.argsort(held, kind="stable")
    by_truth = np.cumsum(np.diff(held[order], prepend=held[order[:1]]) > 0)
    ranked = np.empty(len(at), dtype=np.int64)
    ranked[order] = by_truth
    for label, ranking in rankings.items():
        codes = ranking.codes[at]
        yield _row(label, truth, among, "C", concordance_of_codes(codes, ranked, order), len(at))
        if truth in ("reactors", "new reactors"):
            for name, share in TOPS.items():
                yield _row(label, truth, among, name, share_of_top(codes, held, share), len(at))


def _row(method: str, truth: str, among: str, measure: str, value: float, people: int) -> dict[str, Any]:
    return {"method": method, "truth": truth, "among": among, "measure": measure,
            "value": None if np.isnan(value) else value, "people": people}  # fmt: skip


def _controls(arrays: LogArrays, design: Design, place: IntArray) -> dict[str, Ranking]:
    past = arrays.time <= design.origin
    seen = np.full(arrays.n, _BEFORE)
    targeted = past & (arrays.target >= 0)
    np.maximum.at(seen, arrays.source[past], arrays.time[past])
    np.maximum.at(seen, arrays.target[targeted], arrays.time[targeted])
    earlier = reactors_within(arrays, design.origin - design.horizon, design.origin)
    codes = np.unique(seen[place], return_inverse=True)[1].astype(np.int64)
    return {LAST_SEEN: Ranking(codes, np.argsort(codes)), EARLIER: Ranking.of(earlier[place])}


def _risk_sets(
    arrays: LogArrays, design: Design, graph: InfluenceGraph, place: IntArray
) -> Iterator[tuple[str, BoolArray]]:
    """Yield each risk set, as a mask of the people of the graph."""
    active = np.zeros(arrays.n, dtype=bool)
    active[arrays.source[arrays.within(design.origin - design.horizon, design.origin)]] = True
    reactors = reactors_within(arrays, _BEFORE, design.origin)
    yield ACTIVE, active[place]
    yield design.narrow, (active & (reactors >= design.least))[place]
    yield EVERYBODY, np.ones(graph.n, dtype=bool)


def _ceilings(
    arrays: LogArrays, design: Design, risk_sets: Mapping[str, BoolArray], place: IntArray
) -> Iterator[dict[str, Any]]:
    """Yield C of one half of the future actors for the other: what no score of the past can be asked."""
    half = np.random.default_rng([design.seed, arrays.n]).permutation(arrays.n) % 2 == 0
    one, other = ceiling(arrays, design.origin, design.horizon, half)
    for among, inside in risk_sets.items():
        found = []
        for score, truth in ((one, other), (other, one)):
            held = truth[place][inside]
            order = np.argsort(held, kind="stable")
            codes = score[place][inside].astype(np.int64)
            found.append(concordance_of_codes(codes, held.astype(np.int64), order))
        yield _row("", "reactors", among, "ceiling", float(np.mean(found)), int(inside.sum()))
