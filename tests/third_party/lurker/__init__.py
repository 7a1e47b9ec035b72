"""A method from somebody else's package, announced by an entry point."""

from typing import Annotated

from annotated_types import Ge

from influence_graph import InfluenceGraph, Raw, method


@method("silence", version=1)
def silence(graph: InfluenceGraph, *, patience: Annotated[int, Ge(0)] = 1) -> Raw:
    """People who act on few but are acted on: in-strength over patience plus out-strength."""
    return Raw(graph.in_strength / (patience + graph.out_strength))
