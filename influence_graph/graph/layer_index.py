"""The layer that each label (kind and network) of a log belongs to, and how it counts there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from influence_graph.arrays import IntArray
from influence_graph.interactions.log import POST, is_event


@dataclass(frozen=True, eq=False)
class LayerIndex:
    """The layers of a log, and what its labels mean for them.

    Attributes
    ----------
    names : list of (kind, network)
        The layers, sorted; an unfollow belongs to its follow.
    layer : ndarray of int32
        The layer of each label; of a post, 0.
    event, ends : ndarray of bool
        Whether a label is an event, and whether it ends a state (unfollow).
    is_state : ndarray of bool
        Whether a layer is a state, which holds until it is ended and does not decay.
    kinds : list of str
        The kinds that have a layer, sorted.
    kind : ndarray of int64
        The kind of each layer.
    """

    names: list[tuple[str, str]]
    layer: npt.NDArray[np.int32]
    event: npt.NDArray[np.bool_]
    ends: npt.NDArray[np.bool_]
    is_state: npt.NDArray[np.bool_]
    kinds: list[str]
    kind: IntArray

    @classmethod
    def of(cls, labels: list[tuple[str, str]]) -> LayerIndex:
        """Return the index of these labels."""
        layer_names = [("follow" if kind == "unfollow" else kind, network) for kind, network in labels]
        names = sorted({name for name in layer_names if name[0] != POST})
        kinds = sorted({kind for kind, _ in names})
        place = {name: number for number, name in enumerate(names)}
        of_kind = {kind: number for number, kind in enumerate(kinds)}
        return cls(
            names,
            np.array([0 if name[0] == POST else place[name] for name in layer_names], dtype=np.int32),
            np.array([is_event(kind) for kind, _ in labels], dtype=bool),
            np.array([kind == "unfollow" for kind, _ in labels], dtype=bool),
            np.array([kind == "follow" for kind, _ in names], dtype=bool),
            kinds,
            np.array([of_kind[kind] for kind, _ in names], dtype=np.int64),
        )
