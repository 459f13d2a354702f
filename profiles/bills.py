"""What each message of a virtual run makes the bot do: calls to Flash, round trips to the store, and reads.

Work is a message's when it is done in the tasks of that message, or in tasks that these have started: also an early
refresh that it set off, and a call that it makes for others who ask for the same. Warming, sweeping and reconciling
belong to none.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextvars import ContextVar

import httpx
import msgspec

from service.core.queries import Query, ReadingSource

__all__ = ["Bill", "Billed", "Bills"]

_NOBODY = ""

_at_hand: ContextVar[str] = ContextVar("message", default=_NOBODY)


class Bill(msgspec.Struct):
    """What one message, or some of them, cost; `hits` are those of the cacheable reads `asked` that a cache answered.

    A round trip to the store that several messages waited for is one for each of them.
    """

    messages: int = 0
    upstream_calls: int = 0
    round_trips: int = 0
    asked: int = 0
    hits: int = 0

    def add(self, other: "Bill") -> None:
        """Adds what another one says."""
        for field in self.__struct_fields__:
            setattr(self, field, getattr(self, field) + getattr(other, field))


class Bills:
    """A bill for each message, by its id; callbacks of `service.wiring.outside` write on the one at hand."""

    def __init__(self) -> None:
        self._of: dict[str, Bill] = defaultdict(Bill)

    def begin(self, message_id: str) -> None:
        """What follows in this context is done for that message."""
        _at_hand.set(message_id)

    def read(self, query: Query) -> None:
        """A command asked for something; what has to be fresh could come from no cache."""
        self._at_hand.asked += not query.fresh

    def answer(self, source: ReadingSource) -> None:
        """The answer to such a read came from there."""
        self._at_hand.hits += source is ReadingSource.CACHE

    def store(self, round_trips: int) -> None:
        """A step waited for so many."""
        self._at_hand.round_trips += round_trips

    def call(self) -> None:
        """A request went to Flash."""
        self._at_hand.upstream_calls += 1

    @property
    def nobodys(self) -> Bill:
        """What was done for no message."""
        return self._of[_NOBODY]

    def by_command(self, commands: Mapping[str, str]) -> dict[str, Bill]:
        """The bills of the messages that are given, by id, with what they ask for; in the order of the alphabet."""
        found: dict[str, Bill] = defaultdict(Bill)
        for message_id, command in commands.items():
            bill = found[command]
            bill.messages += 1
            bill.add(self._of[message_id])
        return dict(sorted(found.items()))

    @property
    def _at_hand(self) -> Bill:
        return self._of[_at_hand.get()]


class Billed(httpx.AsyncBaseTransport):
    """A transport that tells of each request to `url`'s host."""

    def __init__(self, transport: httpx.AsyncBaseTransport, url: str, told: Callable[[], None]) -> None:
        self._transport = transport
        self._host = httpx.URL(url).host
        self._told = told

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == self._host:
            self._told()
        return await self._transport.handle_async_request(request)
