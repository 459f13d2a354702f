"""What the map is given from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.core.freshness import Namespace
from service.core.leaks import MemoryReading
from service.core.queries import Query, ReadingSource
from service.ports import Clock, Compute, Dice, Listener
from service.reply.qr import draw_qr
from service.reply.speech import speak

__all__ = ["Outside"]


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything that is not the program: time, chance, and what may stand in the place of sockets.

    `transport` is an httpx transport, `connection` options of redis-py's connections, `draw` makes the PNG of a QR
    code, `speak` the MP3 of a text, `compute` stands in for worker processes, `tracer_provider` for the settings'
    OpenTelemetry provider.
    `listeners` hear of events beside our own; `on_read` is told of every read and when it was asked for, `on_forget` of
    everything that is to be forgotten of an account, `on_store` of the seconds that each step of a message waited for
    the store, and of how many round trips. `on_message` is told the id of a message in the context in which it is
    worked on, `on_answer` where the answer to a read came from. `memory` reads what the process holds, given the time
    and how many messages it has handled; without it, 6.2 has nothing to watch.
    """

    clock: Clock
    dice: Dice
    transport: Any = None
    connection: Mapping[str, Any] | None = None
    draw: Callable[[str], bytes] = draw_qr
    speak: Callable[[str], bytes] = speak
    compute: Compute | None = None
    tracer_provider: Any = None
    on_read: Callable[[Query, float], None] | None = None
    on_forget: Callable[[str, frozenset[Namespace]], None] | None = None
    on_store: Callable[[float, int], None] | None = None
    on_message: Callable[[str], None] | None = None
    on_answer: Callable[[ReadingSource], None] | None = None
    memory: Callable[[float, int], MemoryReading] | None = None
    listeners: Sequence[Listener] = ()
