"""Item 6.1: what is measured beside the counters that the bot keeps anyway, and who may read it.

Its switch is one for the whole service, not one for each user: a share of the users would make figures that mean
nothing. Off, the bot counts as it always did, and nothing is observed in buckets, timed, or shown.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from service.core.breaker import BreakerState
from service.core.messages import Outgoing
from service.core.requests import Request
from service.core.results import Result
from service.core.switches import Switches
from service.edge.http import Respond
from service.edge.scrape import Scrape
from service.flow.lanes import Lanes
from service.flow.switchboard import FlagProvider
from service.gateway.breaker_reads import BreakerReads
from service.observe.catalogue import counter_families, histogram_families
from service.observe.exposition import CONTENT_TYPE, Family, render
from service.observe.histograms import Histograms
from service.observe.loop_lag import LoopLag
from service.observe.meter import MemoryMeter
from service.observe.process import build_family, process_families
from service.observe.response_times import ResponseTimes
from service.ports import Chat, Clock, Desk, Meter
from service.reply.sender import Sender
from service.roadmap import find, switch_keys
from service.settings import Settings
from service.store.clients import Client
from service.store.commands import Link
from service.store.timed import Timed
from service.switching import switched

__all__ = ["Metrics", "Watched"]

_KEY = "6.1"
_Samples = dict[tuple[str, ...], float]


class Watched(NamedTuple):
    """What is looked at when somebody asks for the figures."""

    lanes: Lanes
    sender: Sender
    clients: Mapping[str, Client]
    flags: FlagProvider


class Metrics:
    """Decorates ports with their measuring ways. `source` gives the switches of the service."""

    def __init__(self, clock: Clock, source: Callable[[], Switches]) -> None:
        self.memory = MemoryMeter()
        self._switched = partial(switched, _KEY, by=source)
        self._clock = clock
        self._source = source
        self._histograms = Histograms()
        self._breakers: dict[str, BreakerReads] = {}
        self.meter: Meter = _Meter(self.memory, self._histograms, source)
        self._times = ResponseTimes(clock, self.meter)
        self.lag = LoopLag(clock, self.meter, lambda: _KEY in source())

    def link(self, link: Link, name: str) -> Link:
        """The way to the store, timed."""
        return _Link(link, self._switched(on=Timed(link, name, self._clock, self.meter).ask, off=link.ask))

    def desk(self, desk: Desk) -> Desk:
        """The desk, whose messages' response times are observed."""
        return self._switched(on=self._times.around_desk(desk), off=desk)

    def commands(self, run: Callable[[Request], Awaitable[Result]]) -> Callable[[Request], Awaitable[Result]]:
        """The commands, told apart by name."""
        return self._switched(on=self._times.around_run(run), off=run)

    def chat(self, chat: Chat) -> Chat:
        """The way to WhatsApp, timed."""
        return _Chat(self._switched(on=self._times.around_send(chat), off=chat.send))

    @property
    def heard(self) -> Callable[[str, str], None]:
        """Counts what became of requests to Flash."""
        return self._switched(
            on=lambda operation, outcome: self.memory.count("upstream_outcomes", f"{operation}:{outcome}"),
            off=lambda _operation, _outcome: None,
        )

    def breaker(self, name: str, breaker: BreakerReads) -> None:
        """This breaker's state is to be shown."""
        self._breakers[name] = breaker

    def routes(self, settings: Settings, watched: Watched) -> Mapping[tuple[str, str], Respond]:
        """GET /metrics."""
        figures: Callable[[], bytes | None] = self._switched(
            on=lambda: render(self._families(settings, watched)), off=lambda: None
        )
        scrape = Scrape(figures, token=settings.pulse_metrics_token, content_type=CONTENT_TYPE)
        return {("GET", "/metrics"): scrape}

    def _families(self, settings: Settings, watched: Watched) -> Iterator[Family]:
        yield build_family(settings.pulse_phase)
        yield from counter_families(self.memory.counts)
        yield from histogram_families(self._histograms.read())
        yield from process_families()
        yield self._switch_family(watched.flags if settings.pulse_flag_provider is None else None)
        yield self._breaker_family()
        yield from _queue_families(watched)

    def _switch_family(self, flags: FlagProvider | None) -> Family:
        """Of a flag provider that is not ours nobody knows the shares, only what it says for the service."""
        on = self._source()
        shares = flags.shares() if flags else {key: float(key in on) for key in switch_keys()}
        return Family(
            "pulse_switch_users_ratio",
            "gauge",
            "Share of users for whom a roadmap item is on",
            ("item", "phase"),
            {(key, str(find(key).phase)): share for key, share in shares.items()},
        )

    def _breaker_family(self) -> Family:
        return Family(
            "pulse_breaker_state",
            "gauge",
            "1 for the state that a circuit breaker is in",
            ("breaker", "state"),
            {
                (name, state.value): float(b.state is state)
                for name, b in self._breakers.items()
                for state in BreakerState
            },
        )


def _queue_families(watched: Watched) -> Iterator[Family]:
    depth: _Samples = {("waiting",): watched.lanes.waiting, ("active",): watched.lanes.active}
    yield Family("pulse_queue_messages", "gauge", "Messages in the lanes", ("state",), depth)
    queued: _Samples = {(): watched.sender.waiting}
    yield Family("pulse_outbox_queued", "gauge", "Replies queued for WhatsApp in this process", (), queued)
    trips: _Samples = {(name,): client.round_trips for name, client in watched.clients.items()}
    yield Family("pulse_store_round_trips_total", "counter", "Round trips to the store", ("connection",), trips)


class _Meter:
    """Implements Meter: counts as ever, and observes as the switch says."""

    def __init__(self, memory: MemoryMeter, histograms: Histograms, source: Callable[[], Switches]) -> None:
        self.count = memory.count
        self._memory_observe = memory.observe
        self._bucket = histograms.observe
        self._source = source

    def observe(self, name: str, value: float, label: str = "") -> None:
        """As Meter. The switch is asked here, because it would take as long as an observation to choose between two."""
        self._memory_observe(name, value, label)
        if _KEY in self._source():
            self._bucket(name, value, label)


class _Link:
    """Implements Link. What `ask` makes is awaited as it is: a coroutine around it would be one more in every wait."""

    def __init__(self, link: Link, ask: Callable[[Sequence[bytes]], Awaitable[list[Any]]]) -> None:
        self._link = link
        self.ask = ask

    @property
    def connections(self) -> int:
        return self._link.connections


class _Chat:
    """Implements Chat, without a coroutine of its own, as _Link."""

    def __init__(self, send: Callable[[str, Outgoing, str], Awaitable[str]]) -> None:
        self.send = send
