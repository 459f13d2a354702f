"""Item 6.2: after how many messages is a leak of 16 bytes a message reported, and is a clean run left alone?

`python -m profiles.experiments.leak [MESSAGES]`

Messages go through the bot's own lanes, worker, dispatcher, parser, commands and words, in virtual time; store and
WhatsApp are left out, so that a million messages take minutes, and so that nothing but the bot fills memory. The leak
is planted around the worker. The watch is the bot's own, with its own rules. Memory is that of a real process: blocks
differ a little from run to run, times much.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import structlog

from profiles.virtual_clock import VirtualClock, run_virtual
from service import switching
from service.commands.help import HelpCommand
from service.commands.parsing import amount_answer, parse
from service.commands.registry import Registry
from service.commands.unknown import UnknownCommand
from service.core.leaks import MAX_READINGS, WARM_UP_MESSAGES, MemoryReading
from service.core.messages import Entry, Incoming, OutboxItem, Outgoing
from service.core.sessions import Conversation
from service.flow.dispatcher import Dispatcher
from service.flow.lanes import Lanes, Work
from service.flow.nursery import Nursery
from service.flow.periodic import every
from service.flow.queue import straight
from service.flow.turns import Turns
from service.flow.understand import understand
from service.flow.worker import Worker
from service.observe.memory_probe import ProcessMemory, allocation_sites
from service.observe.memory_watch import LOOK_EVERY_S, MemoryWatch
from service.observe.meter import MemoryMeter
from service.observe.trials import Trials
from service.ports import Outbox, Sessions
from service.reply.formatters import interactive

__all__ = ["MESSAGES", "Watched", "experiment", "watched_run"]

MESSAGES = 200_000
"""In each run."""

_PER_LOOK = 500
_USERS = 500
_TEXTS = ("help", "what can you do", "ayuda", "hello there", "/help", "asdf")
_START_UNIX_S = 1_767_600_000.0
_BATCH = 50
_PLACES = 3

_Work = Callable[[Entry], Awaitable[None]]


class Watched(msgspec.Struct, frozen=True):
    """One run: at how many messages each series alarmed first, where, and what watching cost."""

    messages: int
    alarms: dict[str, int]
    growth: dict[str, float]
    per_message: dict[str, dict[str, float]]
    sites: list[dict[str, Any]]
    looks: int
    look_ms_mean: float
    cpu_us_per_message: float


class _NoSessions:
    """Nobody is linked; the calls that a stranger's message makes."""

    async def open(self, user: str) -> Conversation:
        del user
        return Conversation(None, None, None)


class _NoOutbox:
    """Replies go nowhere; the only call that a worker makes."""

    async def finish(self, entry: Entry, replies: Sequence[Outgoing]) -> list[OutboxItem]:
        return [OutboxItem(f"{entry.id}:{n}", entry.user, reply, entry.message.id) for n, reply in enumerate(replies)]

    async def add(self, item: OutboxItem) -> bool:
        del item
        raise AssertionError("nobody is written to unasked")


class _TimedMemory:
    """The process's memory, and the CPU time that it takes to read it."""

    def __init__(self) -> None:
        self._read = ProcessMemory()
        self.looks = 0
        self.total_s = 0.0

    def __call__(self, at_s: float, messages: int) -> MemoryReading:
        begun_s = time.process_time()
        reading = self._read(at_s, messages)
        self.total_s += time.process_time() - begun_s
        self.looks += 1
        return reading


def experiment(messages: int = MESSAGES) -> dict[str, object]:
    """A clean run and one with the leak, each of so many messages."""
    clean, leaky = watched_run(messages, leak=False), watched_run(messages, leak=True)
    found_at = [site["place"] for site in leaky.sites[:_PLACES]]
    return {
        "messages_per_run": messages,
        "leaked_bytes_per_message": sys.getsizeof(object()),
        "leak_reported_after_messages": leaky.alarms.get("blocks"),
        "leak_blocks_per_message": leaky.per_message.get("blocks"),
        "leak_growth_blocks": leaky.growth.get("blocks"),
        "leak_line_among_the_first_places": any("experiments/leak.py" in place for place in found_at),
        "clean_alarms": sum(clean.alarms.values()),
        "look_ms_mean": clean.look_ms_mean,
        "look_share_of_cpu_at_one_a_minute_percent": clean.look_ms_mean / (10 * LOOK_EVERY_S),
        "history_kb_at_most": MAX_READINGS * _size(MemoryReading(1e9, 10**6, 10**6, 10**9, 10**3, 10**3)) / 1_000,
        "cpu_us_per_message": clean.cpu_us_per_message,
    }


