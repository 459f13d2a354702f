"""Item 6.3 beside the messages: which experiments run, what was measured, and when a guardrail ends one."""

from collections.abc import Awaitable, Callable

import msgspec
import structlog

from service.core.experiment_report import judge
from service.core.experiments import Experiment
from service.core.switches import FlagChange
from service.observe.trials import Measured, Trials
from service.ports import Clock, ExperimentStore, Meter

__all__ = ["GUARD_EVERY_S", "KEEP_EVERY_S", "TrialKeeper"]

KEEP_EVERY_S = 5.0
GUARD_EVERY_S = 10.0

_EXPOSED_AT_ONCE = 500


class TrialKeeper:
    """Each call is one turn. Raises StoreError: what was not published is published next time.

    Meters `experiments_stopped` by switch, for guardrails.
    """

    def __init__(
        self,
        trials: Trials,
        store: ExperimentStore,
        set_flag: Callable[[FlagChange], Awaitable[None]],
        *,
        instance: str,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._trials = trials
        self._store = store
        self._set_flag = set_flag
        self._instance = instance
        self._clock = clock
        self._meter = meter
        self._log = structlog.get_logger("experiments")

    async def keep(self) -> None:
        """Publishes what was measured, then takes up what runs now."""
        for measured in list(self._trials.running.values()):
            await self._publish(measured)
        self._trials.keep(await self._store.running())

    async def guard(self) -> None:
        """Ends experiments whose arm `on` is worse than a guardrail allows: the switch goes off for everybody."""
        for plan in await self._store.running():
            report = judge(plan, *await self._store.figures(plan.name))
            if report.tripped:
                await self._end(plan, "; ".join(report.tripped))

    async def forget(self) -> None:
        """Without 6.3 there are no experiments."""
        self._trials.keep(())

    async def _publish(self, measured: Measured) -> None:
        exposed = measured.unsent(_EXPOSED_AT_ONCE)
        name = measured.plan.name
        if await self._store.publish(name, self._instance, measured.record(self._clock.now()), exposed):
            measured.sent(exposed)
        else:
            self._log.warning("an experiment has too many instances; this one is not counted", experiment=name)

    async def _end(self, plan: Experiment, why: str) -> None:
        """The switch first: whoever comes after a crash in between finds an experiment that has to be ended still."""
        now_s = self._clock.now()
        await self._set_flag(FlagChange(now_s, plan.switch, 0.0, f"guardrail of experiment {plan.name}"))
        over = msgspec.structs.replace(plan, stopped_at_s=now_s, stopped_by="guardrail", why=why)
        if await self._store.finish(over):
            self._meter.count("experiments_stopped", plan.switch)
            self._log.error("an experiment was stopped by its guardrail", experiment=plan.name, why=why)
        self._trials.keep([each.plan for each in self._trials.running.values() if each.plan.name != plan.name])
