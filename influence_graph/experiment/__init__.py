"""Experiments: from a config to tables and figures, reproducible byte by byte."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
