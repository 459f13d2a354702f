"""What is counted for the message at hand, wherever in its tasks it happens."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field

from service.core.experiments import Arm
from service.core.queries import Query, Reading
from service.core.requests import Request
from service.core.results import Result, Trouble
from service.ports import Fetch

__all__ = ["Tally", "counting_reads", "counting_trouble", "current_tally", "tallied"]


@dataclass(slots=True)
class Tally:
    """One message: reads that went to Flash on its behalf, whether it ended in trouble, and its user's arms."""

    upstream_reads: int = 0
    is_failed: bool = False
    arms: dict[str, Arm] = field(default_factory=dict)


_tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


def current_tally() -> Tally | None:
    """Of the message at hand; None for work that belongs to none."""
    return _tally.get()


class _Tallied:
    """A class, because a generator as a context manager takes several times as long."""

    __slots__ = ("_token",)

    def __enter__(self) -> Tally:
        tally = Tally()
        self._token = _tally.set(tally)
        return tally

    def __exit__(self, *_: object) -> None:
        _tally.reset(self._token)


def tallied() -> AbstractContextManager[Tally]:
    """Everything called inside, and every task started inside, counts here."""
    return _Tallied()


def counting_reads(fetch: Fetch) -> Fetch:
    """The same reads, counted: around the one that asks Flash, so that answers of caches are not. Item 6.3."""

    async def count(query: Query) -> Reading:
        tally = _tally.get()
        if tally is not None:
            tally.upstream_reads += 1
        return await fetch(query)

    return count


def counting_trouble(run: Callable[[Request], Awaitable[Result]]) -> Callable[[Request], Awaitable[Result]]:
    """The same commands; one that fails, or gives Trouble for an answer, is a message that failed. Item 6.3.

    A session that has expired is nobody's failure.
    """

    async def count(request: Request) -> Result:
        tally = _tally.get()
        try:
            result = await run(request)
        except Exception:
            if tally is not None:
                tally.is_failed = True
            raise
        if tally is not None and isinstance(result, Trouble) and result.kind != "session-expired":
            tally.is_failed = True
        return result

    return count
