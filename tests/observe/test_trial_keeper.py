"""What is published of experiments, and what guardrails do."""

import asyncio

import pytest
from structlog.testing import capture_logs

from service.core.errors import StoreUnavailable
from service.core.experiments import Experiment, arm_of
from service.core.messages import Entry
from service.core.switches import FlagChange
from service.observe.meter import MemoryMeter
from service.observe.trial_keeper import TrialKeeper
from service.observe.trials import Trials
from tests.observe.kit import FakeExperiments, StillClock, entry_of
from tests.store.kit import trial


class House:
    """A keeper of trials whose arm `on` takes `slow` times as long."""

    def __init__(self, *plans: Experiment, slow: float = 1.0) -> None:
        self.clock, self.meter, self.store = StillClock(), MemoryMeter(), FakeExperiments(*plans)
        self.trials = Trials(lambda _user: frozenset(), lambda: True, self.clock, self.meter)
        self.flags: list[FlagChange] = []
        self.flag_error: Exception | None = None
        self.slow = slow
        self.keeper = TrialKeeper(
            self.trials, self.store, self.set_flag, instance="one", clock=self.clock, meter=self.meter
        )

    async def set_flag(self, change: FlagChange) -> None:
        if self.flag_error is not None:
            raise self.flag_error
        self.flags.append(change)

    async def traffic(self, users: int) -> None:
        async def work(entry: Entry) -> None:
            pace = 0.8 + 0.4 * (int(entry.user) % 10) / 10
            is_on = "1.3" in self.trials.snapshot(entry.user)
            await self.clock.sleep(0.2 * pace * (self.slow if is_on else 1.0))

        for user in range(users):
            await self.trials.measuring(work)(entry_of(str(user), received_at_s=self.clock.now()))


def test_what_runs_is_taken_up_and_what_was_measured_is_published_once() -> None:
    house = House(trial(), trial("gone", "1.1", stopped_at_s=1.0))

    async def main() -> None:
        await house.keeper.keep()
        assert list(house.trials.running) == ["ttl"]
        await house.traffic(40)
        await house.keeper.keep()
        await house.keeper.keep()

    asyncio.run(main())
    exposures, [record] = asyncio.run(house.store.figures("ttl"))
    on = sum(arm_of(trial(), str(user)) == "on" for user in range(40))
    assert exposures == {"on": on, "off": 40 - on}
    assert {arm: each.messages for arm, each in record.arms.items()} == exposures
    assert house.trials.running["ttl"].unsent(99) == {"off": [], "on": []}


def test_an_experiment_that_somebody_stopped_ends_here_too() -> None:
    house = House(trial())

    async def main() -> None:
        await house.keeper.keep()
        await house.store.finish(trial(stopped_at_s=2.0))
        await house.keeper.keep()

    asyncio.run(main())
    assert house.trials.running == {}


def test_users_that_could_not_be_published_are_published_next_time() -> None:
    house = House(trial())

    async def main() -> None:
        await house.keeper.keep()
        await house.traffic(10)
        house.store.has_room = False
        with capture_logs() as logs:
            await house.keeper.keep()
        assert "too many instances" in logs[0]["event"]
        house.store.has_room = True
        await house.keeper.keep()

    asyncio.run(main())
    assert sum(len(users) for users in house.store.users.values()) == 10


def test_a_guardrail_switches_off_for_everybody_and_says_why() -> None:
    house = House(trial(), slow=2.0)

    async def main() -> None:
        await house.keeper.keep()
        await house.traffic(600)
        await house.keeper.keep()
        with capture_logs() as logs:
            await house.keeper.guard()
            await house.keeper.guard()
        assert [line["log_level"] for line in logs] == ["error"]

    asyncio.run(main())
    [change] = house.flags
    assert (change.key, change.percent, change.actor) == ("1.3", 0.0, "guardrail of experiment ttl")
    ended = house.store.plans["ttl"]
    assert (ended.stopped_by, ended.stopped_at_s) == ("guardrail", change.at_s)
    assert ended.why.startswith("slower by at least")
    assert house.trials.running == {}
    assert house.meter.by_label("experiments_stopped") == {"1.3": 1}


def test_a_guardrail_leaves_alone_what_is_as_good() -> None:
    house = House(trial())

    async def main() -> None:
        await house.keeper.keep()
        await house.traffic(600)
        await house.keeper.keep()
        await house.keeper.guard()

    asyncio.run(main())
    assert house.flags == []
    assert house.store.plans["ttl"].is_running


def test_where_the_switch_cannot_be_set_the_experiment_is_not_over_and_is_ended_next_time() -> None:
    house = House(trial(), slow=2.0)

    async def main() -> None:
        await house.keeper.keep()
        await house.traffic(600)
        await house.keeper.keep()
        house.flag_error = StoreUnavailable("down")
        with pytest.raises(StoreUnavailable):
            await house.keeper.guard()
        assert house.store.plans["ttl"].is_running
        house.flag_error = None
        await house.keeper.guard()

    asyncio.run(main())
    assert len(house.flags) == 1
    assert not house.store.plans["ttl"].is_running


def test_without_the_item_there_are_no_experiments() -> None:
    house = House(trial())

    async def main() -> None:
        await house.keeper.keep()
        await house.keeper.forget()

    asyncio.run(main())
    assert house.trials.running == {}
