"""Item 4.1: who listens to what, and how listeners come to hear of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from service.commands.recipients import Recipients
from service.core.errors import StoreError
from service.core.events import CacheInvalidated, ErrorOccurred, Event, PaymentReceived
from service.core.freshness import Namespace
from service.core.requests import Request
from service.core.results import Result
from service.flow.bus import Bus, one_by_one
from service.flow.relay import Relay
from service.ports import Announce, Clock, Dice, Forget, Listener, Meter, Outbox, Sessions
from service.reply.formatters import interactive
from service.reply.sender import Sender
from service.store.commands import Run
from service.store.events import RedisEvents
from service.switching import switched

__all__ = ["News", "events"]

_Handle = Callable[[Request], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class News:
    """What the rest of the map needs of it. `forget` forgets here, and has other instances forget too."""

    announce: Announce
    forget: Forget
    relay: Relay
    clock: Clock

    def noting_mistakes(self, handle: _Handle) -> _Handle:
        """The same, and a mistake of ours in it is an event."""

        async def noted(request: Request) -> Result:
            try:
                return await handle(request)
            except StoreError:
                raise
            except Exception as error:
                mistake = ErrorOccurred(self.clock.now(), request.command.type, type(error).__name__)
                await self.announce((mistake,))
                raise

        return noted


def events(
    *,
    run: Run,
    aside: Run,
    name: str,
    clock: Clock,
    dice: Dice,
    meter: Meter,
    forget: Forget,
    sessions: Sessions,
    outbox: Outbox,
    sender: Sender,
    extra: Sequence[Listener],
    is_on: Callable[[], bool],
) -> News:
    """The same listeners in both arms: 4.1 decides only whether a reply waits for them."""
    beside = RedisEvents(aside, dice, meter, name)

    async def announce(happened: Sequence[Event]) -> None:
        await chosen(happened)

    async def forget_everywhere(account_id: str, namespaces: frozenset[Namespace]) -> None:
        await forget(account_id, namespaces)
        await announce((CacheInvalidated(clock.now(), account_id, tuple(sorted(namespaces)), name),))

    async def forget_as_told(event: CacheInvalidated) -> None:
        if event.by != name:
            await forget(event.account_id, frozenset(event.namespaces))

    async def tell_other_instances(event: Event) -> None:
        await beside.append((event,))

    async def note(event: Event) -> None:
        meter.count("announced", type(event).__name__)

    recipients = Recipients(
        sessions=sessions,
        outbox=outbox,
        forget=forget_everywhere,
        word=interactive,
        take_up=sender.take_up,
        clock=clock,
        meter=meter,
    )
    listeners = (
        Listener("journal", get_args(Event), note),
        Listener("other-instances", (CacheInvalidated,), tell_other_instances),
        Listener("recipient-figures", (PaymentReceived,), recipients.forget_figures),
        Listener("recipient-notice", (PaymentReceived,), recipients.tell),
        *extra,
    )
    bus = Bus(listeners, RedisEvents(run, dice, meter, name), clock, meter)
    chosen = switched("4.1", on=bus.announce, off=one_by_one(listeners, meter))
    return News(announce, forget_everywhere, Relay(bus, beside, forget_as_told, clock, meter, is_on=is_on), clock)
