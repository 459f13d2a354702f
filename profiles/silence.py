"""Logs of a simulated world: what goes wrong in it is there on purpose."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

__all__ = ["silence"]


@contextmanager
def silence() -> Iterator[None]:
    """Drops what the service logs, and puts logging back as it was."""
    usual = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False
    )
    try:
        yield
    finally:
        structlog.configure(**usual)
