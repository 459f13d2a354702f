"""A log of events in memory, and events to put into it."""

from collections.abc import Sequence

from service.core.errors import StoreUnavailable
from service.core.events import Event, PaymentReceived, UserLinked
from service.ports import Delivery

LINKED = UserLinked(1.0, "ann")


def received(number: int = 1) -> PaymentReceived:
    return PaymentReceived(1.0, f"p{number}", "wallet_bob", "wallet_ann", 500)


class FakeLog:
    """Implements EventLog. What was taken and not done can be taken over at once."""

    def __init__(self) -> None:
        self.events: list[Event | None] = []
        self.read: dict[str, int] = {}
        self.held: dict[str, dict[str, int]] = {}
        self.is_down = False

    async def append(self, events: Sequence[Event]) -> int:
        self._answer()
        self.events += events
        return 0

    async def take(self, listener: str, limit: int) -> list[Delivery]:
        self._answer()
        first = self.read.get(listener, 0)
        ids = [str(place) for place in range(first, min(len(self.events), first + limit))]
        self.read[listener] = first + len(ids)
        self.held.setdefault(listener, {}).update(dict.fromkeys(ids, 1))
        return [Delivery(name, self.events[int(name)]) for name in ids]

    async def take_over(self, listener: str, limit: int) -> list[Delivery]:
        self._answer()
        held = self.held.setdefault(listener, {})
        for name in list(held)[:limit]:
            held[name] += 1
        return [Delivery(name, self.events[int(name)], tries) for name, tries in list(held.items())[:limit]]

    async def done(self, listener: str, ids: Sequence[str]) -> None:
        self._answer()
        for name in ids:
            del self.held[listener][name]

    async def since(self, place: str, limit: int) -> tuple[list[Event], str]:
        self._answer()
        first = int(place) if place else len(self.events)
        new = self.events[first : first + limit]
        return [event for event in new if event is not None], str(first + len(new))

    def _answer(self) -> None:
        if self.is_down:
            raise StoreUnavailable("gone")
