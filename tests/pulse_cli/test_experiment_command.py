"""`pulse experiment` on a real store, as an operator sees it."""

import asyncio
import json
import math
from collections.abc import Awaitable, Callable

import pytest

from service.core.experiments import ArmFigures, Experiment, Record
from service.core.sequential import Moments
from service.core.switches import FlagChange
from service.store.clients import shared_client
from service.store.commands import Run
from service.store.experiments import RedisExperiments
from service.store.flags import RedisFlags
from service.store.one_by_one import OneByOne
from tests.pulse_cli.kit import Cli, Ended
from tests.store.kit import trial

pytestmark = pytest.mark.real


class Desk:
    """An operator at a store."""

    def __init__(self, cli: Cli, url: str) -> None:
        self._cli = cli
        self.url = url

    def __call__(self, *arguments: str) -> Ended:
        return self._cli("experiment", *arguments, environ={"REDIS_URL": self.url})

    def flags(self, *arguments: str) -> Ended:
        return self._cli("flags", *arguments, environ={"REDIS_URL": self.url})

    def measured(self, plan: Experiment, *, on_ms: float = 250.0, users: int = 1_000) -> None:
        """What a service that has run since has published."""
        arms = {
            arm: ArmFigures(
                3 * users,
                {
                    "response": _spread(users, math.log(ms), 0.5),
                    "slow": Moments(users, 9.0, 9.0),
                    "errors": Moments(users, 4.0, 4.0),
                    "upstream": _spread(users, 1.3, 1.0),
                },
            )
            for arm, ms in (("off", 250.0), ("on", on_ms))
        }
        exposed = {arm: [f"{arm}{n}".encode() for n in range(users)] for arm in ("off", "on")}

        async def act(run: Run) -> None:
            await RedisExperiments(run).publish(plan.name, "pulse-1", Record(1.0, arms), exposed)  # type: ignore[arg-type]  # arms are spelled right

        self.with_store(act)

    def with_store(self, act: Callable[[Run], Awaitable[None]]) -> None:
        async def main() -> None:
            client = shared_client(self.url)
            try:
                await act(OneByOne(client))
            finally:
                await client.close()

        asyncio.run(main())


def _spread(users: int, mean: float, sigma: float) -> Moments:
    return Moments(users, users * mean, users * (mean * mean + sigma * sigma))


@pytest.fixture
def desk(cli: Cli, store_url: str) -> Desk:
    return Desk(cli, store_url)


def test_an_experiment_is_started_shown_and_stopped(desk: Desk) -> None:
    begun = desk("start", "ttl", "1.3", "--on", "20", "--off", "20")
    assert begun.code == 0, begun.errors
    assert "1.3 Longer cache TTLs is on for 20 % of users and off for 20 %" in begun.output
    assert "running" in desk("status").output
    desk.measured(trial(), on_ms=200.0)
    shown = " ".join(desk("report", "ttl").output.split())
    assert "better" in shown
    assert "-20 [-2" in shown
    assert "guardrails (10 % slower, 2 points more slow messages, 1 points more errors): kept" in shown
    stopped = desk("stop", "ttl").output
    assert "`pulse flags enable 1.3` rolls it out to everybody" in stopped
    assert "None of them runs." in desk("status").output


def test_the_report_is_there_as_json(desk: Desk) -> None:
    desk("start", "ttl", "1.3", "--metric", "response")
    empty = json.loads(desk("report", "ttl", "--json").output)
    assert empty["comparisons"][0]["difference"] == {"estimate": None, "low": -100.0, "high": None}
    desk.measured(trial(), on_ms=325.0)
    report = json.loads(desk("report", "ttl", "--json").output)
    [response] = report["comparisons"]
    assert (response["metric"], response["verdict"]) == ("response", "worse")
    assert response["difference"]["low"] > 10
    assert report["exposures"] == report["measured"] == {"off": 1_000, "on": 1_000}
    assert report["sample_ratio_p"] == 1.0
    assert len(report["tripped"]) == 1
    assert json.loads(desk("status", "--json").output)[0]["switch"] == "1.3"


