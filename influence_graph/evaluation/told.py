"""What explanations tell against what recomputing gives: points lost when a part is left out.

An explanation says that a part of the log gave a person so many points. Three tellings of it: the *Shapley*
value of the part; the *decomposition* of the raw value, mapped to points (the points lost if the value were
less by that part's share); and, for two parts, the *sum* of what each alone takes away. For counts the second
is true by definition, for PageRank it is not: who loses a reactor passes less on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import InfluenceGraphError
from influence_graph.evaluation.hiding import hidden_values
from influence_graph.explaining.attribution import CoalitionScores, Layer, drop_actors, shapley, without_each
from influence_graph.explaining.decomposition import decompose
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.methods.declaration import get_method
from influence_graph.methods.decomposition import Decomposer
from influence_graph.scoring._scale import Reference, scale
from influence_graph.scoring._score import score
from influence_graph.scoring.scores import Scores

TOLD: Mapping[str, type[pl.DataType]] = {
    "question": pl.String,
    "by": pl.String,
    "telling": pl.String,
    "id": pl.String,
    "part": pl.String,
    "told": pl.Float64,
    "recomputed": pl.Float64,
}
OTHERS = "others"
_LONGEST = "100000d"


class _Rows(NamedTuple):
    """Points told and recomputed for people and parts, arrays of shape (parts, people)."""

    question: str
    by: str
    telling: str
    parts: Sequence[str]
    told: FloatArray
    recomputed: FloatArray

    def frame(self, ids: Sequence[str]) -> pl.DataFrame:
        parts, people = self.told.shape
        return pl.DataFrame(
            {
                "question": [self.question] * (parts * people),
                "by": [self.by] * (parts * people),
                "telling": [self.telling] * (parts * people),
                "id": list(ids) * parts,
                "part": np.repeat(np.array(self.parts, dtype=object), people).tolist(),
                "told": self.told.ravel(),
                "recomputed": self.recomputed.ravel(),
            },
            schema=dict(TOLD),
        )


def chosen_people(scores: Scores, count: int, rng: np.random.Generator) -> IntArray:
    """Return positions: half of them the highest, half drawn from others with a value above 0."""
    order = np.lexsort((np.arange(len(scores.natural)), -scores.natural))
    valued = order[: int((scores.natural > 0).sum())]
    head, rest = valued[: count // 2], valued[count // 2 :]
    drawn = rng.choice(rest, min(count - len(head), len(rest)), replace=False) if len(rest) else rest
    return np.asarray(np.sort(np.concatenate([head, drawn])), dtype=np.int64)


class Telling:
    """The explanations of one method's scores of a few people.

    Parameters
    ----------
    graph : InfluenceGraph
        With layers.
    method : str
        A method that reads edges.
    parameters : mapping
        Of the method.
    count : int
        How many people.
    rng : numpy.random.Generator
        Of who they are, and of a method that samples.

    Attributes
    ----------
    notes : list of str
        Tellings that the method does not have.
    """

    def __init__(
        self,
        graph: InfluenceGraph,
        method: str,
        parameters: Mapping[str, Any],
        *,
        count: int,
        rng: np.random.Generator,
    ) -> None:
        self.graph, self.notes = graph, list[str]()
        self._seed = int(rng.integers(2**63))
        self.full = score(graph, method, rng=self._seed, **parameters)
        self.people = chosen_people(self.full, count, rng)
        self.ids = [str(one) for one in graph.ids.gather(self.people)]
        self._scores = CoalitionScores(graph, self.full, self.people, self._seed)
        self._points = self.full.score[self.people]
        declared = get_method(method).decomposition
        self._declared = declared.by if declared is not None else ()
        self._made: Decomposer | None = None
        if declared is not None and "kind" in declared.by:
            self._made = declared.prepare(graph, self.full.raw, self.full.parameters)

    def parts(self, by: str, most: int) -> dict[str, frozenset[Layer]]:
        """Return the layers of each part: the largest by what is received, and the others together."""
        sizes: dict[str, float] = {}
        layers: dict[str, set[Layer]] = {}
        for kind, network in sorted(self._scores.layers):
            name = kind if by == "kind" else network
            received = float(self.graph.layers[kind, network].sum()) * self.graph.weighting.kinds[kind]
            sizes[name] = sizes.get(name, 0.0) + received
            layers.setdefault(name, set()).add((kind, network))
        ranked = sorted(sizes, key=lambda name: (-sizes[name], name))
        named = ranked if len(ranked) <= most else ranked[: most - 1]
        found = {name: frozenset(layers[name]) for name in named}
        left = [layers[name] for name in ranked if name not in named]
        return found | ({OTHERS: frozenset().union(*left)} if left else {})

    def of_parts(self, by: str, *, most: int = 6) -> pl.DataFrame:
        """Return what is told of leaving out one and two parts, and the same recomputed.

        Parameters
        ----------
        by : {"kind", "network"}
            The parts.
        most : int
            How many; the smaller ones are one part together. 2^most scores.

        Returns
        -------
        DataFrame
            Columns of :data:`TOLD`; points lost. Empty where there is one part only.
        """
        parts = self.parts(by, most)
        if len(parts) < 2:
            return pl.DataFrame(schema=dict(TOLD))
        names = list(parts)
        lost = self._points - without_each(self._scores, parts)
        found = [_Rows("one part", by, "Shapley", names, shapley(self._scores, parts), lost)]
        if self._made is not None:
            implied = self._implied(self._values(self._made, by, parts))
            found.append(_Rows("one part", by, "decomposition", names, implied, lost))
        pairs = list(combinations(range(len(names)), 2))
        every = frozenset[Layer]().union(*parts.values())
        both = np.array(
            [self._points - self._scores.value(every - parts[names[i]] - parts[names[j]]) for i, j in pairs]
        )
        summed = np.array([lost[i] + lost[j] for i, j in pairs])
        if len(names) > 2:
            titles = [f"{names[i]} and {names[j]}" for i, j in pairs]
            found.append(_Rows("two parts", by, "sum of each alone", titles, summed, both))
        return pl.concat([one.frame(self.ids) for one in found])

    def of_reactors(self) -> pl.DataFrame:
        """Return what is told of leaving out each person's largest reactor, and the same recomputed.

        The reactor's interactions are left out, with everybody. A score each reactor.
        """
        if self._made is None or "reactor" not in self._declared:
            self.notes.append(f"{self.full.method} has no decomposition by reactor")
            return pl.DataFrame(schema=dict(TOLD))
        told, recomputed = np.zeros((1, len(self.people))), np.zeros((1, len(self.people)))
        known: dict[int, FloatArray] = {}
        names = []
        for i, person in enumerate(self.people):
            parts = decompose(self.graph, self._made, int(person), ("reactor",), _LONGEST)
            parts = parts.filter(pl.col("reactor").is_not_null())
            names.append(str(parts["reactor"][0]) if parts.height else "")
            if not parts.height:
                continue
            told[0, i] = self._implied(np.array([[parts["value"][0]]]), np.array([i]))[0, 0]
            reactor = int(self.graph.positions(parts["reactor"].head(1))[0])
            if reactor not in known:
                known[reactor] = self._scores.on(drop_actors(self.graph, np.array([reactor])))
            recomputed[0, i] = self._points[i] - known[reactor][i]
        rows = _Rows("largest reactor", "reactor", "decomposition", ["…"], told, recomputed)
        return rows.frame(self.ids).with_columns(part=pl.Series(names))

    def of_change(self, log: Interactions, by: str, *, share: float = 0.2, most: int = 6) -> pl.DataFrame:
        """Return what is told of the change since an earlier moment, and the same recomputed.

        Told: the points lost if what a part gives had stayed as it was. Recomputed: the score without the
        part's later rows.

        Parameters
        ----------
        log : Interactions
            With timestamps; the graph is of it.
        by : {"kind", "network"}
            The parts.
        share : float in (0, 1)
            The earlier moment is this share of the log's span before the end.
        most : int
            Number of parts.
        """
        nothing = pl.DataFrame(schema=dict(TOLD))
        if self._made is None or log.span is None:
            return nothing
        parts = self.parts(by, most)
        then = log.span[1] - (log.span[1] - log.span[0]) * share
        settings = {**self.graph.weighting.parameters(), "as_of": then}
        try:
            before = build_graph(log, **settings)
            raw = score(before, self.full.method, rng=self._seed, **self.full.parameters).raw
        except InfluenceGraphError as error:
            self.notes.append(f"no earlier score by {self.full.method}: {error}")
            return nothing
        declared = get_method(self.full.method).decomposition
        assert declared is not None
        made = declared.prepare(before, raw, self.full.parameters)
        now, earlier = self._values(self._made, by, parts), self._values(made, by, parts, before)
        told = self._implied(np.maximum(now - earlier, 0.0))
        time, column = pl.col("timestamp"), pl.col(by)
        recomputed = []
        for layers in parts.values():
            names = sorted({layer[0 if by == "kind" else 1] for layer in layers})
            kept = log.frame.select((~((time > then) & column.is_in(names))).fill_null(True)).collect()
            (values,) = hidden_values(
                log, self.graph, kept.to_series().to_numpy(),
                [(self.full.method, self.full.parameters)], self._seed,
            )  # fmt: skip
            reference = Reference.of(self.full.natural)
            recomputed.append(self._points - scale(values, "log", reference=reference)[self.people])
        rows = _Rows("change", by, "decomposition", list(parts), told, np.array(recomputed))
        return rows.frame(self.ids)

    def _values(
        self,
        made: Decomposer,
        by: str,
        parts: Mapping[str, frozenset[Layer]],
        graph: InfluenceGraph | None = None,
    ) -> FloatArray:
        """Return the raw value that each part gives each person, shape (parts, people); 0 if not there."""
        graph = graph or self.graph
        part_of = {layer[0 if by == "kind" else 1]: i for i, layers in enumerate(parts.values())
                   for layer in layers}  # fmt: skip
        found = np.zeros((len(parts), len(self.people)))
        wanted = self.graph.ids.gather(self.people)
        there = wanted.is_in(graph.ids.implode()).to_numpy()
        for i in np.flatnonzero(there):
            at = int(graph.positions(wanted[int(i) : int(i) + 1])[0])
            rows = decompose(graph, made, at, (by,), _LONGEST).drop_nulls(by)
            for name, value in rows.select(by, "value").iter_rows():
                if name in part_of:
                    found[part_of[name], i] += value
        return found

    def _implied(self, values: FloatArray, of: IntArray | None = None) -> FloatArray:
        """Return the points lost if raw values were less by these, shape (parts, people)."""
        of = np.arange(len(self.people)) if of is None else of
        people, raw = self.people[of], self.full.raw
        reference = Reference.of(self.full.natural)
        found = np.empty(values.shape)
        for row, less in zip(found, values, strict=True):
            changed = raw.copy()
            changed[people] = np.maximum(raw[people] - less, 0.0)
            natural = np.maximum(np.asarray(self.full.unit.of(changed))[people], 0.0)
            row[:] = self._points[of] - scale(natural, "log", reference=reference)
        return found


def told_against_recomputed(
    log: Interactions,
    graph: InfluenceGraph,
    method: str,
    parameters: Mapping[str, Any],
    *,
    count: int = 60,
    most: int = 6,
    rng: np.random.Generator,
) -> tuple[pl.DataFrame, list[str]]:
    """Return everything that is told of a method's scores on a log, and the same recomputed.

    Parameters
    ----------
    log, graph : Interactions, InfluenceGraph
        A log and its graph, with layers.
    method, parameters : str, mapping
        A method that reads edges.
    count : int
        People: half of them the highest.
    most : int
        Parts of each grouping.
    rng : numpy.random.Generator
        Of the choice of people, and of a method that samples.

    Returns
    -------
    DataFrame
        Columns of :data:`TOLD`.
    list of str
        What is left out, and why.
    """
    telling = Telling(graph, method, parameters, count=count, rng=rng)
    return pl.concat([pl.DataFrame(schema=dict(TOLD)), *_all(telling, log, most)]), telling.notes


def _all(telling: Telling, log: Interactions, most: int) -> Iterator[pl.DataFrame]:
    for by in ("kind", "network"):
        yield telling.of_parts(by, most=most)
    yield telling.of_reactors()
    several = [by for by in ("kind", "network") if len(telling.parts(by, most)) > 1] or ["kind"]
    yield telling.of_change(log, several[-1], most=most)
