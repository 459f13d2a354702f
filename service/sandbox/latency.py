"""How long the simulated services take to answer, and when they do not."""

import math
from collections.abc import Mapping
from statistics import NormalDist
from types import MappingProxyType
from typing import Literal

import msgspec

from service.sandbox.draws import Draws

__all__ = ["Delay", "Delays", "LatencyModel", "OperationLatency", "Outage"]

_NORMAL = NormalDist()


class OperationLatency(msgspec.Struct, frozen=True):
    """A lognormal delay: exp(N(ln median, sigma**2))."""

    median_ms: float
    sigma: float = 0.0


class Outage(msgspec.Struct, frozen=True):
    """A time, from `start_s` after the start of the run, in which one of the two services does not work.

    "error" answers HTTP 503, "timeout" never answers, "slow" answers `factor` times later than usual.
    """

    start_s: float
    duration_s: float
    kind: Literal["error", "timeout", "slow"]
    factor: float = 1.0
    service: Literal["flash", "whatsapp"] = "flash"


class LatencyModel(msgspec.Struct, frozen=True):
    """The delays and failures of both services.

    `operations` maps a name to its delay, `default` is for all others. For Flash the names are the root fields of
    documents, where `me` is told apart by what it asks for: "transactions" when they are selected, "balance" when
    nothing but `defaultAccount` is, "me" otherwise; a document with several root fields is as slow as the slowest.
    For WhatsApp they are "whatsapp.message", "whatsapp.read" and "whatsapp.media".
    `failure_rate` is the share of Flash's answers that are HTTP 503 (before anything was done), `hang_s` how long a
    request that times out is held.
    """

    default: OperationLatency = OperationLatency(0.0)
    operations: Mapping[str, OperationLatency] = MappingProxyType({})
    failure_rate: float = 0.0
    outages: tuple[Outage, ...] = ()
    hang_s: float = 60.0


class Delay(msgspec.Struct, frozen=True):
    """When a call is answered, and whether it is carried out at all."""

    delay_s: float
    trouble: Literal["error", "timeout"] | None = None


class Delays:
    """Draws one delay per call; see `Draws` for why it depends on the call alone. Times count from `started_at_s`."""

    def __init__(self, model: LatencyModel, seed: int, started_at_s: float) -> None:
        self._draws = Draws(seed, "latency")
        self._started_at_s = started_at_s
        self.follow(model)

    def follow(self, model: LatencyModel) -> None:
        """Draws by another model from now on."""
        self._model = model
        self._is_instant = model == LatencyModel()

    def draw(self, operations: tuple[str, ...], identity: str, now_s: float) -> Delay:
        """The delay of one call of these operations; `identity` is who asks for what."""
        if self._is_instant:
            return Delay(0.0)
        service = "whatsapp" if operations[0].startswith("whatsapp.") else "flash"
        shape, luck = self._draws.next(f"{operations}|{identity}")
        delay_s = self._lognormal_s(operations, shape)
        outage = self._outage(service, now_s)
        if outage is not None:
            return self._in_outage(outage, delay_s)
        is_failure = service == "flash" and luck < self._model.failure_rate
        return Delay(delay_s, "error" if is_failure else None)

    def _in_outage(self, outage: Outage, delay_s: float) -> Delay:
        match outage.kind:
            case "slow":
                return Delay(delay_s * outage.factor)
            case "timeout":
                return Delay(self._model.hang_s, "timeout")
            case "error":
                return Delay(delay_s, "error")

    def _lognormal_s(self, operations: tuple[str, ...], uniform: float) -> float:
        """Rounded to a microsecond, so that no machine's last digit of exp() shows."""
        known = self._model.operations
        entry = max((known.get(name, self._model.default) for name in operations), key=lambda entry: entry.median_ms)
        factor = math.exp(entry.sigma * _NORMAL.inv_cdf(uniform)) if entry.sigma else 1.0
        return round(entry.median_ms * factor * 1000) / 1_000_000

    def _outage(self, service: str, now_s: float) -> Outage | None:
        at_s = now_s - self._started_at_s
        for outage in self._model.outages:
            if outage.service == service and outage.start_s <= at_s < outage.start_s + outage.duration_s:
                return outage
        return None
