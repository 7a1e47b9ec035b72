"""Features to networks to persons: one score over several networks, weights given or learned."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
