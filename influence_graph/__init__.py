"""From interaction logs to influence scores that can be checked."""

__version__ = "0.1.0"
