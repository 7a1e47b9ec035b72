"""What simulated people do: audiences, posts, attention, reactions, changes of ties, strategies."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
