"""What no arm could beat in real time: the reads of the same messages in virtual time, replayed against ideal caches.

What commands read follows from the messages, whatever the clock; nobody outside of the process sees single reads in
real time. Only the measured part counts, with what was known before it. What cannot be saved, as payments, was counted
in real time.
"""

from collections.abc import Mapping, Sequence
from functools import reduce

import msgspec

from profiles.ceilings import Ceiling, batched_floor, best_by_namespace, single_flight_floor
from profiles.live.spans import CALLS, Span
from profiles.measure import READS, WARMED_AHEAD, best_of, lifetimes_of
from profiles.virtual_run import VirtualRun
from reports.model import Limits
from reports.scrape import Scrape

__all__ = ["LiveLimits", "live_limits"]

_SECONDS = "pulse_upstream_seconds_sum"


class LiveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of an arm, and the best hit rate of each namespace."""

    limits: Limits = Limits()
    hit_rate_best: Mapping[str, float] = {}


def live_limits(run: VirtualRun, spans: Sequence[Span]) -> LiveLimits:
    """Of the arm that was measured in `spans`, and in virtual time in `run`."""
    begin_s = spans[0].begin_s
    found = _ceilings(run, begin_s)
    total = reduce(Ceiling.plus, found.values(), Ceiling(0, 0, 0))
    floor, batched = (calls / len(spans[0].messages) for calls in _floors(run, begin_s))
    messages = sum(len(span.messages) for span in spans)
    unavoidable = _of_changes(spans, CALLS) / messages
    switches = run.arm.switches
    return LiveLimits(
        limits=Limits(
            hit_rate_best=best_of(total, switches),
            hit_rate_best_on_demand=total.hit_rate,
            hit_rate_best_refreshed=total.warmed_hit_rate,
            upstream_calls_per_message_floor=(batched if "5.4" in switches else floor) + unavoidable,
            upstream_calls_per_message_floor_unbatched=floor + unavoidable,
            response_ms_mean_floor=1000 * _of_changes(spans, _SECONDS) / messages,
        ),
        hit_rate_best={name: best_of(ceiling, switches) for name, ceiling in found.items() if ceiling.reads},
    )


def _ceilings(run: VirtualRun, begin_s: float) -> dict[str, Ceiling]:
    """Of the reads from `begin_s` on: an ideal cache does not look ahead, so what it missed before can be taken off."""
    ttl_s, filled = lifetimes_of(run), _filled(run)
    early = [read for read in run.asked if read.at_s < begin_s]
    before = best_by_namespace(early, ttl_s, run.invalidations, filled=filled)
    whole = best_by_namespace(run.asked, ttl_s, run.invalidations, filled=filled)
    return {name: ceiling.minus(before.get(name, Ceiling(0, 0, 0))) for name, ceiling in whole.items()}


def _floors(run: VirtualRun, begin_s: float) -> tuple[int, int]:
    """The fewest requests for the reads from `begin_s` on, without batching and with it.

    What was read before may have been fetched anew at the last moment before it.
    """
    ttl_s = lifetimes_of(run)
    reads = [read for read in run.asked if read.at_s >= begin_s]
    changes = [one for one in run.invalidations if one.at_s >= begin_s]
    known = {*_filled(run), *(read.key for read in run.asked if read.at_s < begin_s)}
    covered = {key: begin_s + ttl_s[key.partition(":")[0]] for key in known}
    fresh = sum(read.fresh for read in reads)
    single = single_flight_floor(reads, ttl_s, 0.0, changes, covered_until_s=covered) + fresh
    return single, batched_floor(reads, ttl_s, changes, covered_until_s=covered)


def _filled(run: VirtualRun) -> tuple[str, ...]:
    """What is fetched before the first message."""
    return WARMED_AHEAD if "3.2" in run.arm.switches else ()


def _of_changes(spans: Sequence[Span], name: str) -> float:
    """By how much a figure of all operations grew that are no reads."""

    def figure(scrape: Scrape) -> float:
        return sum(value for operation, value in scrape.by(name, "operation").items() if operation not in READS)

    return sum(span.grown(figure) for span in spans)
