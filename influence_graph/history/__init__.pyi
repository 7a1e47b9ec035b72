from ._history import History
from ._score_history import score_history

__all__ = [
    "History",
    "score_history",
]
