"""Telegraphone: the record of telephone calls."""

__version__ = "0.1.0"
