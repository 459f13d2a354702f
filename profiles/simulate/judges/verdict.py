"""What a judge says."""

from collections.abc import Callable

import msgspec

from profiles.simulate.history import Event, History

__all__ = ["Finding", "Invariant", "Verdict"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that must not be, in a sentence, and the events that prove it."""

    what: str
    events: tuple[Event, ...] = ()


class Verdict(msgspec.Struct, frozen=True):
    """How many things were looked at, and which of them are wrong."""

    judged: int
    findings: tuple[Finding, ...] = ()


class Invariant(msgspec.Struct, frozen=True):
    """What holds in every world. `needs_store` when it can only hold where the store keeps what it acknowledged."""

    name: str
    sentence: str
    judge: Callable[[History], Verdict]
    counted: str
    needs_store: bool = True
