"""What the queue (5.1) is worth: how much the bot holds, what is left at ten times as much, and who pays for a flood.

All of it in virtual time and from a seed, so the same on every machine; see `Core` for why the core is a slow one. A
message that was never answered counts as one that took for ever.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator

import msgspec

from profiles.arms import ArmSpec, phase_arm
from profiles.rate_search import bracket, search
from profiles.trace import FLOOD, Trace, draw
from profiles.virtual_run import Response, run_arm
from profiles.workload import load_workload
from profiles.workload_model import Workload
from reports.stats import percentile
from service.core.admission import Limits

__all__ = [
    "DEADLINE_S",
    "SLO_MS",
    "capacity_figures",
    "capacity_per_s",
    "figures",
    "flood_figures",
    "goodput_per_s",
    "highest",
    "main",
    "overload_figures",
    "response_times",
]

SLO_MS = 2_000.0
"""Capacity is the highest rate at which the 99th percentile of response times stays below this."""

DEADLINE_S = Limits().deadline_s
"""A reply that comes later after its message was sent is no good any more."""

_WARM_UP_S = 10.0
_FIRST_RATE = 8.0
_STEPS = 4
"""Halvings of the gap between a rate that holds and its double that does not: the result is 1/16 too low at most."""

_RATES = 12
_SETTLE_S = 10.0
_OVERLOAD = 10.0


def capacity_per_s(arm: ArmSpec, workload: Workload, seed: int = 1) -> float:
    """Messages a second at which p99 stays below SLO_MS; 0 when not even the lowest rate that is tried holds."""
    return highest(lambda rate: _p99_ms(response_times(arm, workload, seed, rate)) < SLO_MS)


def response_times(arm: ArmSpec, workload: Workload, seed: int, rate: float) -> list[float | None]:
    """In ms, of the messages that came after the warm-up, at so many a second; None where there was no answer."""
    workload = _at_rate(workload, rate)
    trace = draw(workload, seed)
    return list(_since(trace, run_arm(arm, workload, trace, settle_s=_SETTLE_S).responses, _WARM_UP_S))


def highest(holds: Callable[[float], bool]) -> float:
    """The highest rate that holds, by doubling and then bisection; 0 when the first does not."""
    edge = search(bracket(_FIRST_RATE, _RATES - 1, _STEPS), holds).holds
    return edge.rate if edge else 0.0


def goodput_per_s(arm: ArmSpec, workload: Workload, rate: float, seed: int = 1) -> float:
    """Replies a second within DEADLINE_S of their message, while messages come at this rate.

    WhatsApp delivers again what was refused, as it does; that load comes on top.
    """
    trace = draw(_at_rate(workload, rate), seed)
    end_s = trace.arrivals[-1].at_s
    responses = run_arm(arm, _at_rate(workload, rate), trace, settle_s=_SETTLE_S).responses
    good = sum(
        took_s <= DEADLINE_S and _WARM_UP_S <= at_s + took_s <= end_s for at_s, took_s in _answered(trace, responses)
    )
    return good / (end_s - _WARM_UP_S)


def capacity_figures(arm: ArmSpec, seed: int = 1) -> dict[str, float]:
    """How much the arm holds."""
    return {"capacity_per_s": capacity_per_s(arm, load_workload("overload"), seed)}


def overload_figures(arm: ArmSpec, seed: int = 1, capacity: float | None = None) -> dict[str, float]:
    """What is left at ten times the capacity, which is searched for when it is not given."""
    workload = load_workload("overload")
    capacity = capacity_per_s(arm, workload, seed) if capacity is None else capacity
    goodput = goodput_per_s(arm, workload, _OVERLOAD * capacity, seed)
    return {
        "capacity_per_s": capacity,
        "goodput_per_s_at_10x": goodput,
        "goodput_share_at_10x": goodput / capacity if capacity else math.nan,
    }


def flood_figures(arm: ArmSpec, seed: int = 1) -> dict[str, float]:
    """The others' p99 while one user floods, and on the same messages without that user's."""
    workload = load_workload("flood")
    calm = msgspec.structs.replace(workload, flood=msgspec.structs.replace(workload.flood, messages_per_s=0.0))
    quiet_ms, flooded_ms = (_p99_ms(_others(arm, one, seed, workload.flood.start_s)) for one in (calm, workload))
    return {
        "others_ms_p99_quiet": quiet_ms,
        "others_ms_p99_flooded": flooded_ms,
        "others_p99_change": flooded_ms / quiet_ms - 1.0,
    }


def figures(arm: ArmSpec, seed: int = 1, capacity: float | None = None) -> dict[str, float]:
    """Everything that is measured of item 5.1, for one arm; some minutes."""
    return {**overload_figures(arm, seed, capacity), **flood_figures(arm, seed)}


def main() -> None:
    """Measures one arm and prints the figures as JSON."""
    parser = argparse.ArgumentParser(prog="python -m profiles.experiments.overload", description=main.__doc__)
    parser.add_argument("--phase", type=int, default=3, help="of the roadmap")
    parser.add_argument("--switches", default="", help='single items beside the phase, such as "+5.1"')
    parser.add_argument("--capacity", type=float, help="messages a second, instead of searching for it")
    given = parser.parse_args()
    measured = figures(phase_arm(given.phase, given.switches), capacity=given.capacity)
    finite = {name: value if math.isfinite(value) else str(value) for name, value in measured.items()}
    sys.stdout.write(json.dumps(finite, indent=2) + "\n")


def _at_rate(workload: Workload, rate: float) -> Workload:
    arrivals = msgspec.structs.replace(workload.arrivals, messages_per_s=rate)
    return msgspec.structs.replace(workload, arrivals=arrivals)


def _others(arm: ArmSpec, workload: Workload, seed: int, from_s: float) -> Iterator[float | None]:
    """The response times of everybody but who floods, and who writes now and then beside flooding."""
    trace = draw(workload, seed)
    responses = run_arm(arm, workload, trace, settle_s=_SETTLE_S).responses
    return _since(trace, (one for one in responses if one.intent != FLOOD), from_s)


def _since(trace: Trace, responses: Iterable[Response], from_s: float) -> Iterator[float | None]:
    at_s = {arrival.wamid: arrival.at_s for arrival in trace.arrivals}
    return (one.response_ms for one in responses if at_s[one.wamid] >= from_s)


def _answered(trace: Trace, responses: Iterable[Response]) -> Iterator[tuple[float, float]]:
    """When each message that has an answer was sent, and after how many seconds it had it."""
    at_s = {arrival.wamid: arrival.at_s for arrival in trace.arrivals}
    return ((at_s[one.wamid], one.response_ms / 1000) for one in responses if one.response_ms is not None)


def _p99_ms(times_ms: Iterable[float | None]) -> float:
    return percentile(sorted(math.inf if time is None else time for time in times_ms), 99)


if __name__ == "__main__":
    main()
