"""Item 1.4: a circuit breaker in front of reads."""

from service.core.breaker import Breaker, BreakerPolicy, BreakerState, Permit, Refusal
from service.core.errors import CircuitOpen, NotAuthenticated, UpstreamRefused, UpstreamUnavailable
from service.core.queries import Query, Reading
from service.ports import Clock, Fetch, Meter

__all__ = ["BreakerReads"]

_NAME = "flash"


class BreakerReads:
    """Stops asking an upstream that fails; raises CircuitOpen instead.

    One breaker for all operations: they share one host, and what takes it down takes all of them down. A breaker
    each would need as many failures again for every operation before users stop waiting for time-outs.

    A refusal is a success here: the upstream works, and said no. A call that was cancelled, or failed for a reason of
    our own, says nothing of the upstream and hands its permit back. Payments do not pass here.

    Meters `breaker` by `refused` and by each state that is entered.
    """

    def __init__(self, fetch: Fetch, clock: Clock, meter: Meter, policy: BreakerPolicy) -> None:
        self._fetch = fetch
        self._clock = clock
        self._meter = meter
        self._breaker = Breaker(policy)
        self._metered = self._breaker.state

    @property
    def state(self) -> BreakerState:
        """Where the breaker stands."""
        return self._breaker.state

    async def __call__(self, query: Query) -> Reading:
        permit = self._admit()
        try:
            reading = await self._fetch(query)
        except (UpstreamRefused, NotAuthenticated):
            self._record(permit, ok=True)
            raise
        except UpstreamUnavailable:
            self._record(permit, ok=False)
            raise
        except BaseException:
            self._breaker.release(permit)
            raise
        self._record(permit, ok=True)
        return reading

    def _admit(self) -> Permit:
        admission = self._breaker.admit(self._clock.monotonic())
        self._meter_state()
        if isinstance(admission, Refusal):
            self._meter.count("breaker", "refused")
            raise CircuitOpen(_NAME, admission.retry_after_s)
        return admission

    def _record(self, permit: Permit, *, ok: bool) -> None:
        self._breaker.record(permit, ok=ok, now_s=self._clock.monotonic())
        self._meter_state()

    def _meter_state(self) -> None:
        if self._breaker.state is not self._metered:
            self._metered = self._breaker.state
            self._meter.count("breaker", self._metered)
