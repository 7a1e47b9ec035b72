"""From a log to a weighted directed graph."""
