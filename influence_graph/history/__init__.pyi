from ._score_history import History, score_history

__all__ = [
    "History",
    "score_history",
]
