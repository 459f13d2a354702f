"""Load runs and searches for the capacity, against a bot that is arithmetic."""

import asyncio

import msgspec
import pytest

from profiles.load.capacity import CapacityPlan, find_capacity
from profiles.load.rates import parse_profile
from profiles.load.run import Plan, run_load, trace_of
from profiles.workload import load_workload
from reports.capacity import Capacity, Edge
from reports.load import LoadRun
from reports.load_view import Look
from reports.slo import parse_slo
from service.core.errors import ConfigError
from tests.profiles.load_kit import TARGET, Bot, SteadyClock

LOAD = load_workload("load")
WORKLOAD = msgspec.structs.replace(LOAD, users=msgspec.structs.replace(LOAD.users, count=30))


def loaded(bot: Bot, profile: str, slo: str = "", *, abort: bool = True, grace_s: float = 0.0) -> LoadRun:
    plan = Plan(
        profile=parse_profile(profile),
        workload=WORKLOAD,
        seed=1,
        run="R",
        limits=parse_slo(slo) if slo else (),
        abort=abort,
        grace_s=grace_s,
    )
    looks: list[Look] = []
    run = asyncio.run(
        run_load(plan, TARGET, trace_of(plan), SteadyClock(), tell=looks.append, stop=asyncio.Event(), send=bot)
    )
    assert looks
    return run


def searched(bot: Bot, slo: str = "p99<2s", **changes: object) -> Capacity:
    plan = CapacityPlan(limits=parse_slo(slo), workload=WORKLOAD, seed=1, run="R", seconds=10.0, warm_up_s=2.0)
    return asyncio.run(find_capacity(msgspec.structs.replace(plan, **changes), TARGET, SteadyClock(), send=bot))


def test_a_run_that_keeps_its_limits_is_a_pass_with_every_message_in_it() -> None:
    run = loaded(Bot(lambda _rate, _at: 50.0), "ramp:10..50/20s", "p99<100ms,errors<1%")
    assert (run.code, run.stopped, run.messages) == (0, "", sum(one.messages for one in run.windows))
    assert run.response_ms is not None
    assert (run.response_ms.count, run.response_ms.p99) == (run.messages, 50.0)


def test_without_limits_there_is_no_outcome_and_nothing_to_fail() -> None:
    run = loaded(Bot(lambda _rate, _at: None), "5/4s")
    assert (run.code, run.outcome, run.response_ms) == (0, None, None)


def test_messages_without_an_answer_cross_every_limit() -> None:
    run = loaded(Bot(lambda _rate, _at: None), "10/20s", "p99<2s,errors<0.1%", abort=False)
    assert run.outcome is not None
    assert (run.code, len(run.outcome.crossed)) == (1, 2)


def test_a_run_is_stopped_once_a_limit_is_crossed_for_certain_but_not_within_its_grace() -> None:
    bot = Bot(lambda _rate, at_s: 10.0 if at_s < 5 else 9_000.0)
    at_once, later = (loaded(bot, "20/60s", "p50<2s", grace_s=grace) for grace in (0.0, 30.0))
    assert 10 < at_once.seconds < 20
    assert (later.seconds, later.code) == (30.0, 1)
    assert "p50<2s was crossed at 30 s" in later.stopped


def test_what_is_open_at_the_stop_is_no_error() -> None:
    run = loaded(Bot(lambda _rate, at_s: 3_000.0), "50/60s", "p99<1s,errors<1%")
    assert run.outcome is not None
    assert [one.limit.text for one in run.outcome.crossed] == ["p99<1s"]
    assert run.seconds < 60


def test_a_breakpoint_says_at_which_rate_it_broke() -> None:
    run = loaded(Bot(lambda _rate, at_s: 50.0 if at_s < 60 else 5_000.0), "breakpoint:0..200/100s", "p99<1s")
    assert run.crossing is not None
    assert run.crossing.rate_per_s == pytest.approx(120, abs=12)
    assert (run.code, run.seconds < 75) == (1, True)


def test_a_breakpoint_that_does_not_break_passes() -> None:
    run = loaded(Bot(lambda _rate, _at: 5.0), "breakpoint:1..20/10s", "p50<1s")
    assert (run.code, run.crossing) == (0, None)


def test_lateness_that_decides_is_no_verdict_and_lateness_that_does_not_is_one() -> None:
    decided = loaded(Bot(lambda _rate, _at: 120.0, late_ms=80.0), "20/10s", "p99<100ms")
    heaps = loaded(Bot(lambda _rate, _at: 500.0, late_ms=80.0), "20/10s", "p99<100ms")
    slow = loaded(Bot(lambda _rate, _at: 5_000.0, late_ms=80.0), "20/10s", "p99<1s")
    fine = loaded(Bot(lambda _rate, _at: 90.0, late_ms=80.0), "20/10s", "p99<100ms")
    assert [one.code for one in (decided, heaps, slow, fine)] == [3, 3, 1, 0]
    assert "only by how late" in decided.refused


def test_replies_that_were_lost_on_the_way_spoil_the_outcome() -> None:
    run = loaded(Bot(lambda _rate, _at: 1.0, lost=3), "20/10s", "p99<1s")
    assert (run.code, "3 replies" in run.refused) == (3, True)


def test_the_capacity_is_bracketed_and_its_edges_are_tried_again() -> None:
    found = searched(Bot(lambda rate, _at: 50.0 if rate < 70 else 5_000.0), halvings=1)
    low, high = found.bracket.holds, found.bracket.fails
    assert (low, high) == (Edge(60.0, 3, 3), Edge(80.0, 0, 3))
    assert (found.code, found.refused) == (0, "")


def test_every_trial_has_messages_of_its_own_and_drops_its_warm_up() -> None:
    bot = Bot(lambda _rate, at_s: 5_000.0 if at_s < 2 else 50.0)
    found = searched(bot, doublings=2)
    ids = [letter.wamid for orders in bot.orders for letter in orders.letters]
    assert len(ids) == len(set(ids))
    assert found.bracket.holds == Edge(40.0, 3, 3)
    assert found.bracket.fails is None


def test_where_nothing_holds_that_is_said() -> None:
    found = searched(Bot(lambda _rate, _at: None))
    assert (found.code, found.bracket.holds) == (1, None)


def test_a_failure_that_may_be_the_generators_ends_the_search_without_a_verdict() -> None:
    found = searched(Bot(lambda rate, _at: 50.0 if rate < 30 else 2_100.0, late_ms=150.0))
    assert (found.code, "40.0 messages/s" in found.refused) == (3, True)
    assert found.bracket == type(found.bracket)(Edge(20.0, 1, 1), None)
    assert [one.rate for one in found.trials] == [10.0, 20.0, 40.0, 40.0]


def test_a_trial_in_which_nothing_was_counted_is_an_error() -> None:
    with pytest.raises(ConfigError, match="higher rate"):
        searched(Bot(lambda _rate, _at: 1.0), first=0.5, seconds=0.1, warm_up_s=3.0)
