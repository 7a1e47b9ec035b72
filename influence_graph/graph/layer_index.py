"""What the labels of a log mean: which layer each belongs to, and how it counts there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import IntArray
from influence_graph.interactions.log import POST, is_event


@dataclass(frozen=True, eq=False)
class Layout:
    """What the labels of a log mean.

    Attributes
    ----------
    names : list of (kind, network)
        The layers, sorted; an unfollow belongs to its follow.
    layer : ndarray of int32
        The layer of each label; of a post, 0.
    event, ends : ndarray of bool
        Whether a label is an event, and whether it ends what its layer holds.
    holds : ndarray of bool
        Whether a layer is a state, which holds and does not decay.
    kinds : list of str
        The kinds that have a layer, sorted.
    kind : ndarray of int64
        The kind of each layer.
    """

    names: list[tuple[str, str]]
    layer: npt.NDArray[np.int32]
    event: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.bool_]
    holds: npt.NDArray[np.bool_]
    kinds: list[str]
    kind: IntArray

    @classmethod
    def of(cls, labels: list[tuple[str, str]]) -> Layout:
        """Return the layout of these labels."""
        turned = [("follow" if kind == "unfollow" else kind, network) for kind, network in labels]
        names = sorted({name for name in turned if name[0] != POST})
        kinds = sorted({kind for kind, _ in names})
        return cls(
            names,
            np.array([0 if name[0] == POST else names.index(name) for name in turned], dtype=np.int32),
            np.array([is_event(kind) for kind, _ in labels], dtype=bool),
            np.array([kind == "unfollow" for kind, _ in labels], dtype=bool),
            np.array([kind == "follow" for kind, _ in names], dtype=bool),
            kinds,
            np.array([kinds.index(kind) for kind, _ in names], dtype=np.int64),
        )
