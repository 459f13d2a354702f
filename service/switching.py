"""Which switches act for the work at hand, and the choice between the two ways of doing a thing.

A message's snapshot is taken once and travels with its tasks in a context variable: within one message a switch never
changes its mind. Work that belongs to no message follows the switches as they are.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from service.core.switches import Switches

__all__ = ["follow", "is_active", "switched", "use"]

P = ParamSpec("P")
R = TypeVar("R")


def _none() -> Switches:
    return frozenset()


_active: ContextVar[Callable[[], Switches]] = ContextVar("switches", default=_none)


def is_active(key: str) -> bool:
    """Whether the item acts for the work at hand."""
    return key in _active.get()()


class _Following:
    """A class, because a generator as a context manager takes four times as long, and messages enter several."""

    __slots__ = ("_source", "_token")

    def __init__(self, source: Callable[[], Switches]) -> None:
        self._source = source

    def __enter__(self) -> None:
        self._token = _active.set(self._source)

    def __exit__(self, *_: object) -> None:
        _active.reset(self._token)


def follow(source: Callable[[], Switches]) -> AbstractContextManager[None]:
    """Everything called inside, and every task started inside, acts by what `source` says at each moment."""
    return _Following(source)


def use(switches: Switches) -> AbstractContextManager[None]:
    """Everything called inside, and every task started inside, acts by these switches."""
    return _Following(lambda: switches)


def switched(
    key: str, *, on: Callable[P, R], off: Callable[P, R], by: Callable[[], Switches] | None = None
) -> Callable[P, R]:
    """One callable that is `on` or `off`, by the item's switch at the time of the call.

    The switches are those of the work at hand, or what `by` says, for what cannot differ from user to user.
    """

    def choose(*args: P.args, **kwargs: P.kwargs) -> R:
        return (on if key in _active.get()() else off)(*args, **kwargs)

    def choose_by(*args: P.args, **kwargs: P.kwargs) -> R:
        return (on if key in by() else off)(*args, **kwargs)  # type: ignore[misc]  # chosen where there is one

    return choose_by if by else choose