def _size(reading: MemoryReading) -> int:
    return sys.getsizeof(reading) + sum(map(sys.getsizeof, msgspec.structs.astuple(reading)))


def watched_run(messages: int, *, leak: bool, warm_up: int = WARM_UP_MESSAGES) -> Watched:
    """So many messages under the watch's eyes, of which so many are none of its business."""
    with structlog.testing.capture_logs() as logs:
        return run_virtual(lambda clock: _Run(clock, logs, warm_up).go(messages, leak=leak), start_unix_s=_START_UNIX_S)


class _Run:
    """The bot's message path, and the watch beside it."""

    def __init__(self, clock: VirtualClock, logs: Sequence[Any], warm_up: int) -> None:
        self._clock = clock
        self._logs = logs
        self._meter = MemoryMeter()
        self._memory = _TimedMemory()
        self._trials = Trials(lambda _user: frozenset(), lambda: False, clock, self._meter)
        sites = partial(allocation_sites, clock)
        self._watch = MemoryWatch(
            self._memory, sites, lambda: self._trials.messages, clock=clock, meter=self._meter, warm_up_messages=warm_up
        )

    async def go(self, messages: int, *, leak: bool) -> Watched:
        spawn = Nursery(self._meter)
        worker = _worker(self._clock, self._meter)
        work = self._trials.measuring(_leaking(worker) if leak else worker)

        async def ready(_entry: Entry) -> Work:
            return work

        lanes = Lanes(straight(ready), worker.give_up, spawn, self._meter, Turns())
        spawn(every(LOOK_EVERY_S, self._watch.look, self._clock, self._meter, name="memory watch"), name="memory watch")
        begun_s = time.process_time()
        await _drive(lanes, messages, self._clock)
        cpu_s = time.process_time() - begun_s - self._memory.total_s
        await self._clock.sleep(2 * LOOK_EVERY_S)
        await spawn.close()
        return self._watched(cpu_s)

    def _watched(self, cpu_s: float) -> Watched:
        first = {line["series"]: line for line in reversed(self._logs) if "series" in line}
        return Watched(
            messages=self._trials.messages,
            alarms={series: line["messages"] for series, line in first.items()},
            growth={series: line["growth"] for series, line in first.items()},
            per_message={series: line["per_message"] for series, line in first.items()},
            sites=[site for line in self._logs for site in line.get("sites", ())],
            looks=self._memory.looks,
            look_ms_mean=1000 * self._memory.total_s / max(1, self._memory.looks),
            cpu_us_per_message=1e6 * cpu_s / self._trials.messages,
        )


async def _drive(lanes: Lanes, messages: int, clock: VirtualClock) -> None:
    """Some messages at a time, so fast that a look sees _PER_LOOK more than the one before."""
    for first in range(0, messages, _BATCH):
        for number in range(first, min(first + _BATCH, messages)):
            lanes.put(_entry(number, clock.now()))
        await lanes.idle()
        await clock.sleep(LOOK_EVERY_S * _BATCH / _PER_LOOK)


def _entry(number: int, now_s: float) -> Entry:
    user = f"1876555{number * 7_919 % _USERS:04}"
    text = _TEXTS[number * 31 % len(_TEXTS)]
    message = Incoming(f"wamid.{number}", user, f"+{user}", "text", text, int(now_s), now_s)
    return Entry(f"{number}-0", user, message)


def _leaking(work: _Work) -> _Work:
    """Keeps an object of 16 bytes for each message, as a forgotten listener would."""
    kept: list[object] = []

    async def leak(entry: Entry) -> None:
        kept.append(object())
        await work(entry)

    return leak


def _worker(clock: VirtualClock, meter: MemoryMeter) -> Worker:
    sessions: Sessions = _NoSessions()  # type: ignore[assignment]  # strangers' messages call nothing else
    outbox: Outbox = _NoOutbox()  # type: ignore[assignment]  # same
    registry = Registry([HelpCommand(), UnknownCommand()], sessions=sessions)
    desk = Dispatcher(
        sessions=sessions,
        understand=partial(understand, parse=parse, amount_answer=amount_answer),
        run=registry.run,
        word=interactive,
        aloud=list,
        clock=clock,
        meter=meter,
        phone_region="JM",
    )

    async def deliver(items: Sequence[OutboxItem]) -> None:
        del items
        await asyncio.sleep(0)

    return Worker(
        snapshot=lambda _user: frozenset(),
        use=switching.use,
        desk=desk,
        apology=(),
        too_busy=(),
        outbox=outbox,
        deliver=deliver,
        clock=clock,
        meter=meter,
    )


def _main() -> None:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(experiment(messages))).decode() + "\n")


if __name__ == "__main__":
    _main()
