"""A graph of edges and nothing else, for methods that declare no other need."""

from __future__ import annotations

from typing import Any

import polars as pl
from scipy.sparse import csr_array

from influence_graph.errors import ConfigError
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.graph.weighting import Weighting

#: What such a graph does not have, by the need with which a method declares that it reads it.
_DECLARED_AS = {"layers": "layers", "nodes": "nodes", "log": "events"}


class EdgesOnly(InfluenceGraph):
    """People, edges and weighting: a graph that is cheap to make, of one moment of a log.

    Reading its layers, its table of people or its log is an error that says which need the method should
    declare. Make it with :meth:`of`.
    """

    @classmethod
    def of(cls, ids: pl.Series, adjacency: csr_array, weighting: Weighting, *, method: str) -> EdgesOnly:
        """Return the graph of these edges for one method.

        Parameters
        ----------
        ids : polars.Series
            The n people, sorted.
        adjacency : csr_array, shape (n, n)
            Weights above 0, in canonical form.
        weighting : Weighting
            How interactions became edge weights.
        method : str
            The name of the method that reads it, for the error.

        Examples
        --------
        >>> graph = InfluenceGraph.from_edges(pl.DataFrame({"source": ["b"], "target": ["a"]}))
        >>> part = EdgesOnly.of(graph.ids, graph.adjacency, graph.weighting, method="busy")
        >>> part.in_strength.tolist()
        [1.0, 0.0]
        >>> part.nodes
        Traceback (most recent call last):
            ...
        influence_graph.errors.ConfigError: busy reads graph.nodes but does not declare it. Add \
needs={'nodes'} to its @method(...).
        """
        made = cls(ids, {}, adjacency, pl.DataFrame({"id": ids}), weighting)
        # Last, so that the graph can be validated while it is made.
        object.__setattr__(made, "_method", method)
        return made

    def __getattribute__(self, name: str) -> Any:
        if name in _DECLARED_AS:
            method = object.__getattribute__(self, "__dict__").get("_method")
            if method is not None:
                raise ConfigError(
                    f"{method} reads graph.{name} but does not declare it. "
                    f"Add needs={{{_DECLARED_AS[name]!r}}} to its @method(...)."
                )
        return super().__getattribute__(name)

    def __repr__(self) -> str:
        return f"<EdgesOnly: {self.n:,} people, {self.adjacency.nnz:,} edges>"

    def _repr_html_(self) -> str:
        return self.__repr__().replace("<", "&lt;").replace(">", "&gt;")
