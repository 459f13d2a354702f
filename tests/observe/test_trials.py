"""Arms and measuring of experiments at the messages."""

import asyncio
import math
from collections.abc import Mapping

import pytest

from service.core.errors import StoreUnavailable
from service.core.experiments import Arm, Metric, arm_of
from service.core.freshness import Namespace
from service.core.messages import Entry
from service.core.queries import Query, Reading
from service.core.results import Result, Trouble
from service.core.sequential import Moments
from service.core.switches import Switches
from service.observe.meter import MemoryMeter
from service.observe.tally import counting_reads, counting_trouble, current_tally
from service.observe.trials import MAX_RUNNING, MAX_USERS, Trials
from tests.observe.kit import StillClock, entry_of
from tests.store.kit import trial

USERS = [f"user-{number}" for number in range(200)]


class House:
    """Trials over fixed flags, and a worker that takes its time."""

    def __init__(self, *flags: str, is_on: bool = True, max_users: int = MAX_USERS) -> None:
        self.clock, self.meter = StillClock(), MemoryMeter()
        self.is_on = is_on
        self.flags: Switches = frozenset(flags)
        self.trials = Trials(lambda _user: self.flags, lambda: self.is_on, self.clock, self.meter, max_users)
        self.takes_s = 0.25
        self.reads = 0
        self.seen: list[Switches] = []
        self.error: Exception | None = None

    async def work(self, entry: Entry) -> None:
        self.seen.append(self.trials.snapshot(entry.user))
        await self.clock.sleep(self.takes_s)
        tally = current_tally()
        assert tally is not None
        tally.upstream_reads += self.reads
        if self.error is not None:
            raise self.error

    def handle(self, *entries: Entry, give_up: bool = False) -> None:
        async def main() -> None:
            for entry in entries:
                await self.trials.measuring(self.work, is_failure=give_up)(entry)

        asyncio.run(main())

    def message(self, user: str, number: int = 1) -> Entry:
        return entry_of(user, number, self.clock.now())

    def moments(self, arm: Arm) -> Mapping[Metric, Moments]:
        return self.trials.running["ttl"].record(0.0).arms[arm].metrics


def user_in(arm: Arm | None, skip: int = 0) -> str:
    return [user for user in USERS if arm_of(trial(on_percent=30.0, off_percent=30.0), user) == arm][skip]


def running(house: House) -> House:
    house.trials.keep([trial(on_percent=30.0, off_percent=30.0)])
    return house


@pytest.mark.parametrize("flags", [(), ("1.3", "1.1")])
def test_arms_have_the_switch_on_or_off_whatever_the_flags_say_and_nobody_else_is_touched(
    flags: tuple[str, ...],
) -> None:
    house = running(House(*flags))
    assert house.trials.snapshot(user_in("on")) == {*flags, "1.3"}
    assert house.trials.snapshot(user_in("off")) == {*flags} - {"1.3"}
    assert house.trials.snapshot(user_in(None)) == {*flags}


@pytest.mark.parametrize("why", ["6.3 is off", "nothing runs"])
def test_otherwise_users_follow_the_flags_and_nothing_is_counted(why: str) -> None:
    house = House("1.1", is_on=why != "6.3 is off")
    if why == "6.3 is off":
        running(house)
    house.handle(*(house.message(user) for user in USERS))
    assert set(house.seen) == {frozenset({"1.1"})}
    assert house.meter.counts == {}
    assert all(not measured.unsent(9)["on"] for measured in house.trials.running.values())
    assert house.trials.messages == len(USERS)


def test_a_sample_is_a_user_and_not_a_message() -> None:
    house = running(House())
    user = user_in("on")
    for takes_s, reads in ((0.1, 3), (0.4, 0), (1.6, 0)):
        house.takes_s, house.reads = takes_s, reads
        house.handle(house.message(user))
    house.takes_s, house.reads = 0.2, 1
    house.handle(house.message(user_in("on", 1)))
    moments = house.moments("on")
    assert house.trials.running["ttl"].record(0.0).arms["on"].messages == 4
    first, second = math.log(400.0), math.log(200.0)
    response = moments["response"]
    assert response.count == 2
    assert response.total == pytest.approx(first + second)
    assert response.squares == pytest.approx(first**2 + second**2)
    assert moments["upstream"].count == 2
    assert moments["upstream"].total == pytest.approx(2.0)
    assert house.moments("off")["response"] == Moments()


