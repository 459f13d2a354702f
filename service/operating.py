"""What operators' commands can do with a deployment's store."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from service.clocks import SystemClock, SystemDice
from service.commands.reconciler import notice_of
from service.core.errors import PulseError, StoreUnavailable
from service.core.experiment_report import ExperimentReport, judge
from service.core.experiments import Experiment, check
from service.core.payment_steps import resolve
from service.core.payments import Payment, PaymentState
from service.core.switches import FlagChange, FlagState
from service.observe.meter import MemoryMeter
from service.reply.formatters import interactive
from service.roadmap import switch_keys
from service.store.cache import RedisCache, RedisStats
from service.store.clients import shared_client
from service.store.control import ControlRequest, RedisControl
from service.store.experiments import RedisExperiments
from service.store.faults import unreachable
from service.store.flags import RedisFlags
from service.store.one_by_one import OneByOne
from service.store.payments import RedisPayments

__all__ = ["WARM_TIMEOUT_S", "Operations", "operations"]

WARM_TIMEOUT_S = 120.0
_WATCHED = 100_000


class Operations:
    """Each call is one look or one change. Raises StoreError."""

    def __init__(self, run: OneByOne) -> None:
        self._clock = SystemClock()
        self._flags = RedisFlags(run)
        self._cache = RedisCache(run)
        self._stats = RedisStats(run)
        self._control = RedisControl(run, self._clock, "operator")
        self._experiments = RedisExperiments(run)
        self._payments = RedisPayments(run, SystemDice(), MemoryMeter())

    async def flags(self) -> Mapping[str, FlagState]:
        """The switches that operators have set."""
        return await self._flags.read()

    async def set_flag(self, key: str, percent: float, *, actor: str) -> list[str]:
        """Sets a switch and records who did; gives the experiments on it, which end by that: this word is the last."""
        now_s = self._clock.now()
        await self._flags.write(FlagChange(now_s, key, percent, actor))
        running = [plan for plan in await self._experiments.running() if plan.switch == key]
        ended = {"stopped_at_s": now_s, "stopped_by": actor, "why": "the switch was set"}
        return [plan.name for plan in running if await self._experiments.finish(msgspec.structs.replace(plan, **ended))]

    async def flag_history(self, limit: int) -> list[FlagChange]:
        """The last changes, newest first."""
        return await self._flags.history(limit)

    async def payments(self, limit: int) -> tuple[list[Payment], list[Payment]]:
        """Payments that a person has to look at, and those that the service is still finding out about."""
        watched = await self._payments.undecided(_WATCHED)  # most of them are settled, and only audited once more
        undecided = [each for each in watched if each.state is not PaymentState.SETTLED]
        return await self._payments.for_human(limit), undecided[:limit]

    async def payment(self, payment_id: str) -> Payment:
        """One payment. Raises PulseError when there is none of that id."""
        payment = await self._payments.get(payment_id)
        if payment is None:
            raise PulseError(f"there is no payment {payment_id}; `pulse payments list` shows those that wait")
        return payment

    async def resolve(self, payment_id: str, to: PaymentState, *, actor: str) -> tuple[Payment, bool]:
        """Records what a person found out, and tells the payment's user; the payment, and whether there is news.

        Raises PulseError for a payment that does not wait for a person, or that somebody else resolved just now.
        """
        before = await self.payment(payment_id)
        try:
            after = resolve(before, to, by=actor, now_s=self._clock.now())
        except ValueError as error:
            raise PulseError(f"{error}; only payments that wait for a person can be resolved") from error
        notice = notice_of(after, interactive) if after.state is not before.state else None
        stored, is_done = await self._payments.move(before, after, notice)
        if not is_done:
            raise PulseError(f"payment {payment_id} has just become {stored.state}; look at it again")
        return stored, notice is not None

    async def experiments(self) -> list[Experiment]:
        """All that there are, the oldest first."""
        return await self._experiments.all()

    async def experiment(self, name: str) -> Experiment:
        """One experiment. Raises PulseError when there is none of that name."""
        found = await self._experiments.all()
        for plan in found:
            if plan.name == name:
                return plan
        known = f"there are {', '.join(plan.name for plan in found)}" if found else "there is none yet"
        raise PulseError(f"there is no experiment {name}; {known}")

    async def start_experiment(self, plan: Experiment) -> Experiment:
        """Starts it now. Raises ConfigError for a plan that cannot work, PulseError where something is in its way."""
        check(plan, switch_keys())
        plan = msgspec.structs.replace(plan, started_at_s=self._clock.now())
        await self._experiments.begin(plan)
        return plan

    async def stop_experiment(self, name: str, *, actor: str) -> ExperimentReport:
        """Stops it, and gives what it has shown. Raises PulseError for one that does not run."""
        plan = await self.experiment(name)
        over = msgspec.structs.replace(plan, stopped_at_s=self._clock.now(), stopped_by=actor)
        if not plan.is_running or not await self._experiments.finish(over):
            raise PulseError(f"experiment {name} does not run any more; `pulse experiment report {name}` shows it")
        return await self.experiment_report(name)

    async def experiment_report(self, name: str) -> ExperimentReport:
        """What it has shown so far, or had when it ended."""
        plan = await self.experiment(name)
        return judge(plan, *await self._experiments.figures(name))

    async def clear_caches(self) -> int:
        """Deletes what caches hold, and nothing else; how many entries that were."""
        return await self._cache.clear()

    async def cache_stats(self) -> dict[str, dict[str, float]]:
        """Figures of each running instance since its start: counts by `namespace:what`."""
        return await self._stats.read()

    async def warm(self) -> dict[str, int]:
        """Asks a running service to warm its cache; what it did. Raises PulseError when none answers."""
        request = ControlRequest("warm", uuid.uuid4().hex)
        await self._control.request(request)
        answer = await self._control.wait_answer(request.id, WARM_TIMEOUT_S)
        if answer is None:
            raise PulseError(f"no running service has answered within {WARM_TIMEOUT_S:g} s; is it up?")
        report = msgspec.json.decode(answer, type=dict[str, int | str])
        if "error" in report:
            raise PulseError(f"the service could not warm its cache: {report['error']}")
        return {key: int(value) for key, value in report.items()}


@asynccontextmanager
async def operations(url: str) -> AsyncIterator[Operations]:
    """Operations on the store at this URL. Raises ConfigError for a URL that cannot work."""
    client = shared_client(url)
    try:
        yield Operations(OneByOne(client))
    except StoreUnavailable as error:
        raise unreachable(error) from error
    finally:
        await asyncio.shield(client.close())