def test_a_worse_arm_is_said_so_and_so_is_an_open_question(desk: Desk) -> None:
    for name, switch, on_ms in (("bad", "1.3", 400.0), ("open", "1.1", 250.0)):
        desk("start", name, switch)
        desk.measured(trial(name, switch), on_ms=on_ms)
    assert "1.3 was worse: `pulse flags disable 1.3`" in desk("stop", "bad").output
    assert "nothing was decided" in desk("stop", "open").output


def test_why_a_guardrail_stopped_it_is_shown(desk: Desk) -> None:
    desk("start", "ttl", "1.3")
    plan = trial(stopped_at_s=1_790_000_000.0, stopped_by="guardrail", why="slower by at least 40.0 %")

    async def act(run: Run) -> None:
        await RedisExperiments(run).finish(plan)

    desk.with_store(act)
    assert "by guardrail: slower by at least 40.0 %" in " ".join(desk("status").output.split())
    report = " ".join(desk("report", "ttl").output.split())
    assert "2026-09-21 14:13 by guardrail: slower by at least 40.0 %" in report


def test_a_wrong_ratio_of_users_is_said_and_withholds_the_verdict(desk: Desk) -> None:
    desk("start", "ttl", "1.3", "--on", "10", "--off", "50")
    desk.measured(trial(), on_ms=200.0)
    shown = " ".join(desk("report", "ttl").output.split())
    assert "assignment or counting is broken" in shown
    assert "better" not in shown


def test_nothing_was_ever_started(desk: Desk) -> None:
    assert "`pulse experiment start NAME SWITCH`" in desk("status").output
    assert desk("status", "--json").output == "[]\n"
    desk("report", "ttl").assert_refused("no experiment ttl", "none yet")
    desk("stop", "ttl").assert_refused("no experiment ttl", "none yet")


def test_what_is_in_the_way_is_named(desk: Desk) -> None:
    desk("start", "ttl", "1.3")
    desk("start", "more", "1.3").assert_refused("experiment ttl runs on switch 1.3", "pulse experiment stop ttl")
    desk("start", "ttl", "1.1").assert_refused("another name")
    desk("report", "other").assert_refused("no experiment other", "there are ttl")
    desk("stop", "ttl")
    desk("stop", "ttl").assert_refused("does not run any more")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ttl", "9.9"), ("no switch '9.9'", "1.1")),
        (("ttl", "2.1"), ("no switch '2.1'",)),
        (("ttl", "6.2"), ("6.2", "whole process")),
        (("ttl", "1.3", "--on", "0"), ("no shares",)),
        (("ttl", "1.3", "--on", "60", "--off", "60"), ("together at most 100",)),
        (("ttl", "1.3", "--off", "nan"), ("no shares",)),
        (("A name", "1.3"), ("no name",)),
        (("ttl", "1.3", "--metric", "joy"), ("no metric 'joy'", "response")),
        (("ttl", "1.3", "--max-slower", "-1"), ("guardrail",)),
    ],
)
def test_a_plan_that_cannot_work_is_refused(desk: Desk, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    desk("start", *arguments).assert_refused(*words)
    assert desk("status", "--json").output == "[]\n"


def test_flags_are_left_as_they_are(desk: Desk) -> None:
    async def act(run: Run) -> None:
        await RedisFlags(run).write(FlagChange(1.0, "1.3", 25.0, "ann"))

    async def look(run: Run) -> None:
        assert {key: state.percent for key, state in (await RedisFlags(run).read()).items()} == {"1.3": 25.0}

    desk.with_store(act)
    desk("start", "ttl", "1.3")
    desk("stop", "ttl")
    desk.with_store(look)


def test_whoever_sets_the_switch_ends_the_experiment_on_it(desk: Desk) -> None:
    desk("start", "ttl", "1.3")
    desk("start", "other", "1.1")
    told = desk.flags("disable", "1.3")
    assert "experiment ttl on 1.3 has ended by that" in told.output
    plans = {plan["name"]: plan for plan in json.loads(desk("status", "--json").output)}
    assert plans["ttl"]["why"] == "the switch was set"
    assert plans["other"]["stopped_at_s"] is None
