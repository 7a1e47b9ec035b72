"""What would happen to scores if people behaved otherwise: simulated experiments with arms and worlds."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
