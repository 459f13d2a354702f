"""Imports without what libraries only try: a service does not pay for the consoles and colours of its libraries."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["TRIED", "without"]

TRIED = ("greenlet", "opentelemetry", "pygments", "rich")
"""What structlog (coloured tracebacks), httpx (its command line) and redis-py (metrics of its own) use where they find
it, and do without where they do not: 8 MB of a bot that uses none of it."""


@contextmanager
def without(names: tuple[str, ...] = TRIED) -> Iterator[None]:
    """These packages are not found by whoever imports them meanwhile, unless they are there already.

    https://docs.python.org/3/reference/import.html#the-module-cache has the rule: None means that there is no such
    module.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # the type of the cache leaves None out
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
