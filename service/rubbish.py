"""Garbage collection out of the way: of the bot's messages, and of virtual runs."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

_RARELY = (20_000, 20, 20)  # new objects until a collection, and collections until one of the next generation


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Leaves what was made before out of garbage collection, and collects the rest less often.

    Nearly everything that a message makes goes with its last reference. The usual 700 new objects are a few messages
    under way, so they would be looked through again and again, and now and then the whole program with them. What
    needs a collection to go is kept for longer: some megabytes at most.

    What is garbage by then stays until the end. Inside of another one it does nothing; who makes many runs calls
    `gc.collect` between them.
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