def test_a_message_is_slow_above_a_second() -> None:
    house = running(House())
    for house.takes_s in (0.9, 1.1):
        house.handle(house.message(user_in("on")))
    assert house.moments("on")["slow"] == Moments(1, 0.5, 0.25)


def test_a_user_is_exposed_once() -> None:
    house = running(House())
    house.handle(*(house.message(user_in("on"), number) for number in range(3)), house.message(user_in("off")))
    house.handle(house.message(user_in(None)))
    assert house.meter.by_label("exposures") == {"on": 1, "off": 1}
    measured = house.trials.running["ttl"]
    exposed = measured.unsent(10)
    assert {arm: len(users) for arm, users in exposed.items()} == {"off": 1, "on": 1}
    measured.sent(exposed)
    assert measured.unsent(10) == {"off": [], "on": []}


def test_a_message_whose_work_fails_is_measured_when_it_is_done() -> None:
    house = running(House())
    house.error = StoreUnavailable("down")
    message = house.message(user_in("on"))
    with pytest.raises(StoreUnavailable):
        house.handle(message)
    assert house.moments("on")["response"] == Moments()
    assert house.trials.messages == 0
    house.error = None
    house.handle(message)
    assert house.moments("on")["response"].total == pytest.approx(math.log(500.0))
    assert house.moments("on")["errors"].total == 0


def test_a_message_that_is_given_up_is_a_failure() -> None:
    house = running(House())
    house.handle(house.message(user_in("off")), give_up=True)
    assert house.moments("off")["errors"].total == 1


def test_an_experiment_that_ends_meanwhile_is_left_alone() -> None:
    house = running(House())
    plan = trial("other", "1.1", on_percent=100.0, off_percent=0.0)

    async def main() -> None:
        async def work(entry: Entry) -> None:
            await house.work(entry)
            house.trials.keep([plan])

        await house.trials.measuring(work)(house.message(user_in("on")))

    asyncio.run(main())
    assert list(house.trials.running) == ["other"]
    assert house.trials.running["other"].record(0.0).arms["on"].messages == 0


def test_only_so_many_experiments_and_users_are_kept() -> None:
    house = House(max_users=3)
    house.trials.keep([trial(f"t{number}", on_percent=100.0, off_percent=0.0) for number in range(MAX_RUNNING + 3)])
    assert len(house.trials.running) == MAX_RUNNING
    house.handle(*(house.message(user) for user in USERS[:5]))
    assert house.meter.by_label("exposures") == {"on": 3 * MAX_RUNNING}
    assert house.meter.by_label("unmeasured") == {"on": 2 * MAX_RUNNING}


def test_reads_that_reach_flash_are_counted_for_the_message_that_made_them() -> None:
    house = running(House())

    async def fetch(query: Query) -> Reading:
        raise StoreUnavailable(query.key)

    async def main() -> None:
        counted = counting_reads(fetch)

        async def work(entry: Entry) -> None:
            await house.work(entry)
            two = (counted(Query(Namespace.CURRENCIES)) for _ in range(2))
            assert len(await asyncio.gather(*two, return_exceptions=True)) == 2  # as tasks of their own

        await house.trials.measuring(work)(house.message(user_in("on")))
        with pytest.raises(StoreUnavailable):
            await counted(Query(Namespace.CURRENCIES))  # of no message

    asyncio.run(main())
    assert house.moments("on")["upstream"].total == 2


@pytest.mark.parametrize(
    ("result", "failed"),
    [(Trouble("flash-unavailable"), 1), (Trouble("internal"), 1), (Trouble("session-expired"), 0), (None, 1)],
)
def test_trouble_is_a_failure_and_an_expired_session_is_not(result: Result | None, failed: int) -> None:
    house = running(House())

    async def run(_request: object) -> Result:
        if result is None:
            raise ValueError("a mistake of ours")
        return result

    async def main() -> None:
        async def work(entry: Entry) -> None:
            await house.work(entry)
            try:
                await counting_trouble(run)(None)  # type: ignore[arg-type]  # the request is passed on as it is
            except ValueError:
                assert result is None

        await house.trials.measuring(work)(house.message(user_in("on")))

    asyncio.run(main())
    assert house.moments("on")["errors"].total == failed
