"""The registry of methods: what a method declares, what it returns, how its parameters are validated."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
