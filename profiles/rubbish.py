"""Garbage collection out of the way of virtual runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

_RARELY = (20_000, 20, 20)  # new objects until a collection, and collections until one of the next generation


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Leaves what was made before out of garbage collection, and collects the rest less often.

    Memory is not what a virtual run measures, and time is virtual: collections change nothing but how fast it is done.
    Inside of another one it does nothing; who makes many runs calls `gc.collect` between them.
    """
    if gc.get_freeze_count():
        yield
        return
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
