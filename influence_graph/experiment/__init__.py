"""Experiments: a config in, tables and figures out, the same bytes every time."""
