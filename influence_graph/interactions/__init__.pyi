from .log import COLUMNS, Interactions, ReadReport, is_event
from .read import read_interactions

__all__ = [
    "COLUMNS",
    "Interactions",
    "ReadReport",
    "is_event",
    "read_interactions",
]
