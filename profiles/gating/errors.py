"""What can go wrong with a gate, apart from a regression."""

from service.core.errors import ConfigError, PulseError

__all__ = ["CannotMeasure", "UnknownRef"]


class CannotMeasure(PulseError):
    """An arm could not be measured: a tool or the arm itself failed. It says nothing about the arm's speed."""


class UnknownRef(ConfigError):
    """A name that is no commit of the repository, or a place that is no repository."""
