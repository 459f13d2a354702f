"""A run while it goes on: what is known of its limits so far, and whether it should be stopped."""

from collections import deque
from collections.abc import Sequence

from profiles.live.orders import Progress
from profiles.load.rates import Profile
from reports.load_view import Look
from reports.slo import Limit, Outcome, judge
from reports.stats import percentile

__all__ = ["GIVEN_UP_S", "Watch"]

GIVEN_UP_S = 30.0
"""A message that has waited for so long counts as an error, whatever may still come."""

_RECENT = 5


class Watch:
    """Follows the generator's progress.

    Messages that are open count with the time that they have waited at the least: they are taken to be those that were
    sent last. What is crossed like that is crossed for certain. A breakpoint is about the last few seconds.
    """

    def __init__(self, target: str, profile: Profile, times_s: Sequence[float], limits: Sequence[Limit]) -> None:
        self._target = target
        self._profile = profile
        self._times_s = times_s
        self._limits = limits
        self._answered_ms: list[float] = []
        self._recent: deque[tuple[float, ...]] = deque(maxlen=_RECENT)

    def take(self, progress: Progress, rss_mb: float | None = None) -> Look:
        """What the run looks like now, with the bot's memory."""
        self._answered_ms.extend(progress.latencies_ms)
        self._answered_ms.sort()  # so that judging, which sorts too, is quick however many they are
        self._recent.append(progress.latencies_ms)
        recent = sorted(ms for part in self._recent for ms in part)
        return Look(
            target=self._target,
            profile=self._profile.text,
            at_s=max(0.0, progress.at_s),
            seconds=self._profile.seconds,
            rate_per_s=self._profile.rate_at(progress.at_s),
            sent=progress.sent,
            answered=len(self._answered_ms),
            refused=progress.refused,
            late_ms=progress.late_ms,
            p50_ms=percentile(recent, 50) if recent else None,
            p99_ms=percentile(recent, 99) if recent else None,
            rss_mb=rss_mb,
            outcome=self._outcome(progress, recent),
        )

    def _outcome(self, progress: Progress, recent: Sequence[float]) -> Outcome | None:
        answered = list(recent) if self._profile.shape == "breakpoint" else self._answered_ms
        waited_ms = self._waited_ms(progress)
        count = len(answered) + len(waited_ms)
        limits = [limit for limit in self._limits if limit.enough <= count]
        if not limits:
            return None
        given_up = [None if ms > 1000 * GIVEN_UP_S else ms for ms in waited_ms]
        return judge(limits, [*answered, *given_up])

    def _waited_ms(self, progress: Progress) -> list[float]:
        still = max(0, progress.sent - len(self._answered_ms))
        return [
            max(0.0, 1000 * (progress.at_s - at_s)) for at_s in self._times_s[progress.sent - still : progress.sent]
        ]
