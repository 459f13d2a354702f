"""What is said to each contender in a round: bursts, and calm traffic."""

from collections.abc import Iterator, Sequence

import msgspec

from profiles.trace import Arrival, Trace

__all__ = ["BURST", "Program", "program_of"]

BURST = 64
"""Messages of a burst: as many as keep a bot busy for a tenth of a second."""

_WARM_UP = 2
_BURSTS = 8
_CALM = 100
_CALM_PER_S = 50.0
_LENGTH = (_WARM_UP + _BURSTS) * BURST + _CALM


class Program(msgspec.Struct, frozen=True):
    """The traces of a round: bursts to warm up, bursts that are measured, and calm traffic at a steady rate.

    All messages of a burst come at once.
    """

    warm_up: tuple[Trace, ...]
    bursts: tuple[Trace, ...]
    calm: Trace


def program_of(trace: Trace, number: int) -> Program:
    """The messages of round `number`. Rounds go through the trace; when it ends they begin again, as new messages.

    Repeated deliveries, and payments of invoices that would have to be made first, are left out.
    """
    usable = [one for one in trace.arrivals if one.duplicate_of is None and one.invoice is None]
    found = list(_some(usable, number * _LENGTH))
    split = (_WARM_UP + _BURSTS) * BURST
    bursts = [_spoken(trace, found[first : first + BURST], 0.0) for first in range(0, split, BURST)]
    calm = _spoken(trace, found[split:], 1 / _CALM_PER_S)
    return Program(tuple(bursts[:_WARM_UP]), tuple(bursts[_WARM_UP:]), calm)


def _some(usable: Sequence[Arrival], first: int) -> Iterator[Arrival]:
    for place in range(first, first + _LENGTH):
        yield _again(usable[place % len(usable)], place // len(usable))


def _again(arrival: Arrival, times: int) -> Arrival:
    if not times:
        return arrival
    follows = f"{arrival.follows}.{times}" if arrival.follows else None
    return msgspec.structs.replace(arrival, wamid=f"{arrival.wamid}.{times}", follows=follows)


def _spoken(trace: Trace, some: Sequence[Arrival], apart_s: float) -> Trace:
    arrivals = tuple(msgspec.structs.replace(one, at_s=apart_s * place) for place, one in enumerate(some))
    return Trace(trace.workload, trace.seed, apart_s * len(some) / 60, arrivals, trace.population)
