"""From interaction logs to influence scores that can be checked.

``__init__.pyi`` lists the public names. Each is imported on first use, so that ``import influence_graph``
takes no time.
"""

import lazy_loader as lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
