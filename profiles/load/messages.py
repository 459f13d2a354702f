"""What is sent under load: single questions of many people, at the times of a profile.

They are the questions of a workload, in its mix and from its people. Left out is what needs an answer before it can be
written (a confirmation, a code, an invoice), as in an open loop there is no waiting, and with it all that moves money.
"""

import itertools
from collections.abc import Sequence

import msgspec

from profiles.trace import Arrival, Trace, draw
from profiles.workload_model import Workload
from service.core.errors import ConfigError

__all__ = ["SAFE", "messages"]

SAFE = frozenset({"balance", "help", "history", "price", "refresh", "unknown", "username"})
"""What changes nothing but caches."""

_POOL_RATE = 500.0
_MINUTES = 0.2


def messages(workload: Workload, seed: int, times_s: Sequence[float], run: str) -> Trace:
    """As many messages as there are times, each at its own.

    `run` goes into their ids: a bot answers an id once, so that what is sent to it again needs others.
    Raises ConfigError for a workload that has no questions.
    """
    trace = draw(_busy(workload), seed, _MINUTES)
    pool = [one for one in trace.arrivals if _is_question(one)]
    if not pool:
        raise ConfigError(f"workload {workload.name} has no message that only asks; take another one, such as overload")
    arrivals = [
        msgspec.structs.replace(one, at_s=at_s, wamid=f"wamid.{run}{number:X}", duplicate_of=None)
        for number, (at_s, one) in enumerate(zip(times_s, itertools.cycle(pool), strict=False))
    ]
    minutes = times_s[-1] / 60 if times_s else 0.0
    return msgspec.structs.replace(trace, minutes=minutes, arrivals=tuple(arrivals))


def _is_question(arrival: Arrival) -> bool:
    alone = arrival.follows is None and arrival.duplicate_of is None and arrival.invoice is None
    return alone and arrival.kind == "text" and arrival.intent in SAFE


def _busy(workload: Workload) -> Workload:
    """The same people and questions, so many a second that a short while of them is enough."""
    arrivals = msgspec.structs.replace(workload.arrivals, messages_per_s=_POOL_RATE)
    return msgspec.structs.replace(workload, arrivals=arrivals)
