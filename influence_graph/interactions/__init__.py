"""The log of who acted on whom: schema, readers, identities."""

from influence_graph.interactions.log import COLUMNS, Interactions, ReadReport, is_event
from influence_graph.interactions.read import read_interactions

__all__ = ["COLUMNS", "Interactions", "ReadReport", "is_event", "read_interactions"]
