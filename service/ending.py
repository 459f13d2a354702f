"""The end of the process: its steps share one deadline, so that none of them, however slow, holds up the exit.

    signal ──> no new requests ──> drain ──> background work, connections ──> the store's server ──> gone
    0 s             <= 2 s         <= 7 s              <= 8 s                    <= 9.5 s          10 s

Whatever is cut short is taken up at the next start: a message stays in the inbox until its answer is stored, and the
store's server has on disk what it has answered.
"""

from service.ports import Clock

__all__ = ["CLOSED_BY_S", "DRAINED_BY_S", "HTTP_BY_S", "STORE_BY_S", "Ending"]

HTTP_BY_S = 2.0
DRAINED_BY_S = 7.0
CLOSED_BY_S = 8.0
STORE_BY_S = 9.5


class Ending:
    """Counts from the moment it begins, or is first asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began_s: float | None = None

    def begin(self) -> float:
        """The end begins, unless it has; when that was, on the monotonic clock."""
        if self._began_s is None:
            self._began_s = self._clock.monotonic()
        return self._began_s

    def left_s(self, by_s: float) -> float:
        """The time that a step has which is to be over `by_s` seconds after the end began; 0 when that is past."""
        return max(0.0, self.begin() + by_s - self._clock.monotonic())
