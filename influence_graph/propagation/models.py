"""Diffusion models: the chance with which a post of one person moves another.

Propagation runs against the edges. An edge ``u → v`` says that u acted on v, so v moves u: the chance
p(v → u) belongs to the entry ``adjacency[u, v]``, and a model's probabilities are aligned with
``adjacency.data``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

import numpy as np

from influence_graph.arrays import FloatArray
from influence_graph.counter_rng import GAMMA, STRIDE, mix
from influence_graph.errors import ConfigError, DataError, nearest
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.propagation.learn import RULES, VERSION, Learned, Rule, learn_probabilities

Assignment: TypeAlias = Literal["weighted_cascade", "share", "trivalency", "weight"]
#: How edges get their probabilities: a rule of assignment, a rule that learns them from the graph's
#: log, one number for all, or an array aligned with ``adjacency.data``.
Probability: TypeAlias = Assignment | Rule | float | np.ndarray

ASSIGNMENTS = frozenset(get_args(Assignment))


def events_if_learned(parameters: Mapping[str, Any]) -> tuple[Literal["events"], ...]:
    """Return what a method reads because of ``probability``: the log, where a rule learns from it."""
    how = parameters["probability"]
    return ("events",) if isinstance(how, str) and how in RULES else ()


_TRIVALENT = np.array([0.1, 0.01, 0.001])


@dataclass(frozen=True, eq=False)
class IndependentCascade:
    """Independent cascade: whoever becomes active gets one try at each who attends to them.

    Kempe, Kleinberg & Tardos (2003), section 1; Goldenberg, Libai & Muller (2001).

    Attributes
    ----------
    probability : str, float or ndarray of float64, shape (m,)
        Chance that a moves b, for each entry [b, a] of ``adjacency``:
        ``"weighted_cascade"``: 1/(number of people b attends to); ``"share"``: weight over the sum of
        b's weights; ``"trivalency"``: one of 0.1, 0.01, 0.001 per pair (a fixed hash of the pair);
        ``"weight"``: the edge weights themselves; a rule of :func:`learn_probabilities`, learned from
        the graph's log; one number; or an array aligned with ``adjacency.data``.
    """

    probability: Probability = "weighted_cascade"


@dataclass(frozen=True, eq=False)
class LinearThreshold:
    """Linear threshold: b turns active once the weights of active people b attends to reach a threshold.

    The threshold is uniform on [0, 1), drawn again for each cascade (Kempe et al. 2003, section 1).

    Attributes
    ----------
    probability : str, float or ndarray of float64, shape (m,)
        The weights, as for :class:`IndependentCascade`. Those of one person sum to at most 1; what is
        missing to 1 is the chance that the person never turns.
    """

    probability: Probability = "weighted_cascade"


@dataclass(frozen=True, eq=False)
class SIR:
    """Susceptible, infected, recovered, in steps of time.

    In each step every infected person tries once at each susceptible person who attends to them, then
    recovers with chance ``recovery``. With ``recovery=1`` it is the independent cascade.

    Attributes
    ----------
    probability : str, float or ndarray of float64, shape (m,)
        Chance a step that a infects b, as for :class:`IndependentCascade`.
    recovery : float in (0, 1]
        Chance a step to recover.
    """

    probability: Probability = "weighted_cascade"
    recovery: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.recovery <= 1:
            raise ConfigError(f"recovery is {self.recovery!r}, but it is a chance in (0, 1].")


Model: TypeAlias = IndependentCascade | LinearThreshold | SIR
_NAMES: Mapping[str, type[Model]] = {
    "independent_cascade": IndependentCascade,
    "linear_threshold": LinearThreshold,
    "sir": SIR,
}


def make_model(name: Model | str, **parameters: Any) -> Model:
    """Return the model of this name, as a config writes it.

    Examples
    --------
    >>> make_model("independent_cascade", probability=0.01)
    IndependentCascade(probability=0.01)
    """
    if not isinstance(name, str):
        return name
    if name not in _NAMES:
        raise ConfigError(f"There is no propagation model {name!r}. {nearest(name, _NAMES)}")
    return _NAMES[name](**parameters)


def edge_probabilities(graph: InfluenceGraph, model: Model) -> FloatArray:
    """Return p for every entry of ``graph.adjacency``, checked.

    Returns
    -------
    ndarray of float64, shape (m,)
        Entry [b, a] holds the chance (for linear threshold: the weight) with which a moves b.

    Raises
    ------
    ConfigError
        If the name is unknown, or the array does not fit the graph.
    DataError
        If a value is outside [0, 1], or the weights of one person sum to more than 1 under linear
        threshold.
    """
    p = np.ascontiguousarray(_assigned(graph, model.probability), dtype=np.float64)
    _check_range(graph, p)
    if isinstance(model, LinearThreshold):
        _check_sums(graph, p)
    return p


def row_probabilities(graph: InfluenceGraph, model: Model) -> FloatArray | None:
    """Return one probability a row where the model gives all entries of a row the same, else None.

    It saves making an array of length m, and sorting it, on graphs with many edges.
    """
    how = model.probability
    if isinstance(how, str) and how == "weighted_cascade":
        lengths: FloatArray = np.maximum(np.diff(graph.adjacency.indptr), 1).astype(np.float64)
        return 1.0 / lengths
    if isinstance(model, IndependentCascade) and isinstance(how, (int, float)) and 0 <= how <= 1:
        return np.full(graph.n, float(how))
    return None


def _assigned(graph: InfluenceGraph, how: Probability) -> FloatArray:
    matrix = graph.adjacency
    if isinstance(how, str):
        if how in RULES:
            return learn_probabilities(graph, rule=cast(Rule, how)).values
        if how not in ASSIGNMENTS:
            raise ConfigError(
                f"There is no rule {how!r} for probabilities. {nearest(how, ASSIGNMENTS | RULES)}"
            )
        if how == "weight":
            return cast(FloatArray, matrix.data)
        lengths = np.diff(matrix.indptr)
        if how == "weighted_cascade":
            return np.repeat(1.0 / np.maximum(lengths, 1), lengths)
        if how == "share":
            # Rounded sums may pass 1 by an ulp, which the check of sums allows for.
            return cast(FloatArray, matrix.data / np.repeat(graph.out_strength, lengths))
        return _TRIVALENT[_pair_hash(graph) % np.uint64(3)]
    if isinstance(how, (int, float)):
        return np.full(matrix.nnz, float(how))
    if isinstance(how, Learned) and how.version != VERSION:
        made = f"version {how.version}" if how.version else "a version that is not known"
        raise ConfigError(
            f"These probabilities were learned by {made} of the rule {how.rule!r}, and this is version "
            f"{VERSION}, whose numbers may differ. Learn them again: learn_probabilities(graph, "
            f"rule={how.rule!r})."
        )
    values = np.asarray(how, dtype=np.float64)
    if values.shape != (matrix.nnz,):
        raise ConfigError(
            f"The probabilities have shape {values.shape}, but the graph has {matrix.nnz:,} edges. "
            "Give one value for each entry of adjacency.data, in its order."
        )
    return values


def _pair_hash(graph: InfluenceGraph) -> np.ndarray:
    # A fixed hash of (row, column): the same pair keeps its class in every run and every call.
    matrix = graph.adjacency
    rows = np.repeat(np.arange(graph.n, dtype=np.uint64), np.diff(matrix.indptr))
    return np.asarray(mix.py_func(rows * GAMMA + matrix.indices.astype(np.uint64) * STRIDE))


def _check_range(graph: InfluenceGraph, p: FloatArray) -> None:
    wrong = ~((p >= 0) & (p <= 1))
    if wrong.any():
        where = int(np.argmax(wrong))
        b, a = _pair(graph, where)
        raise DataError(
            f"The probability with which {a!r} moves {b!r} (edge {b!r} → {a!r}, entry {where}) is "
            f"{p[where]}, but it should be in [0, 1]; {int(wrong.sum()):,} of {len(p):,} entries are not. "
            "Scale them, or name a rule such as 'share' or 'weighted_cascade'."
        )


def _check_sums(graph: InfluenceGraph, p: FloatArray) -> None:
    pointer = graph.adjacency.indptr
    sums = np.zeros(graph.n)
    filled = np.diff(pointer) > 0
    if len(p):
        sums[filled] = np.add.reduceat(p, pointer[:-1][filled])
    wrong = sums > 1 + 1e-9
    if wrong.any():
        b = int(np.argmax(wrong))
        raise DataError(
            f"The linear-threshold weights of {graph.ids[b]!r} sum to {sums[b]:.6g}, but at most 1 is "
            f"possible; {int(wrong.sum()):,} people are above. Use probability='share' or "
            "'weighted_cascade', or divide each row by its sum."
        )


def _pair(graph: InfluenceGraph, where: int) -> tuple[Any, Any]:
    matrix = graph.adjacency
    b = int(np.searchsorted(matrix.indptr, where, side="right")) - 1
    return graph.ids[b], graph.ids[int(matrix.indices[where])]
