"""What every stage may be given: time, chance, figures, and company."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

__all__ = ["Clock", "Dice", "Meter", "Spawn", "Together"]


class Clock(Protocol):
    """Time as an argument. Virtual in a bench or a test, the machine's own otherwise."""

    def now(self) -> float:
        """Unix time in seconds."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean anything."""

    async def sleep(self, seconds: float) -> None: ...

    def charge(self, work: str) -> None:
        """Declares that blocking CPU work of this kind was just done on the loop: only a virtual clock moves by it."""


class Dice(Protocol):
    """Chance as an argument. Seeded in a bench or a test, the operating system's otherwise."""

    def token(self, nbytes: int) -> bytes:
        """`nbytes` of unpredictable bytes."""

    def uniform(self) -> float:
        """A float in [0, 1)."""


class Meter(Protocol):
    """Where figures go. Names and labels are few and fixed; a meter never raises and never blocks."""

    def count(self, name: str, label: str = "", by: int = 1) -> None: ...

    def observe(self, name: str, value: float, label: str = "") -> None: ...


class Spawn(Protocol):
    """Starts background work, which ends with the service. An exception in it is logged and counted, and no more."""

    def __call__(self, work: Coroutine[Any, Any, None], *, name: str) -> None: ...


class Together(Protocol):
    """Carries out operations that do not depend on each other (item 1.2): in sequence, or at the same time.

    Results come in the order of the operations; of errors, the first in that order is raised, in both ways.
    """

    async def __call__(self, *operations: Callable[[], Awaitable[Any]]) -> list[Any]: ...
