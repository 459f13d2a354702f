"""Whether two arms said and did the same to the same trace.

What may differ between arms is what the freshness table leaves open, and what follows from arms answering a few
milliseconds or seconds apart:

- `receive`: the invoice is made when Flash is asked, so its time stamp, and with it the signature and the time left,
  may differ by a second. Its payment hash may not.
- `history`: how long ago something was; and, for the 30 s of the balance and of the movements, whether a payment that
  somebody else has made meanwhile is in it.
- `balance`, `refresh`: within the same 30 s, the amount.
- With moving prices also every figure that follows from a price, which may be as old as its lifetime. Wording,
  recipients, buttons and the ids of payments may not differ.

All of these are differences in digits and durations alone. Everything else is the same to the last byte, and so is
the money that moved.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from profiles.virtual_run import Response, VirtualRun
from service.core.bolt11 import decode

__all__ = ["differences", "loosely_equal", "money_differences"]

_DURATION = re.compile(r"\d+ (?:s|min|h|d)\b")
_FIGURE = re.compile(r"\d[\d,]*\.\d\d\b")  # an amount of money, and not a phone number or an id
_TIMED = frozenset({"receive", "history"})
_AGEING = frozenset({"balance", "refresh", "history"})


def differences(one: VirtualRun, other: VirtualRun, *, moving_prices: bool = False) -> list[str]:
    """Every way in which the replies differ that is not allowed, in words; empty when there is none."""
    pairs = zip(one.responses, other.responses, strict=True)
    return [f"{a.intent} {a.wamid}: {a.bodies} != {b.bodies}" for a, b in pairs if not _agree(a, b, moving_prices)]


def money_differences(one: VirtualRun, other: VirtualRun) -> list[str]:
    """Movements that are in one of the two alone; the order of payments by different people is nobody's promise."""
    here, there = Counter(one.movements), Counter(other.movements)
    return sorted([*(here - there).elements(), *(there - here).elements()])


def loosely_equal(one: VirtualRun, other: VirtualRun) -> int:
    """How many replies are equal only because a difference is allowed."""
    return sum(a.bodies != b.bodies for a, b in zip(one.responses, other.responses, strict=True))


def _agree(one: Response, other: Response, moving_prices: bool) -> bool:
    if (one.wamid, one.intent, one.response_ms is None) != (other.wamid, other.intent, other.response_ms is None):
        return False
    return list(_comparable(one, moving_prices)) == list(_comparable(other, moving_prices))


def _comparable(response: Response, moving_prices: bool) -> Iterator[Any]:
    """The bodies, with what may differ taken out of the texts that people read, and of nothing else."""
    for body in response.bodies:
        yield _walk(body, response.intent, moving_prices)


def _walk(value: Any, intent: str, moving_prices: bool, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _walk(inner, intent, moving_prices, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_walk(inner, intent, moving_prices, key) for inner in value]
    return _masked(value, intent, moving_prices) if key in {"body", "text", "caption"} else value


def _masked(text: str, intent: str, moving_prices: bool) -> str:
    if intent == "receive" and text.startswith("lnbc"):
        return decode(text).payment_hash
    if intent in _TIMED or moving_prices:
        text = _DURATION.sub("(time)", text)
    if intent in _AGEING or moving_prices:
        text = _FIGURE.sub("(figure)", text)
    return text
