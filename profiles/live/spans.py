"""The part of a round that is measured: without its warm-up."""

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from profiles.live.round import Round
from profiles.live.sampler import Reading
from profiles.trace import Trace
from reports.quantiles import increase, quantile
from reports.scrape import Scrape

__all__ = ["ASKED", "CALLS", "QUEUE", "READS", "Span", "lag_ms", "message_trips", "round_trip_ms", "span_of"]

READS = "pulse_reads_total"
ASKED = "pulse_reads_asked_total"
CALLS = "pulse_upstream_calls_total"
QUEUE = "pulse_queue_messages"
_TRIPS = "pulse_store_round_trips_total"
_TRIP_S = "pulse_store_round_trip_seconds"
_LAG = "pulse_loop_lag_seconds"
_HOUSEKEEPING = "apart"


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a round that is measured, `begin_s` to its end: its first and last reading, and its messages.

    A message is its number among the letters; `response_ms` is None for what was never answered.
    """

    round: Round
    begin_s: float
    readings: tuple[Reading, ...]
    messages: tuple[int, ...]

    @property
    def first(self) -> Reading:
        return self.readings[0]

    @property
    def last(self) -> Reading:
        return self.readings[-1]

    @property
    def cpu_s(self) -> float:
        """CPU time of the service, its housekeeping included."""
        return self.last.cpu_s - self.first.cpu_s

    @property
    def response_ms(self) -> list[float | None]:
        """Of its messages, from their intended times."""
        return [self.round.outcome.answered_ms[number] for number in self.messages]

    def grown(self, figure: Callable[[Scrape], float]) -> float:
        """By how much a counter of the bot went up."""
        return figure(self.last.figures) - figure(self.first.figures)


def span_of(found: Round, trace: Trace, warm_up_s: float) -> Span:
    """The round without its warm-up."""
    begin_unix_s = found.outcome.start_unix_s + warm_up_s
    before = [one for one in found.readings if one.at_unix_s <= begin_unix_s]
    after = [one for one in found.readings if one.at_unix_s > begin_unix_s]
    numbers = (number for number, one in enumerate(trace.arrivals) if one.duplicate_of is None)
    return Span(
        round=found,
        begin_s=warm_up_s,
        readings=(*before[-1:], *after),
        messages=tuple(number for number in numbers if trace.arrivals[number].at_s >= warm_up_s),
    )


def message_trips(figures: Scrape) -> float:
    """Round trips to the store on behalf of messages."""
    return _of_messages(figures, _TRIPS)


def _of_messages(figures: Scrape, name: str) -> float:
    return figures.value(name) - figures.value(name, connection=_HOUSEKEEPING)


def round_trip_ms(spans: Sequence[Span]) -> float | None:
    """What a round trip to the store took on behalf of messages, on average; None where there was none."""
    seconds = sum(span.grown(lambda one: _of_messages(one, f"{_TRIP_S}_sum")) for span in spans)
    count = sum(span.grown(lambda one: _of_messages(one, f"{_TRIP_S}_count")) for span in spans)
    return 1000 * seconds / count if count else None


def lag_ms(pairs: Sequence[tuple[Scrape, Scrape]], share: float = 0.99) -> float | None:
    """What the loop's lag was below for this share of the time between each two; None where it was not observed."""
    total: defaultdict[float, float] = defaultdict(float)
    for first, last in pairs:
        for bound, count in increase(first.buckets(_LAG), last.buckets(_LAG)).items():
            total[bound] += count
    lag_s = quantile(total, share)
    return None if lag_s is None else 1000 * lag_s
